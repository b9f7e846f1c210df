"""How do the parts of a journey go with its end: leaving, recommending, the answer about the whole?

The unit is one touchpoint that paths run through, one summary of what was said about touchpoints,
or one group of customers. All of it describes: what most people pass through goes with every end.
"""

import polars as pl

from cxresearch.charts.answer import Note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import Labels
from cxresearch.charts.scores import plot_scores
from cxresearch.errors import require_columns
from cxresearch.language import Message, in_every_language, mark, message

PREDICTORS = {
    "mean": mark("the mean of all contacts"),
    "peak_end": mark("the most extreme and the last contact"),
}
"""What foretells the answer about the whole."""

CONTENT = {
    "all_fine": mark("content at every touchpoint"),
    "some_not": mark("not content at some touchpoint"),
}
"""Of whom the share not content with the whole is drawn."""


def plot_removal(
    removal: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    name: str = "removal",
    language: str = "en",
) -> Figure | Note:
    """How much of an outcome lies on paths through each touchpoint: a description, no cause.

    Parameters
    ----------
    removal
        As `removal.fit_removal(...).tidy()` returns it, of one outcome.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of touchpoints by language.
    name
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(removal, "touchpoint", "n", "estimate", "ci_low", "ci_high")
    return plot_scores(
        removal.sort("estimate", descending=True, nulls_last=True),
        name=name,
        by="touchpoint",
        title=title,
        subtitle=subtitle,
        group=message("Touchpoint"),
        unit="share",
        labels=labels,
        otherwise=message(
            "No removal effects: it takes contacts of customers whose outcome is known."
        ),
        language=language,
    )


def plot_peak_end(
    peak_end: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    name: str = "peak-end",
    language: str = "en",
) -> Figure | Note:
    """How much of the answer about the whole each summary foretells, in customers not seen before.

    Parameters
    ----------
    peak_end
        As `peak_end.compare_peak_end(...).tidy()` returns it.
    title, subtitle
        The finding; what is drawn.
    name
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(peak_end, "predictor", "n", "estimate", "ci_low", "ci_high")
    return plot_scores(
        peak_end.filter(pl.col("estimate").is_not_null()),
        name=name,
        by="predictor",
        title=title,
        subtitle=subtitle,
        group=message("Foretold by"),
        unit="share",
        labels=in_every_language(PREDICTORS),
        otherwise=message(
            "Nothing to compare: it takes customers who answered about touchpoints and, later, "
            "about the whole."
        ),
        language=language,
        has_n=False,
    )


def plot_contentment(
    groups: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    name: str = "journey-and-touchpoints",
    language: str = "en",
) -> Figure | Note:
    """How many are not content with the whole, of those content at every touchpoint and others.

    Parameters
    ----------
    groups
        As `peak_end.compare_journey` returns it.
    title, subtitle
        The finding; what is drawn.
    name
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(groups, "group", "n", "estimate", "ci_low", "ci_high")
    return plot_scores(
        groups.filter(pl.col("group").is_in(list(CONTENT))),
        name=name,
        by="group",
        title=title,
        subtitle=subtitle,
        group=message("Customers"),
        unit="share",
        labels=in_every_language(CONTENT),
        otherwise=message(
            "Nothing to compare: it takes customers who answered about touchpoints and, later, "
            "about the whole."
        ),
        language=language,
    )
