"""What does every chart look like, on paper, on screen and in the dark?

The unit is one chart. A plot function starts from `base`, paints with the colours named here and
configures nothing: `specify` adds the theme, the language's number format and the width. It does
not choose what to draw.

Colours are plain hex in a spec, so JupyterLab shows them as they are. A report page restyles the
drawn SVG by these same values (`[fill="#1b6d8c"] {fill: var(--accent)}`), which is how one drawing
serves light, dark and print: use no colour that is not here, and no interpolated ramp (take
`STEPS` or `DIVERGING` with explicit thresholds).

Example
-------
A plot function, whole::

    def plot_scores(table, *, title=None, labels={}, language="en"):
        def draw(language, width):
            names = table.with_columns(name=theme.named("touchpoint", labels, language))
            scores = theme.base(names)
            y = alt.Y("name:N", sort=None).title(None)
            x = alt.X("estimate:Q").title(translate(mark("Share satisfied"), language))
            interval = scores.mark_rule(color=theme.GREY).encode(
                y=y, x=alt.X("ci_low:Q").axis(format="%"), x2="ci_high:Q"
            )
            dots = scores.mark_circle().encode(y=y, x=x)
            return (interval + dots).properties(height=alt.Step(28))

        return Figure("scores", title=..., subtitle=..., alt=..., draw=draw, table=table,
                      columns=(...), language=language)
"""

from collections.abc import Mapping
from typing import Any, Literal

import altair as alt
import polars as pl
import polars.selectors as cs

from cxresearch.language import format_value

FONT = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif'
)

WIDE = 860
"""Pixels: the width a chart is designed for on a desk screen."""
NARROW = 340
"""Pixels: the width of the same chart on a telephone."""

INK = "#1d2733"
SOFT = "#55616d"
GREY = "#768390"
PALE = "#c0c8d0"
LINE = "#dde2e7"
WASH = "#f4f6f8"
PAPER = "#ffffff"
ACCENT = "#1b6d8c"
BAD = "#b3261e"
GOOD = ACCENT
NEUTRAL = GREY

STEPS = ("#e1eef3", "#b1d2df", "#7bafc5", "#4387a3", "#1b5e79")
"""Five steps from little to much, for shares in a grid."""
DIVERGING = (BAD, "#e39c94", "#e8ebee", "#8dbed0", GOOD)
"""Five steps from bad to good, told apart by readers who do not see red and green."""
POLARITY = {"good": GOOD, "bad": BAD, "neutral": NEUTRAL}
"""Colour by the polarity of a finding. Never colour alone: say it in a label or by position too."""

TOKENS: dict[str, tuple[str, str, str]] = {
    "ink": (INK, "#e9edf1", "text"),
    "soft": (SOFT, "#a9b4bf", "secondary text"),
    "grey": (GREY, "#8e9aa6", "marks that are not the point"),
    "pale": (PALE, "#4b5661", "lines that connect"),
    "line": (LINE, "#2f3842", "rules and grids"),
    "wash": (WASH, "#1c2229", "bands and panels"),
    "paper": (PAPER, "#13171c", "the page, and halos"),
    "accent": (ACCENT, "#6bbddd", "what matters; good"),
    "bad": (BAD, "#ff8f80", "bad"),
    "step-0": (STEPS[0], "#1d323c", "least"),
    "step-1": (STEPS[1], "#245063", ""),
    "step-2": (STEPS[2], "#327591", ""),
    "step-3": (STEPS[3], "#539fbd", ""),
    "step-4": (STEPS[4], "#a6dbef", "most"),
    "bad-soft": (DIVERGING[1], "#8c4841", "somewhat bad"),
    "middle": (DIVERGING[2], "#303943", "neither"),
    "good-soft": (DIVERGING[3], "#2d6177", "somewhat good"),
}
"""Colour by name: on paper, in the dark, what for."""


def base(table: pl.DataFrame) -> alt.Chart:
    """A chart of `table`, ready for `.mark_...().encode(...)`.

    Parameters
    ----------
    table
        One row a mark; aggregate first. NaN becomes null and floats keep six significant digits,
        so that the page carries no noise.

    Examples
    --------
    >>> base(pl.DataFrame({"estimate": [1 / 3]})).data["estimate"].to_list()
    [0.333333]
    """
    return alt.Chart(table.with_columns(cs.float().fill_nan(None).round_sig_figs(6)))


def named(column: str, labels: Mapping[str, Mapping[str, str]], language: str) -> pl.Expr:
    """The label of each id of `column` in `language`; an id without a label stays as it is.

    Examples
    --------
    >>> t = pl.DataFrame({"touchpoint": ["app", "desk"]})
    >>> t.select(named("touchpoint", {"app": {"en": "App", "it": "L'app"}}, "it")).to_series()[0]
    "L'app"
    """
    names = {key: format_value(label, "", language) for key, label in labels.items()}
    text = pl.col(column).cast(pl.String)
    return text.replace(names) if names else text


def specify(chart: alt.TopLevelMixin, language: str) -> dict[str, Any]:
    """The Vega-Lite specification of `chart` with the theme, as wide as its place allows.

    A single or layered chart fills the width of the page; facets and concatenations keep the
    widths they were drawn with, for Vega-Lite cannot stretch them.
    """
    spec: dict[str, Any] = chart.to_dict()
    spec["config"] = config(language)
    spec.pop("$schema", None)
    composed = {"facet", "hconcat", "vconcat", "concat", "repeat"} & spec.keys()
    if not composed and not {"row", "column", "facet"} & spec.get("encoding", {}).keys():
        spec.setdefault("width", "container")
        spec.setdefault("autosize", {"type": "fit-x", "contains": "padding"})
    return spec


def config(language: str) -> dict[str, Any]:
    """Vega-Lite's `config`: fonts, sizes, colours, and how `language` writes numbers and dates."""
    text = {"labelColor": SOFT, "titleColor": SOFT, "labelFontSize": 12, "titleFontSize": 12}
    return {
        "background": None,
        "font": FONT,
        "padding": 2,
        "locale": _locale(language),
        "view": {"stroke": None, "continuousHeight": 320},
        "axis": {
            **text,
            "titleFontWeight": "normal",
            "titlePadding": 10,
            "labelPadding": 6,
            "domainColor": PALE,
            "tickColor": PALE,
            "gridColor": LINE,
            "labelLimit": 220,
        },
        "axisX": {"grid": False, "tickSize": 4, "labelSeparation": 8, "labelFlush": True},
        "axisY": {"domain": False, "ticks": False, "titleAngle": 0, "titleAlign": "left",
                  "titleAnchor": "end", "titleY": -14, "titleX": 0},
        "axisYBand": {"grid": False, "labelColor": INK, "labelFontSize": 13},
        "axisYPoint": {"grid": False, "labelColor": INK, "labelFontSize": 13},
        "header": {**text, "labelColor": INK, "labelFontWeight": 600, "labelAnchor": "start"},
        "legend": {**text, "titleFontWeight": "normal", "orient": "top", "symbolType": "circle",
                   "offset": 8},
        "range": {"category": [ACCENT, GREY, INK, PALE, BAD], "diverging": list(DIVERGING),
                  "ordinal": list(STEPS), "ramp": list(STEPS), "heatmap": list(STEPS)},
        "bar": {"color": ACCENT},
        "circle": {"color": ACCENT, "size": 90, "opacity": 1},
        "point": {"color": ACCENT, "size": 90, "filled": True, "opacity": 1},
        "line": {"color": ACCENT, "strokeWidth": 2},
        "area": {"color": STEPS[1]},
        "rule": {"color": GREY, "strokeWidth": 2},
        "tick": {"color": INK, "thickness": 2},
        "text": {"color": INK, "fontSize": 12},
    }  # fmt: skip


def _locale(language: str) -> dict[str, Any]:
    from vl_convert import get_format_locale, get_time_format_locale

    code: Literal["en-GB", "it-IT"] = "it-IT" if language == "it" else "en-GB"
    time: dict[str, Any] = {**get_time_format_locale(code)}
    # d3 capitalises Italian months and days; Italian does not.
    lower = ("months", "shortMonths", "days", "shortDays") if language == "it" else ()
    time |= {name: [word.lower() for word in time[name]] for name in lower}
    return {"number": {**get_format_locale(code), "minus": "−"}, "time": time}
