"""What is said of moments of truth, of beliefs, and of the whole against its parts."""

import polars as pl
import pytest

from cxresearch.actions.findings import finding_sentences
from cxresearch.actions.moment_sentences import (
    EFFECTS,
    UNPROVEN,
    name_experience,
    note_on_unseen,
)
from cxresearch.actions.moments import (
    compare_believed,
    find_decisive,
    find_whole,
    rank_moments,
    title_of_believed,
    title_of_moments,
    title_of_peak_end,
    title_of_removal,
)
from cxresearch.language import LANGUAGES, Message
from cxresearch.models.moment_tables import IMPORTANCE, MOMENTS
from cxresearch.models.moments import MomentsModel
from cxresearch.models.peak_end import JOURNEY, PeakEndModel
from cxresearch.models.removal import REMOVAL
from cxresearch.period import parse_period
from tests.asked import DATES

YEAR = parse_period("2025")
LABELS = {name: {"en": name.title(), "it": name.upper()} for name in ("desk", "site", "train")}


def effect(touchpoint: str, estimate: float | None, **more) -> dict:
    known = estimate is not None
    row = {
        "touchpoint": touchpoint,
        "side": "penalty",
        "outcome": "leaving",
        "unit": "share",
        "source": "wait_minutes",
        "n": 300,
        "n_customers": 250,
        "base": "b",
        "estimate": estimate,
        "ci_low": estimate - 0.02 if known else None,
        "ci_high": estimate + 0.02 if known else None,
        "q_value": 0.001 if known else None,
        "is_moment": known,
        "believed": False,
        "polarity": "bad" if known else "neutral",
        "is_reliable": known,
        "is_suppressed": False,
    }
    return {**row, **more}


def model_of(*effects: dict, months: int = 3) -> MomentsModel:
    table = pl.DataFrame([{**dict.fromkeys(MOMENTS), **row} for row in effects], schema=MOMENTS)
    quality = pl.DataFrame({"horizon_months": [months]})
    return MomentsModel(table, pl.DataFrame(schema=IMPORTANCE), quality)


def said(model: MomentsModel, language: str = "en") -> list[str]:
    return finding_sentences(find_decisive(model, labels=LABELS, **DATES), language)


def loyalty(touchpoint: str, estimate: float, **more) -> dict:
    return effect(
        touchpoint, estimate, outcome="loyalty", unit="points", ci_low=estimate - 4,
        ci_high=estimate + 4, **more,
    )  # fmt: skip


def reward(touchpoint: str, estimate: float) -> dict:
    return effect(touchpoint, estimate, side="reward", source="resolved", polarity="good")


def test_a_penalty_says_what_happened_what_it_is_linked_to_and_how_surely() -> None:
    assert said(model_of(effect("desk", 0.13))) == [
        "Desk: waiting longer than promised is linked to a chance to leave within 3 months that is "
        "13 percentage points higher (+11 to +15, 250 customers)."
    ]
    assert said(model_of(effect("desk", 0.13), months=1), "it") == [
        "DESK: a un'attesa più lunga del promesso si associa una probabilità di andarsene entro "
        "un mese più alta di 13 punti percentuali (da +11 a +15, clienti: 250)."
    ]


def test_the_largest_on_leaving_come_first_and_the_first_of_each_side_heads_the_page() -> None:
    model = model_of(
        loyalty("desk", -40.0), effect("train", 0.05), reward("site", -0.2), effect("desk", 0.13)
    )
    found = find_decisive(model, labels=LABELS, **DATES)
    order = found.select("touchpoint", "measure", "is_headline", "polarity").rows()
    assert order == [
        ("site", "reward_leaving", True, "good"),
        ("desk", "penalty_leaving", True, "bad"),
        ("train", "penalty_leaving", False, "bad"),
        ("desk", "penalty_loyalty", False, "bad"),
    ]
    assert found["rank"].is_sorted()
    assert found["evidence"].unique().to_list() == ["adjusted"]
    assert found["kind"].unique().to_list() == ["effect"]


def test_no_sentence_claims_a_cause() -> None:
    for text in (*EFFECTS.values(), *UNPROVEN.values()):
        assert "cause" not in text
        assert "because" not in text
    assert all("is linked to" in text for text in EFFECTS.values())


def test_a_belief_that_is_not_borne_out_is_neutral_and_says_what_is_known() -> None:
    open_ = {"is_moment": False, "believed": True, "polarity": "neutral", "q_value": 0.4}
    model = model_of(effect("desk", 0.01, **open_), loyalty("desk", -2.0, **open_))
    found = find_decisive(model, labels=LABELS, **DATES)
    assert finding_sentences(found, "en") == [
        "Desk: listed as a moment of truth; that waiting longer than promised makes a difference "
        "to leaving is not shown (−1 to +3 percentage points, 250 customers)."
    ]
    assert found.select("polarity", "is_headline").row(0) == ("neutral", False)


def test_a_belief_without_an_estimate_makes_no_finding() -> None:
    assert said(model_of(effect("desk", None, believed=True))) == []


def test_nothing_found_nothing_said() -> None:
    assert said(model_of()) == []
    assert said(model_of(effect("desk", 0.01, is_moment=False))) == []


def test_found_and_believed_are_told_apart() -> None:
    calm = {"is_moment": False, "polarity": "neutral"}
    effects = model_of(
        effect("desk", 0.1, believed=True),
        effect("site", 0.0, believed=True, **calm),
        effect("train", 0.1),
        effect("shop", 0.0, **calm),
        effect("gate", 0.0, believed=None, **calm),
    ).tidy()
    assert compare_believed(effects).select("touchpoint", "agreement").rows() == [
        ("desk", "both"),
        ("site", "believed"),
        ("train", "found"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("outcome", "unit", "way"), EFFECTS)
def test_every_sentence_fills_its_places(outcome: str, unit: str, way: str, language: str) -> None:
    estimate = (0.1 if unit == "share" else 10.0) * (1 if way == "up" else -1)
    side = "penalty" if (outcome == "leaving") == (way == "up") else "reward"
    for source in ("wait_minutes", "duration_minutes", "resolved", "context_known", "csat"):
        row = effect(
            "desk", estimate, outcome=outcome, unit=unit, side=side, source=source,
            ci_low=estimate - 1, ci_high=estimate + 1,
        )  # fmt: skip
        (text,) = said(model_of(row), language)
        assert "{" not in text
        assert name_experience(source, side).in_language(language) in text


def journey(estimate: float | None) -> pl.DataFrame:
    row = {
        "group": "all",
        "n": 500,
        "n_unhappy": 45,
        "estimate": estimate,
        "ci_low": 0.07,
        "ci_high": 0.12,
        "base": "b",
        "is_reliable": True,
        "is_suppressed": estimate is None,
    }
    return pl.DataFrame([row], schema=JOURNEY)


def peak_end(verdict: str, *, is_known: bool = True) -> PeakEndModel:
    counts = {"n": [900], "n_customers": [300]}
    figures = {"estimate": [-0.04], "ci_low": [-0.05], "ci_high": [-0.03]}
    if not is_known:
        figures = {key: [None] for key in figures}
    columns = {name: pl.Series(v, dtype=pl.Float64) for name, v in figures.items()}
    quality = pl.DataFrame({**counts, **columns, "verdict": [verdict]})
    fits = pl.DataFrame({"predictor": ["mean", "peak_end"], "estimate": [0.125, 0.087]})
    return PeakEndModel(fits, quality)


def test_what_is_said_of_the_whole() -> None:
    found = find_whole(journey(0.09), peak_end("mean"), window=YEAR, **DATES)
    assert finding_sentences(found, "en") == [
        "9% of customers are content wherever we asked them, and not with the whole (7% to 12%, "
        "500 customers).",
        "The answer about the whole goes more with the average of all contacts than with the most "
        "extreme and the last one: they explain 12.5% and 8.7% of it (300 customers).",
    ]
    assert found["polarity"].unique().to_list() == ["neutral"]
    assert found["evidence"].unique().to_list() == ["described"]
    assert found["is_headline"].to_list() == [True, False]
    assert found["period_start"].to_list() == [DATES["period"].start, YEAR.start]


def test_what_is_hidden_or_unknown_of_the_whole_is_not_said() -> None:
    assert find_whole(
        journey(None), peak_end("open", is_known=False), window=YEAR, **DATES
    ).is_empty()


@pytest.mark.parametrize("verdict", ["mean", "peak_end", "open"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_of_peak_end_follow_the_verdict(verdict: str, language: str) -> None:
    texts = {title_of_peak_end(peak_end(v)).in_language(language) for v in ("mean", verdict)}
    assert len(texts) == (1 if verdict == "mean" else 2)
    unknown = title_of_peak_end(peak_end("open", is_known=False))
    assert unknown.in_language("en") == "Too few answers to show"


def title(message: Message) -> str:
    return message.in_language("en")


def test_titles_name_those_that_decide() -> None:
    two = model_of(effect("desk", 0.1), effect("site", 0.2), loyalty("desk", -30.0)).tidy()
    assert rank_moments(two)["touchpoint"].to_list() == ["site", "desk", "desk"]
    assert title(title_of_moments(two, labels=LABELS)) == (
        "Linked to who stays or recommends: Site and Desk"
    )
    four = model_of(*(effect(name, 0.1) for name in ("desk", "gate", "site", "train"))).tidy()
    assert title(title_of_moments(four, labels=LABELS)) == (
        "Desk and 3 more touchpoints are linked to who stays or recommends"
    )
    none = model_of(effect("desk", 0.1, is_moment=False)).tidy()
    assert title(title_of_moments(none, labels=LABELS)) == (
        "No touchpoint is shown to decide beyond chance"
    )
    for unknown in (model_of(), model_of(effect("desk", None))):
        for titled in (title_of_moments, title_of_believed):
            assert title(titled(unknown.tidy(), labels=LABELS)) == (
                "Too little is known to tell which touchpoints decide"
            )


def test_the_moment_easiest_to_explain_away_says_how_strong_the_unseen_would_have_to_be() -> None:
    model = model_of(
        effect("desk", 0.1, e_value_low=5.0),
        effect("site", 0.1, e_value_low=2.24),
        effect("train", 0.0, e_value_low=1.0, is_moment=False),
    )
    note = note_on_unseen(model.tidy(), labels=LABELS)
    assert title(note) == (
        "Easiest to explain away is Site: something unrecorded would have to make both the "
        "experience and what follows at least 2.2 times as likely."
    )
    calm = note_on_unseen(model.tidy().tail(1), labels=LABELS)
    assert title(calm) == "No moment stands out, so nothing has to be explained away."
    untested = note_on_unseen(model.tidy().head(0), labels=LABELS)
    assert title(untested).startswith("Nothing could be tested")


def test_titles_of_beliefs() -> None:
    calm = {"is_moment": False, "polarity": "neutral"}
    missed = model_of(effect("desk", 0.1), effect("site", 0.0, believed=True, **calm)).tidy()
    assert title(title_of_believed(missed, labels=LABELS)) == (
        "Linked to who stays, and not on the list: Desk"
    )
    half = model_of(
        effect("desk", 0.1, believed=True), effect("site", 0.0, believed=True, **calm)
    ).tidy()
    assert title(title_of_believed(half, labels=LABELS)) == (
        "1 of 2 touchpoints listed as moments of truth are borne out"
    )
    neither = model_of(effect("desk", 0.0, **calm)).tidy()
    assert title(title_of_believed(neither, labels=LABELS)) == (
        "No touchpoint is listed as a moment of truth, and none is found to be one"
    )


def test_titles_of_removal_name_the_first() -> None:
    rows = [("desk", "leaving", 40, 50, 0.771, 0.7, 0.8, False)]
    effects = pl.DataFrame(rows, schema=REMOVAL, orient="row")
    assert title(title_of_removal(effects, labels=LABELS)) == (
        "Largest removal effect on leaving: Desk (77%)"
    )
    promoters = effects.with_columns(outcome=pl.lit("recommending"))
    assert title(title_of_removal(promoters, labels=LABELS)) == (
        "Largest removal effect on recommending: Desk (77%)"
    )
    assert title(title_of_removal(effects.head(0), labels=LABELS)) == (
        "Too little is known to tell through which touchpoints the paths run"
    )
