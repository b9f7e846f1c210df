"""What becomes of a word's tone where it stands: turned, strengthened, softened or taken back?

Unit of observation: a hit, an entry with tone found in a text. The rules look back within the
clause (negation, boosters, wishes) and over the sentence (contrast, questions, exclamation), all
hits at once. They follow Hutto & Gilbert (2014, VADER) and Taboada et al. (2011, SO-CAL) in what
they do and are set from knowledge of service comments in Italian and English, not fitted to a set.

They cannot see what a word refers to.
"""

from functools import cache

import polars as pl

from cxresearch.transforms.text.lexicon import ROLES

NEGATED_PRAISE, NEGATED_BLAME = -0.7, 0.0
"""Not good is less than bad (SO-CAL); `not delayed` is neither praise nor blame."""
NEGATED_FACT = 0.5
"""An idiom of blame stays a fact: `haven't heard why the flight was cancelled`."""
DENIED_BLAME, DENIES = -0.5, 3
"""What is said to be absent (`no problems`, `senza attese`) praises, so many words on."""
WEAK_PRAISE, SOFT_BLAME = -0.6, 0.5
"""`poco` turns praise, and softens blame."""
BEFORE_BUT, AFTER_BUT = 0.6, 1.25
"""What `but` follows and what follows it (the idea of VADER)."""
THANKED = 5
"""Words after thanks at which a complaint still makes them ironic."""
CONCEDED = 0.5
UNREAL_PRAISE, UNREAL_BLAME = 0.0, 0.5
"""A wish: its praise is none."""
ASKED_PRAISE, ASKED_BLAME = 0.0, 0.8
"""Who asks whether it is good does not say so."""
LOUD, LONG, MOST = 1.2, 1.2, 1.3
EXCLAIMED, MOST_EXCLAIMS = 0.1, 3
BESIDE = 3
"""Words before it at which a booster or a damper still counts."""
STRONG = 1.5
"""Strength from which a complaint makes thanks ironic."""

_COLUMNS = (
    *("row", "sentence", "clause", "first", "last", "entry_text", "entry_strength", "emotion"),
    *("tone", "is_face"),
)
RULES = (
    *("negated", "weakened", "boosted", "damped", "after_but", "before_but", "conceded", "unreal"),
    *("asked", "loud", "lengthened", "superlative", "exclaimed", "ironic"),
)
"""Names of the rules, in the order in which they are told."""


def apply_rules(events: pl.DataFrame, *, reach: int) -> pl.DataFrame:
    """The hits among the events, with what the rules make of them.

    Parameters
    ----------
    events
        From `clauses.read_stream`, with entry_text, entry_strength (null without tone), emotion.
    reach
        Words that a negator reaches.

    Returns
    -------
    pl.DataFrame
        row, sentence, clause, first, last, entry_text, entry_strength, emotion, tone (strength
        after the rules), is_face, and a flag for each of `RULES`.
    """
    seen = events.lazy().with_columns(_look_back(reach)).with_columns(_look_around())
    hits = seen.filter(pl.col("entry_strength").is_not_null()).with_columns(_flags())
    weighed = hits.with_columns(tone=_weighed())
    turned = weighed.with_columns(ironic=_is_ironic()).with_columns(
        tone=pl.when("ironic").then(-pl.col("tone").abs() * 0.5).otherwise("tone")
    )
    return turned.select(*_COLUMNS, *RULES).collect()


def _is(role: str) -> pl.Expr:
    return pl.col("role") == ROLES.index(role)


def _latest(column: str, *roles: str) -> pl.Expr:
    """`column` of the latest event of these roles before each."""
    named = pl.col("role").is_in([ROLES.index(role) for role in roles])
    return pl.when(named).then(column).shift(1).forward_fill()


@cache
def _look_back(reach: int) -> list[pl.Expr]:
    """What stands before each event: between the same two marks, in its clause or sentence."""

    def stands(*roles: str, within: int | None = None, place: str = "part") -> pl.Expr:
        found = _latest(place, *roles) == pl.col(place)
        if within is not None:
            found &= pl.col("at") - _latest("end", *roles) <= within
        return found.fill_null(value=False)

    negating = ("negator", "denier")
    is_denier = _latest("role", *negating) == ROLES.index("denier")
    return [
        stands(*negating, within=reach).alias("_negator"),
        (stands("denier", within=DENIES) & is_denier).fill_null(value=False).alias("_denier"),
        stands("weak_negator", within=2).alias("_weak"),
        stands("unreal", place="clause").alias("unreal"),
        stands("concession").alias("conceded"),
        stands("question", place="sentence").alias("_asks"),
        stands("booster", within=BESIDE).alias("_booster"),
        _latest("strength", "booster").alias("_boost"),
        stands("damper", within=BESIDE).alias("damped"),
        _latest("strength", "damper").alias("_damp"),
    ]


@cache
def _look_around() -> list[pl.Expr]:
    """On which side of a contrast each event stands; a `But` at the start answers what precedes."""
    scope = pl.when(_is("contrast")).then(pl.col("sentence") - pl.col("is_opening").cast(pl.Int64))
    of_row = pl.when(_is("contrast")).then("row")
    ahead = (scope.shift(-1).backward_fill() == pl.col("sentence")) & (
        of_row.shift(-1).backward_fill() == pl.col("row")
    )
    behind = _latest("sentence", "contrast") == pl.col("sentence")
    return [
        behind.fill_null(value=False).alias("after_but"),
        ahead.fill_null(value=False).alias("before_but"),
        (_is("ironic") | pl.col("is_mocking")).any().over("row").alias("_mocked"),
    ]


@cache
def _flags() -> list[pl.Expr]:
    """Which rules apply to each hit."""
    word = ~pl.col("is_face")
    negated = pl.col("_negator") & word & ~pl.col("negates")
    return [
        negated.alias("negated"),
        (pl.col("_weak") & word & ~negated).alias("weakened"),
        (pl.col("_booster") & word & ~negated).alias("boosted"),
        (pl.col("damped") & word).alias("damped"),
        (pl.col("unreal") & word).alias("unreal"),
        ((pl.col("is_question") | pl.col("_asks")) & word).alias("asked"),
        pl.col("is_loud").alias("loud"),
        pl.col("is_long").alias("lengthened"),
        pl.col("is_most").alias("superlative"),
        ((pl.col("n_exclaims") > 0) & ~pl.col("is_question")).alias("exclaimed"),
    ]


@cache
def _weighed() -> pl.Expr:
    """The strength after every rule but irony."""
    tone = pl.col("entry_strength")
    praise = tone > 0

    def turn(flag: str, of_praise: float, blame: float | pl.Expr) -> pl.Expr:
        chosen = pl.when(praise).then(of_praise).otherwise(blame)
        return pl.when(flag).then(chosen).otherwise(1.0)

    def times(flag: str, factor: float | pl.Expr) -> pl.Expr:
        return pl.when(flag).then(factor).otherwise(1.0)

    is_idiom = pl.col("end") > pl.col("at")
    of_blame = (
        pl.when("_denier")
        .then(DENIED_BLAME)
        .when(is_idiom)
        .then(NEGATED_FACT)
        .otherwise(NEGATED_BLAME)
    )
    shouted = 1 + EXCLAIMED * pl.col("n_exclaims").clip(upper_bound=MOST_EXCLAIMS)
    factors = [
        turn("negated", NEGATED_PRAISE, of_blame),
        turn("weakened", WEAK_PRAISE, SOFT_BLAME),
        turn("unreal", UNREAL_PRAISE, UNREAL_BLAME),
        turn("asked", ASKED_PRAISE, ASKED_BLAME),
        times("boosted", pl.col("_boost")),
        times("damped", pl.col("_damp")),
        times("after_but", AFTER_BUT),
        times("before_but", BEFORE_BUT),
        times("conceded", CONCEDED),
        times("loud", LOUD),
        times("lengthened", LONG),
        times("superlative", MOST),
        times("exclaimed", shouted),
    ]
    for factor in factors:
        tone = tone * factor
    return tone


@cache
def _is_ironic() -> pl.Expr:
    """Praise that a complaint takes back: beside mockery, in quotes, or thanks for what is bad."""
    tone = pl.col("tone")
    complaint = tone <= -STRONG
    in_text = complaint.any().over("row")
    next_at = pl.when(complaint).then("at").backward_fill()
    next_part = pl.when(complaint).then("part").backward_fill()
    near = (next_part == pl.col("part")) & (next_at - pl.col("end") <= THANKED)
    thanked = near.fill_null(value=False) & _is("thanks")
    return (tone > 0) & ((in_text & (pl.col("_mocked") | pl.col("is_quoted"))) | thanked)
