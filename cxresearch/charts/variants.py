"""Which whole paths do customers take? Each as a row of stations in the order they are met.

The unit is a path: the exact sequence of touchpoints of a journey. The bar is its share of all
journeys; the coverage of it and those above stands in the table. Two paths that differ by one
contact are two paths, so the common ones are always the short ones.
"""

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note
from cxresearch.charts.figure import Figure
from cxresearch.charts.grid import pixels
from cxresearch.charts.map_layout import flow, width_of
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.paths import nothing_lived
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import LANGUAGES, Message, format_value, mark, message, translate

_OTHERS = mark("all other paths")
_CHIP, _LINE, _PAD = 12, 27.0, 16.0
_BARS = 170.0
_STEP = 22.0  # of a chip beyond its text: its padding, and the arrow to the next


def plot_variants(
    variants: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    name: str = "variants",
    language: str = "en",
) -> Figure | Note:
    """The commonest paths, one a row, with their share of all journeys.

    Parameters
    ----------
    variants
        As `journey.count_variants` returns it.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of touchpoints by language.
    name
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(variants, "variant", "n", "base", "share", "coverage")
    rows = variants.filter(pl.col("n").is_not_null())
    if rows.is_empty():
        return nothing_lived(language)
    known = labels or {}
    written = rows.with_columns(pl.col("variant").list.join(" > ").alias("path"))
    paths: dict[str, list[list[str]]] = {
        language: [_stations(path, known, language) for path in rows["variant"].to_list()]
        for language in LANGUAGES
    }
    told: dict[str, dict[str, str]] = {
        raw: {language: " → ".join(paths[language][n]) for language in LANGUAGES}
        for n, raw in enumerate(written["path"].to_list())
        if raw is not None
    }
    others: dict[str, str] = {language: translate(_OTHERS, language) for language in LANGUAGES}

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(rows, paths[language], language=language, width=width)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=_alt(rows, title=title, path=next(iter(told.values()), others)),
        draw=draw,
        table=written.with_columns(pl.col("path").fill_null("others")),
        columns=(
            Column("path", message("Path"), labels={**told, "others": others}),
            Column("n", message("Journeys"), "count"),
            Column("base", message("Of all journeys"), "count"),
            Column("share", message("Share"), "share1"),
            Column("coverage", message("With those above"), "share1"),
            *_days(rows),
        ),
        language=language,
    )


def _days(rows: pl.DataFrame) -> tuple[Column, ...]:
    if "median_days" not in rows.columns:
        return ()
    return (Column("median_days", message("Days, median"), "number1"),)


def _stations(path: list[str] | None, labels: Labels, language: str) -> list[str]:
    if path is None:
        return [translate(_OTHERS, language)]
    return [format_value(labels.get(id_, id_), "", language) for id_ in path]


def _draw(
    rows: pl.DataFrame, paths: list[list[str]], *, language: str, width: int
) -> alt.TopLevelMixin:
    is_narrow = width < TURN_BELOW
    left = 0.0 if is_narrow else _BARS
    chips: list[dict[str, object]] = []
    bars, y = [], 0.0
    largest = max(rows["share"].drop_nulls().to_list(), default=1.0)
    for stations, row in zip(paths, rows.rows(named=True), strict=True):
        at = y + (24.0 if is_narrow else 0.0)
        boxes = [width_of(text, size=_CHIP) * 1.04 + _STEP for text in stations]
        places = flow(boxes, width=width - left, line=_LINE)
        for number, (text, box, place) in enumerate(zip(stations, boxes, places, strict=True)):
            chips.append(
                {
                    "text": text,
                    "x": left + place[0],
                    "x2": left + place[0] + box - 14,
                    "y": at + place[1],
                    "is_path": row["variant"] is not None,
                    "is_last": number == len(stations) - 1,
                }
            )
        bars.append(
            {
                "y": y + 10.0,
                "x2": row["share"] / largest * (_BARS - 62.0),
                "value": format_value(row["share"], "share1", language),
                "is_path": row["variant"] is not None,
            }
        )
        y = at + places[-1][1] + _LINE + (_PAD if is_narrow else 9.0)
    return alt.layer(*_draw_bars(pl.DataFrame(bars)), *_draw_chips(pl.DataFrame(chips))).properties(
        width=width, height=y
    )


def _draw_bars(rows: pl.DataFrame) -> list[alt.Chart]:
    chart = theme.base(
        rows.with_columns(
            pl.lit(0.0).alias("x1"), (pl.col("y") - 6).alias("y1"), (pl.col("y") + 6).alias("y2")
        )
    )
    colour = alt.condition("datum.is_path", alt.value(theme.ACCENT), alt.value(theme.PALE))
    return [
        chart.mark_rect(cornerRadius=2).encode(
            x=pixels("x1"), x2="x2:Q", y=pixels("y1", alt.Y), y2="y2:Q", color=colour
        ),
        chart.mark_text(align="left", dx=6, fontSize=13, fontWeight=600).encode(
            x=pixels("x2"), y=pixels("y", alt.Y), text="value:N"
        ),
    ]


def _draw_chips(rows: pl.DataFrame) -> list[alt.Chart]:
    placed = rows.with_columns((pl.col("y") + 20).alias("y2"), (pl.col("y") + 10).alias("cy"),
                               ((pl.col("x") + pl.col("x2")) / 2).alias("cx"))  # fmt: skip
    chart = theme.base(placed)
    path = chart.transform_filter("datum.is_path")
    middle = pixels("cy", alt.Y)
    return [
        path.mark_rect(color=theme.WASH, stroke=theme.PALE, strokeWidth=1, cornerRadius=9).encode(
            x=pixels("x"), x2="x2:Q", y=pixels("y", alt.Y), y2="y2:Q"
        ),
        path.mark_text(fontSize=_CHIP).encode(x=pixels("cx"), y=middle, text="text:N"),
        path.transform_filter("!datum.is_last")
        .mark_text(align="left", dx=2, fontSize=_CHIP, color=theme.GREY)
        .encode(x=pixels("x2"), y=middle, text=alt.value("→")),
        chart.transform_filter("!datum.is_path")
        .mark_text(align="left", fontSize=_CHIP, fontStyle="italic", color=theme.SOFT)
        .encode(x=pixels("x"), y=middle, text="text:N"),
    ]


def _alt(rows: pl.DataFrame, *, title: Message, path: dict[str, str]) -> Message:
    first = rows.row(0, named=True)
    return message(
        "Bars, one a path. The commonest: {path} ({share:share1} of {base:count} journeys). "
        "{title}",
        path=path,
        share=first["share"],
        base=first["base"],
        title=title,
    )
