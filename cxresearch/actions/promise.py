"""Which sentences do promises and pledges deserve?

The unit is one promise or one pledge. Estimates and verdicts come finished; here each gets its
sentence, its polarity and its rank. A promise is bad only where it is broken beyond chance; where
the evidence does not suffice nothing is held against anybody.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.promise_sentences import (
    PLEDGES,
    PROMISES,
    UNKNOWN_PLEDGE,
    Row,
    Texts,
    describe_distance,
    describe_figure,
    describe_range,
    describe_target,
)
from cxresearch.actions.tasks import describe_evidence
from cxresearch.language import LANGUAGES, Message, message
from cxresearch.period import Period

TOPIC, PLEDGE_TOPIC = "promise", "pledges"
NOTEBOOK = "30_promise"

POLARITY = {"broken": "bad", "open": "neutral", "kept": "good"}
_RANK = {"broken": 40, "open": 500, "kept": 600}
_RANK_OF_COUNT = 30
_VERDICTS = ("kept", "broken", "open")

Labels = Mapping[str, Texts]


def find_promises(
    gaps: pl.DataFrame, *, labels: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding a promise that is measured: kept, broken or open.

    Parameters
    ----------
    gaps
        As `gaps.rank_gaps` returns it, in that order, or `promise.measure_promises`.
    labels
        Names of touchpoints by language.

    Returns
    -------
    pl.DataFrame
        Findings of kind gap, their estimate the gap (negative: worse than promised). The first of
        the broken promises is a headline.
    """
    rows = gaps.filter(~pl.col("is_suppressed"), pl.col("gap").is_not_null())
    return _found(
        [
            _gap(
                rows[number],
                topic=TOPIC,
                measure=f"promise_{row['measure']}",
                message=Message(
                    PROMISES[row["verdict"]],
                    {**_words(row), "touchpoint": labels.get(row["touchpoint"], row["touchpoint"])},
                ),
                rank=_RANK[row["verdict"]] + number,
                is_headline=number == 0 and row["verdict"] == "broken",
                period=period,
                data_until=data_until,
            )
            for number, row in enumerate(rows.rows(named=True))
        ]
    )


def find_pledges(
    pledges: pl.DataFrame, *, texts: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding a pledge, its own words quoted.

    Parameters
    ----------
    pledges
        As `promise.measure_pledges` returns it.
    texts
        The pledges by language, `study.labels("pledge")`.

    Returns
    -------
    pl.DataFrame
        Findings of the topic `pledges` and the measure `pledge_<id>`, of kind gap; where nothing
        can be shown of kind count, with n 0. `values` carry quote and evidence_words.
    """
    parts = []
    for number, row in enumerate(pledges.rows(named=True)):
        quote: Texts = {language: texts[row["pledge"]][language] for language in LANGUAGES}
        known = pledges[number].with_columns(_texts(quote).alias("quote"))
        shared: dict[str, Any] = {
            "topic": PLEDGE_TOPIC,
            "measure": f"pledge_{row['pledge']}",
            "rank": _RANK[row["verdict"]] + 10 + number,
            "period": period,
            "data_until": data_until,
        }
        if row["is_suppressed"] or row["gap"] is None:
            parts.append(_unknown(known, quote, **shared))
            continue
        evidence: Texts = _in_every_language(describe_evidence(row, is_named=False))
        parts.append(
            _gap(
                known.with_columns(_texts(evidence).alias("evidence_words")),
                message=Message(PLEDGES[row["verdict"]], {**_words(row), "quote": quote}),
                details=("quote", "evidence_words"),
                **shared,
            )
        )
    return _found(parts)


def find_verdicts(
    gaps: pl.DataFrame, pledges: pl.DataFrame, *, period: Period, data_until: datetime
) -> pl.DataFrame:
    """How many pledges, and how many promises, are kept, broken or open; one headline.

    Returns
    -------
    pl.DataFrame
        Findings of kind count, their estimate the number broken; none where none was made.
    """
    parts: list[pl.DataFrame] = []
    for name, table in (("pledges", pledges), ("promises", gaps)):
        if table.is_empty():
            continue
        counts = {word: int((table["verdict"] == word).sum()) for word in _VERDICTS}
        worst = "broken" if counts["broken"] else "open" if counts["open"] else "kept"
        counts |= {"n": table.height}
        parts.append(
            make_findings(
                pl.DataFrame({"estimate": [float(counts["broken"])], "n": [table.height]}),
                topic=TOPIC,
                notebook=NOTEBOOK,
                measure=f"{name}_broken",
                kind="count",
                unit="count",
                message=_count_pledges(counts) if name == "pledges" else _count_promises(counts),
                polarity=POLARITY[worst],
                is_headline=not parts,
                rank=_RANK_OF_COUNT + len(parts),
                period=period,
                data_until=data_until,
            )
        )
    return _found(parts)


def _count_pledges(counts: Mapping[str, int]) -> Message:
    return message(
        "Pledges kept: {kept:count} of {n:count}; broken: {broken:count}; "
        "without enough evidence: {open:count}.",
        **counts,
    )


def _count_promises(counts: Mapping[str, int]) -> Message:
    return message(
        "Promises of touchpoints kept: {kept:count} of {n:count}; broken: {broken:count}; "
        "without enough evidence: {open:count}.",
        **counts,
    )


def _gap(row: pl.DataFrame, *, message: Message, **given: Any) -> pl.DataFrame:
    """A finding whose estimate is the gap of one promise."""
    verdict, unit = row["verdict"][0], row["unit"][0]
    figures = {"estimate": "gap", "ci_low": "gap_low", "ci_high": "gap_high"}
    return make_findings(
        row.with_columns(pl.col(old).alias(new) for new, old in figures.items()),
        notebook=NOTEBOOK,
        kind="gap",
        unit=unit,
        message=message,
        polarity=POLARITY[verdict],
        **given,
    )


def _unknown(row: pl.DataFrame, quote: Texts, **given: Any) -> pl.DataFrame:
    """A pledge of which nothing can be shown: said all the same, without any figure."""
    bare = row.select(
        "touchpoint", "quote", pl.lit(0.0).alias("estimate"), pl.lit(0, pl.Int64).alias("n")
    ).with_columns(pl.lit(value=False).alias("is_reliable"))
    return make_findings(
        bare,
        notebook=NOTEBOOK,
        kind="count",
        unit="count",
        message=Message(UNKNOWN_PLEDGE, {"quote": quote}),
        details=("quote",),
        **given,
    )


def _words(row: Row) -> dict[str, Any]:
    return {
        "figure": describe_figure(row),
        "range": describe_range(row),
        "distance": describe_distance(row),
        "target": describe_target(row),
    }


def _texts(texts: Texts) -> pl.Expr:
    return pl.struct(pl.lit(text).alias(language) for language, text in texts.items())


def _in_every_language(text: Message) -> Texts:
    return {language: text.in_language(language) for language in LANGUAGES}


def _found(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts) if parts else no_findings()
