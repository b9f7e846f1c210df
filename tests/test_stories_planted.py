"""Each planted story has its written size, in the truth and in the tables, and only then.

`full` holds every story, `plain` none. Bounds are wide against sampling error (five standard
errors or so at this size), so that no seed has to be chosen.
"""

import numpy as np
import polars as pl
import pytest

from cxresearch.intake.sample import STORIES, SampleCompany, make_sample
from cxresearch.intake.sample.model import expose
from cxresearch.intake.sample.stories import EFFECTS
from cxresearch.study import read_study

pytestmark = pytest.mark.slow
ROME = "Europe/Rome"
APP_RELEASED = pl.datetime(2025, 6, 30, 22, time_zone="UTC")


@pytest.fixture(scope="module")
def full() -> SampleCompany:
    return make_sample(seed=11, n_customers=6000)


@pytest.fixture(scope="module")
def plain() -> SampleCompany:
    return make_sample(seed=11, n_customers=6000, without=["all"])


def contacts(company: SampleCompany, touchpoint: str) -> pl.DataFrame:
    return company.interactions.unique(maintain_order=True).filter(
        pl.col("touchpoint") == touchpoint, pl.col("direction") == "inbound"
    )


def answers(company: SampleCompany, metric: str, touchpoint: str | None) -> pl.DataFrame:
    place = (
        pl.col("touchpoint").is_null()
        if touchpoint is None
        else (pl.col("touchpoint") == touchpoint)
    )
    return company.responses.unique(maintain_order=True).filter(
        pl.col("voice") == "customer",
        pl.col("metric") == metric,
        place,
        pl.col("score") <= pl.col("scale_max"),
    )


def satisfied(company: SampleCompany, touchpoint: str) -> float:
    return (answers(company, "csat", touchpoint)["score"] >= 4).mean()


def nps(scores: pl.Series) -> float:
    return 100 * ((scores >= 9).mean() - (scores <= 6).mean())


def outcomes(company: SampleCompany, story: str) -> pl.DataFrame:
    return company.truth["leaving"].filter(pl.col("story") == story)


def caused(company: SampleCompany, story: str) -> int:
    """Leavers the story causes: those who leave with it and would stay without."""
    table = outcomes(company, story)
    return int(table["left_with"].sum()) - int(table["left_without"].sum())


def true_mean(company: SampleCompany, *conditions: pl.Expr) -> float:
    return company.truth["scores"].filter(*conditions)["inclination"].mean()


def test_every_story_is_told_with_sizes_and_known_tables() -> None:
    assert len(STORIES) >= 17
    for story in STORIES.values():
        assert story.description.endswith(".")
        assert story.sizes
        assert set(story.tables) <= {"customers", "interactions", "responses", "invitations"}
    assert {effect.story for effect in EFFECTS.values()} <= STORIES.keys()


def test_an_exposure_acts_in_the_months_after_the_event_and_not_in_its_own() -> None:
    visits = pl.DataFrame({"customer": [0], "day": [45.0], "event": ["waited"]})  # December 2023
    exposed = expose(visits, "waited", 2)
    assert exposed[0].nonzero()[0].tolist() == [2, 3, 4]
    assert not exposed[1].any()


def test_potential_outcomes_agree_with_those_who_left(full: SampleCompany) -> None:
    left = int(full.customers["left_at"].is_not_null().sum())
    for _, table in full.truth["leaving"].group_by("story"):
        assert int(table["left_with"].sum()) == left
        assert abs(table["p_with"].sum() - left) < 5 * np.sqrt(left)


@pytest.mark.parametrize(
    ("story", "at_least"),
    [
        ("broken_promise", 250),
        ("silent_leavers", 90),
        ("confounded_driver", 90),
        ("asked_again", 15),
        ("partner_double_booking", 5),
    ],
)
def test_bad_stories_make_customers_leave(
    full: SampleCompany, plain: SampleCompany, story: str, at_least: int
) -> None:
    table = outcomes(full, story)
    assert (table["p_with"] >= table["p_without"] - 1e-6).all()
    assert caused(full, story) >= at_least
    assert plain.truth["leaving"].is_empty()


def test_leaving_out_one_story_gives_the_world_its_truth_foretold(full: SampleCompany) -> None:
    kept = make_sample(seed=11, n_customers=6000, without=["broken_promise"])
    table = outcomes(full, "broken_promise")
    foretold = table.filter("left_without")["customer_id"]
    assert set(kept.customers.drop_nulls("left_at")["customer_id"]) == set(foretold)


def test_the_change_desk_breaks_its_promise(full: SampleCompany, plain: SampleCompany) -> None:
    times = contacts(full, "ticket_change_desk")["wait_minutes"].median()
    usual = contacts(plain, "ticket_change_desk")["wait_minutes"].median()
    assert times / usual == pytest.approx(6.0, rel=0.1)
    assert usual < 10 < times
    assert satisfied(full, "ticket_change_desk") < 0.62
    desk = pl.col("touchpoint") == "ticket_change_desk"
    kept = make_sample(seed=11, n_customers=6000, without=["broken_promise"])
    waited = (contacts(full, "ticket_change_desk")["wait_minutes"] > 10).mean()
    usual_share = 0.063  # of waits with a median of four minutes
    gap = true_mean(full, desk) - true_mean(kept, desk)
    assert gap == pytest.approx(-1.3 * waited, abs=0.12)
    assert usual_share < 0.1


def test_two_in_five_are_sent_on_to_the_ticket_office(
    full: SampleCompany, plain: SampleCompany
) -> None:
    def share(company: SampleCompany) -> float:
        desk = contacts(company, "ticket_change_desk")
        office = contacts(company, "ticket_office").filter(pl.col("reason") == "change")
        return desk.join(office, on="case_id", how="semi").height / desk.height

    assert share(full) == pytest.approx(0.40, abs=0.04)
    assert share(plain) == 0.0


def test_a_refund_on_the_spot_is_a_moment_of_truth(
    full: SampleCompany, plain: SampleCompany
) -> None:
    def gap(company: SampleCompany) -> float:
        spot = pl.col("touchpoint") == "refund_on_the_spot"
        paid = true_mean(company, spot, pl.col("event") == "paid")
        return paid - true_mean(company, spot, pl.col("event") == "refused")

    assert gap(full) == pytest.approx(0.7 + 0.9, abs=0.2)
    assert gap(plain) == pytest.approx(0.0, abs=0.2)
    table = outcomes(full, "moment_of_truth")
    change = table["p_with"] - table["p_without"]
    assert (change > 0.05).any()
    assert (change < -0.01).any()


def test_quiet_customers_never_complain_and_many_leave(
    full: SampleCompany, plain: SampleCompany
) -> None:
    people = full.truth["people"]
    assert people["is_quiet"].mean() == pytest.approx(0.65, abs=0.04)
    assert not plain.truth["people"]["is_quiet"].any()
    complained = full.interactions.filter(pl.col("reason") == "complaint").select("customer_id")
    quiet = people.filter("is_quiet")
    assert quiet.join(complained, on="customer_id", how="semi").is_empty()
    silent = outcomes(full, "any_bad_experience").join(quiet, on="customer_id")
    because = silent.filter(pl.col("left_with") & ~pl.col("left_without")).height
    assert 0.15 < because / full.customers["left_at"].is_not_null().sum() < 0.5


def test_defectors_miss_two_purchases_and_come_back(full: SampleCompany) -> None:
    missed = full.truth["defections"]
    assert (missed["last_missed"] - missed["first_missed"] == 1).all()
    assert missed["is_back"].mean() > 0.5  # the others left in the meantime
    assert missed.height > 100
    gaps = full.truth["people"].select("customer_id", "gap_days")
    bought = full.interactions.unique().filter(pl.col("kind") == "purchase")
    longest = (
        bought.sort("customer_id", "at")
        .with_columns(pause=pl.col("at").diff().over("customer_id").dt.total_days())
        .group_by("customer_id")
        .agg(pl.col("pause").max())
        .join(gaps, on="customer_id")
        .with_columns(times=pl.col("pause") / pl.col("gap_days"))
        .join(
            missed.filter("is_back").select("customer_id", went=True),
            on="customer_id",
            how="left",
        )
    )
    went = longest.filter(pl.col("went")).drop_nulls("times")
    others = longest.filter(pl.col("went").is_null()).drop_nulls("times")
    assert went["times"].median() > 2.5
    assert others["times"].median() < 1.7


def test_one_rented_car_in_four_is_sold_twice(full: SampleCompany, plain: SampleCompany) -> None:
    cars = full.truth["scores"].filter(pl.col("touchpoint") == "partner_booking")
    bookings = contacts(full, "partner_booking")
    rented = bookings.filter(pl.col("reason") == "car").height
    assert (cars["event"] == "double_booked").sum() / rented == pytest.approx(0.25, abs=0.05)
    calls = contacts(full, "phone_support").filter(pl.col("reason") == "double_booking")
    assert calls.join(bookings, on="case_id", how="semi").height == calls.height > 100
    assert plain.interactions.filter(pl.col("reason") == "double_booking").is_empty()


def test_where_every_phase_goes_right_use_becomes_regular(full: SampleCompany) -> None:
    people = full.truth["people"]
    assert people["is_pilot"].mean() == pytest.approx(0.12, abs=0.03)
    gaps = (
        full.interactions.unique()
        .filter(pl.col("kind") == "purchase", pl.col("at").dt.year() > 2023)
        .sort("customer_id", "at")
        .with_columns(days=pl.col("at").diff().over("customer_id").dt.total_days())
        .group_by("customer_id")
        .agg(spread=pl.col("days").std() / pl.col("days").mean(), n=pl.len())
        .filter(pl.col("n") > 5)
        .join(people, on="customer_id")
    )
    by_pilot = dict(gaps.group_by("is_pilot").agg(pl.col("spread").median()).iter_rows())
    assert by_pilot[True] < 0.6 * by_pilot[False]
    assert caused(full, "right_journey") < -40


def test_three_in_five_have_to_tell_it_again_on_the_phone(
    full: SampleCompany, plain: SampleCompany
) -> None:
    def asked(company: SampleCompany) -> tuple[float, float]:
        mails = contacts(company, "email_support").filter(pl.col("is_context_known").is_null())
        mails = mails.filter(pl.col("reason") != "complaint")
        calls = contacts(company, "phone_support").join(mails, on="case_id", how="semi")
        return calls.height / mails.height, 1 - calls["is_context_known"].mean()

    follow, again = asked(full)
    assert follow == pytest.approx(0.45, abs=0.05)
    assert again == pytest.approx(0.62, abs=0.06)
    assert asked(plain)[1] == pytest.approx(0.10, abs=0.06)


def test_two_channels_state_different_days_for_the_same_refund(
    full: SampleCompany, plain: SampleCompany
) -> None:
    def stated(company: SampleCompany) -> dict[str, set[str]]:
        terms = company.interactions.filter(pl.col("template") == "refund_terms").with_columns(
            days=pl.col("message").str.extract(r"(\d+) (?:giorni|days)")
        )
        grouped = terms.group_by("channel").agg(pl.col("days").unique())
        return {channel: set(days) for channel, days in grouped.iter_rows()}

    assert stated(full)["email"] == {"5"}
    assert stated(full)["phone"] == {"30"}
    assert set().union(*stated(plain).values()) == {"14"}


def test_chat_solves_more_for_each_reason_and_less_in_total(
    full: SampleCompany, plain: SampleCompany
) -> None:
    def resolved(company: SampleCompany) -> tuple[float, float, float]:
        reasons = ["refund", "invoice", "timetable", "change", "lost_property"]
        first = company.interactions.unique().filter(
            pl.col("direction") == "inbound",
            pl.col("channel").is_in(["chat", "phone"]),
            pl.col("reason").is_in(reasons),
            pl.col("is_context_known").is_null(),
        )
        first = first.filter(pl.col("case_id").is_first_distinct())

        def gap(table: pl.DataFrame) -> float:
            by = dict(table.group_by("channel").agg(pl.col("is_resolved").mean()).iter_rows())
            return by["chat"] - by["phone"]

        hard = pl.col("reason").is_in(reasons[:2])
        return gap(first.filter(~hard)), gap(first.filter(hard)), gap(first)

    easy, hard, total = resolved(full)
    assert easy == pytest.approx(0.06, abs=0.05)
    assert hard == pytest.approx(0.12, abs=0.07)
    assert total < -0.02
    assert all(abs(gap) < 0.05 for gap in resolved(plain))


def test_unhappy_customers_answer_less(full: SampleCompany, plain: SampleCompany) -> None:
    def bias(company: SampleCompany) -> float:
        true = company.truth["scores"].filter(pl.col("touchpoint").is_null())["inclination"]
        everybody = 100 * ((true > 0.05).mean() - (true <= -0.84).mean())
        return nps(answers(company, "nps", None)["score"]) - everybody

    assert bias(full) > 6
    assert abs(bias(plain)) < 2


def test_morale_moves_scores_one_month_later(full: SampleCompany, plain: SampleCompany) -> None:
    def correlation(company: SampleCompany, lag: int) -> float:
        local = pl.col("at").dt.convert_time_zone(ROME)
        month = (local.dt.year().cast(pl.Int64) - 2023) * 12 + local.dt.month() - 11
        rated = company.responses.filter(
            pl.col("voice") == "customer", pl.col("metric") == "csat"
        ).drop_nulls("team")
        scores = rated.group_by("team", month=month).agg(pl.col("score").mean())
        morale = company.truth["morale"].with_columns(pl.col("month") + lag)
        both = scores.join(morale, on=["team", "month"]).with_columns(
            pl.col("score", "morale") - pl.col("score", "morale").mean().over("team")
        )
        return both.select(pl.corr("score", "morale")).item()

    assert correlation(full, 1) > 0.5
    assert correlation(full, 1) > correlation(full, 0) + 0.2
    assert correlation(full, 1) > correlation(full, 2) + 0.2
    assert abs(correlation(plain, 1)) < 0.35
    kept = make_sample(seed=11, n_customers=6000, without=["team_morale"])
    assert kept.truth["morale"]["score_next_month"].abs().max() == 0.0


def test_the_new_app_is_better(full: SampleCompany, plain: SampleCompany) -> None:
    def step(company: SampleCompany, touchpoint: str | None) -> float:
        place = (
            pl.col("touchpoint").is_null()
            if touchpoint is None
            else pl.col("touchpoint") == touchpoint
        )
        new, old = pl.col("month") >= 20, pl.col("month").is_between(14, 19)
        return true_mean(company, place, new) - true_mean(company, place, old)

    assert step(full, "app_purchase") == pytest.approx(0.7, abs=0.15)
    assert step(full, None) == pytest.approx(0.25, abs=0.08)
    assert step(plain, "app_purchase") == pytest.approx(0.0, abs=0.1)
    old_app = make_sample(seed=11, n_customers=6000, without=["app_release"])
    elsewhere = pl.col("touchpoint") == "ticket_office"
    assert true_mean(full, elsewhere) == true_mean(old_app, elsewhere)


def test_the_website_is_rated_badly_and_nobody_leaves_for_it(full: SampleCompany) -> None:
    others = make_sample(seed=11, n_customers=6000, without=["harmless_low"])
    assert satisfied(full, "website") < satisfied(others, "website") - 0.15
    assert full.customers["left_at"].equals(others.customers["left_at"])


def test_a_halo_ties_the_ratings_of_a_person(full: SampleCompany, plain: SampleCompany) -> None:
    def together(company: SampleCompany) -> float:
        scores = company.truth["scores"].filter(pl.col("touchpoint").is_null())
        first = scores.group_by("customer_id").agg(
            a=pl.col("inclination").first(), b=pl.col("inclination").get(8, null_on_oob=True)
        )
        return first.drop_nulls().select(pl.corr("a", "b")).item()

    assert together(full) == pytest.approx(0.36, abs=0.1)
    assert together(plain) == pytest.approx(0.0, abs=0.06)


def test_the_gates_are_met_but_not_drawn(
    full: SampleCompany, plain: SampleCompany, root_study: set[str]
) -> None:
    assert contacts(full, "access_gate").height > 1000
    assert contacts(plain, "access_gate").is_empty()
    assert "access_gate" not in root_study
    first = contacts(full, "access_gate")["at"].min()
    assert first.year == 2024


@pytest.fixture
def root_study(root) -> set[str]:  # type: ignore[no-untyped-def]
    experience = read_study(root / "cxresearch/intake/sample").experience
    return {touchpoint.id for touchpoint in experience.touchpoints}


def test_there_are_three_kinds_of_customer_or_one(
    full: SampleCompany, plain: SampleCompany
) -> None:
    kinds = full.truth["people"]["kind"].value_counts(normalize=True)
    shares = dict(kinds.iter_rows())
    for kind, share in {"commuter": 0.30, "business": 0.20, "leisure": 0.50}.items():
        assert shares[kind] == pytest.approx(share, abs=0.04)
    trips = full.customers["trips_a_year"].log().std()
    assert trips > 2 * plain.customers["trips_a_year"].log().std()
    assert plain.truth["people"]["kind"].unique().to_list() == ["single"]
    assert "kind" not in full.customers.columns


def test_the_queue_on_the_coast_goes_with_leaving_without_causing_it(
    full: SampleCompany, plain: SampleCompany
) -> None:
    def shares(company: SampleCompany, *conditions: pl.Expr) -> dict[bool, float]:
        waits = (
            contacts(company, "station")
            .group_by("customer_id")
            .agg(long=pl.col("wait_minutes").mean() > 8)
        )
        table = company.customers.filter(*conditions).join(waits, on="customer_id")
        left = table.drop_nulls("long").group_by("long").agg(pl.col("left_at").is_not_null().mean())
        return dict(left.iter_rows())

    raw = shares(full)
    inland = shares(full, pl.col("region") != "Costa")
    assert raw[True] > raw[False] + 0.03
    assert abs(inland[True] - inland[False]) < 0.08
    none = shares(plain)
    assert abs(none[True] - none[False]) < 0.08


def test_messages_go_astray_only_in_the_careless_company(
    full: SampleCompany, plain: SampleCompany
) -> None:
    def astray(company: SampleCompany) -> tuple[float, float, float, float]:
        sent = (
            company.interactions.unique()
            .drop_nulls("template")
            .join(company.customers, on="customer_id", suffix="_spoken")
        )
        refused = sent.drop_nulls("opted_out_channels")
        reachable = sent.filter(
            pl.col("preferred_channel").is_in(["phone", "chat", "email", "app"])
        )
        return (
            (reachable["channel"] != reachable["preferred_channel"]).mean(),
            refused.select(
                pl.col("opted_out_channels").str.split(";").list.contains(pl.col("channel")).mean()
            ).item(),
            (sent["language"] != sent["language_spoken"]).mean(),
            sent["message"].str.contains("{nome}", literal=True).mean(),
        )

    elsewhere, against, language, unfilled = astray(full)
    assert 0.25 < elsewhere < 0.45
    assert against == pytest.approx(0.30, abs=0.05)
    assert language == pytest.approx(0.05, abs=0.015)
    assert unfilled == pytest.approx(0.04, abs=0.015)
    assert astray(plain) == (0.0, 0.0, 0.0, 0.0)


def test_without_stories_every_touchpoint_month_and_group_has_the_same_true_score(
    plain: SampleCompany,
) -> None:
    scores = (
        plain.truth["scores"]
        .join(
            plain.customers.select("customer_id", "region", "fare_class", "gender"),
            on="customer_id",
        )
        .with_columns(pl.col("touchpoint").cast(pl.String).fill_null("whole"))
    )
    for by in ("touchpoint", "month", "region", "fare_class", "gender"):
        cells = scores.group_by(by).agg(pl.col("inclination").mean(), n=pl.len())
        z = cells["inclination"] * cells["n"].sqrt()
        assert z.abs().max() < 4.5
        assert scores["inclination"].std() == pytest.approx(1.0, abs=0.02)


def test_without_stories_every_promise_is_kept_and_with_them_the_planted_are_broken(
    full: SampleCompany, plain: SampleCompany, root
) -> None:  # type: ignore[no-untyped-def]
    experience = read_study(root / "cxresearch/intake/sample").experience

    def broken(company: SampleCompany) -> set[str]:
        promises = [(t.id, t.id, t.promise) for t in experience.touchpoints]
        promises += [(p.id, p.promise.touchpoint, p.promise) for p in experience.statement.pledges]
        return {
            name
            for name, place, promise in promises
            if (delivered(company, place, promise) < promise.target)
            == (promise.at_least is not None)
        }

    assert broken(plain) == set()
    assert broken(full) == {
        "website",
        "ticket_change_desk",
        "change_in_ten_minutes",
        "tell_it_once",
    }


def delivered(company: SampleCompany, place: str | None, promise) -> float:  # type: ignore[no-untyped-def]
    if promise.measure == "nps":
        return nps(answers(company, "nps", place)["score"])
    if promise.measure in ("csat", "ces"):
        return (answers(company, promise.measure, place)["score"] >= promise.threshold).mean()
    column = {"resolved": "is_resolved", "context_known": "is_context_known"}
    values = company.interactions.filter(pl.col("touchpoint") == place)[
        column.get(promise.measure, promise.measure)
    ].drop_nulls()
    if promise.statistic == "share" and promise.threshold is not None:
        return (values <= promise.threshold).mean()
    return values.median() if promise.statistic == "median" else values.mean()
