"""How is a station of the journey map drawn, whichever way the map is turned?

The unit is one touchpoint: a dot as large as the contacts it takes, its interval, the promise as a
mark, a ring where the moment decides. Pixels are worked out here so that words keep clear of marks.
"""

from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.map_words import tooltips

STEPS = {"share": 0.1, "points": 20.0, "scale": 0.5}
BOUNDS = {"share": (0.0, 1.0), "points": (-100.0, 100.0), "scale": (float("-inf"), float("inf"))}
FORMATS = {"share": ".0%", "points": "+,.0f", "scale": ".1f"}
FOOT = 34.0
"""Pixels beneath the scores for what has none and for the mark of leaving."""
TICK = 15.0
"""Half the length of the mark of a promise."""

PLACING = ("stage", "is_above", "before", "after", "value", "gap", "about", "is_drop_off")
"""Columns that words are placed with and that need not travel."""


def score_domain(stations: pl.DataFrame, *, unit: str) -> tuple[float, float]:
    """The ends of the score's axis: round figures around all intervals and promises.

    Examples
    --------
    >>> scores = pl.DataFrame({"ci_low": [0.42, 0.8], "ci_high": [0.5, 0.9], "target": [None, 0.8]})
    >>> low, high = score_domain(scores, unit="share")
    >>> round(low, 1), round(high, 1)
    (0.4, 0.9)
    """
    shown = stations.select(
        pl.min_horizontal(pl.col("ci_low", "target").min()).alias("low"),
        pl.max_horizontal(pl.col("ci_high", "target").max()).alias("high"),
    ).row(0)
    step, (least, most) = STEPS[unit], BOUNDS[unit]
    if None in shown:
        return max(least, 0.0), min(most, 1.0) if unit == "share" else 1.0
    low, high = (shown[0] / step + 1e-9) // 1 * step, -(-(shown[1] / step - 1e-9) // 1) * step
    return max(least, low), min(most, max(high, low + step))


def place_stations(
    stations: pl.DataFrame, *, domain: tuple[float, float], near: float, far: float
) -> pl.DataFrame:
    """Pixels of each dot along the score's axis, of its words, and the interval inside the dot.

    Parameters
    ----------
    near, far
        Pixels of the lower and of the upper end of the axis.

    Returns
    -------
    pl.DataFrame
        `stations` with at (of the dot), before and after (the free pixels on its two sides),
        inner_low and inner_high (the interval as far as the dot covers it), is_above (whether
        words stand on the side of higher scores).
    """
    low, high = domain
    pixels = (near - far) / (high - low)  # a score, negative where the axis runs rightwards

    def at(column: str) -> pl.Expr:
        return near - (pl.col(column) - low) * pixels

    half = pl.col("diameter") / 2
    reach = half + pl.when(pl.col("is_moment") | pl.col("believed")).then(6.0).otherwise(0.0)
    is_above = (pl.col("estimate") >= pl.col("target")).fill_null(value=True)
    beyond = half / abs(pixels)
    return stations.with_columns(
        pl.col("estimate").is_null().alias("is_bare"),
        is_above.alias("is_above"),
        at("estimate").fill_null(near + (14 if near > far else -8)).alias("at"),
        (reach * 2).pow(2).mul(0.7854).alias("ring_area"),
        pl.col("diameter").pow(2).mul(0.7854).alias("area"),
        pl.max_horizontal("ci_low", pl.col("estimate") - beyond).alias("inner_low"),
        pl.min_horizontal("ci_high", pl.col("estimate") + beyond).alias("inner_high"),
        pl.min_horizontal(at("estimate") - reach, at("ci_high"), at("ci_low")).alias("before"),
        pl.max_horizontal(at("estimate") + reach, at("ci_low"), at("ci_high")).alias("after"),
    )


def across(column: str) -> alt.X:
    """The place of a column of the map."""
    return alt.X(f"{column}:Q").axis(None).scale(nice=False, zero=False, padding=0)


def draw_score_axis(
    domain: tuple[float, float], *, unit: str, near: float, far: float, is_drawn: bool
) -> list[alt.Chart]:
    """Grid lines at round scores; nothing where nobody was asked."""
    if not is_drawn:
        return []
    rows = theme.base(pl.DataFrame({"score": score_steps(domain, unit=unit)}))
    y = score_axis("score", domain, near=near, far=far)
    grid = rows.mark_rule(color=theme.LINE, strokeWidth=1)
    text = rows.mark_text(align="right", dx=-8, color=theme.SOFT, fontSize=12)
    return [
        grid.encode(x=alt.value(0), x2=alt.value("width"), y=y),
        text.encode(x=alt.value(0), y=y, text=alt.Text("score:Q", format=FORMATS[unit])),
    ]


def score_steps(domain: tuple[float, float], *, unit: str, most: int = 6) -> list[float]:
    """Round scores between the ends of the axis, about `most` of them.

    Examples
    --------
    >>> [round(score, 1) for score in score_steps((0.3, 1.0), unit="share")]
    [0.4, 0.6, 0.8, 1.0]
    """
    low, high = domain
    step = STEPS[unit]
    while (high - low) / step > most - 1 + 1e-9:
        step *= 2
    first = -(-(low / step - 1e-9) // 1)
    return [(first + n) * step for n in range(int((high / step - first) + 1e-9) + 1)]


def score_axis(column: str, domain: tuple[float, float], *, near: float, far: float) -> alt.Y:
    """The place of a score."""
    scale = alt.Scale(domain=list(domain), range=[near, far], nice=False, zero=False)
    return alt.Y(f"{column}:Q").axis(None).scale(scale)


def pixel(column: str) -> alt.Y:
    """The place of something in pixels from the top."""
    return alt.Y(f"{column}:Q").axis(None).scale(None)


def draw_stations(
    placed: pl.DataFrame,
    *,
    domain: tuple[float, float],
    near: float,
    far: float,
    column: float,
    language: str,
) -> list[alt.Chart]:
    """The line, the promises, the dots and their words, the map running left to right."""
    n = placed.height
    chart = theme.base(placed.drop(PLACING))
    x = across("position").scale(domain=[-0.5, n - 0.5], nice=False, zero=False)
    scored = chart.transform_filter("!datum.is_bare")
    drawn = chart.transform_filter("datum.is_drawn")

    def y(column: str) -> alt.Y:
        return score_axis(column, domain, near=near, far=far)

    colour = alt.Color("colour:N").scale(None).legend(None)
    layers: list[Any] = []
    if placed["estimate"].is_not_null().any():
        line = drawn.mark_line(interpolate="monotone", color=theme.PALE, strokeWidth=3)
        layers.append(line.encode(x=x, y=y("estimate")))
    else:
        line = drawn.mark_line(color=theme.PALE, strokeWidth=3)
        layers.append(line.encode(x=x, y=pixel("at")))
    broken = scored.transform_filter("isValid(datum.target) && datum.verdict == 'broken'")
    layers += [
        broken.mark_rule(color=theme.BAD, strokeWidth=1.5, strokeDash=[2, 3]).encode(
            x=x, y=y("estimate"), y2="target:Q"
        ),
        scored.mark_rule(strokeWidth=4).encode(x=x, y=y("ci_low"), y2="ci_high:Q", color=colour),
        *(ring.encode(x=x, y=pixel("at")) for ring in rings(chart, placed)),
        dots(chart, language).encode(x=x, y=pixel("at")),
        scored.transform_filter("datum.diameter > 14")
        .mark_rule(color=theme.PAPER, strokeWidth=1.5)
        .encode(x=x, y=y("inner_low"), y2="inner_high:Q"),
        scored.transform_filter("isValid(datum.target)")
        .mark_tick(
            orient="horizontal", color=theme.INK, thickness=3, size=min(2 * TICK, 0.72 * column)
        )
        .encode(x=x, y=y("target")),
        *_words(chart, placed, x=x, foot=near),
    ]
    return layers


def rings(chart: alt.Chart, placed: pl.DataFrame) -> list[alt.Chart]:
    """Rings around moments of truth: solid where found, dashed where only believed."""
    layers = []
    found, believed = "datum.is_moment", "datum.believed && !datum.is_moment"
    for test, dash, is_any in (
        (found, [1, 0], placed["is_moment"].any()),
        (believed, [3, 3], (placed["believed"] & ~placed["is_moment"]).any()),
    ):
        if is_any:
            ring = chart.transform_filter(test).mark_point(
                shape="circle", filled=False, stroke=theme.INK, strokeWidth=2, strokeDash=dash
            )
            size = alt.Size("ring_area:Q").scale(None).legend(None)
            layers.append(ring.encode(size=size))
    return layers


def dots(chart: alt.Chart, language: str) -> alt.Chart:
    """The dots, as large as the contacts, with all that is known of them under a pointer."""
    told = [alt.Tooltip(f"{name}:N", title=head) for name, head in tooltips(language)]
    dot: alt.Chart = chart.mark_point(shape="circle", strokeWidth=2).encode(
        size=alt.Size("area:Q").scale(None).legend(None),
        fill=alt.Fill("fill:N").scale(None).legend(None),
        stroke=alt.Stroke("colour:N").scale(None).legend(None),
        tooltip=told,
    )
    return dot


def _words(chart: alt.Chart, placed: pl.DataFrame, *, x: alt.X, foot: float) -> list[alt.Chart]:
    """The gap in its colour and the score, on the side of the dot where no promise stands."""
    layers = []
    lines = pl.concat([_stack(placed, is_above=side) for side in (True, False)])
    words = theme.base(lines)
    ordered = (("soft", theme.SOFT, 11, "normal"), ("kept", theme.GOOD, 11, 600),
               ("broken", theme.BAD, 14, 700))  # fmt: skip
    for tone, colour, size, weight in ordered:
        if not lines.filter(pl.col("tone") == tone).is_empty():
            text = words.transform_filter(f"datum.tone == '{tone}'")
            place = {"x": x, "y": pixel("y"), "text": "text:N"}
            style: dict[str, Any] = {"fontSize": size, "fontWeight": weight, "baseline": "middle"}
            layers += [
                text.mark_text(**style, stroke=theme.WASH, strokeWidth=4).encode(**place),
                text.mark_text(**style, color=colour).encode(**place),
            ]
    if placed["leaves"].str.len_chars().max():
        leaving = chart.transform_filter("datum.leaves != ''")
        layers += [
            leaving.mark_point(
                shape="triangle-down", filled=True, color=theme.BAD, size=60, xOffset=-16
            ).encode(x=x, y=alt.value(foot + 20)),
            leaving.mark_text(
                align="left", dx=-9, fontSize=11, fontWeight=600, color=theme.BAD
            ).encode(x=x, y=alt.value(foot + 20), text="leaves:N"),
        ]
    return layers


def _stack(placed: pl.DataFrame, *, is_above: bool) -> pl.DataFrame:
    """Gap, what it is about and score of each dot, one beneath the other, away from the dot."""
    rows = placed.filter(pl.col("is_above") == is_above, ~pl.col("is_bare"))
    # A kept gap stays quiet unless it is large enough to be read: the verdict has its colour.
    parts = rows.select(
        "position",
        pl.when("is_above").then("before").otherwise("after").alias("edge"),
        pl.col("verdict").alias("tone"),
        *(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)
          for name in ("gap", "about", "value")),
    )  # fmt: skip
    way = -1.0 if is_above else 1.0
    steps = {"gap": 13.0, "about": 12.0, "value": 12.0}
    used, texts = pl.lit(2.0), []
    order = ("gap", "about", "value") if not is_above else ("value", "about", "gap")
    for name in order:
        has = pl.col(name).is_not_null()
        used = used + pl.when(has).then(steps[name]).otherwise(0.0)
        tone = pl.col("tone") if name == "gap" else pl.lit("soft")
        middle = pl.col("edge") + way * (used - steps[name] / 2 + 2)
        texts.append(
            parts.filter(has).select(
                "position", middle.alias("y"), tone.alias("tone"), pl.col(name).alias("text")
            )
        )
    bare = placed.filter("is_bare", pl.lit(is_above))
    texts.append(
        bare.select(
            "position",
            (pl.col("at") - pl.col("ring_area").sqrt() * 0.5642 - 8).alias("y"),
            pl.lit("soft").alias("tone"),
            pl.col("value").alias("text"),
        )
    )
    return pl.concat(texts)
