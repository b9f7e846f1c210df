"""Which sentences does leaving without a word deserve?

The unit is the window. How many left in silence is counted; how many of them left through an
experience with us lies between bounds, which hold under the assumption said beside them and are
never an interval of chance.
"""

from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.churn import NOTEBOOK, TOPIC
from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.moment_sentences import name_months
from cxresearch.language import LANGUAGES, Message, mark, message
from cxresearch.models.silent import ASSUMPTIONS, SilentChurn
from cxresearch.period import Period

_RANK = 71
LEFT, STAYED = "left_silent", "stayed_silent"

_SILENT = mark(
    "Of {n:count} customers who left, {estimate:share} had not said a word in the {within} before "
    "({ci_low:share} to {ci_high:share}); of those who stayed, {stayed:share} said as little."
)
_BOUNDS = mark(
    "Between {low:share} and {high:share} of those who left may have done so over an experience "
    "with us, without a word: bounds under stated assumptions."
)
_BOUNDS_WORTH = mark(
    "Between {low:share} and {high:share} of those who left may have done so over an experience "
    "with us, without a word: {value_low} to {value_high} a year. These are bounds under stated "
    "assumptions."
)
_ROWS = {
    LEFT: mark("Left without a word"),
    STAYED: mark("Stayed, and just as silent"),
    "naive": mark("Over an experience with us, nothing assumed"),
    "records": mark("Over an experience with us, by our records, and at most as much again"),
    "reasons": mark("Over an experience with us, by the reasons people gave"),
    "records_and_reasons": mark("Over an experience with us, by records and reasons"),
}
_NOT = mark("How many left in silence over an experience with us cannot be narrowed down: {why}.")


def find_silent(silent: SilentChurn, *, period: Period, data_until: datetime) -> pl.DataFrame:
    """How many left without a word, and between which bounds over an experience.

    Parameters
    ----------
    silent
        As `silent.size_silent_churn` returns it. Where the bounds say nothing (from nobody to all)
        they are no finding.
    period
        The window.
    """
    seen = silent.glance().row(0, named=True)
    if not seen["n_left"] or seen["share"] is None:
        return no_findings()
    shared: dict[str, Any] = {
        "topic": TOPIC,
        "notebook": NOTEBOOK,
        "kind": "level",
        "period": period,
        "data_until": data_until,
        "is_headline": True,
    }
    share = make_findings(
        silent.glance().select("ci_low", "ci_high", estimate="share", n="n_left"),
        measure="left_silent",
        unit="share",
        message=Message(_SILENT, {"within": name_months(seen["k_months"]),
                                      "stayed": seen["share_stayed"]}),
        rank=_RANK + 2,
        **shared,
    )  # fmt: skip
    if not seen["is_fitted"] and not seen["n_told"]:
        return share
    if seen["share_low"] is None:
        return share
    ends = {"low": seen["share_low"], "high": seen["share_high"]}
    has_value = seen["value_low"] is not None
    worth = {end: _money(seen[end], seen["currency"]) for end in ("value_low", "value_high")}
    bounds = make_findings(
        pl.DataFrame({"estimate": [ends["low"]], "ci_low": [ends["low"]],
                      "ci_high": [ends["high"]], "n": [seen["n_left"]],
                      "value": [seen["value_low"]],
                      "currency": [seen["currency"] if has_value else None]},
                     schema_overrides={"value": pl.Float64, "currency": pl.String}),
        measure="left_over_experience",
        unit="bounds",
        message=Message(_BOUNDS_WORTH, ends | worth) if has_value else Message(_BOUNDS, ends),
        polarity="bad" if ends["low"] > 0 else "neutral",
        evidence="adjusted",
        rank=_RANK,
        **shared,
    )  # fmt: skip
    return pl.concat([bounds, share])


def bounds_in_shares(silent: SilentChurn) -> pl.DataFrame:
    """What is drawn: two plain shares, then the bounds under each assumption, as shares.

    Returns
    -------
    pl.DataFrame
        assumption (`left_silent`, `stayed_silent`, or one of `ASSUMPTIONS`), low, high, ci_low,
        ci_high (0-1, of all who left; `stayed_silent` of those who stayed), n, is_plain.
    """
    seen = silent.glance().row(0, named=True)
    n = seen["n_left"]
    plain = [
        {"assumption": LEFT, "low": seen["share"], "high": seen["share"],
         "ci_low": seen["ci_low"], "ci_high": seen["ci_high"], "n": n},
        {"assumption": STAYED, "low": seen["share_stayed"], "high": seen["share_stayed"],
         "ci_low": seen["stayed_low"], "ci_high": seen["stayed_high"], "n": seen["n_stayed"]},
    ]  # fmt: skip
    kinds: Any = {"assumption": pl.String, **dict.fromkeys(("low", "high", "ci_low", "ci_high"),
                  pl.Float64), "n": pl.Int64}  # fmt: skip
    shares = pl.DataFrame(plain, schema=kinds).with_columns(is_plain=pl.lit(value=True))
    told = silent.tidy().select(
        "assumption",
        *(pl.col(c) / max(n or 0, 1) for c in ("low", "high", "ci_low", "ci_high")),
        pl.lit(n, pl.Int64).alias("n"),
        pl.lit(value=False).alias("is_plain"),
    )
    return pl.concat([shares if n else shares.clear(), told])


def name_bounds() -> dict[str, dict[str, str]]:
    """What each row is called, by language."""
    return {
        row: {language: Message(text).in_language(language) for language in LANGUAGES}
        for row, text in _ROWS.items()
    }


def list_assumptions(silent: SilentChurn) -> pl.DataFrame:
    """What has to hold for each row of bounds, with what it gives, as it is shown.

    Returns
    -------
    pl.DataFrame
        assumption, ci_low, ci_high (customers), share_low, share_high.
    """
    return silent.tidy().select("assumption", "ci_low", "ci_high", "share_low", "share_high")


def title_of_bounds(silent: SilentChurn) -> Message:
    """Between which bounds leaving in silence lies, or why it cannot be told."""
    seen = silent.glance().row(0, named=True)
    if not seen["n_left"]:
        return message("Nobody is known to have left")
    if silent.tidy().height < 2:
        return message("{share:share} left without a word; why they left is not known",
                       share=seen["share"])  # fmt: skip
    return message(
        "{low:share} to {high:share} of those who left may have gone over an experience, in "
        "silence",
        low=seen["share_low"],
        high=seen["share_high"],
    )


def note_on_bounds(silent: SilentChurn) -> Message:
    """What the bounds rest on and what would narrow them."""
    seen = silent.glance().row(0, named=True)
    if not seen["n_left"]:
        return message("Nobody is known to have left, so nobody left in silence either.")
    if seen["why_not"]:
        return Message(_NOT, {"why": Message(seen["why_not"])})
    if seen["is_contradicting"]:
        return message(
            "Our records and the reasons people gave cannot both be as assumed: one of them is "
            "wrong, and neither row should be leaned on before it is known which."
        )
    if not seen["n_told"]:
        return message(
            "Nobody who left in silence has a reason on record that study.yml maps. Asking some "
            "of those who leave, and coding what they say, would bring the bounds closer."
        )
    return message(
        "{n:count} of those who left in silence have said why: that is what brings the bounds "
        "closer.",
        n=seen["n_told"],
    )


def assumptions_in_words() -> dict[str, dict[str, str]]:
    """The assumption of each row of bounds, as a sentence, by language."""
    return {
        row: {language: Message(text).in_language(language) for language in LANGUAGES}
        for row, text in ASSUMPTIONS.items()
    }


def _money(amount: float | None, currency: str | None) -> Message:
    """Two digits: bounds are worth no more."""
    rounded = float(f"{amount or 0.0:.2g}")
    return message("{value:money}", value=(rounded, currency or "EUR"))
