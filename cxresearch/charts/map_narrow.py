"""How is the journey map drawn on a telephone? It turns: stages downwards, one touchpoint a row.

The unit is one touchpoint, a row: its name, owner and channels on the left, its score on a line
that runs down the page, the gap in words on the right. Owner and channels are written where they
change.
"""

from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.map_key import draw_key
from cxresearch.charts.map_layout import wrap
from cxresearch.charts.map_marks import (
    FORMATS,
    PLACING,
    TICK,
    dots,
    pixel,
    place_stations,
    rings,
    score_domain,
    score_steps,
)
from cxresearch.language import Message, mark, translate

NAMES, VALUES = 134.0, 64.0
"""Pixels for the names on the left and for the words on the right."""
LINE = 14.0
_STAGE, _PAD, _LEAST = 34.0, 14.0, 44.0
_UNDRAWN, _BEHIND = mark("Met, not drawn"), mark("behind it: {teams}")
_AXIS = 18.0


def draw_narrow(
    stations: pl.DataFrame, *, unit: str, width: int, stages: dict[str, str], language: str
) -> alt.TopLevelMixin:
    """The whole map turned, at `width` pixels.

    Parameters
    ----------
    stations
        As `map_words.write_stations` returns it.
    stages
        Names of the stages by id.
    """
    key, top = draw_key(stations, width=width, language=language)
    rows, bands, bottom = _rows(stations, stages, y=top + 6, language=language)
    domain = score_domain(stations, unit=unit)
    near, far = NAMES + 16.0, width - VALUES
    is_scored = bool(rows["estimate"].is_not_null().any())
    placed = place_stations(rows, domain=domain, near=near, far=far)
    if not is_scored:
        placed = placed.with_columns(pl.lit((near + far) / 2).alias("at"))
    axis = _axis(domain, bands, unit=unit, near=near, far=far) if is_scored else []
    layers = [
        *_draw_bands(bands, width=width),
        *axis[:1],
        *_draw_stations(placed, domain=domain, near=near, far=far, language=language),
        *axis[1:],
        *_names(rows),
        *_values(placed, x=far + 8),
        *key,
    ]
    return alt.layer(*layers).properties(width=width, height=bottom)


def _rows(
    stations: pl.DataFrame, stages: dict[str, str], *, y: float, language: str
) -> tuple[pl.DataFrame, pl.DataFrame, float]:
    """Each touchpoint with the pixels of its row, and each stage with those of its band."""
    rows, bands = [], []
    before: dict[str, Any] = {}
    for row in stations.rows(named=True):
        is_new = (row["stage"], row["is_drawn"]) != (before.get("stage"), before.get("is_drawn"))
        if is_new:
            text = stages.get(row["stage"] or "", row["stage"] or "")
            text = text if row["is_drawn"] else translate(_UNDRAWN, language)
            bands.append({"text": text, "y": y, "y2": y, "is_drawn": row["is_drawn"]})
            y += _STAGE
        name = wrap(row["name"], width=NAMES - 8, size=13)
        small = _small(row, {} if is_new else before, language)
        height = _LEAST
        n_name = name.count("\n") + 1
        n_small = small.count("\n") + 1 if small else 0
        height = max(_LEAST, n_name * (LINE + 2) + n_small * (LINE - 1) + _PAD)
        rows.append(
            {
                **row,
                "name_lines": name,
                "small": small,
                "y": y + height / 2,
                "y_name": y + _PAD / 2,
                "y_small": y + _PAD / 2 + n_name * (LINE + 2),
            }
        )
        y += height
        bands[-1]["y2"] = y
        before = row
    gaps = [dict(band, y=band["y"] + 2, y2=band["y2"] - 2) for band in bands]
    schema: dict[str, Any] = {**stations.schema, "name_lines": pl.String,
              "small": pl.String, "y": pl.Float64, "y_name": pl.Float64,
              "y_small": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema), pl.DataFrame(gaps), y


def _small(row: dict[str, Any], before: dict[str, Any], language: str) -> str:
    changed = [
        row[name] for name in ("owner", "channel") if row[name] and row[name] != before.get(name)
    ]
    parts = [" · ".join(changed)] if changed else []
    if row["behind"]:
        parts.append(Message(_BEHIND, {"teams": row["behind"]}).in_language(language))
    return "\n".join(wrap(part, width=NAMES - 4, size=11) for part in parts)


def _draw_bands(bands: pl.DataFrame, *, width: int) -> list[alt.Chart]:
    chart = theme.base(bands)
    place = {"x": alt.value(0), "x2": alt.value("width"), "y": pixel("y"), "y2": "y2:Q"}
    layers = [
        chart.transform_filter("datum.is_drawn")
        .mark_rect(color=theme.WASH, cornerRadius=3)
        .encode(**place)
    ]
    if not bands["is_drawn"].all():
        layers.append(
            chart.transform_filter("!datum.is_drawn")
            .mark_rect(fill=None, stroke=theme.PALE, strokeDash=[4, 4], strokeWidth=1)
            .encode(**place)
        )
    head = chart.mark_text(align="left", baseline="top", fontSize=14, fontWeight=600, dy=9)
    return [*layers, head.encode(x=alt.value(8), y=pixel("y"), text="text:N")]


def _axis(
    domain: tuple[float, float], bands: pl.DataFrame, *, unit: str, near: float, far: float
) -> list[alt.Chart]:
    """The scores at the head of each stage, so that none is out of sight."""
    values = score_steps(domain, unit=unit, most=3)
    scores = pl.DataFrame({"score": values}, schema={"score": pl.Float64})
    chart = theme.base(bands.select("y", "y2").join(scores, how="cross"))
    x = _score("score", domain, near=near, far=far)
    grid = chart.mark_rule(color=theme.LINE, strokeWidth=1, yOffset=_STAGE - 6)
    return [
        grid.encode(x=x, y=pixel("y"), y2="y2:Q"),
        *(
            chart.mark_text(**style, baseline="top", dy=12, fontSize=11).encode(
                x=x, y=pixel("y"), text=alt.Text("score:Q", format=FORMATS[unit])
            )
            for style in ({"stroke": theme.WASH, "strokeWidth": 4}, {"color": theme.SOFT})
        ),
    ]


def _score(column: str, domain: tuple[float, float], *, near: float, far: float) -> alt.X:
    scale = alt.Scale(domain=list(domain), range=[near, far], nice=False, zero=False)
    return alt.X(f"{column}:Q").axis(None).scale(scale)


def _at(column: str) -> alt.X:
    return alt.X(f"{column}:Q").axis(None).scale(None)


def _draw_stations(
    placed: pl.DataFrame,
    *,
    domain: tuple[float, float],
    near: float,
    far: float,
    language: str,
) -> list[alt.Chart]:
    chart, y = (
        theme.base(placed.drop(PLACING, "name_lines", "small", "y_name", "y_small")),
        pixel("y"),
    )
    scored = chart.transform_filter("!datum.is_bare")

    def x(column: str) -> alt.X:
        return _score(column, domain, near=near, far=far)

    colour = alt.Color("colour:N").scale(None).legend(None)
    # Where nobody was asked the line runs straight on; a single missing score breaks it.
    is_shown = ~pl.col("is_bare") | pl.col("is_bare").all()
    lined = theme.base(
        placed.select("position", "is_drawn", "y", pl.when(is_shown).then("at").alias("at"))
    )
    line = lined.transform_filter("datum.is_drawn").mark_line(
        orient="horizontal", interpolate="monotone", color=theme.PALE, strokeWidth=3
    )
    return [
        line.encode(x=_at("at"), y=y, order="position:Q"),
        scored.transform_filter("isValid(datum.target) && datum.verdict == 'broken'")
        .mark_rule(color=theme.BAD, strokeWidth=1.5, strokeDash=[2, 3])
        .encode(y=y, x=x("estimate"), x2="target:Q"),
        scored.mark_rule(strokeWidth=4).encode(y=y, x=x("ci_low"), x2="ci_high:Q", color=colour),
        *(ring.encode(x=_at("at"), y=y) for ring in rings(chart, placed)),
        dots(chart, language).encode(x=_at("at"), y=y),
        scored.transform_filter("datum.diameter > 14")
        .mark_rule(color=theme.PAPER, strokeWidth=1.5)
        .encode(y=y, x=x("inner_low"), x2="inner_high:Q"),
        scored.transform_filter("isValid(datum.target)")
        .mark_tick(orient="vertical", color=theme.INK, thickness=3, size=2 * TICK - 4)
        .encode(y=y, x=x("target")),
    ]


def _names(rows: pl.DataFrame) -> list[alt.Chart]:
    chart = theme.base(rows.select("name_lines", "small", "y_name", "y_small"))
    style: dict[str, Any] = {"align": "left", "baseline": "top", "lineBreak": "\n"}
    name = chart.mark_text(**style, fontSize=13, fontWeight=600, lineHeight=LINE + 2)
    small = chart.mark_text(**style, fontSize=11, lineHeight=LINE - 1, color=theme.SOFT)
    return [
        name.encode(x=alt.value(8), y=pixel("y_name"), text="name_lines:N"),
        small.encode(x=alt.value(8), y=pixel("y_small"), text="small:N"),
    ]


def _values(placed: pl.DataFrame, *, x: float) -> list[alt.Chart]:
    """Score, gap and leaving, one beneath the other at the right."""
    parts = [
        ("value", "soft", theme.SOFT, 12, "normal"),
        ("gap", "broken", theme.BAD, 13, 700),
        ("gap", "kept", theme.GOOD, 12, 600),
        ("about", "soft", theme.SOFT, 11, "normal"),
        ("leaves", "leaves", theme.BAD, 11, 600),
    ]
    names = ("gap", "about", "value", "leaves")
    has = {name: pl.when(pl.col(name) != "").then(1).otherwise(0) for name in names}
    total = sum(has.values(), start=pl.lit(0))
    layers = []
    for name, verdict, colour, size, weight in parts:
        above = sum((has[other] for other in names[: names.index(name)]), start=pl.lit(0))
        rows = placed.filter(pl.col(name) != "").select(
            (pl.col("y") + (above - (total - 1) / 2) * LINE).alias("y"),
            pl.col("verdict"),
            pl.col(name).alias("text"),
        )
        if name == "gap":
            rows = rows.filter(pl.col("verdict") == verdict)
        if rows.is_empty():
            continue
        style: dict[str, Any] = {
            "align": "left",
            "fontSize": size,
            "fontWeight": weight,
            "color": colour,
        }
        text = theme.base(rows.drop("verdict"))
        shift = 12 if name == "leaves" else 0
        if name == "leaves":
            layers.append(
                text.mark_point(
                    shape="triangle-down", filled=True, color=theme.BAD, size=50
                ).encode(x=alt.value(x + 5), y=pixel("y"))
            )
        layers.append(
            text.mark_text(**style).encode(x=alt.value(x + shift), y=pixel("y"), text="text:N")
        )
    return layers
