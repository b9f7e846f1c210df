"""Which sentences do the ratings deserve?

The unit is one question (see `transforms.questions`), one touchpoint or one period. Estimates come
finished; here each gets its sentence, its polarity and its rank. A change is called one only where
its q-value says so; a level is neither good nor bad without a target.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.sentences import (
    CHANGES,
    DISTANCES,
    LEVELS,
    NAMED_LEVELS,
    ON_YEAR,
    OUTLOOKS,
    measure_id,
    name_measure,
)
from cxresearch.language import Message, message
from cxresearch.period import Period
from cxresearch.transforms.questions import ORDER, WHOLE, Question

TOPIC, NOTEBOOK = "metrics", "10_metrics"

UNIT = {"nps": "points", "enps": "points"}
"""Unit of a measure; every other one is a share."""

_TOP_TWO = ("csat", "stars", "emoji")


def unit_of(measure: str) -> str:
    """`points` for NPS and eNPS, `share` for the others."""
    return UNIT.get(measure, "share")


def find_levels(
    scores: pl.DataFrame,
    *,
    period: Period,
    data_until: datetime,
    series: Mapping[Question, pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """One finding a question: how it is answered in the period.

    Parameters
    ----------
    scores
        As `question_scores.measure_questions` returns it, without `by`.
    series
        As `question_scores.track_questions` returns it, for the small lines of the index.
    """
    rows = scores.rows(named=True)
    parts = [
        _find(
            scores[number].with_columns(_series(row, series or {})),
            measure=_id(row),
            kind="level",
            unit=unit_of(row["metric"]),
            message=_level_sentence(row),
            period=period,
            data_until=data_until,
            is_headline=_is_headline(row),
            rank=_rank(row),
        )
        for number, row in enumerate(rows)
    ]
    return pl.concat(parts) if parts else no_findings()


def find_changes(changes: pl.DataFrame, *, period: Period, data_until: datetime) -> pl.DataFrame:
    """One finding a question: whether it changed since the period before.

    Parameters
    ----------
    changes
        As `question_scores.compare_questions` returns it for the two periods.
    """
    return _changes(changes, before=period.previous(), period=period, data_until=data_until)


def find_changes_on_year(
    changes: pl.DataFrame, *, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding a question: whether it changed since the same period a year before.

    The measures are called `<measure>_on_year`, and only what changed makes a headline. Without
    rows for a period of a year, where the period before says it already, and for a longer one,
    which would be compared with a part of itself.

    Parameters
    ----------
    changes
        As `question_scores.compare_questions` returns it for the two periods.
    """
    if period.year_before().end >= period.start:
        return no_findings()
    found = _changes(
        changes,
        before=period.year_before(),
        period=period,
        data_until=data_until,
        suffix=ON_YEAR,
    )
    is_real = pl.col("polarity") != "neutral"
    return found.with_columns(
        pl.col("is_headline") & is_real, pl.when(is_real).then(pl.col("rank") - 1).otherwise("rank")
    )


def _changes(
    changes: pl.DataFrame, *, before: Period, period: Period, data_until: datetime, suffix: str = ""
) -> pl.DataFrame:
    parts = []
    for number, row in enumerate(changes.rows(named=True)):
        unit, way = unit_of(row["metric"]), _way(row)
        parts.append(
            _find(
                changes[number],
                measure=_id(row) + suffix,
                kind="change",
                unit=unit,
                message=Message(
                    CHANGES[unit, way],
                    {
                        "measure": _name(row),
                        "size": abs(row["estimate"] or 0.0),
                        "before": before,
                    },
                ),
                period=period,
                data_until=data_until,
                polarity={"up": "good", "down": "bad"}.get(way, "neutral"),
                is_headline=_is_headline(row),
                rank=_rank(row) + (2 if way in ("up", "down") else 6),
            )
        )
    return pl.concat(parts) if parts else no_findings()


def find_distance(
    distance: pl.DataFrame, question: Question, *, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding: how far the question is from its objective.

    Parameters
    ----------
    distance
        As `objectives.measure_objective` returns it.
    """
    if distance.is_empty():
        return no_findings()
    row = distance.row(0, named=True)
    way = "open" if not row["is_different"] else "above" if row["estimate"] > 0 else "below"
    measure = measure_id(voice=question.voice, measure=question.measure, about=question.about)
    return _find(
        distance.with_columns(pl.col("estimate").abs().alias("size")),
        measure=f"{measure}_objective",
        kind="gap",
        unit=unit_of(question.measure),
        message=Message(DISTANCES[unit_of(question.measure), way], {"by_on": row["by_on"]}),
        period=period,
        data_until=data_until,
        polarity={"open": "neutral", "above": "good", "below": "bad"}[way],
        rank=_rank({**question._asdict(), "metric": question.measure}) + 3,
        is_headline=True,
    )


def describe_outlook(projection: pl.DataFrame, question: Question) -> Message:
    """Where the question is heading by the day of its objective.

    Parameters
    ----------
    projection
        As `objectives.project_objective` returns it.
    """
    if projection.is_empty():
        return message(
            "No outlook: it takes an objective for this question in experience.yml, a day still to "
            "come and eight periods of answers without a gap."
        )
    row = projection.row(0, named=True)
    shown = {name: row[name] for name in ("ci_low", "ci_high", "on", "target")}
    return Message(OUTLOOKS[unit_of(question.measure), row["outlook"]], shown)


def _find(table: pl.DataFrame, **given: Any) -> pl.DataFrame:
    return make_findings(table, topic=TOPIC, notebook=NOTEBOOK, **given)


def _id(row: Mapping[str, Any]) -> str:
    return measure_id(voice=row["voice"], measure=row["metric"], about=row["about"])


def _level_sentence(row: Mapping[str, Any]) -> Message:
    asked = measure = row["metric"]
    if row["voice"] != "customer" and measure != "enps":
        asked = row["voice"] if measure in _TOP_TWO else _id(row)
    about = "" if row["about"] == WHOLE else f" {row['about']}"
    if sentence := LEVELS.get(f"{asked}{about}"):
        return Message(sentence)
    return Message(NAMED_LEVELS[unit_of(measure)], {"measure": _name(row)})


def _name(row: Mapping[str, Any]) -> Message:
    return name_measure(voice=row["voice"], measure=row["metric"], about=row["about"])


def _series(row: Mapping[str, Any], series: Mapping[Question, pl.DataFrame]) -> pl.Expr:
    asked_as = (row["voice"], row["metric"], row["about"])
    asked = [q for q in series if (q.voice, q.measure, q.about) == asked_as]
    line = series[asked[0]]["estimate"].to_list() if asked else []
    return pl.lit(pl.Series([line], dtype=pl.List(pl.Float64))).alias("series")


def _way(row: Mapping[str, Any]) -> str:
    # A change that is hidden keeps its flag; it makes no finding.
    if row["estimate"] is None:
        return "none"
    if not row["is_change"]:
        # The interval of one question alone may leave out zero where all together do not.
        return "maybe" if row["ci_low"] > 0 or row["ci_high"] < 0 else "none"
    return "up" if row["estimate"] > 0 else "down"


def _is_headline(row: Mapping[str, Any]) -> bool:
    return bool(row["voice"] == "customer" or row["metric"] == "enps")


def _rank(row: Mapping[str, Any]) -> int:
    """Customers before employees, the whole before touchpoints, then the order of metrics.

    Ten apart, so that what a question became stands right behind its level.
    """
    metric = {"enps": "nps", "ces_share": "ces"}.get(row["metric"], row["metric"])
    place = ORDER.index(metric)
    about, voice = row["about"] != WHOLE, row["voice"] != "customer"
    return 10 * (place + (10 if about else 0) + (20 if voice else 0))
