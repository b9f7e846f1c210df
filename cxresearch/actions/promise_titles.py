"""What does each chart of promises show, in one sentence that is its title?

The unit is one table of promises, pledges or views. A title states what the table says and no more:
where ranks are ties it names those tied, where chance could have done it it says so.
"""

from collections.abc import Mapping

import polars as pl

from cxresearch.actions.promise_sentences import Texts, describe_distance, describe_figure
from cxresearch.language import Message, message

_COMPARED = 2  # stretches it takes to say better or worse
_NAMED = 3  # at most so many names in a title

Labels = Mapping[str, Texts]


def title_of_gaps(gaps: pl.DataFrame, *, labels: Labels) -> Message:
    """Which broken promise comes first, which ones are tied, or that none is broken.

    Parameters
    ----------
    gaps
        As `gaps.rank_gaps` returns it.
    labels
        Names of touchpoints by language.
    """
    shown = gaps.filter(pl.col("gap").is_not_null())
    if shown.is_empty():
        return message("Too few answers to show")
    broken = shown.filter(pl.col("verdict") == "broken")
    if broken.is_empty():
        return message("No promise is broken beyond chance")
    first = broken.filter(pl.col("tier") == 1)
    if first.height > _NAMED:
        return message(
            "Broken promises: {n:count}, too close to say which comes first", n=broken.height
        )
    names = [labels.get(id_, id_) for id_ in first["touchpoint"]]
    if first.height > 1:
        return message("Broken, and too close to tell apart: {names:list}", names=names)
    row = (first if first.height else broken).row(0, named=True)
    return message(
        "{touchpoint}: {figure}, {distance}",
        touchpoint=labels.get(row["touchpoint"], row["touchpoint"]),
        figure=describe_figure(row),
        distance=describe_distance(row),
    )


def title_of_first_gap(track: pl.DataFrame, *, labels: Labels) -> Message:
    """Whether one promise is delivered better or worse than at first, or neither beyond chance.

    Stretches are of different people: their intervals must not touch.

    Parameters
    ----------
    track
        As `promise_track.track_promises` returns it, of one touchpoint.
    labels
        Names of touchpoints by language.
    """
    known = track.filter(pl.col("estimate").is_not_null())
    if known.height < _COMPARED:
        return message("Too few answers to show")
    first, last = known.row(0, named=True), known.row(-1, named=True)
    sign = -1 if last["is_at_most"] else 1
    rose, fell = last["ci_low"] > first["ci_high"], last["ci_high"] < first["ci_low"]
    named = {"touchpoint": labels.get(last["touchpoint"], last["touchpoint"])}
    if not (rose or fell):
        return message("{touchpoint}: no sign that it gets better or worse", **named)
    if rose == (sign > 0):
        return message("{touchpoint}: better than at the start, beyond chance", **named)
    return message("{touchpoint}: worse than at the start, beyond chance", **named)


def title_of_pledges(pledges: pl.DataFrame) -> Message:
    """How many pledges are kept.

    Parameters
    ----------
    pledges
        As `promise.measure_pledges` returns it.
    """
    if pledges.is_empty():
        return message("No pledge is written in experience.yml")
    verdict = pledges["verdict"]
    kept, broken = (int((verdict == word).sum()) for word in ("kept", "broken"))
    return message(
        "Pledges kept: {kept:count} of {n:count}; broken: {broken:count}",
        kept=kept,
        n=pledges.height,
        broken=broken,
    )


def title_of_views(views: pl.DataFrame, *, labels: Labels) -> Message:
    """Where what is felt lies furthest below what is expected, beyond chance.

    Views are other people's: intervals of the two must not touch.

    Parameters
    ----------
    views
        As `views.measure_views` returns it.
    """
    expected, felt = (
        views.filter(view=name).select("touchpoint", "estimate", "ci_low", "ci_high")
        for name in ("expected", "felt")
    )
    both = felt.join(expected, on="touchpoint", suffix="_expected")
    if both.is_empty():
        return message("What is promised, seen by ourselves and felt, touchpoint by touchpoint")
    apart = both.filter(pl.col("ci_high") < pl.col("ci_low_expected")).sort(
        pl.col("estimate") - pl.col("estimate_expected"), "touchpoint"
    )
    if apart.is_empty():
        return message("Nowhere is less felt than expected, beyond chance")
    row = apart.row(0, named=True)
    return message(
        "{touchpoint}: {expected:share} expect to be satisfied, {felt:share} are",
        touchpoint=labels.get(row["touchpoint"], row["touchpoint"]),
        expected=row["estimate_expected"],
        felt=row["estimate"],
    )


def title_of_fit(fit: pl.DataFrame) -> Message:
    """How many customers and journeys follow the map.

    Parameters
    ----------
    fit
        As in `drawn.compare_drawn`.
    """
    shares = dict(fit.filter(rule="fits").select("of", "share").iter_rows())
    if not shares:
        return message("Too few customers to show")
    return message(
        "{journeys:share} of journeys follow the map, and every journey of "
        "{customers:share} of customers",
        journeys=shares.get("journeys"),
        customers=shares.get("customers"),
    )
