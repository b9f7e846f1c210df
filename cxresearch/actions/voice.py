"""Which sentences does the tone of comments deserve?

The unit is one group of comments as `transforms.text.measure` counts it. A level of tone is neither
good nor bad; a touchpoint is named worst or best only where it lies beyond chance from all others
and customers' own scores do not say otherwise, and a change is good or bad only beyond chance. Tone
is written in points, from -100 to 100.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.voice_sentences import (
    ALL_COMMENTS,
    BASE,
    BEST,
    BOTH,
    CHANGE,
    LEVELS,
    MOVED,
    PLACES,
    SILENT,
    UNCHANGED,
    WORST,
    base_of,
)
from cxresearch.language import Message
from cxresearch.period import Period
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.ranking import lowest_tier
from cxresearch.transforms.suppress import THRESHOLD
from cxresearch.transforms.text.measure import in_points

TOPIC, NOTEBOOK = "voice", "50_voice"
MEASURE, NAMED = "net_tone", "net_tone_named"
UNKNOWN = "unknown_tone"

_RANK, _RANK_PLACES, _RANK_UNKNOWN = 80, 82, 86
_RANK_CHANGES, _RANK_APART, _RANK_LEVELS = 320, 340, 1000

Labels = Mapping[str, Mapping[str, str]]


def find_tone(
    tone: pl.DataFrame,
    change: pl.DataFrame,
    *,
    series: pl.DataFrame | None = None,
    period: Period,
    against: Period,
    data_until: datetime,
) -> pl.DataFrame:
    """The net tone of all comments, and its change.

    Parameters
    ----------
    tone
        One row, as `measure_tone` gives it without groups.
    change
        One row, as `compare_tone` gives it without groups; no row where nothing came before.
    series
        As `tone_track.track_tone` gives it: the months before, drawn small beside the figure.
    against
        The period compared with.

    Returns
    -------
    pl.DataFrame
        A level, a headline, whose sentence says a change beyond chance; a change.
    """
    shared: dict[str, Any] = {**_shared(period, data_until), "measure": MEASURE}
    changes = in_points(change).filter(~pl.col("is_suppressed"), pl.col("estimate").is_not_null())
    verdict = str(changes["polarity"].first() or "neutral")
    levels = _levels(tone).rename({"share_positive": "positive", "share_negative": "negative"})
    if levels.height and series is not None and series.height > 1:
        line = pl.Series([in_points(series)["estimate"].to_list()], dtype=pl.List(pl.Float64))
        levels = levels.with_columns(pl.lit(line).alias("series"))
    level = make_findings(
        levels,
        kind="level",
        message=Message(LEVELS[verdict], {"now": period, "before": against}),
        is_headline=True,
        rank=_RANK,
        **shared,
    )
    moved = make_findings(
        changes,
        kind="change",
        message=Message(UNCHANGED if verdict == "neutral" else CHANGE, {"before": against}),
        rank=_RANK + 1,
        **shared,
    )
    return pl.concat([level, moved])


def find_tone_of_places(
    tone: pl.DataFrame,
    apart: pl.DataFrame,
    *,
    labels: Labels,
    period: Period,
    data_until: datetime,
    is_named: bool = False,
) -> pl.DataFrame:
    """The tone of each touchpoint, the worst and the best first where they stand out.

    Parameters
    ----------
    tone
        As `measure_tone` by touchpoint.
    apart
        As `compare_tone_to_rest` by touchpoint, best after `confirm_tone`: what scores contradict
        is not named, what none could confirm is said to be so.
    labels
        Names of touchpoints by language.
    is_named
        Whether these are comments that speak of touchpoints unasked, which is another measure.
    """
    shared: dict[str, Any] = {
        **_shared(period, data_until),
        "measure": NAMED if is_named else MEASURE,
        "labels": {"touchpoint": labels},
        "kind": "level",
    }
    worst, best = (_extreme(tone, apart, polarity) for polarity in ("bad", "good"))
    parts = _headlines(worst, best, labels=labels, shared=shared)
    told = [row["touchpoint"] for row, _ in (worst, best) if row is not None]
    rest = _levels(tone).filter(~pl.col("touchpoint").is_in(told))
    levels = make_findings(rest, message=Message(PLACES["touchpoint"]), rank=_RANK_LEVELS, **shared)
    return pl.concat([*parts, levels])


def find_tone_of_channels(
    tone: pl.DataFrame,
    apart: pl.DataFrame,
    *,
    labels: Labels | None = None,
    period: Period,
    data_until: datetime,
) -> pl.DataFrame:
    """The tone of each channel; good or bad where it lies beyond chance from all others.

    Parameters
    ----------
    tone, apart
        As `measure_tone` and `compare_tone_to_rest` by channel, best after `confirm_tone`.
    """
    verdicts = apart.select("channel", "polarity", "q_value")
    rows = _levels(tone).join(verdicts, on="channel", how="left", maintain_order="left")
    return make_findings(
        rows.with_columns(
            pl.col("polarity").fill_null("neutral"),
            base=base_of(apart, by="channel"),
        ),
        kind="level",
        measure=MEASURE,
        message=Message(PLACES["channel"]),
        labels={"channel": labels or {}},
        rank=_RANK_APART,
        **_shared(period, data_until),
    )


def find_moved(
    change: pl.DataFrame, *, against: Period, labels: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding a touchpoint whose tone changed beyond chance.

    Parameters
    ----------
    change
        As `compare_tone` by touchpoint.
    """
    moved = (
        in_points(change)
        .filter("is_change", ~pl.col("is_suppressed"))
        .sort(pl.col("estimate").abs(), descending=True, maintain_order=True)
    )
    parts = [
        make_findings(
            moved.filter(polarity=polarity),
            kind="change",
            measure=MEASURE,
            message=Message(text, {"before_in": against}),
            labels={"touchpoint": labels},
            rank=_RANK_CHANGES,
            **_shared(period, data_until),
        )
        for polarity, text in MOVED.items()
    ]
    return pl.concat(parts)


def find_unknown(
    scored: pl.DataFrame, *, period: Period, data_until: datetime, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """In how many comments nothing speaks; a headline only where too few speak to say more.

    Parameters
    ----------
    scored
        The comments of the period, with `label`.
    hide_below
        Of fewer people nothing is told.
    """
    people = ["respondent_id"] if "respondent_id" in scored.columns else []
    speaks = pl.col("label") != "unknown"
    n_people, n_speaking = (
        rows.select(people).n_unique() if people else rows.height
        for rows in (scored, scored.filter(speaks))
    )
    if n_people < hide_below:
        return no_findings()
    silent = scored.select(*people, (~speaks).alias("score"))
    return make_findings(
        measure(silent, metric="share").with_columns(base=pl.lit(ALL_COMMENTS)),
        kind="level",
        measure=UNKNOWN,
        message=Message(SILENT),
        is_headline=n_speaking < hide_below,
        rank=_RANK_UNKNOWN,
        **{**_shared(period, data_until), "unit": "share"},
    )


def _shared(period: Period, data_until: datetime) -> dict[str, Any]:
    return {
        "topic": TOPIC,
        "notebook": NOTEBOOK,
        "unit": "tone",
        "period": period,
        "data_until": data_until,
    }


def _levels(tone: pl.DataFrame) -> pl.DataFrame:
    """Net tones in points; their n are the comments that speak."""
    shown = in_points(tone).filter(~pl.col("is_suppressed"), pl.col("estimate").is_not_null())
    return shown.with_columns(n=pl.col("base"), base=pl.lit(BASE))


def _extreme(
    tone: pl.DataFrame, apart: pl.DataFrame, polarity: str
) -> tuple[dict[str, Any] | None, int]:
    """The lowest (highest) of those that lie beyond chance from the rest, and how many may be."""
    called = apart.filter("is_different", "is_reliable", polarity=polarity)["touchpoint"]
    shown = _levels(tone).filter("is_reliable")
    sign = 1 if polarity == "bad" else -1
    mirrored = shown.with_columns(pl.col("estimate", "ci_low", "ci_high") * sign)
    if sign < 0:
        mirrored = mirrored.rename({"ci_low": "ci_high", "ci_high": "ci_low"})
    tier = lowest_tier(mirrored)["touchpoint"]
    rows = shown.filter(pl.col("touchpoint").is_in(called.implode())).sort(
        pl.col("estimate") * sign, maintain_order=True
    )
    rows = rows.with_columns(base=base_of(apart, by="touchpoint"))
    return (rows.row(0, named=True), tier.len()) if rows.height else (None, 0)


def _headlines(
    worst: tuple[dict[str, Any] | None, int],
    best: tuple[dict[str, Any] | None, int],
    *,
    labels: Labels,
    shared: dict[str, Any],
) -> list[pl.DataFrame]:
    """Worst and best in one sentence where there are both; each is a figure of its own."""
    (low, n_low), (high, n_high) = worst, best
    ties = min(n_low, 2), min(n_high, 2)
    parts = []
    if low is not None:
        said = Message(WORST[ties[0]])
        if high is not None:
            top = {"top": "estimate", "top_low": "ci_low", "top_high": "ci_high", "top_n": "n"}
            values = {place: high[name] for place, name in top.items()}
            name = labels.get(high["touchpoint"], high["touchpoint"])
            said = Message(BOTH[ties], {**values, "best": name})
        parts.append(_headline(low, said, "bad", _RANK_PLACES, shared))
    if high is not None:
        # After what is new, so that three sentences hold all of it.
        rank = _RANK_PLACES + (2 if low is not None else 0)
        parts.append(_headline(high, Message(BEST[ties[1]]), "good", rank, shared))
    return parts


def _headline(
    row: dict[str, Any], said: Message, polarity: str, rank: int, shared: dict[str, Any]
) -> pl.DataFrame:
    return make_findings(
        pl.DataFrame([row], infer_schema_length=None),
        message=said,
        polarity=polarity,
        is_headline=True,
        rank=rank,
        **shared,
    )
