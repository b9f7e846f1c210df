"""What would mending each touchpoint bring, and do two models agree? A band, and two marks in it.

The unit is one scenario: all bad experiences of one touchpoint end well, or all together. The band
holds the intervals of both models; a dot is the linear one, a diamond the trees. The joint worth
stands apart beneath, for it is no sum of the lines above. Nothing is computed here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.what_if_sentences import ALL_TOGETHER, JOINT, NAMES, write_gain
from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.grid import pixels
from cxresearch.charts.map_layout import wrap
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import (
    LANGUAGES,
    Message,
    in_every_language,
    mark,
    message,
    translate,
)

MODELS = {"linear": mark("straight lines"), "boosted": mark("trees")}
"""The two models, as a reader may know them."""

_LEFT, _TOP, _STEP, _NARROW_STEP, _APART = 212.0, 46.0, 34.0, 54.0, 16.0
_VALUE = {False: 150.0, True: 4.0}  # room for the words on the right, by whether it is narrow


def plot_gains(
    gains: pl.DataFrame,
    *,
    measure: str,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    otherwise: Message | None = None,
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """Each scenario with the band of both models and a mark for each.

    Parameters
    ----------
    gains
        touchpoint (`JOINT` for all together), measure, unit, currency, estimate, ci_low, ci_high,
        n, linear, boosted: what each model says, more is better.
    measure
        Which of them is drawn, a name in `what_if_sentences.NAMES`.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of touchpoints by language.
    otherwise
        What is said where there is no gain.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(gains, "touchpoint", "measure", "estimate", "ci_low", "ci_high", "n")
    require_columns(gains, "linear", "boosted", "unit", "currency")
    rows = gains.filter(pl.col("measure") == measure)
    if rows.is_empty():
        missing = message("What mending would bring cannot be worked out here.")
        return show_note(otherwise or missing, tone="missing", language=language)
    known = {**(labels or {}), **in_every_language({JOINT: ALL_TOGETHER})}
    table = rows.sort(
        pl.col("touchpoint") == JOINT, -pl.col("estimate"), "touchpoint", maintain_order=True
    )

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(table, known, language=language, width=width)

    told = {
        row["touchpoint"]: _in_all(message("{figure} ({interval})", **write_gain(row)))
        for row in table.rows(named=True)
    }
    return Figure(
        f"gain-{measure}",
        title=title,
        subtitle=subtitle,
        alt=message(
            "Bands with marks, {n:count} scenarios and all together. The largest: {what}, "
            "{figure}. {title}",
            n=table.height,
            what=known.get(table["touchpoint"][0], table["touchpoint"][0]),
            figure=told[table["touchpoint"][0]],
            title=title,
        ),
        draw=draw,
        table=table.with_columns(pl.col("touchpoint").alias("told")),
        columns=(
            Column("touchpoint", message("What is mended"), labels=known),
            Column("told", Message(NAMES[measure]), labels=told, align="right",
                   raw=("estimate", "ci_low", "ci_high")),
            Column("linear", message("By straight lines"), _spec(table)),
            Column("boosted", message("By trees"), _spec(table)),
            Column("n", message("n"), "count"),
        ),
        language=language,
        is_headline=is_headline,
    )  # fmt: skip


def _spec(table: pl.DataFrame) -> str:
    return {"count": "count", "money": "count"}.get(table["unit"][0], "signed1")


def _draw(table: pl.DataFrame, labels: Labels, *, language: str, width: int) -> alt.TopLevelMixin:
    is_narrow = width < TURN_BELOW
    step = _NARROW_STEP if is_narrow else _STEP
    left = 8.0 if is_narrow else _LEFT
    right = width - _VALUE[is_narrow] - 10
    values = [v for name in ("ci_low", "ci_high", "linear", "boosted") for v in table[name]]
    low, high = min(0.0, *(v for v in values if v is not None)), max(v or 0.0 for v in values)
    scale = (right - left) / ((high - low) or 1.0)
    joint = table["touchpoint"] == JOINT
    tops = [_TOP + n * step + (_APART if is_joint else 0.0) for n, is_joint in enumerate(joint)]
    middle = step - 12.0 if is_narrow else step / 2
    bottom = tops[-1] + step

    def at(column: str) -> pl.Expr:
        placed: pl.Expr = left + (pl.col(column) - low) * scale
        return placed

    written = [write_gain(row) for row in table.rows(named=True)]
    names = [_name(labels, id_, language, is_narrow=is_narrow, width=width)
             for id_ in table["touchpoint"]]  # fmt: skip
    clear = (pl.col("ci_low") > 0) | (pl.col("ci_high") < 0)
    drawn = table.select(
        *(at(old).alias(new) for old, new in _PLACES.items()),
        pl.lit(left - low * scale).alias("zero"),
        pl.Series("y", [top + middle for top in tops]),
        pl.Series("name_y", _name_tops(tops, names, is_narrow=is_narrow, step=step)),
        pl.Series("name", names),
        pl.Series("figure", [each["figure"][language] for each in written]),
        pl.Series("interval", [each["interval"][language] for each in written]),
        pl.when(clear).then(pl.lit(theme.STEPS[2])).otherwise(pl.lit(theme.PALE)).alias("band"),
        pl.when(clear).then(pl.lit(theme.ACCENT)).otherwise(pl.lit(theme.GREY)).alias("colour"),
    )
    layers = [
        *_axis(
            drawn,
            tall=22.0 if is_narrow else step,
            width=width,
            apart=tops[-1] - _APART / 2 if bool(joint.any()) else None,
        ),
        *_rows(drawn, is_narrow=is_narrow, right=width - 4.0),
        *_key(language, left=0.0 if is_narrow else left),
    ]
    return alt.layer(*layers).properties(width=width, height=bottom)


_PLACES = {"ci_low": "x1", "ci_high": "x2", "linear": "linear", "boosted": "boosted"}


def _name(labels: Labels, id_: str, language: str, *, is_narrow: bool, width: int) -> str:
    texts = labels.get(id_, {})
    room = width - 130 if is_narrow else _LEFT - 14
    return wrap(str(texts.get(language, id_)), width=room, size=13, lines=2)


def _name_tops(
    tops: Sequence[float], names: Sequence[str], *, is_narrow: bool, step: float
) -> list[float]:
    if is_narrow:
        return [top + 14.0 for top in tops]
    return [top + step / 2 - 7.5 * name.count("\n") for top, name in zip(tops, names, strict=True)]


def _rows(drawn: pl.DataFrame, *, is_narrow: bool, right: float) -> list[alt.Chart]:
    chart = theme.base(drawn)
    y, name_y = pixels("y", alt.Y), pixels("name_y", alt.Y)
    band = alt.Color("band:N").scale(None).legend(None)
    colour = alt.Color("colour:N").scale(None).legend(None)
    value: Mapping[str, Any] = {"align": "right", "fontWeight": 600, "fontSize": 13}
    small: Mapping[str, Any] = {"align": "right", "fontSize": 11, "color": theme.SOFT}
    shift = 0 if is_narrow else 7
    return [
        chart.mark_text(align="left", fontSize=13, lineBreak="\n", lineHeight=15).encode(
            x=alt.value(0), y=name_y, text="name:N"
        ),
        chart.mark_rule(strokeWidth=8).encode(x=pixels("x1"), x2="x2:Q", y=y, color=band),
        chart.mark_point(filled=True, size=80, shape="circle").encode(
            x=pixels("linear"), y=y, color=colour
        ),
        chart.mark_point(filled=True, size=80, shape="diamond").encode(
            x=pixels("boosted"), y=y, color=colour
        ),
        chart.mark_text(**value, dy=0 if is_narrow else -shift).encode(
            x=alt.value(right), y=name_y if is_narrow else y, text="figure:N"
        ),
        chart.mark_text(**small, dy=14 if is_narrow else shift + 1).encode(
            x=alt.value(right), y=name_y if is_narrow else y, text="interval:N"
        ),
    ]


def _axis(drawn: pl.DataFrame, *, tall: float, apart: float | None, width: int) -> list[alt.Chart]:
    """No gain, a rule beside each row, and the rule that sets the joint worth apart."""
    ends = drawn.select("zero", top=pl.col("y") - tall / 2, bottom=pl.col("y") + tall / 2)
    one = theme.base(pl.DataFrame({"zero": ["0"]}))
    layers = [
        theme.base(ends)
        .mark_rule(color=theme.GREY, strokeWidth=1)
        .encode(x=pixels("zero"), y=pixels("top", alt.Y), y2="bottom:Q"),
        one.mark_text(fontSize=11, color=theme.SOFT).encode(
            x=alt.value(drawn["zero"][0]), y=alt.value(_TOP - 8), text="zero:N"
        ),
    ]
    if apart is not None:
        line = one.mark_rule(color=theme.LINE, strokeWidth=1)
        layers.append(line.encode(x=alt.value(0), x2=alt.value(width), y=alt.value(apart)))
    return layers


def _key(language: str, *, left: float) -> list[alt.Chart]:
    """Which mark is which model, above the first row."""
    first, second = (translate(text, language) for text in MODELS.values())
    one = theme.base(pl.DataFrame({"first": [first], "second": [second]}))
    start = left + 6.0
    middle = start + 30.0 + 6.6 * len(first)
    text = one.mark_text(align="left", color=theme.SOFT, fontSize=12)
    point: dict[str, Any] = {"filled": True, "size": 80, "color": theme.GREY}
    y = alt.value(12)
    return [
        one.mark_point(shape="circle", **point).encode(x=alt.value(start), y=y),
        text.encode(x=alt.value(start + 10), y=y, text="first:N"),
        one.mark_point(shape="diamond", **point).encode(x=alt.value(middle), y=y),
        text.encode(x=alt.value(middle + 10), y=y, text="second:N"),
    ]


def _in_all(text: Message) -> dict[str, str]:
    return {language: text.in_language(language) for language in LANGUAGES}
