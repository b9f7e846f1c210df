"""What was promised at each touchpoint and in the statement, and is it delivered?

Unit of observation: an answer or a contact; a row of the result is a promise. Base: the cases of
the period whose value is known; `n_unknown` stands beside. Each promise is measured in its own
metric and held against its own fixed target, so that one family of tests (Benjamini-Hochberg, two-
sided) covers them all: a promise is called kept or broken only where the evidence survives it.

It cannot say why a promise is broken, nor whether it was the right one to make.
"""

from collections.abc import Sequence

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.period import Period
from cxresearch.transforms.cells import as_arrays
from cxresearch.transforms.delivered import (
    SCORES,
    Promised,
    collect_values,
    list_pledges,
    list_promises,
)
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.hidden import hide_promises
from cxresearch.transforms.promised_figures import DELIVERED, deliver

PROMISE_MONTHS = 12
"""How far back promises and pledges are usually looked at: `period.window(PROMISE_MONTHS)`."""

ALPHA = 0.05
"""False discovery rate at which a promise is called kept or broken."""

PROMISE_COLUMNS = (
    *("touchpoint", "channel", "owner", "measure", "statistic", "threshold", "is_at_most"),
    *("target", "estimate", "ci_low", "ci_high", "n", "n_respondents", "n_unknown", "unit"),
    *("gap", "gap_low", "gap_high", "q_value", "verdict", "within", "within_low", "within_high"),
    *("estimate_unweighted", "base"),
    *("is_reliable", "is_suppressed"),
)

_SPECIFIED = {
    **dict.fromkeys(("promise", "touchpoint", "channel", "owner"), pl.String),
    **dict.fromkeys(("measure", "statistic"), pl.String),
    **dict.fromkeys(("threshold", "target"), pl.Float64),
    "is_at_most": pl.Boolean,
    **dict.fromkeys(("unit", "base"), pl.String),
}
_BASES = {
    "answers": mark("all answers"),
    "contacts": mark("all cases in which it is known"),
}


def measure_promises(
    tables: StudyTables, *, period: Period, hide_below: int | None = None
) -> pl.DataFrame:
    """What every touchpoint promises, what it delivers, and the gap between.

    Parameters
    ----------
    tables
        A prepared study; promises are those of its experience.yml. A promise on a table that the
        study lacks has n 0 and stays open.
    period
        Usually `period.window(PROMISE_MONTHS)`.
    hide_below
        Least number of people shown; default the study's.

    Returns
    -------
    pl.DataFrame
        touchpoint, channel, owner, measure, statistic, threshold, is_at_most, target (as in
        experience.yml), estimate, ci_low, ci_high (the same statistic delivered, 95 %), n,
        n_respondents (people), n_unknown (cases whose value is not known), unit (`share`,
        `points`, `scale`, `minutes`), gap, gap_low, gap_high (delivered less promised, in the
        unit, turned so that negative is worse than promised), q_value, verdict (`kept`, `broken`,
        `open`: not enough evidence), within, within_low, within_high (share of the cases that are
        as promised, where a median or 90th percentile is promised; else null),
        estimate_unweighted (null without weights), base,
        is_reliable, is_suppressed (then every figure is null and the verdict open). A bound the
        cases cannot give is null. In the order of experience.yml.

    Raises
    ------
    DataError
        Answers that do not belong in one figure are mixed, or a threshold or mean is promised on
        another scale than the answers have.

    Notes
    -----
    Shares: Wilson; NPS: adjusted Wald; means: Student t; medians and 90th percentiles: distribution
    free. Answers and contacts of one person are one cluster; answers with weights are weighted.
    """
    promised = list_promises(tables.study)
    held = _hold(tables, promised, period=period, hide_below=hide_below)
    return held.select(PROMISE_COLUMNS)


def measure_pledges(
    tables: StudyTables, *, period: Period, hide_below: int | None = None
) -> pl.DataFrame:
    """What the customer experience statement pledges, and what is delivered.

    A pledge without touchpoint speaks of every contact or, for scores, of the answers about the
    whole; where nobody was asked about the whole, of those about touchpoints.

    Parameters
    ----------
    tables, period, hide_below
        As `measure_promises`.

    Returns
    -------
    pl.DataFrame
        pledge (its id; the text is `study.labels("pledge")`), then the columns of
        `measure_promises`; touchpoint is null where the pledge names none. q-values are those of
        the pledges together.

    Raises
    ------
    DataError
        As `measure_promises`.
    """
    promised = list_pledges(tables.study)
    held = _hold(tables, promised, period=period, hide_below=hide_below)
    return held.select(pl.col("promise").alias("pledge"), *PROMISE_COLUMNS)


def hold_against(delivered: pl.DataFrame) -> pl.DataFrame:
    """Gap and verdict of figures beside their targets.

    Parameters
    ----------
    delivered
        estimate, ci_low, ci_high, target, is_at_most, p_value.

    Returns
    -------
    pl.DataFrame
        The rows given with gap, gap_low, gap_high, q_value and verdict.

    Examples
    --------
    >>> figure = pl.DataFrame({"estimate": [24.0], "ci_low": [22.0], "ci_high": [27.0],
    ...                        "target": [10.0], "is_at_most": [True], "p_value": [0.001]})
    >>> hold_against(figure).select("gap", "gap_low", "gap_high", "verdict").row(0)
    (-14.0, -17.0, -12.0, 'broken')
    """
    (p_value,) = as_arrays(delivered, "p_value")
    low, high = pl.col("ci_low") - pl.col("target"), pl.col("ci_high") - pl.col("target")
    at_most = pl.col("is_at_most")
    is_called = (pl.col("q_value") <= ALPHA).fill_null(value=False)
    kept, broken = pl.col("gap_low") >= 0, pl.col("gap_high") < 0
    sign = pl.when(at_most).then(-1.0).otherwise(1.0)
    gaps = {
        "gap": sign * (pl.col("estimate") - pl.col("target")),
        "gap_low": sign * pl.when(at_most).then(high).otherwise(low),
        "gap_high": sign * pl.when(at_most).then(low).otherwise(high),
    }
    return delivered.with_columns(
        *((gap + 0.0).alias(name) for name, gap in gaps.items()),  # no negative nought
        pl.Series("q_value", q_values(p_value)).fill_nan(None),
    ).with_columns(
        pl.when(is_called & kept)
        .then(pl.lit("kept"))
        .when(is_called & broken)
        .then(pl.lit("broken"))
        .otherwise(pl.lit("open"))
        .alias("verdict")
    )


def _hold(
    tables: StudyTables, promised: Sequence[Promised], *, period: Period, hide_below: int | None
) -> pl.DataFrame:
    """Every promise of `promised` beside what is delivered; `promise` is its key."""
    privacy = tables.study.privacy
    specified = _specify(promised)
    aims = specified.select("promise", "statistic", "target", "is_at_most")
    values = collect_values(tables, promised, period=period)
    known = values.join(aims, on="promise").filter(pl.col("value").is_not_null())
    parts = [
        deliver(known.filter(pl.col("statistic") == name), name)
        for name in known["statistic"].unique(maintain_order=True)
    ]
    unknown = values.group_by("promise").agg(
        pl.col("value").null_count().cast(pl.Int64).alias("n_unknown"),
        pl.col("is_weighted").any(),
    )
    delivered = pl.concat([pl.DataFrame(schema=DELIVERED), *parts], how="diagonal_relaxed")
    table = specified.join(delivered, on="promise", how="left", maintain_order="left").join(
        unknown, on="promise", how="left", maintain_order="left"
    )
    people = pl.min_horizontal("n_respondents", pl.col("n_effective") + 1e-9)
    table = table.with_columns(
        pl.col("n", "n_respondents", "n_unknown").fill_null(0),
        pl.when("is_weighted").then("estimate_unweighted").alias("estimate_unweighted"),
        (people >= privacy.reliable_from).fill_null(value=False).alias("is_reliable"),
    )
    threshold = privacy.hide_below if hide_below is None else hide_below
    shown = hide_promises(table, tables, promised, period=period, threshold=threshold)
    return hold_against(shown)


def _specify(promised: Sequence[Promised]) -> pl.DataFrame:
    """The promises as a table."""
    rows = [
        {
            "promise": each.key,
            "touchpoint": each.touchpoint,
            "channel": each.promise.channel,
            "owner": each.owner,
            "measure": each.promise.measure,
            "statistic": each.promise.statistic,
            "threshold": each.promise.threshold,
            "target": each.promise.target,
            "is_at_most": each.promise.at_most is not None,
            "unit": unit_of_promise(each.promise.measure, each.promise.statistic),
            "base": _BASES["answers" if each.promise.measure in SCORES else "contacts"],
        }
        for each in promised
    ]
    return pl.DataFrame(rows, schema=_SPECIFIED)


def unit_of_promise(measure: str, statistic: str) -> str:
    """Unit of a statistic of a measure.

    Examples
    --------
    >>> unit_of_promise("wait_minutes", "share"), unit_of_promise("wait_minutes", "p90")
    ('share', 'minutes')
    """
    if statistic in ("share", "nps"):
        return {"share": "share", "nps": "points"}[statistic]
    return "scale" if measure in SCORES else "minutes"
