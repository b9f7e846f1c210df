"""Which of the things linked to leaving are told, and in which words?

The unit is one feature, or a level of it, of `models.leaving_links`. Of windows that say nearly the
same one is taken, so that a link is not split among them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from cxresearch.actions.churn_words import name_features
from cxresearch.language import LANGUAGES, Message, message
from cxresearch.models.churn_model import ChurnModel
from cxresearch.models.leaving_links import LinksModel
from cxresearch.models.partialling import e_value
from cxresearch.study import Study

LINKS: dict[str, Any] = {
    **dict.fromkeys(("feature", "of", "category", "against"), pl.String),
    "n": pl.Int64,
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "q_value"), pl.Float64),
    "is_clear": pl.Boolean,
}
_WINDOW = 3
_TENURE = "tenure_days"  # known of every study; alone where nothing else is
_BY_PLACE = ("bad_", "good_")
_SUMS = ("n_bad_3m", "n_good_3m")  # the sum of what stands beside it

Labels = Mapping[str, Mapping[str, str]]


def choose_linked(features: pl.DataFrame) -> pl.DataFrame:
    """The features that are told: one window of each, and what leaving is not defined by.

    Parameters
    ----------
    features
        As `features.list_features` returns it.

    Returns
    -------
    pl.DataFrame
        Their rows of `features`; the time as a customer where there is nothing else.

    Examples
    --------
    >>> listed = pl.DataFrame({
    ...     "feature": ["n_uses_1m", "n_uses_3m", "last_nps"], "months": [1, 3, None],
    ...     "group": ["usage", "usage", "survey"], "is_definition": [False] * 3})
    >>> choose_linked(listed)["feature"].to_list()
    ['n_uses_3m', 'last_nps']
    """
    name, months = pl.col("feature"), pl.col("months")
    windows = features.with_columns(stem=name.str.replace(r"_\d+m$", ""))
    best = (months - _WINDOW).abs().min().over("stem")
    kept = windows.filter(
        months.is_null() | ((months - _WINDOW).abs() == best),
        ~pl.col("is_definition"),
        ~name.is_in(_SUMS),
        name != _TENURE,
    )
    return kept.drop("stem") if kept.height else features.filter(name == _TENURE)


def leave_leaks_out(features: pl.DataFrame, model: ChurnModel) -> list[str]:
    """Names of the features without those that the model left out as written after the leaving.

    What gives the outcome away would be the strongest link of all.
    """
    leaks = model.dropped.filter(pl.col("reason") == "leak")["column"]
    return features.filter(~pl.col("feature").is_in(leaks.implode()))["feature"].to_list()


def list_links(model: LinksModel) -> pl.DataFrame:
    """What goes with leaving in a month, everything told beside held equal.

    Returns
    -------
    pl.DataFrame
        feature (and its level: `region=North`), of (the feature alone), category, against (the
        commonest level), n (months of customers), estimate (odds ratio: for a standard deviation of
        a number, for a level against `against`), ci_low, ci_high, q_value, is_clear. Left out is
        whether something is known at all, and bad experiences at a touchpoint, which
        `links_of_experiences` tells.
    """
    known = model.tidy().filter(
        "is_known",
        pl.col("category").fill_null("") != "missing",
        ~pl.col("feature").str.starts_with(_BY_PLACE[0]),
    )
    key = pl.concat_str("feature", pl.lit("="), "category")
    renamed = known.select(
        pl.coalesce(key, "feature").alias("feature"),
        pl.col("feature").alias("of"),
        "category", "against", "n",
        pl.col("odds_ratio").alias("estimate"),
        pl.col("odds_low").alias("ci_low"),
        pl.col("odds_high").alias("ci_high"),
        "q_value", "is_clear",
    )  # fmt: skip
    return renamed.cast(pl.Schema(LINKS)).sort("estimate", "feature", descending=[True, False])


def links_of_experiences(experiences: pl.DataFrame) -> pl.DataFrame:
    """Bad experiences on record as links: a row a touchpoint.

    Parameters
    ----------
    experiences
        As `SilentChurn.experiences`.

    Returns
    -------
    pl.DataFrame
        feature (the touchpoint), source, n (customers who had one), estimate (odds ratio of leaving
        in a month), ci_low, ci_high, q_value, is_clear.
    """
    return experiences.select(
        pl.col("touchpoint").alias("feature"),
        "source",
        pl.col("n_customers").alias("n"),
        pl.col("odds_ratio").alias("estimate"),
        *(pl.col(end).exp().alias(end) for end in ("ci_low", "ci_high")),
        "q_value",
        "is_clear",
    ).sort("estimate", "feature", descending=[True, False])


def name_links(links: pl.DataFrame, *, study: Study) -> dict[str, dict[str, str]]:
    """What each link is called, by language.

    Parameters
    ----------
    links
        As `list_links` returns it.
    """
    parts = {"touchpoints": study.labels("touchpoint"), "attributes": study.labels("attribute")}
    own = name_features(links["of"].unique(), **parts)
    named = {}
    keys = links.select("feature", "of", "category", "against").rows()
    for feature, of, category, against in keys:
        level = message("{feature}: {level} (against {against})",
                        feature=own[of], level=category, against=against)  # fmt: skip
        named[feature] = own[of] if category is None else _written(level)
    return named


def note_on_links(links: pl.DataFrame, *, labels: Labels) -> Message:
    """How strong an unseen factor would have to be, for the strongest link.

    Parameters
    ----------
    links
        As `list_links` returns it.
    labels
        As `name_links` gives them.
    """
    clear = links.filter("is_clear")
    if clear.is_empty():
        return message("No link stands out, so nothing has to be explained away.")
    size = pl.col("estimate").log().abs()
    row = clear.sort(-size, "feature").row(0, named=True)
    nearer = row["ci_low"] if row["estimate"] > 1 else 1 / row["ci_high"]
    strength = e_value(np.array([row["estimate"], max(nearer, 1.0)]))
    return message(
        "To explain away the strongest link ({link}), something unrecorded would have to go with "
        "it and with leaving {times:number1} times as strongly each; {least:number1} times to make "
        "it no more than chance.",
        link=labels.get(row["feature"], row["feature"]),
        times=float(strength[0]),
        least=float(strength[1]),
    )


def _written(text: Message) -> dict[str, str]:
    return {language: text.in_language(language) for language in LANGUAGES}
