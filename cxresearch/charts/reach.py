"""How many leavers stand at the top of a list, and how much hangs on what counts as leaving?

The unit is one top of the list, or one definition of leaving: a share with its interval and, for
the list, the mark that drawing lots would reach. Nothing is computed here.
"""

import polars as pl

from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.rates import plot_rates
from cxresearch.errors import require_columns
from cxresearch.language import LANGUAGES, Message, mark, message

TOPS = (0.05, 0.1, 0.2, 0.3, 0.5)
"""The tops of the list that are drawn."""

_TOP = mark("The {share:share} most at risk")
_TIMES = mark("Silent for {times:number1} times the usual gap")


def plot_reach(
    lift: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    otherwise: Message | None = None,
    language: str = "en",
) -> Figure | Note:
    """Of those who left, how many each top of the list holds; the mark is its share of customers.

    Parameters
    ----------
    lift
        As `churn_trust.list_reach`: share, n (of share 1: all), captured, ci_low and
        ci_high (of lift).
    title, subtitle, otherwise
        See `Figure`; what is said where there is no list.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(lift, "share", "n", "captured", "ci_low", "ci_high")
    # Where risks are equal a top is larger than its share; tops that are the same are one.
    top = pl.col("n") / lift["n"].max()
    shown = lift.filter(pl.col("share").is_in(TOPS)).drop_nulls("captured")
    rows = shown.unique("n", keep="first", maintain_order=True).select(
        top.alias("top"),
        "n",
        pl.col("captured").alias("estimate"),
        *((pl.col(end) * top).clip(0, 1).alias(end) for end in ("ci_low", "ci_high")),
        top.alias("target"),
    )
    return plot_rates(
        rows,
        name="reached",
        by="top",
        title=title,
        subtitle=subtitle,
        group=message("Top of the list"),
        counted=message("Cases"),
        rate=message("Of those who left"),
        mark=message("By lot"),
        unit="share",
        labels=_named(rows["top"].to_list(), _TOP, "share"),
        otherwise=otherwise or message("Nothing was foretold, so nobody can be ranked."),
        language=language,
    )


def plot_definitions(
    definitions: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    otherwise: Message,
    language: str = "en",
) -> Figure | Note:
    """The share that left under each definition by rhythm, or why there is only one.

    Parameters
    ----------
    definitions
        As `leaving.compare_definitions`; no row where leaving is known from the contract.
    otherwise
        How leaving is known, said in place of a chart.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(definitions, "times", "n", "n_left", "share", "ci_low", "ci_high")
    if definitions.drop_nulls("share").is_empty():
        return show_note(otherwise, language=language)
    rows = definitions.rename({"share": "estimate"})
    return plot_rates(
        rows,
        name="definitions",
        by="times",
        title=title,
        subtitle=subtitle,
        group=message("Counts as left"),
        counted=message("Customers"),
        rate=message("Left, share"),
        unit="share",
        labels=_named(rows["times"].to_list(), _TIMES, "times"),
        language=language,
    )


def _named(values: list[float], text: str, place: str) -> dict[str, dict[str, str]]:
    """Names by the value as it is written in the table."""
    keys = pl.Series(values, dtype=pl.Float64).cast(pl.String).to_list()
    return {
        key: {
            language: Message(text, {place: value}).in_language(language) for language in LANGUAGES
        }
        for key, value in zip(keys, values, strict=True)
    }
