"""Who is about to leave in silence? A list by rank, without names, with what went wrong for each.

The unit is one customer of today, known on the page by a place on the list alone. Further tables
say how far a model can be trusted, and whom of each group it names. Nothing is computed here.
"""

import polars as pl

from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.table import Column, Table, show_table
from cxresearch.errors import require_columns
from cxresearch.language import Message, in_every_language, mark, message

_NO_MODEL = mark("Nothing is foretold: {why}.")
_CHECKED = {
    "unseen": mark("Customers not seen before"),
    "forward": mark("The last months, from those before"),
}
_SHOWN = ("n", "n_left", "base_rate", "auc", "ci_low", "ci_high", "brier", "brier_base", "ece")


def show_risk_list(
    listed: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    otherwise: Message | None = None,
    language: str = "en",
) -> Table | Note:
    """The silent customers most at risk, the riskiest first.

    Parameters
    ----------
    listed
        As `churn_risk.list_for_page` gives it: pseudonym, risk, ci_low, ci_high, risk_if_good,
        annual_value, because (text by language), features.

    Raises
    ------
    DataError
        A column is missing, or ids are among them: they belong on no page.
    """
    require_columns(listed, "pseudonym", "risk", "ci_low", "ci_high", "because", "features")
    if listed.is_empty():
        nobody = message("Nobody is listed: too little is known to rank anybody.")
        return show_note(otherwise or nobody, tone="missing", language=language)
    # The words of each row in every language, found by the row's place on the list.
    words = dict(zip(listed["pseudonym"], listed["because"], strict=True))
    listed = listed.with_columns(because="pseudonym")
    has_value = listed["annual_value"].is_not_null().any()
    value = (Column("annual_value", message("Worth a year, about"), "count"),) if has_value else ()
    return show_table(
        listed,
        Column("pseudonym", message("Customer")),
        Column("risk", message("Risk of leaving"), "share"),
        Column("ci_low", message("95% interval"), "share", upper="ci_high"),
        Column("risk_if_good", message("Customers like this without it"), "share1"),
        *value,
        Column("because", message("What went wrong"), labels=words, raw=("features",)),
        name="at-risk",
        title=title,
        subtitle=subtitle,
        language=language,
    )


def show_assumptions(
    bounds: pl.DataFrame,
    *,
    assumptions: dict[str, dict[str, str]],
    title: Message,
    subtitle: Message,
    language: str = "en",
) -> Table | Note:
    """What has to hold for each row of bounds, in sentences.

    Parameters
    ----------
    bounds
        assumption, ci_low, ci_high (customers), share_low, share_high.
    assumptions
        The sentence of each, by language.
    """
    require_columns(bounds, "assumption", "ci_low", "ci_high", "share_low", "share_high")
    if bounds.is_empty():
        nothing = message("No bounds: nobody is known to have left without a word.")
        return show_note(nothing, tone="missing", language=language)
    return show_table(
        bounds,
        Column("assumption", message("What is assumed"), labels=assumptions),
        Column("ci_low", message("Customers, from and to"), "count", upper="ci_high"),
        Column("share_low", message("Of all who left"), "share", upper="share_high"),
        name="assumptions",
        title=title,
        subtitle=subtitle,
        language=language,
    )


def show_trust(
    quality: pl.DataFrame, *, forward: pl.DataFrame, title: Message, subtitle: Message,
    why_not: Message | None, language: str = "en",
) -> Table | Note:  # fmt: skip
    """How well a model foretells customers it has not seen, beside the base rate alone.

    Parameters
    ----------
    quality
        As `ChurnModel.glance`: all customers, each foretold from others.
    forward
        As `ChurnModel.forward`: the last months, foretold from those before.
    why_not
        Why there is no model.
    """
    require_columns(quality, *_SHOWN)
    if why_not is not None or quality["auc"].item() is None:
        why = why_not or message("too few customers left")
        return show_note(Message(_NO_MODEL, {"why": why}), tone="missing", language=language)
    rows = pl.concat(
        [
            quality.select(pl.lit("unseen").alias("of"), *_SHOWN),
            forward.rename({"auc_low": "low", "auc_high": "high"})
            .with_columns(base_rate="observed")
            .drop("ci_low", "ci_high")
            .rename({"low": "ci_low", "high": "ci_high"})
            .filter(pl.col("auc").is_not_null())
            .select(pl.lit("forward").alias("of"), *_SHOWN),
        ]
    )
    return show_table(
        rows,
        Column("of", message("Checked on"), labels=in_every_language(_CHECKED)),
        Column("n", message("Cases"), "count"),
        Column("n_left", message("Left"), "count"),
        Column("base_rate", message("Left, share"), "share1"),
        Column("auc", message("Right in pairs"), "share"),
        Column("ci_low", message("95% interval"), "share", upper="ci_high"),
        Column("brier", message("Squared error"), "number3"),
        Column("brier_base", message("With the base rate alone"), "number3"),
        Column("ece", message("Mean distance from what came"), "share1"),
        name="trust",
        title=title,
        subtitle=subtitle,
        language=language,
    )


def show_flagged(
    rows: pl.DataFrame, *, title: Message, subtitle: Message, labels: dict[str, dict[str, str]],
    language: str = "en",
) -> Table | Note:  # fmt: skip
    """Whom of each group a list of the riskiest names, and how many of its leavers it reaches.

    Parameters
    ----------
    rows
        As `churn_fair.rows_of_groups` gives them.
    labels
        What each row is called, by language.
    """
    require_columns(rows, "row", "n", "flagged", "captured", "lift")
    known = rows.drop_nulls("flagged")
    if known.is_empty():
        nobody = message("No protected characteristic is known, or nothing is foretold.")
        return show_note(nobody, tone="missing", language=language)
    interval = message("95% interval")
    return show_table(
        known,
        Column("row", message("Group"), labels=labels),
        Column("n", message("Cases"), "count"),
        Column("flagged", message("On the list"), "share"),
        Column("flagged_low", interval, "share", upper="flagged_high"),
        Column("captured", message("Of those who left"), "share"),
        Column("captured_low", interval, "share", upper="captured_high"),
        Column("lift", message("Times as many as by lot"), "number1"),
        name="flagged-by-group",
        title=title,
        subtitle=subtitle,
        language=language,
    )
