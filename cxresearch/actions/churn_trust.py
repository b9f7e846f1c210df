"""Can the forecast be trusted, and in which words is that said?

The unit is one model. A ranking that chance could have made is called no better than a coin, and no
list is drawn of it; a group of like risk that came otherwise than foretold is counted in the title.
"""

from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.churn import NOTEBOOK, TOPIC
from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.moment_sentences import name_months
from cxresearch.language import Message, mark, message
from cxresearch.models.churn_model import ChurnModel
from cxresearch.period import Period

_RANK = 360
_COIN = 0.5
_RANKS = mark(
    "Of a customer who leaves within {within} and one who stays, the model ranks the right one "
    "first in {estimate:share} of pairs ({ci_low:share} to {ci_high:share}, {n:count} cases)."
)
_RANKS_NOT = mark(
    "Who leaves within {within} cannot be foretold better than by a coin: the model ranks "
    "{estimate:share} of pairs rightly ({ci_low:share} to {ci_high:share}, {n:count} cases)."
)
_NO_BETTER = mark("No: it tells leavers from stayers no better than a coin")


def is_coin(quality: pl.DataFrame) -> bool:
    """Whether chance alone could have made the ranking.

    Parameters
    ----------
    quality
        As `ChurnModel.glance`.

    Examples
    --------
    >>> is_coin(pl.DataFrame({"ci_low": [0.44]})), is_coin(pl.DataFrame({"ci_low": [0.6]}))
    (True, False)
    """
    return quality.filter(pl.col("ci_low") <= _COIN).height > 0


def find_trust(
    model: ChurnModel, *, horizon_months: int, period: Period, data_until: datetime
) -> pl.DataFrame:
    """How well the model ranks customers it has not seen."""
    seen = model.glance().rename({"auc": "estimate"})
    if seen["estimate"].item() is None:
        return no_findings()
    return make_findings(
        seen,
        topic=TOPIC,
        notebook=NOTEBOOK,
        kind="level",
        measure="ranking_of_leavers",
        unit="share",
        message=Message(_RANKS_NOT if is_coin(seen) else _RANKS,
                        {"within": name_months(horizon_months)}),
        rank=_RANK,
        period=period,
        data_until=data_until,
    )  # fmt: skip


def title_of_forward(
    forward: pl.DataFrame,
    *,
    quality: pl.DataFrame | None = None,
    calibration: pl.DataFrame | None = None,
) -> Message:
    """Whether as many left as had been foretold from the months before.

    Parameters
    ----------
    forward
        As `ChurnModel.forward`: predicted and observed (shares), ratio (predicted to observed) with
        ci_low and ci_high.
    quality
        As `ChurnModel.glance`: a model that ranks no better than a coin is called so first.
    calibration
        As `ChurnModel.calibration`: bins that came otherwise are counted.
    """
    known = forward.drop_nulls(["predicted", "observed", "ci_low"])
    if quality is not None and is_coin(quality):
        return Message(_NO_BETTER)
    if known.is_empty():
        return message("Nothing was foretold, so nothing can be checked")
    row = known.row(-1, named=True)
    values: dict[str, Any] = {name: row[name] for name in ("predicted", "observed")}
    # Nobody left: the ratio has no upper end, and that few is what the lower one allows or not.
    high = float("inf") if row["ci_high"] is None else row["ci_high"]
    if row["ci_low"] > 1:
        return message("Fewer left than foretold: {observed:share1} against {predicted:share1}",
                       **values)  # fmt: skip
    if high < 1:
        return message("More left than foretold: {observed:share1} against {predicted:share1}",
                       **values)  # fmt: skip
    if calibration is not None and (n := _n_otherwise(calibration)):
        return message("Nearly as foretold: {observed:share1} left, {predicted:share1} foretold; "
                       "otherwise in {n:count} of {all:count} groups",
                       n=n, all=calibration.height, **values)  # fmt: skip
    return message("As foretold: {observed:share1} left, {predicted:share1} had been foretold",
                   **values)  # fmt: skip


def _n_otherwise(calibration: pl.DataFrame) -> int:
    is_within = pl.col("predicted").is_between("ci_low", "ci_high")
    return calibration.drop_nulls(["predicted", "ci_low"]).filter(~is_within).height


def list_reach(lift: pl.DataFrame, *, quality: pl.DataFrame) -> pl.DataFrame:
    """What each top of the list holds; no row where the list is no better than drawing lots.

    Parameters
    ----------
    lift
        As `ChurnModel.lift`.
    quality
        As `ChurnModel.glance`.
    """
    return lift.clear() if is_coin(quality) else lift


def title_of_reach(reach: pl.DataFrame) -> Message:
    """How many of those who left were among the tenth most at risk.

    Parameters
    ----------
    reach
        As `list_reach`: share (of customers), n, captured (share of those who left). Where risks
        are equal the top is larger than its share, and the title says how large.
    """
    known = reach.drop_nulls("captured")
    if known.is_empty():
        return message("Nothing was foretold, so nobody can be ranked")
    tenth = known.sort((pl.col("share") - 0.1).abs()).row(0, named=True)
    return message(
        "The {share:share} most at risk hold {captured:share} of those who left",
        share=tenth["n"] / reach["n"].max(),
        captured=tenth["captured"],
    )


def say_why_not(model: ChurnModel) -> Message | None:
    """Why nothing is foretold, without counts that few people make; None where it is.

    Parameters
    ----------
    model
        As `fit_churn` returns it.
    """
    if model.why_not is None:
        return None
    n_left = model.glance()["n_left"].item()
    if n_left == 0:
        return message("nobody left, so there is nothing to learn from")
    return message("too few customers left, or too few stayed, to learn from")


def say_nothing_foretold(model: ChurnModel) -> Message | None:
    """What stands in place of a chart where nothing is foretold."""
    why = say_why_not(model)
    return None if why is None else message("Nothing is foretold: {why}.", why=why)


def say_no_reach(model: ChurnModel) -> Message:
    """Why no list is drawn."""
    no_better = message("No list is drawn: it would find those who leave no better than by lot.")
    return say_nothing_foretold(model) or no_better
