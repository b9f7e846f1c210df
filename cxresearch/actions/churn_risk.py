"""Who is about to leave without a word, how early does it show, and can that be trusted?

The unit is one customer of today, one sign, or one model. Customers are told by their place on the
list and never by their id; reasons are experiences on record and are linked to leaving, not proved
to cause it.
"""

from collections.abc import Mapping
from datetime import datetime
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from cxresearch.actions.churn import NOTEBOOK, TOPIC
from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.moment_sentences import name_experience, name_months
from cxresearch.language import LANGUAGES, Message, mark, message
from cxresearch.models.silent_risk import AtRisk
from cxresearch.period import Period
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import Array, normal_quantile

SHOWN = 15
"""At most so many customers stand on the page; the private table has all."""
SIGNS = {
    "operations_usage": mark("Operations and usage"),
    "operations": mark("Operations alone"),
    "complaints": mark("Complaints"),
    "last_nps": mark("The last recommendation answer"),
    "all": mark("Everything known together"),
}

_RANK, _RANK_SIGNS = 72, 350
_ALPHA = 0.05
_AT_RISK = mark(
    "{estimate:count} of {n:count} silent customers run a risk of leaving within {within} above "
    "average, beyond chance; about {expected:count} of them are expected to."
)
_AT_RISK_FEW = mark(
    "{estimate:count} of {n:count} customers who are silent today run a risk of leaving within "
    "{within} that is above average beyond chance; fewer than one of them is expected to leave."
)
_NOBODY_AT_RISK = mark(
    "None of {n:count} customers who are silent today runs a risk of leaving within {within} that "
    "is above average beyond chance."
)
_SIGNS = mark(
    "A month before, operations and usage point at the one who will leave in silence in "
    "{estimate:share} of pairs ({ci_low:share} to {ci_high:share}), complaints in "
    "{complaints:share}; a coin in half."
)
_USAGE = mark("uses us less than usual")

Labels = Mapping[str, Mapping[str, str]]


def flag_at_risk(at_risk: AtRisk) -> pl.DataFrame:
    """The silent customers whose risk lies above the average one beyond chance.

    Returns
    -------
    pl.DataFrame
        As `AtRisk.private`, the riskiest first.

    Notes
    -----
    Of everybody listed, at most one in twenty flagged by chance (Benjamini-Hochberg): one customer
    after another held against the average would flag one in forty of a company where nothing
    happened.
    """
    seen = at_risk.glance().row(0, named=True)
    if not seen["n_silent"] or at_risk.private.is_empty():
        return at_risk.private.clear()
    average = seen["expected"] / seen["n_silent"]
    risk, low, high = (_log_odds(at_risk.private[name]) for name in ("risk", "ci_low", "ci_high"))
    error = np.maximum((high - low) / (2 * normal_quantile(0.95)), 1e-12)
    above = (risk - _log_odds(pl.Series([average]))) / error
    chance = np.array([NormalDist().cdf(-z) for z in above])
    return at_risk.private.filter(
        pl.Series(q_values(chance) < _ALPHA) & (pl.col("ci_low") > average)
    )


def _log_odds(risk: pl.Series) -> Array:
    held = np.clip(risk.to_numpy(), 1e-9, 1 - 1e-9)
    return np.asarray(np.log(held / (1 - held)), dtype=float)


def find_at_risk(at_risk: AtRisk, *, period: Period, data_until: datetime) -> pl.DataFrame:
    """How many silent customers run a raised risk now, a headline.

    Parameters
    ----------
    at_risk
        As `silent_risk.list_at_risk` returns it, with everybody on the list.
    """
    seen = at_risk.glance().row(0, named=True)
    if at_risk.private.is_empty():
        return no_findings()
    flagged = flag_at_risk(at_risk)
    expected = float(flagged["risk"].sum())
    text = _NOBODY_AT_RISK if flagged.is_empty() else _AT_RISK if expected >= 1 else _AT_RISK_FEW
    return make_findings(
        pl.DataFrame({"estimate": [float(flagged.height)], "n": [seen["n_silent"]]}),
        topic=TOPIC,
        notebook=NOTEBOOK,
        kind="count",
        measure="at_risk_in_silence",
        unit="count",
        message=Message(
            text, {"within": name_months(seen["horizon_months"]), "expected": expected}
        ),
        evidence="adjusted",
        is_headline=True,
        rank=_RANK,
        period=period,
        data_until=data_until,
    )


def find_signs(signals: pl.DataFrame, *, period: Period, data_until: datetime) -> pl.DataFrame:
    """How well operations and usage foretell silent leaving, beside complaints.

    Parameters
    ----------
    signals
        As `silent_signals.compare_signals` returns it.
    """
    told = signals.filter(among="silent", lead_months=1)
    mine = told.filter(signal="operations_usage").rename({"auc": "estimate"})
    other = told.filter(signal="complaints")
    if mine.is_empty() or other.is_empty():
        return no_findings()
    return make_findings(
        mine,
        topic=TOPIC,
        notebook=NOTEBOOK,
        kind="level",
        measure="signs_before_leaving",
        unit="share",
        message=Message(_SIGNS, {"complaints": other["auc"][0]}),
        rank=_RANK_SIGNS,
        period=period,
        data_until=data_until,
    )


def list_for_page(at_risk: AtRisk, *, labels: Labels) -> pl.DataFrame:
    """What stands on the page: the riskiest, without any id, with their reasons in words.

    Returns
    -------
    pl.DataFrame
        pseudonym, risk, ci_low, ci_high, risk_if_good, annual_value (to one digit), because (text
        by language), features (the same for a file). Only of those whose risk is raised beyond
        chance.
    """
    raised = flag_at_risk(at_risk)["rank"]
    shown = at_risk.tidy().filter(pl.col("rank").is_in(raised.implode())).head(SHOWN)
    said = [_reasons(row, labels) for row in shown["reasons"]]
    texts = pl.DataFrame(said, schema=dict.fromkeys(LANGUAGES, pl.String), orient="row")
    files = [", ".join(filter(None, (r["touchpoint"] or r["feature"] for r in row)))
             for row in shown["reasons"]]  # fmt: skip
    return shown.select(
        "pseudonym", "risk", "ci_low", "ci_high", "risk_if_good",
        pl.col("annual_value").round_sig_figs(1),
        texts.to_struct("because"),
        pl.Series("features", files, dtype=pl.String),
    )  # fmt: skip


def title_of_list(at_risk: AtRisk) -> Message:
    """How many run a raised risk, or why nobody is listed."""
    seen = at_risk.glance().row(0, named=True)
    if at_risk.private.is_empty():
        return message("Nobody is listed: {why}", why=Message(seen["why_not"] or ""))
    n = flag_at_risk(at_risk).height
    if not n:
        return message("No silent customer runs a risk above average, beyond chance")
    return message("Silent customers with a raised risk of leaving: {n:count}", n=n)


def name_signs() -> dict[str, dict[str, str]]:
    """What each sign is called, by language."""
    return {
        sign: {language: Message(text).in_language(language) for language in LANGUAGES}
        for sign, text in SIGNS.items()
    }


def title_of_signs(signals: pl.DataFrame) -> Message:
    """Which sign shows it best a month before.

    Parameters
    ----------
    signals
        As `silent_signals.compare_signals`, of one kind of customer.
    """
    known = signals.filter(lead_months=1).drop_nulls("auc")
    single = known.filter(pl.col("signal") != "all")
    if single.is_empty():
        return message("Too few customers left to say which sign shows it first")
    best = single.sort("auc", "signal", descending=[True, False]).row(0, named=True)
    name = Message(SIGNS[best["signal"]])
    if best["ci_low"] <= 0.5:
        return message("No sign does better than a coin, beyond chance")
    others = single.filter(signal="complaints")
    if others.is_empty() or best["signal"] == "complaints":
        return message("{name}: right in {auc:share} of pairs a month before", name=name,
                       auc=best["auc"])  # fmt: skip
    return message(
        "{name} show it best: right in {auc:share} of pairs, complaints in {other:share}",
        name=name,
        auc=best["auc"],
        other=others["auc"][0],
    )


def _reasons(reasons: list[dict[str, Any]], labels: Labels) -> list[str]:
    said = []
    for reason in reasons[:3]:
        place = reason["touchpoint"]
        if place is None:
            said.append(Message(_USAGE))
            continue
        said.append(
            message(
                "{touchpoint}: {experience}",
                touchpoint=labels.get(place, place),
                experience=name_experience(reason["source"] or "", "penalty"),
            )
        )
    return ["; ".join(text.in_language(language) for text in said) for language in LANGUAGES]
