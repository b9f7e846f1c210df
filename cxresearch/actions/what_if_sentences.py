"""In which words and figures is a gain told: customers kept, revenue kept, points of score?

The unit is one gain: what mending one touchpoint, or all together, is linked to in a year. Every
figure is turned so that more is better, and rounded to what its interval supports. The words say
"linked to": a gain is adjusted for what is known, not proved by lot.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.language import LANGUAGES, Message, format_value, mark, message

JOINT = "all"
"""Stands for all touchpoints together where a touchpoint's id is asked for."""

ALL_TOGETHER = mark("All of them together")

NAMES: dict[str, str] = {
    "leavers": mark("Fewer leavers a year"),
    "value": mark("Revenue kept a year"),
    "nps": mark("Net Promoter Score, points"),
    "csat": mark("Satisfied overall, percentage points"),
    "ces": mark("Find dealing with us easy, percentage points"),
}
"""What a gain is counted in, by measure, in the order of telling."""

_PARTS: dict[str, str] = {
    "leavers": mark("{figure} fewer leavers a year ({interval})"),
    "value": mark("{figure} of revenue a year ({interval})"),
    "nps": mark("{figure} points of Net Promoter Score ({interval})"),
    "csat": mark("{figure} percentage points of satisfied customers ({interval})"),
    "ces": mark("{figure} percentage points who find it easy ({interval})"),
}
_OPEN_PARTS: dict[str, str] = {
    "leavers": mark("no fewer leavers beyond chance ({interval} a year)"),
    "value": mark("no revenue beyond chance ({interval} a year)"),
    "nps": mark("no points of Net Promoter Score beyond chance ({interval})"),
    "csat": mark("no more satisfied customers beyond chance ({interval} points)"),
    "ces": mark("no more who find it easy beyond chance ({interval} points)"),
}
_WORSE_PARTS: dict[str, str] = {
    "leavers": mark("{figure} more leavers a year ({interval})"),
    "value": mark("{figure} less of revenue a year ({interval})"),
}
_ENDS = mark("{low} to {high}")
_EXTRAPOLATED = mark("{low} to {high}, extrapolated")
_SPECS = {"count": "count", "money": "money", "points": "signed1", "share": "signed1"}
_LONG = ("touchpoint", "is_joint", "share_mended", "outcome", "n", "currency")
_FIGURES = ("estimate", "ci_low", "ci_high")


def list_measures(gains: pl.DataFrame) -> pl.DataFrame:
    """Gains with a row a measure, each turned so that more is better.

    Parameters
    ----------
    gains
        touchpoint, is_joint, outcome, estimate, ci_low, ci_high, n, leavers_a_year, value_a_year,
        each with `_low` and `_high`, currency; `share_mended` where there are several; `is_clear`
        (whether the touchpoint matters beyond chance at all) and `is_extrapolated` (hardly anybody
        meets all of it going well) where known. Null is not clear.

    Returns
    -------
    pl.DataFrame
        touchpoint (`JOINT` for all), share_mended (0-1), measure (a name in `NAMES`), unit
        (`count`, `money`, `points`, `share` in percentage points), estimate, ci_low, ci_high,
        currency, n, is_clear, is_extrapolated; in the order of `NAMES`, then as given. Measures
        that are not known are left out.
    """
    require_columns(gains, "touchpoint", "is_joint", "outcome", "estimate", "n", "currency")
    whole = pl.lit(1.0) if "share_mended" not in gains.columns else pl.col("share_mended")
    clear, beyond = (
        pl.col(name).fill_null(value=False) if name in gains.columns else pl.lit(value)
        for name, value in (("is_clear", True), ("is_extrapolated", False))
    )
    rows = gains.with_columns(
        whole.alias("share_mended"),
        clear.alias("is_clear"),
        beyond.alias("is_extrapolated"),
        pl.when("is_joint").then(pl.lit(JOINT)).otherwise("touchpoint").alias("touchpoint"),
    )
    left = rows.filter(pl.col("outcome") == "leaving")
    parts = [
        _measure(left, "leavers", "count", "leavers_a_year"),
        _measure(left, "value", "money", "value_a_year"),
    ]
    for outcome, unit, times in (
        ("nps", "points", 1),
        ("csat", "share", 100),
        ("ces", "share", 100),
    ):
        own = rows.filter(pl.col("outcome") == outcome).with_columns(pl.col(_FIGURES) * times)
        parts.append(_measure(own, outcome, unit, "estimate"))
    return pl.concat(parts)


def _measure(rows: pl.DataFrame, measure: str, unit: str, name: str) -> pl.DataFrame:
    ends = ("ci_low", "ci_high") if name == "estimate" else (f"{name}_low", f"{name}_high")
    return rows.filter(pl.col(name).is_not_null()).select(
        "touchpoint",
        pl.col("share_mended").cast(pl.Float64),
        pl.lit(measure).alias("measure"),
        pl.lit(unit).alias("unit"),
        *(pl.col(old).cast(pl.Float64).alias(new)
          for old, new in zip((name, *ends), _FIGURES, strict=True)),
        pl.col("currency").cast(pl.String),
        pl.col("n").cast(pl.Int64),
        "is_clear",
        "is_extrapolated",
    )  # fmt: skip


def is_gain() -> pl.Expr:
    """Of `list_measures`: a gain beyond chance, at one touchpoint that matters beyond chance."""
    return pl.col("is_clear") & (pl.col("ci_low") > 0) & (pl.col("touchpoint") != JOINT)


def write_gain(row: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The figure of a gain and its interval in each language, as its measure is written.

    Parameters
    ----------
    row
        A row of `list_measures`; what is extrapolated says so beside its interval.

    Examples
    --------
    >>> row = {"unit": "count", "estimate": 1243.0, "ci_low": 907.0, "ci_high": 1588.0}
    >>> {name: texts["en"] for name, texts in write_gain(row).items()}
    {'figure': '1,240', 'interval': '910 to 1,590'}
    """
    rounded = round_to_interval(*(row[name] for name in _FIGURES))
    ends = _EXTRAPOLATED if row.get("is_extrapolated") else _ENDS
    written = {
        language: [_write(value, row, language) for value in rounded] for language in LANGUAGES
    }
    return {
        "figure": {language: texts[0] for language, texts in written.items()},
        "interval": {
            language: Message(ends, {"low": texts[1], "high": texts[2]}).in_language(language)
            for language, texts in written.items()
        },
    }


def say_gains(rows: Sequence[Mapping[str, Any]]) -> list[Message]:
    """What a gain amounts to, a part a measure, to be listed in a sentence.

    Parameters
    ----------
    rows
        Rows of `list_measures`.
    """
    return [_say(row) for row in rows]


def join_gains(rows: Sequence[Mapping[str, Any]]) -> Message:
    """The parts of a gain as one list."""
    return message("{gains:list}", gains=say_gains(rows))


def _say(row: Mapping[str, Any]) -> Message:
    written = write_gain(row)
    if row["ci_low"] <= 0 <= row["ci_high"]:
        return Message(_OPEN_PARTS[row["measure"]], {"interval": written["interval"]})
    if row["ci_high"] < 0 and row["measure"] in _WORSE_PARTS:
        ends = {"estimate": "estimate", "ci_low": "ci_high", "ci_high": "ci_low"}
        turned = {new: -row[old] for new, old in ends.items()}
        return Message(_WORSE_PARTS[row["measure"]], write_gain({**row, **turned}))
    return Message(_PARTS[row["measure"]], written)


def round_to_interval(estimate: float, low: float, high: float) -> tuple[float, float, float]:
    """An estimate and its interval, with two digits of the interval's half width and no more.

    Examples
    --------
    >>> round_to_interval(412_345.0, 180_222.0, 640_111.0)
    (410000.0, 180000.0, 640000.0)
    >>> round_to_interval(0.0, 0.0, 0.0)
    (0.0, 0.0, 0.0)
    """
    half = (high - low) / 2
    if half <= 0 or not math.isfinite(half):
        return estimate, low, high
    step = 10.0 ** (math.floor(math.log10(half)) - 1)
    first, second, third = (round(value / step) * step for value in (estimate, low, high))
    return first, second, third


def _write(value: float, row: Mapping[str, Any], language: str) -> str:
    spec = _SPECS[row["unit"]]
    given = (value, row["currency"]) if spec == "money" else value
    return format_value(given, spec, language)
