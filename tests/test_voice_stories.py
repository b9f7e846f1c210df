"""The stories as customers tell them: the desk, the new app, having to tell it again.

Three fixed seeds, pooled; without stories none of them is heard.
"""

from datetime import UTC, datetime
from functools import cache

import polars as pl
import pytest

from cxresearch.intake.sample import make_sample
from cxresearch.intake.sample.phrasing import read_phrases
from cxresearch.models.need_shares import share_needs
from cxresearch.study.aspects import generic_aspects
from cxresearch.transforms.text.aspects import fold_text, read_aspect_seeds, tag_aspects
from cxresearch.transforms.text.measure import compare_tone, compare_tone_to_rest
from cxresearch.transforms.text.mentions import join_comments, mark_complaints
from cxresearch.transforms.text.tone import score_clauses, score_tone

pytestmark = pytest.mark.slow
SEEDS = (101, 102, 103)
RELEASE = datetime(2025, 7, 1, tzinfo=UTC)
WEEKS = pl.duration(days=14)


@cache
def heard(*, stories: bool) -> pl.DataFrame:
    """What customers wrote about touchpoints, with tone and the contact it was about."""
    parts = []
    for seed in SEEDS:
        company = make_sample(seed=seed, n_customers=8_000, without=[] if stories else ["all"])
        written = company.responses.filter(
            pl.col("comment").is_not_null(), pl.col("touchpoint").is_not_null(), voice="customer"
        )
        before = pl.col("channel").shift(1).over("customer_id", order_by="at") == "email"
        ago = pl.col("at") - pl.col("at").shift(1).over("customer_id", order_by="at")
        contacts = company.interactions.select(
            "interaction_id", "is_context_known", is_after_mail=before & (ago < WEEKS)
        )
        table = written.join(contacts, on="interaction_id", how="left")
        ids = (pl.lit(f"{seed}-") + pl.col("response_id", "respondent_id")).name.keep()
        parts.append(table.with_columns(ids))
    return score_tone(pl.concat(parts))


@cache
def told_again(*, stories: bool) -> pl.DataFrame:
    """Comments about a call: whether they say it (is_said), and whether it was put in (is_put)."""
    calls = heard(stories=stories).filter(touchpoint="phone_support")
    seeds = read_aspect_seeds().filter(name="being_asked_again")
    found = tag_aspects(score_clauses(calls), seeds)["response_id"]
    phrases = [
        phrase
        for language in ("it", "en")
        for part in ("clauses", "irony")
        for phrase in read_phrases(language)[part]["asked_again"]["bad"]
    ]
    planted = pl.DataFrame({"t": phrases}).select(fold_text(pl.col("t")))["t"].to_list()
    return calls.with_columns(
        is_said=pl.col("response_id").is_in(found.to_list()),
        is_put=fold_text(pl.col("comment")).str.contains_any(planted),
    )


def desk(*, stories: bool) -> dict[str, float]:
    """The change desk against all other touchpoints."""
    apart = compare_tone_to_rest(heard(stories=stories), by="touchpoint")
    (row,) = apart.filter(touchpoint="ticket_change_desk").rows(named=True)
    return row


def app(*, stories: bool) -> dict[str, float]:
    """The app since its release against before."""
    said = heard(stories=stories).filter(touchpoint="app_purchase")
    since = pl.col("at") >= RELEASE
    (row,) = compare_tone(said.filter(since), against=said.filter(~since)).rows(named=True)
    return row


def test_people_speak_of_the_change_desk_far_worse_than_of_the_rest() -> None:
    found = desk(stories=True)
    assert found["ci_high"] < -0.3
    assert found["polarity"] == "bad"


def test_without_the_story_the_desk_is_like_the_rest() -> None:
    found = desk(stories=False)
    assert found["ci_low"] > -0.15
    assert found["ci_high"] > -0.05


def test_people_speak_better_of_the_app_since_its_release() -> None:
    found = app(stories=True)
    assert found["ci_low"] > 0
    assert found["polarity"] == "good"


def test_without_the_release_the_tone_of_the_app_stays() -> None:
    found = app(stories=False)
    assert found["ci_low"] < 0 < found["ci_high"]
    assert not found["is_change"]


def test_those_who_were_asked_again_are_heard() -> None:
    calls = told_again(stories=True)
    put = calls.filter("is_put")
    assert put.height >= 50
    assert put["is_said"].mean() >= 0.75
    # Whoever says it was not known by the one who answered: nobody says it for no reason.
    known = calls.filter(pl.col("is_said"), pl.col("is_context_known").is_not_null())
    assert (~known["is_context_known"]).mean() >= 0.95


def test_it_is_said_after_an_e_mail_and_not_without_the_story() -> None:
    after = told_again(stories=True).filter("is_after_mail")["is_said"]
    assert after.mean() > 0.04
    calls = told_again(stories=False)
    assert calls.filter("is_after_mail").height >= 100
    assert calls["is_said"].mean() < 0.005


@pytest.mark.parametrize("stories", [True, False])
def test_having_to_tell_it_again_is_a_need_complained_of_only_with_the_story(stories) -> None:
    """The needs drawn are the sixteen complained of most."""
    company = make_sample(seed=101, n_customers=5_000, without=[] if stories else ["all"])
    said = company.responses.filter(
        pl.col("comment").is_not_null(), pl.col("at") >= RELEASE, voice="customer"
    )
    tagged = mark_complaints(tag_aspects(score_clauses(said)), generic_aspects())
    complained = join_comments(tagged, said).filter(label="negative")
    drawn = share_needs(complained, said).filter(pl.col("share").is_not_null()).head(16)
    assert ("being_asked_again" in drawn["aspect"].to_list()) == stories
