"""Which sentences do moments of truth deserve, those found and those believed in?

The unit is one touchpoint, side and outcome as `models.moments` finds it. Only what is called a
moment there is good or bad; a belief the data does not bear out is neutral: it may lack the data.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.moment_sentences import (
    EFFECTS,
    JOURNEY,
    PEAK_END,
    UNPROVEN,
    name_experience,
    name_months,
)
from cxresearch.language import Message, mark, message
from cxresearch.models.moments import MomentsModel
from cxresearch.models.peak_end import PeakEndModel
from cxresearch.period import Period

TOPIC, NOTEBOOK = "moments", "20_journey"

_RANK, _RANK_UNPROVEN, _RANK_WHOLE = 60, 400, 450
_NAMED = 3  # at most so many names in a title

_UNKNOWN = mark("Too little is known to tell which touchpoints decide")

Labels = Mapping[str, Mapping[str, str]]


def find_decisive(
    model: MomentsModel, *, labels: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding a moment of truth, and one a touchpoint believed to be one that is not shown.

    Parameters
    ----------
    model
        As `moments.find_moments` returns it.
    labels
        Names of touchpoints by language.

    Returns
    -------
    pl.DataFrame
        Findings of kind effect. Moments come first, on leaving before on loyalty, the largest
        first; the first penalty and the first reward are headlines.
    """
    moments = rank_moments(model.tidy())
    within = name_months(model.glance()["horizon_months"].item())
    shared: dict[str, Any] = {"labels": labels, "period": period, "data_until": data_until}
    first = moments.with_row_index().unique("side", keep="first")["index"].to_list()
    parts = [
        _find_effect(
            moments[number],
            message=_said(row, within=within, labels=labels),
            rank=_RANK + number,
            is_headline=number in first,
            **shared,
        )
        for number, row in enumerate(moments.rows(named=True))
    ]
    unproven = _unproven(model.tidy())
    parts += [
        _find_effect(
            unproven[number].with_columns(polarity=pl.lit("neutral")),
            message=_doubted(row, labels=labels),
            rank=_RANK_UNPROVEN + number,
            measure=f"believed_{row['outcome']}",
            **shared,
        )
        for number, row in enumerate(unproven.rows(named=True))
    ]
    return pl.concat(parts) if parts else no_findings()


def rank_moments(effects: pl.DataFrame) -> pl.DataFrame:
    """The moments of truth among effects: leaving before loyalty, the largest first."""
    return effects.filter("is_moment").sort(
        pl.col("outcome") != "leaving", -pl.col("estimate").abs(), "touchpoint", "side"
    )


def compare_believed(effects: pl.DataFrame) -> pl.DataFrame:
    """Which touchpoints decide as found, as believed, or both.

    Parameters
    ----------
    effects
        As `MomentsModel.tidy` returns it.

    Returns
    -------
    pl.DataFrame
        touchpoint, is_found, is_believed, agreement (`both`, `found`, `believed`), in the order
        given; touchpoints that are neither are left out.
    """
    both = (
        effects.group_by("touchpoint", maintain_order=True)
        .agg(
            pl.col("is_moment").any().alias("is_found"),
            pl.col("believed").fill_null(value=False).any().alias("is_believed"),
        )
        .filter(pl.col("is_found") | pl.col("is_believed"))
    )
    agreement = (
        pl.when(pl.col("is_found") & pl.col("is_believed"))
        .then(pl.lit("both"))
        .when("is_found")
        .then(pl.lit("found"))
        .otherwise(pl.lit("believed"))
    )
    return both.with_columns(agreement=agreement)


def find_whole(
    journey: pl.DataFrame,
    peak_end: PeakEndModel,
    *,
    period: Period,
    window: Period,
    data_until: datetime,
) -> pl.DataFrame:
    """Who is content everywhere but not with the whole, and which summary the whole goes with.

    Parameters
    ----------
    journey
        As `peak_end.compare_journey` returns it.
    peak_end
        As `peak_end.compare_peak_end` returns it.
    period, window
        What each of the two was asked about.
    """
    shared: dict[str, Any] = {
        "topic": TOPIC,
        "notebook": NOTEBOOK,
        "kind": "level",
        "unit": "share",
        "data_until": data_until,
    }
    everyone = journey.filter(pl.col("group") == "all").drop("base")
    parts = [
        make_findings(
            everyone,
            measure="content_but_not_whole",
            message=Message(JOURNEY),
            rank=_RANK_WHOLE,
            is_headline=True,
            period=period,
            **shared,
        )
    ]
    parts.append(
        make_findings(
            _with_both(peak_end),
            measure="peak_end",
            message=Message(PEAK_END[peak_end.glance()["verdict"].item()]),
            rank=_RANK_WHOLE + 1,
            period=window,
            **shared,
        )
    )
    return pl.concat(parts)


def title_of_moments(effects: pl.DataFrame, *, labels: Labels) -> Message:
    """Which touchpoints decide, or that none does beyond chance."""
    if effects["estimate"].null_count() == effects.height:
        return Message(_UNKNOWN)
    names = rank_moments(effects)["touchpoint"].unique(maintain_order=True).to_list()
    if not names:
        return message("No touchpoint is shown to decide beyond chance")
    if len(names) > _NAMED:
        return message(
            "{first} and {n:count} more touchpoints are linked to who stays or recommends",
            first=labels.get(names[0], names[0]),
            n=len(names) - 1,
        )
    return message(
        "Linked to who stays or recommends: {names:list}",
        names=[labels.get(name, name) for name in names],
    )


def title_of_believed(effects: pl.DataFrame, *, labels: Labels) -> Message:
    """How far what decides agrees with what the company believes."""
    if effects["estimate"].null_count() == effects.height:
        return Message(_UNKNOWN)
    compared = compare_believed(effects)
    missed = compared.filter(pl.col("agreement") == "found")["touchpoint"].to_list()
    if compared.is_empty():
        return message("No touchpoint is listed as a moment of truth, and none is found to be one")
    if not missed:
        n = compared.filter("is_believed").height
        return message(
            "{found:count} of {n:count} touchpoints listed as moments of truth are borne out",
            found=compared.filter(pl.col("agreement") == "both").height,
            n=n,
        )
    names = [labels.get(name, name) for name in missed[:_NAMED]]
    return message("Linked to who stays, and not on the list: {names:list}", names=names)


def title_of_peak_end(model: PeakEndModel) -> Message:
    """Which summary of the contacts the whole goes with."""
    if model.glance()["estimate"].item() is None:
        return message("Too few answers to show")
    titles = {
        "mean": message("The average of the contacts foretells the whole better than peak and end"),
        "peak_end": message(
            "Peak and end foretell the whole better than the average of the contacts"
        ),
        "open": message("Average or peak and end: the answers cannot tell them apart"),
    }
    return titles[model.glance()["verdict"].item()]


def title_of_removal(effects: pl.DataFrame, *, labels: Labels) -> Message:
    """Which touchpoint has the largest removal effect."""
    known = effects.drop_nulls("estimate")
    if known.is_empty():
        return message("Too little is known to tell through which touchpoints the paths run")
    first = known.row(0, named=True)
    text = {
        "leaving": message("Largest removal effect on leaving: {touchpoint} ({estimate:share})"),
        "recommending": message(
            "Largest removal effect on recommending: {touchpoint} ({estimate:share})"
        ),
    }[first["outcome"]]
    name = labels.get(first["touchpoint"], first["touchpoint"])
    return Message(text.key, {"touchpoint": name, "estimate": first["estimate"]})


def _find_effect(
    row: pl.DataFrame, *, labels: Labels, measure: str = "", **shared: Any
) -> pl.DataFrame:
    own = row.row(0, named=True)
    return make_findings(
        row,
        topic=TOPIC,
        notebook=NOTEBOOK,
        measure=measure or f"{own['side']}_{own['outcome']}",
        kind="effect",
        unit=own["unit"],
        evidence="adjusted",
        labels={"touchpoint": labels},
        **shared,
    )


def _said(row: Mapping[str, Any], *, within: Message, labels: Labels) -> Message:
    way = "up" if row["estimate"] > 0 else "down"
    return Message(
        EFFECTS[row["outcome"], row["unit"], way],
        {
            "touchpoint": labels.get(row["touchpoint"], row["touchpoint"]),
            "experience": name_experience(row["source"], row["side"]),
            "within": within,
            "size": abs(row["estimate"]),
        },
    )


def _doubted(row: Mapping[str, Any], *, labels: Labels) -> Message:
    return Message(
        UNPROVEN[row["outcome"], row["unit"]],
        {
            "touchpoint": labels.get(row["touchpoint"], row["touchpoint"]),
            "experience": name_experience(row["source"], row["side"]),
        },
    )


def _unproven(effects: pl.DataFrame) -> pl.DataFrame:
    """The penalty at each touchpoint that is believed to decide and is not found to."""
    doubted = compare_believed(effects).filter(pl.col("agreement") == "believed")["touchpoint"]
    return (
        effects.filter(
            pl.col("touchpoint").is_in(doubted.implode()),
            pl.col("side") == "penalty",
            pl.col("estimate").is_not_null(),
        )
        .sort(pl.col("outcome") != "leaving", maintain_order=True)
        .unique("touchpoint", keep="first", maintain_order=True)
    )


def _with_both(peak_end: PeakEndModel) -> pl.DataFrame:
    """The difference with the share that each summary explains."""
    shares = dict(peak_end.tidy().select("predictor", "estimate").rows())
    return peak_end.glance().with_columns(
        pl.lit(value, dtype=pl.Float64).alias(name) for name, value in shares.items()
    )
