"""Where do the map and the lived journey part? The comparison as tables, and text to mend the map.

The unit is one touchpoint that only one of the two knows or that waits for a review, one step back
against the order of the stages, or one way of following the map. Nothing is computed here.
"""

from collections.abc import Mapping

import polars as pl

from cxresearch.actions.promise_titles import title_of_fit
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.listing import Listing, show_listing
from cxresearch.charts.marks import Labels
from cxresearch.charts.table import Column, Table, show_table
from cxresearch.language import in_every_language, mark, message
from cxresearch.period import Period
from cxresearch.transforms.drawn import DrawnAgainstLived

SHOWN = 10
"""At most so many steps back."""

_WHAT = {
    "undrawn": mark("met, not drawn"),
    "never_met": mark("drawn, never met"),
    "unreviewed": mark("not reviewed for long"),
}
_RULES = {
    "fits": mark("follow the map"),
    "only_drawn": mark("meet only what is drawn"),
    "no_step_back": mark("never step back a stage"),
}
_OF = {"customers": mark("customers"), "journeys": mark("journeys")}


def table_of_differences(
    drawn: DrawnAgainstLived, *, labels: Mapping[str, Labels], language: str = "en"
) -> Table | Note:
    """Touchpoints that only the map or only life knows, and those that wait for a review.

    Parameters
    ----------
    drawn
        As `drawn.compare_drawn` returns it.
    labels
        Names by kind: `touchpoint` and `team`.
    """
    parts = [
        part.with_columns(pl.lit(name).alias("what"), pl.col("touchpoint").cast(pl.String))
        for name, part in (
            ("undrawn", drawn.undrawn),
            ("never_met", drawn.never_met),
            ("unreviewed", drawn.unreviewed),
        )
    ]
    rows = pl.concat(parts, how="diagonal")
    if rows.is_empty():
        return show_note(message("Map and journey know the same touchpoints."), language=language)
    return show_table(
        rows.with_columns(pl.col("first_at").dt.date().alias("first_on")),
        Column("what", message("What"), labels=in_every_language(_WHAT)),
        Column("touchpoint", message("Touchpoint"), labels=labels["touchpoint"]),
        Column("n_customers", message("Customers"), "count"),
        Column("n", message("Contacts"), "count"),
        Column("first_on", message("First met"), "day"),
        Column("reviewed_on", message("Last reviewed"), "day"),
        Column("owner", message("Owner"), labels=labels["team"]),
        name="map-and-journey",
        title=message(
            "Met and not drawn: {undrawn:count}; drawn and never met: {never_met:count}; "
            "not reviewed for long: {unreviewed:count}",
            undrawn=drawn.undrawn.height,
            never_met=drawn.never_met.height,
            unreviewed=drawn.unreviewed.height,
        ),
        subtitle=message("The touchpoints of experience.yml against contacts and answers"),
        language=language,
    )


def table_of_fit(drawn: DrawnAgainstLived, *, period: Period, language: str = "en") -> Table | Note:
    """How many journeys and customers follow the map."""
    if drawn.fit.is_empty():
        return _no_contacts(language)
    return show_table(
        drawn.fit,
        Column("of", message("Of all"), labels=in_every_language(_OF)),
        Column("rule", message("These"), labels=in_every_language(_RULES)),
        Column("share", message("Share"), "share"),
        Column("ci_low", message("95% interval"), "share", upper="ci_high"),
        Column("n", message("Number"), "count"),
        Column("base", message("Of"), "count"),
        name="journeys-that-follow-the-map",
        title=title_of_fit(drawn.fit),
        subtitle=message(
            "A customer follows the map where every journey does; {period:period}", period=period
        ),
        language=language,
    )


def table_of_backward(
    drawn: DrawnAgainstLived,
    *,
    labels: Mapping[str, Labels],
    period: Period,
    language: str = "en",
) -> Table | Note:
    """The commonest steps against the order of the stages.

    Parameters
    ----------
    labels
        Names by kind: `touchpoint` and `stage`.
    """
    if drawn.fit.is_empty():
        return _no_contacts(language)
    if drawn.backward.is_empty():
        text = message("No step back a stage is taken by enough customers to be shown.")
        return show_note(text, language=language)
    names = labels["touchpoint"]
    return show_table(
        drawn.backward.sort("n", descending=True, maintain_order=True).head(SHOWN),
        Column("from_touchpoint", message("From"), labels=names),
        Column("to_touchpoint", message("Back to"), labels=names),
        Column("to_stage", message("Stage"), labels=labels["stage"]),
        Column("share", message("Share"), "share"),
        Column("ci_low", message("95% interval"), "share", upper="ci_high"),
        Column("n", message("Number"), "count"),
        Column("base", message("Of"), "count"),
        name="steps-back",
        title=message("The commonest steps back"),
        subtitle=message("Of all who leave the touchpoint; {period:period}", period=period),
        language=language,
    )


def show_patch(drawn: DrawnAgainstLived, *, language: str = "en") -> Listing | Note:
    """What to paste into experience.yml so that the map knows what customers meet."""
    if not drawn.patch:
        return show_note(message("Nothing is missing on the map."), language=language)
    return show_listing(
        drawn.patch,
        name="map-patch",
        title=message("For the list of touchpoints in experience.yml"),
        subtitle=message("Paste it at the end of the list; add an owner, a promise and the names"),
        language=language,
    )


def _no_contacts(language: str) -> Note:
    return show_note(
        message("Whether journeys follow the map takes contacts of known customers."),
        tone="missing",
        language=language,
    )
