"""Do foretold chances come true? Foretold along the bottom, what came upwards, the line between.

The unit is a bin of customers of like risk. A dot on the line came as foretold; its interval says
how far chance alone moves it. Nothing is computed here.
"""

import math
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import TURN_BELOW, ends_of
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, mark, message, translate

_FORETOLD, _CAME = mark("foretold →"), mark("left in fact ↑")
_LINE = mark("as foretold")


def plot_calibration(
    bins: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    otherwise: Message | None = None,
    name: str = "foretold-and-came",
    language: str = "en",
) -> Figure | Note:
    """Foretold against observed share, a dot a bin.

    Parameters
    ----------
    bins
        As `ChurnModel.calibration`: n, n_left, predicted, observed, ci_low, ci_high.
    title, subtitle, otherwise, name
        See `Figure`; what is said where there is nothing.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(bins, "n", "n_left", "predicted", "observed", "ci_low", "ci_high")
    known = bins.drop_nulls(["predicted", "observed"])
    if known.is_empty():
        missing = message("Nothing was foretold, so nothing can be checked.")
        return show_note(otherwise or missing, tone="missing", language=language)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(known, language=language, is_narrow=width < TURN_BELOW)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message("Dots around the line of what was foretold, {n:count} groups of like risk. "
                    "{title}", n=known.height, title=title),
        draw=draw,
        table=known,
        columns=(
            Column("n", message("Customers"), "count"),
            Column("predicted", message("Foretold"), "share1"),
            Column("n_left", message("Left"), "count"),
            Column("observed", message("Left, share"), "share1"),
            Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
        ),
        language=language,
    )  # fmt: skip


def _draw(bins: pl.DataFrame, *, language: str, is_narrow: bool) -> alt.TopLevelMixin:
    across = _round_up(ends_of(bins["predicted"])[1])
    most = max(across, _round_up(ends_of(bins["ci_high"])[1]))
    form = ".1%" if across <= 0.05 else ".0%"
    x_scale, y_scale = (alt.Scale(domain=[0, end], nice=False) for end in (across, most))
    axis: dict[str, Any] = {"grid": True, "gridColor": theme.LINE, "domain": False, "ticks": False}
    x = alt.X("predicted:Q").title(None).scale(x_scale)
    x = x.axis(format=form, tickCount=4 if is_narrow else 6, **axis)
    y = alt.Y("observed:Q").title(None).scale(y_scale).axis(format=form, tickCount=5, **axis)
    # A dot whose interval misses the line came otherwise than foretold.
    misses = (pl.col("predicted") < pl.col("ci_low")) | (pl.col("predicted") > pl.col("ci_high"))
    colour = pl.when(misses).then(pl.lit(theme.BAD)).otherwise(pl.lit(theme.ACCENT))
    chart = theme.base(
        bins.select("predicted", "observed", "ci_low", "ci_high", colour.alias("colour"))
    )
    ends = theme.base(pl.DataFrame({"predicted": [0.0, across], "observed": [0.0, across]}))
    paint = alt.Color("colour:N").scale(None).legend(None)
    low = alt.Y("ci_low:Q").title(None).scale(y_scale)
    return alt.layer(
        ends.mark_line(color=theme.GREY, strokeWidth=1.5, strokeDash=[5, 4]).encode(x=x, y=y),
        chart.mark_rule(strokeWidth=2.5).encode(x=x, y=low, y2="ci_high:Q", color=paint),
        chart.mark_point(filled=True, size=90).encode(x=x, y=y, color=paint),
        *_words(x, y, end=across, language=language),
    ).properties(height=280 if is_narrow else 340)


def _words(x: alt.X, y: alt.Y, *, end: float, language: str) -> list[alt.Chart]:
    texts = {"came": _CAME, "line": _LINE, "foretold": _FORETOLD}
    words = {key: [translate(text, language)] for key, text in texts.items()}
    one = theme.base(pl.DataFrame({**words, "predicted": [end], "observed": [end]}))
    return [
        one.mark_text(align="left", color=theme.SOFT).encode(
            x=alt.value(0), y=alt.value(-14), text="came:N"
        ),
        one.mark_text(align="right", color=theme.SOFT).encode(
            x=alt.value("width"), y=alt.value("height"), text="foretold:N", yOffset=alt.value(-10)
        ),
        one.mark_text(align="right", dx=-4, dy=22, color=theme.SOFT, fontStyle="italic").encode(
            x=x, y=y, text="line:N"
        ),
    ]


def _round_up(value: float) -> float:
    """A round end of an axis that holds `value`."""
    if value <= 0:
        return 0.01
    power = 10.0 ** math.floor(math.log10(value))
    return min(1.0, next(power * size for size in (1, 1.5, 2, 3, 4, 5, 7.5, 10)
                         if power * size >= value * 1.02))  # fmt: skip
