"""What becomes of a word's tone where it stands: turned, strengthened, softened or taken back?

Unit of observation: a hit, an entry with tone found in a text. The rules look back within the
clause (negation, boosters, wishes) and over the sentence (contrast, questions, exclamation), all
hits at once. They follow Hutto & Gilbert (2014, VADER) and Taboada et al. (2011, SO-CAL) in what
they do and are set from knowledge of service comments in Italian and English, not fitted to a set.

They cannot see what a word refers to.
"""

import polars as pl

from cxresearch.transforms.text.lexicon import ROLES

NEGATED_PRAISE, NEGATED_BLAME = -0.7, -0.5
"""A turned word weighs less than its opposite: not good is less than bad (SO-CAL)."""
WEAK_PRAISE, SOFT_BLAME = -0.6, 0.5
"""`poco` turns praise, and softens blame."""
BEFORE_BUT, AFTER_BUT = 0.5, 1.5
"""What `but` follows and what follows it (VADER)."""
CONCEDED = 0.5
UNREAL_PRAISE, UNREAL_BLAME = 0.0, 0.5
"""A wish: its praise is none."""
ASKED_PRAISE, ASKED_BLAME = 0.3, 0.8
LOUD, LONG, MOST = 1.2, 1.2, 1.3
EXCLAIMED, MOST_EXCLAIMS = 0.1, 3
BESIDE = 3
"""Words before it at which a booster or a damper still counts."""
STRONG = 1.5
"""Strength from which a complaint makes thanks ironic."""

_COLUMNS = (
    *("row", "sentence", "clause", "first", "last", "entry_text", "entry_strength", "emotion"),
    *("tone", "is_mocking"),
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
        after the rules), is_mocking (an idiom of sarcasm), and a flag for each of `RULES`.
    """
    seen = events.lazy().with_columns(_look_back(reach)).with_columns(_look_around())
    hits = seen.filter(pl.col("entry_strength").is_not_null()).with_columns(_flags())
    weighed = hits.with_columns(tone=_weighed(pl.col("entry_strength")))
    turned = weighed.with_columns(ironic=_is_ironic()).with_columns(
        tone=pl.when("ironic").then(-pl.col("tone").abs() * 0.5).otherwise("tone")
    )
    return turned.select(*_COLUMNS, *RULES).collect()


def _is(role: str) -> pl.Expr:
    return pl.col("role") == ROLES.index(role)


def _latest(role: str, column: str) -> pl.Expr:
    """`column` of the latest event of that role before each."""
    return pl.when(_is(role)).then(column).shift(1).forward_fill()


def _look_back(reach: int) -> list[pl.Expr]:
    """What stands before each event in its clause."""
    at = pl.col("at")

    def stands(role: str, within: int | None, place: str = "part") -> pl.Expr:
        same = _latest(role, place) == pl.col(place)
        near = same if within is None else same & (at - _latest(role, "end") <= within)
        return near.fill_null(value=False)

    factors = {
        f"{role}_factor": pl.when(stands(role, BESIDE)).then(_latest(role, "strength"))
        for role in ("booster", "damper")
    }
    return [
        stands("negator", reach).alias("_negator"),
        stands("weak_negator", 2).alias("_weak"),
        stands("unreal", None, "clause").alias("unreal"),
        stands("concession", None).alias("conceded"),
        stands("question", None, "sentence").alias("_asks"),
        *(factor.alias(name) for name, factor in factors.items()),
    ]


def _look_around() -> list[pl.Expr]:
    """On which side of a contrast each event stands; a `But` at the start answers what precedes."""
    scope = pl.when(_is("contrast")).then(pl.col("sentence") - pl.col("is_opening").cast(pl.Int64))
    of_row = pl.when(_is("contrast")).then("row")
    ahead = (scope.shift(-1).backward_fill() == pl.col("sentence")) & (
        of_row.shift(-1).backward_fill() == pl.col("row")
    )
    behind = _latest("contrast", "sentence") == pl.col("sentence")
    return [
        behind.fill_null(value=False).alias("after_but"),
        ahead.fill_null(value=False).alias("before_but"),
        (_is("ironic") | _is("sarcasm")).any().over("row").alias("_mocked"),
        _is("sarcasm").alias("is_mocking"),
    ]


def _flags() -> list[pl.Expr]:
    """Which rules apply to each hit."""
    word = ~pl.col("is_face")
    negated = pl.col("_negator") & word
    return [
        negated.alias("negated"),
        (pl.col("_weak") & word & ~negated).alias("weakened"),
        (pl.col("booster_factor").is_not_null() & word & ~negated).alias("boosted"),
        (pl.col("damper_factor").is_not_null() & word).alias("damped"),
        (pl.col("unreal") & word).alias("unreal"),
        ((pl.col("is_question") | pl.col("_asks")) & word).alias("asked"),
        pl.col("is_loud").alias("loud"),
        pl.col("is_long").alias("lengthened"),
        pl.col("is_most").alias("superlative"),
        ((pl.col("n_exclaims") > 0) & ~pl.col("is_question")).alias("exclaimed"),
    ]


def _weighed(tone: pl.Expr) -> pl.Expr:
    """The strength after every rule but irony."""
    praise = tone > 0

    def turn(flag: str, of_praise: float, of_blame: float) -> pl.Expr:
        chosen = pl.when(praise).then(of_praise).otherwise(of_blame)
        return pl.when(flag).then(chosen).otherwise(1.0)

    def times(flag: str, factor: float | pl.Expr) -> pl.Expr:
        return pl.when(flag).then(factor).otherwise(1.0)

    shouted = 1 + EXCLAIMED * pl.col("n_exclaims").clip(upper_bound=MOST_EXCLAIMS)
    factors = [
        turn("negated", NEGATED_PRAISE, NEGATED_BLAME),
        turn("weakened", WEAK_PRAISE, SOFT_BLAME),
        turn("unreal", UNREAL_PRAISE, UNREAL_BLAME),
        turn("asked", ASKED_PRAISE, ASKED_BLAME),
        times("boosted", pl.col("booster_factor")),
        times("damped", pl.col("damper_factor")),
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


def _is_ironic() -> pl.Expr:
    """Praise that a complaint beside it takes back: thanks, quotes, sarcastic idioms and emoji."""
    tone = pl.col("tone")
    complaint = (tone <= -STRONG).any().over("row")
    marked = pl.col("_mocked") | _is("thanks") | pl.col("is_quoted")
    return (tone > 0) & complaint & marked
