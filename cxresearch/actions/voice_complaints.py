"""What do comments complain of most, where, and who answers for it?

The unit is one need that comments complain of; base: all comments of the period. It says where to
look first. It cannot say what would please customers most: the needs of those who do not write are
not heard here, nor what it would cost to mend one.
"""

from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.voice import NOTEBOOK, TOPIC
from cxresearch.actions.voice_sentences import ALL_COMMENTS
from cxresearch.language import Message, mark
from cxresearch.period import Period
from cxresearch.study import Study
from cxresearch.transforms.suppress import THRESHOLD

MEASURE = "complaints"
_RANK = 85

_FIRST = {
    "somewhere": mark(
        "Look first at {segment}: {n_complaints:count} of {n:count} comments complain of it "
        "({estimate:share}; {ci_low:share} to {ci_high:share})."
    ),
    "place": mark(
        "Look first at {segment}: {n_complaints:count} of {n:count} comments complain of it "
        "({estimate:share}; {ci_low:share} to {ci_high:share}), most often those on "
        "{place} ({n_place:count})."
    ),
    "owner": mark(
        "Look first at {segment}: {n_complaints:count} of {n:count} comments complain of it "
        "({estimate:share}; {ci_low:share} to {ci_high:share}), most often those on "
        "{place} ({n_place:count}), which {owner} answers for."
    ),
}


def find_complaint(
    complaints: pl.DataFrame,
    mentions: pl.DataFrame,
    *,
    study: Study,
    period: Period,
    data_until: datetime,
    hide_below: int = THRESHOLD,
) -> pl.DataFrame:
    """The need complained of most often, as a headline.

    Parameters
    ----------
    complaints
        aspect, n, base, share, ci_low, ci_high, as `share_needs` gives them of complaints.
    mentions
        What they were counted from: aspect, touchpoint (asked about; null for the whole),
        respondent_id; a row a comment and need.
    study
        Names of needs, touchpoints and teams, and who answers for which touchpoint.
    hide_below
        A touchpoint is named where half of the complaints are about it, of so many people, and of
        so many or none elsewhere.
    """
    rows = complaints.filter(pl.col("share").is_not_null()).sort(
        "share", "aspect", descending=[True, False]
    )
    if rows.is_empty():
        return no_findings()
    first = rows.head(1).rename(
        {"aspect": "segment", "share": "estimate", "n": "n_complaints", "base": "n"}
    )
    kind, where = _place_of(
        mentions.filter(aspect=first["segment"].item()), study=study, hide_below=hide_below
    )
    return make_findings(
        first.with_columns(base=pl.lit(ALL_COMMENTS)),
        topic=TOPIC,
        notebook=NOTEBOOK,
        measure=MEASURE,
        kind="level",
        unit="share",
        message=Message(_FIRST[kind], where),
        labels={"segment": study.labels("aspect")},
        is_headline=True,
        rank=_RANK,
        period=period,
        data_until=data_until,
    )


def _place_of(
    mentions: pl.DataFrame, *, study: Study, hide_below: int
) -> tuple[str, dict[str, Any]]:
    """The touchpoint that most complaints of a need are about, and its owner where known."""
    person = pl.col("respondent_id")
    places = (
        mentions.drop_nulls("touchpoint")
        .group_by("touchpoint")
        .agg(pl.len().alias("n"), person.n_unique().alias("people"))
        .sort("n", "touchpoint", descending=[True, False])
    )
    if places.is_empty():
        return "somewhere", {}
    place, n, people = places.row(0)
    elsewhere = mentions.filter(pl.col("touchpoint").ne_missing(place))["respondent_id"].n_unique()
    if people < hide_below or 0 < elsewhere < hide_below or 2 * n < mentions.height:
        return "somewhere", {}
    names, teams = study.labels("touchpoint"), study.labels("team")
    where = {"place": names.get(place, place), "n_place": n}
    owners = {each.id: each.owner for each in study.experience.touchpoints}
    owner = owners.get(place)
    if owner is None:
        return "place", where
    return "owner", {**where, "owner": teams.get(owner, owner)}
