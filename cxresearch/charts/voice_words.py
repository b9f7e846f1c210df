"""Which words do promoters and detractors write that the others do not? Words on either side.

The unit is one word of one language. A dot tells the odds of the word among promoters against
detractors, to the right, or the other way round, to the left, drawn towards 1 where few people
wrote it; its interval is drawn. Where the score is not the Net Promoter Score the two sides are the
satisfied and the dissatisfied. Words stay in their language, and languages are never mixed.
"""

import math
from collections.abc import Sequence

import altair as alt
import polars as pl

from cxresearch.actions.voice_titles import IN_LANGUAGE
from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.grid import pixels
from cxresearch.charts.marks import TURN_BELOW
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, in_every_language, mark, message, translate

EACH = 8
"""At most so many words a side and language."""

_SAID = {
    "nps": {
        "promoters": mark("promoters"),
        "detractors": mark("detractors"),
        "left": mark("← more by detractors"),
        "right": mark("more by promoters →"),
        "n_promoters": mark("Promoters who write it"),
        "base_promoters": mark("of promoters"),
        "n_detractors": mark("Detractors who write it"),
        "base_detractors": mark("of detractors"),
        "none": mark("No word tells promoters from detractors beyond chance."),
    },
    "other": {
        "promoters": mark("satisfied people"),
        "detractors": mark("dissatisfied people"),
        "left": mark("← more by the dissatisfied"),
        "right": mark("more by the satisfied →"),
        "n_promoters": mark("Satisfied people who write it"),
        "base_promoters": mark("of the satisfied"),
        "n_detractors": mark("Dissatisfied people who write it"),
        "base_detractors": mark("of the dissatisfied"),
        "none": mark("No word tells the satisfied from the dissatisfied beyond chance."),
    },
}
_SIDES = ("promoters", "detractors")
_TICKS = (1, 2, 4, 8, 16, 32, 64, 128)
_HEAD, _LINE, _TITLE = 42.0, 23.0, 26.0


def plot_words(
    words: pl.DataFrame,
    *,
    metric: str = "nps",
    name: str = "words",
    title: Message,
    subtitle: Message,
    otherwise: Message | None = None,
    language: str = "en",
) -> Figure | Note:
    """The words that tell promoters from detractors most, those beyond chance only.

    Parameters
    ----------
    words
        word, language, side, n_promoters, n_detractors, base_promoters, base_detractors, log_odds,
        ci_low, ci_high, q_value, as `compare_words` gives them.
    metric
        Of the score: `nps` has promoters and detractors, any other the satisfied and dissatisfied.
    name, title, subtitle
        See `Figure`.
    otherwise
        What is said where no word stands out.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(words, "word", "language", "side", "log_odds", "ci_low", "ci_high", "q_value",
                    "n_promoters", "n_detractors")  # fmt: skip
    table, said = _chosen(words), _SAID["nps" if metric == "nps" else "other"]
    sides = in_every_language({side: said[side] for side in _SIDES})
    if table.is_empty():
        return show_note(otherwise or Message(said["none"]), tone="missing", language=language)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return draw_words(table, ends=(said["left"], said["right"]), language=language, width=width)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message("Words on two sides, {n:count} of them, dots with intervals. {title}",
                    n=table.height, title=title),
        draw=draw,
        table=table,
        columns=(
            Column("word", message("Word")),
            Column("language", message("Language"), labels=in_every_language(IN_LANGUAGE)),
            Column("side", message("Written more by"), labels=sides),
            Column("n_promoters", Message(said["n_promoters"]), "count"),
            Column("base_promoters", Message(said["base_promoters"]), "count"),
            Column("n_detractors", Message(said["n_detractors"]), "count"),
            Column("base_detractors", Message(said["base_detractors"]), "count"),
            Column("log_odds", message("Log odds ratio"), "number2"),
            Column("ci_low", message("95% interval"), "number2", upper="ci_high"),
        ),
        language=language,
    )  # fmt: skip


def draw_words(
    table: pl.DataFrame, *, ends: tuple[str, str], language: str, width: int
) -> alt.TopLevelMixin:
    """Words of `table` in its order, a heading where their language changes; what its ends are."""
    is_narrow = width < TURN_BELOW
    room = 84.0 if is_narrow else 170.0  # for the words on either side
    left, right = room, width - room
    reach = _reach(table)
    middle, scale = (left + right) / 2, (right - left) / 2 / reach
    heads, places, y = [], [], _HEAD
    several, before = table["language"].n_unique() > 1, None
    for row in table.select("language").rows(named=True):
        if several and row["language"] != before:
            said = translate(IN_LANGUAGE.get(row["language"], row["language"]), language)
            heads.append({"text": said, "y": y + _TITLE / 2})
            y, before = y + _TITLE, row["language"]
        places.append(y + _LINE / 2)
        y += _LINE
    placed = table.select(
        "word", "side",
        *((middle + pl.col(c) * scale).clip(left, right).alias(to)
          for c, to in (("log_odds", "x"), ("ci_low", "x1"), ("ci_high", "x2"))),
        pl.Series("y", places, dtype=pl.Float64),
    )  # fmt: skip
    layers = _draw_scale(
        _TICKS[:: 2 if is_narrow else 1], reach, middle=middle, scale=scale, bottom=y,
        said=[translate(end, language) for end in ends],
    )  # fmt: skip
    layers += _draw_dots(placed)
    if heads:
        text = theme.base(pl.DataFrame(heads)).mark_text(
            align="left", fontSize=12, color=theme.SOFT, fontStyle="italic"
        )
        layers.append(text.encode(x=alt.value(0), y=pixels("y", alt.Y), text="text:N"))
    return alt.layer(*layers).properties(width=width, height=y + 4)


def _chosen(words: pl.DataFrame) -> pl.DataFrame:
    """The strongest words of each side and language, from one end of the scale to the other."""
    called = words.filter(pl.col("q_value") <= 0.05, pl.col("log_odds").is_not_null())
    strongest = called.sort(pl.col("log_odds").abs(), descending=True, maintain_order=True)
    kept = _without_parts(strongest).group_by("language", "side", maintain_order=True).head(EACH)
    return kept.sort(
        pl.len().over("language"), "language", "log_odds", descending=[True, False, False]
    ).select(words.columns)


def _without_parts(words: pl.DataFrame) -> pl.DataFrame:
    """Without single words that stand in a pair of the same side: the pair says more."""
    key = ["language", "side"]
    in_pairs = (
        words.filter(pl.col("word").str.contains(" "))
        .select(*key, pl.col("word").str.split(" "))
        .explode("word")
    )
    return words.join(in_pairs, on=[*key, "word"], how="anti", maintain_order="left")


def _reach(table: pl.DataFrame) -> float:
    """Half the width of the scale in log odds: it holds every dot, and most intervals."""
    furthest = table.select(pl.col("log_odds").abs().max().fill_null(0.0)).item()
    return max(1.15 * float(furthest), math.log(4))


def _draw_scale(
    powers: Sequence[int],
    reach: float,
    *,
    middle: float,
    scale: float,
    bottom: float,
    said: Sequence[str],
) -> list[alt.Chart]:
    ticks = [
        {"x": middle + sign * math.log(times) * scale, "text": f"{times}×"}
        for times in powers
        for sign in ((-1, 1) if times > 1 else (1,))
        if math.log(times) <= reach
    ]
    chart = theme.base(pl.DataFrame(ticks))
    y = {"y": alt.value(_HEAD - 4), "y2": alt.value(bottom)}
    ends = theme.base(pl.DataFrame({"left": [said[0]], "right": [said[1]]}))
    return [
        chart.mark_rule(color=theme.LINE, strokeWidth=1).encode(x=pixels("x"), **y),
        chart.mark_text(color=theme.SOFT, fontSize=11).encode(
            x=pixels("x"), y=alt.value(_HEAD - 12), text="text:N"
        ),
        chart.transform_filter("datum.text == '1×'")
        .mark_rule(color=theme.INK, strokeWidth=1)
        .encode(x=pixels("x"), **y),
        ends.mark_text(align="right", color=theme.BAD, fontSize=12, fontWeight=600).encode(
            x=alt.value(middle - 10), y=alt.value(10), text="left:N"
        ),
        ends.mark_text(align="left", color=theme.GOOD, fontSize=12, fontWeight=600).encode(
            x=alt.value(middle + 10), y=alt.value(10), text="right:N"
        ),
    ]  # fmt: skip


def _draw_dots(placed: pl.DataFrame) -> list[alt.Chart]:
    layers: list[alt.Chart] = []
    chart, y = theme.base(placed), pixels("y", alt.Y)
    for side, colour in (("detractors", theme.BAD), ("promoters", theme.GOOD)):
        some = chart.transform_filter(f"datum.side == '{side}'")
        is_left = side == "detractors"
        word = some.mark_text(
            align="right" if is_left else "left", dx=-8 if is_left else 8, fontSize=13, color=colour
        )
        layers += [
            some.mark_rule(color=colour, strokeWidth=2).encode(x=pixels("x1"), x2="x2:Q", y=y),
            some.mark_point(filled=True, size=80, color=colour).encode(x=pixels("x"), y=y),
            word.encode(x=pixels("x1" if is_left else "x2"), y=y, text="word:N"),
        ]
    return layers
