"""Answers, estimates and drawn charts that several test files look at."""

import json
import re
from datetime import UTC, datetime
from functools import cache
from html import unescape
from itertools import product
from typing import Any

import polars as pl

from cxresearch.charts.figure import Figure
from cxresearch.language import LANGUAGES
from cxresearch.period import parse_period
from cxresearch.report.vega import draw_still

OCTOBER = parse_period("2025-10")
DATES = {"period": OCTOBER, "data_until": datetime(2025, 11, 1, tzinfo=UTC)}
HOSTILE = "</script>{{7*7}}{n}<b>"
SCALES = {"nps": (0, 10), "ces": (1, 7)}


def answers(scores, *, metric="nps", voice="customer", touchpoint=None, month=10, **columns):
    """One respondent an answer, on the fifth of the month; `columns` are the same in each row."""
    low, high = SCALES.get(metric, (1, 5))
    n = len(scores)
    rows = pl.DataFrame(
        {
            "response_id": [f"r-{voice}{metric}{touchpoint}{month}-{i}" for i in range(n)],
            "respondent_id": [f"p-{voice}{metric}{touchpoint}{month}-{i}" for i in range(n)],
            "customer_id": [f"p-{voice}{metric}{touchpoint}{month}-{i}" for i in range(n)],
            "voice": pl.Series([voice] * n, dtype=pl.String),
            "metric": pl.Series([metric] * n, dtype=pl.String),
            "touchpoint": pl.Series([touchpoint] * n, dtype=pl.String),
            "score": pl.Series(scores, dtype=pl.Float64),
            "scale_min": [float(low)] * n,
            "scale_max": [float(high)] * n,
            "high_is": pl.Series(["good"] * n, dtype=pl.String),
            "at": pl.Series(
                [datetime(2025, month, 5, tzinfo=UTC)] * n, dtype=pl.Datetime("us", "UTC")
            ),
            "weight": pl.Series([None] * n, dtype=pl.Float64),
        }
    )
    ids = pl.col("response_id", "respondent_id", "customer_id").cast(pl.String)
    given = (pl.lit(value).alias(name) for name, value in columns.items())
    return rows.with_columns(ids, *given)


def drawn(figure: Figure, *, language: str = "en", width: int = 720) -> list[str]:
    """The texts Vega writes into the chart, as a reader would see them."""
    svg = svg_of(figure, language=language, width=width)
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]+)</text>", svg)]


def svg_of(figure: Figure, *, language: str = "en", width: int = 720) -> str:
    """The chart as Vega draws it."""
    return _draw(json.dumps(figure.spec(language, width=width)), width)


@cache
def _draw(spec: str, width: int) -> str:
    svg = draw_still(json.loads(spec), width=width)
    assert svg is not None
    return svg


def marks(figure: Figure, kind: str, *, width: int = 720) -> list[str]:
    """The drawn marks that a screen reader calls `kind`, such as `rule mark` or `tick mark`."""
    svg = svg_of(figure, width=width)
    return re.findall(rf'aria-label="([^"]*)"[^>]*aria-roledescription="{kind}"', svg)


def bundle_text(figure: Any) -> str:
    """Everything that leaves the notebook for a page, as text."""
    return json.dumps(figure._repr_mimebundle_(), ensure_ascii=False)


def assert_draws_everywhere(figure: Figure) -> None:
    """The chart is valid and drawn on a desk screen and a telephone, in each language."""
    for language, width in product(LANGUAGES, (720, 340)):
        assert json.loads(json.dumps(figure.spec(language, width=width)))
    assert "<svg" in svg_of(figure)
    assert "<svg" in svg_of(figure, language="it", width=340)
