"""What does a metric count, on which scale, and which answers may stand in one figure?

Unit of observation: an answer. A metric is the mean of one number an answer (`counted`): NPS
counts +1, 0, -1; a share counts 1 and 0; effort mean and tone count the score itself. Scale and
polarity belong to the data: the columns `scale_min`, `scale_max`, `high_is` are obeyed where they
are present, the native scale is taken where they are not.

It cannot tell whether a question was well asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from cxresearch.errors import DataError, ParameterError, did_you_mean
from cxresearch.language import mark

Table = pl.DataFrame | pl.LazyFrame
Interval = Literal["adjusted_wald", "wilson", "t"]
Counting = Literal["net", "top_two", "above_middle", "score"]


@dataclass(frozen=True)
class Metric:
    """How a metric is counted.

    Attributes
    ----------
    name
        Name of the metric in results.
    asked_as
        Value of the column `metric` in a table of responses.
    counting
        What an answer counts: `net` (+1, 0, -1), `top_two`, `above_middle` (1 or 0), `score`.
    interval
        The interval that holds its nominal coverage for this kind of figure.
    native
        Lowest and highest score where the data declares no scale.
    base
        Base of the figure, in words (English source text).
    voice
        The only voice counted, where the metric means one.
    """

    name: str
    asked_as: str
    counting: Counting
    interval: Interval
    native: tuple[float, float]
    base: str
    voice: str | None = None

    @property
    def unit(self) -> float:
        """Factor from the mean of what is counted to the figure shown (100 for NPS points)."""
        return 100.0 if self.counting == "net" else 1.0


_ALL = mark("all answers")
_TOP = mark("all answers; satisfied are the two best grades")
_EASY = mark("all answers; easy are the grades above the middle of the scale")
_MEAN = mark("all answers, mean grade")
_SAID = mark("comments in which something speaks; unknown ones are left out")

METRICS: dict[str, Metric] = {
    "nps": Metric("nps", "nps", "net", "adjusted_wald", (0, 10), _ALL),
    "enps": Metric("enps", "nps", "net", "adjusted_wald", (0, 10), _ALL, voice="employee"),
    "csat": Metric("csat", "csat", "top_two", "wilson", (1, 5), _TOP),
    "stars": Metric("stars", "stars", "top_two", "wilson", (1, 5), _TOP),
    "emoji": Metric("emoji", "emoji", "top_two", "wilson", (1, 5), _TOP),
    "expectation": Metric("expectation", "expectation", "top_two", "wilson", (1, 5), _TOP),
    "ces": Metric("ces", "ces", "score", "t", (1, 7), _MEAN),
    "share": Metric("share", "share", "score", "wilson", (0, 1), _ALL),
    "ces_share": Metric("ces_share", "ces", "above_middle", "wilson", (1, 7), _EASY),
    "tone": Metric("tone", "tone", "score", "adjusted_wald", (-1, 1), _SAID),
}
"""Every metric by its name."""


def find_metric(name: str) -> Metric:
    """The metric called `name`.

    Raises
    ------
    ParameterError
        There is no such metric.

    Examples
    --------
    >>> find_metric("nps").native
    (0, 10)
    """
    if name not in METRICS:
        raise ParameterError(
            f"metric '{name}' is unknown.{did_you_mean(name, METRICS)}", allowed=", ".join(METRICS)
        )
    return METRICS[name]


def with_scale(table: Table, *, metric: Metric, score: str) -> pl.LazyFrame:
    """The answers to `metric`, with `scale_min`, `scale_max`, `high_is` and a numeric score.

    Rows of other metrics are left out where there is a column `metric`, other voices where the
    metric means one voice and there is a column `voice`. A NaN score becomes a blank.

    Raises
    ------
    DataError
        The score column is missing or not a number.
    """
    schema = table.collect_schema()
    if score not in schema:
        raise DataError(
            f"score column '{score}' is missing.{did_you_mean(score, schema.names())}",
            allowed=f"one of {', '.join(schema.names()) or 'no columns'}",
            next_step='name the column: score="..."',
        )
    if not (schema[score].is_numeric() or schema[score] in (pl.Boolean, pl.Null)):
        raise DataError(
            f"score column '{score}' is {schema[score]}",
            allowed="numbers (true and false for a share), blanks as null",
            next_step=f'cast it first: pl.col("{score}").cast(pl.Float64)',
        )
    answers = table.lazy()
    if "metric" in schema:
        answers = answers.filter(pl.col("metric") == metric.asked_as)
    if metric.voice and "voice" in schema:
        answers = answers.filter(pl.col("voice") == metric.voice)
    defaults = {"scale_min": metric.native[0], "scale_max": metric.native[1], "high_is": "good"}
    declared = {
        name: pl.col(name).fill_null(value) if name in schema else pl.lit(value)
        for name, value in defaults.items()
    }
    return answers.with_columns(
        pl.col(score).cast(pl.Float64).fill_nan(None),
        declared["scale_min"].cast(pl.Float64).alias("scale_min"),
        declared["scale_max"].cast(pl.Float64).alias("scale_max"),
        declared["high_is"].alias("high_is"),
    )


def counted(metric: Metric, *, score: str) -> pl.Expr:
    """What an answer counts, as an expression; null for a blank.

    The two best grades are the scale's two highest, or its two lowest where `high_is` is bad.
    """
    given, low, high = pl.col(score), pl.col("scale_min"), pl.col("scale_max")
    good = pl.col("high_is") == "good"
    if metric.counting == "score":
        return given
    if metric.counting == "net":
        return (given >= 9).cast(pl.Float64) - (given <= 6).cast(pl.Float64)
    if metric.counting == "top_two":
        best = pl.when(good).then(given >= high - 1).otherwise(given <= low + 1)
    else:
        middle = (low + high) / 2
        best = pl.when(good).then(given > middle).otherwise(given < middle)
    return pl.when(given.is_not_null()).then(best.cast(pl.Float64))


def half_range(metric: Metric) -> pl.Expr:
    """Largest standard deviation that what is counted can have."""
    if metric.counting == "score":
        return (pl.col("scale_max") - pl.col("scale_min")) / 2
    return pl.lit(1.0 if metric.counting == "net" else 0.5)


def scale_checks(schema: pl.Schema, *, score: str) -> list[pl.Expr]:
    """What `refuse_mixtures` must know of a cell, as aggregations.

    Parameters
    ----------
    schema
        Columns of the table given: what it does not declare is the same for all answers.
    score
        Column of scores.
    """
    given, no = pl.col(score), pl.lit(value=False)
    checks = {
        "_score_min": given.min(),
        "_score_max": given.max(),
        "_is_broken": (given != given.round(0)).any(),
        **dict.fromkeys(("_has_whole", "_has_touchpoint", "_voice", "_voice_other"), no),
    }
    for name in ("scale_min", "scale_max", "high_is"):
        value, varies = pl.col(name), name in schema
        checks[name] = value.min() if varies else value.first()
        checks[f"{name}_other"] = value.max() if varies else value.first()
    if "touchpoint" in schema:
        whole = pl.col("touchpoint").is_null()
        checks["_has_whole"] = (whole & given.is_not_null()).any()
        checks["_has_touchpoint"] = (~whole & given.is_not_null()).any()
    if "voice" in schema:
        voices = pl.col("voice").filter(given.is_not_null())
        checks |= {"_voice": voices.min(), "_voice_other": voices.max()}
    return [check.alias(name) for name, check in checks.items()]


def refuse_mixtures(cells: pl.DataFrame, *, metric: Metric, by: Sequence[str], score: str) -> None:
    """Stop where a cell pools answers that do not belong in one figure.

    Raises
    ------
    DataError
        A score lies outside the scale; scales, polarities or voices are mixed; answers about the
        whole (touchpoint null) are mixed with answers about a touchpoint; NPS is not 0 to 10.
    """
    low, high, good = pl.col("scale_min"), pl.col("scale_max"), pl.col("high_is") == "good"
    least, most = pl.col("_score_min"), pl.col("_score_max")
    net = metric.counting == "net"
    rules = [
        (
            (low != pl.col("scale_min_other")) | (high != pl.col("scale_max_other")),
            "answers on different scales stand in one figure",
            "one scale a figure",
            'compute them apart: by=["scale_min", "scale_max"] renamed, or filter one scale',
        ),
        (
            pl.col("high_is") != pl.col("high_is_other"),
            "answers where high is good and where high is bad stand in one figure",
            "one polarity a figure",
            'filter one of them: pl.col("high_is") == "good"',
        ),
        (
            ~((low == 0) & (high == 10) & good) & net,
            f"{metric.name} on a scale other than 0 to 10 with high as good",
            "0 to 10; NPS is never rescaled",
            'ask another metric of these answers, for example metric="csat"',
        ),
        (
            (least < low) | (most > high),
            f"column '{score}' holds a score outside the scale",
            "scores on the scale, blanks as null",
            "map the code to null, or declare scale_min and scale_max",
        ),
        (
            pl.col("_is_broken") & (net | (metric.name == "share")),
            f"column '{score}' holds an answer to {metric.name} that is not a whole number",
            "whole numbers of the scale",
            "use the answers themselves, not means of them",
        ),
        (
            pl.col("_has_whole") & pl.col("_has_touchpoint"),
            "answers about the whole and answers about a touchpoint stand in one figure",
            "one of the two kinds",
            'add by="touchpoint", or filter pl.col("touchpoint").is_null()',
        ),
        (
            pl.col("_voice") != pl.col("_voice_other"),
            "answers of different voices stand in one figure",
            "one voice a figure",
            'add by="voice", or filter pl.col("voice") == "customer"',
        ),
    ]
    for broken, cause, allowed, next_step in rules:
        if (bad := cells.filter(broken)).height:
            first = bad.row(0, named=True)
            cell = ", ".join(f"{name} {first[name]}" for name in by)
            raise DataError(
                f"{cause} ({cell})" if cell else cause,
                allowed=f"{allowed}; given: scale {first['scale_min']:g} to "
                f"{first['scale_max']:g}, scores {first['_score_min']} to {first['_score_max']}",
                next_step=next_step,
            )
