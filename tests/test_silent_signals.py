"""Who is at risk in silence, which signal shows it first, and what answerers differ in."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cxresearch.errors import ParameterError
from cxresearch.intake import StudyTables
from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.models import silent_risk
from cxresearch.models.evaluation import measure_ranking
from cxresearch.models.outcomes import FEW_LEAVERS
from cxresearch.models.silent import compare_answerers, compare_signals, list_at_risk
from cxresearch.models.silent_answerers import ANSWERERS, GROUPS
from cxresearch.models.silent_months import lay_out_months
from cxresearch.models.silent_risk import AT_RISK, NOBODY, AtRisk
from cxresearch.models.silent_signals import COMPARED, SIGNALS, score_signals
from cxresearch.transforms.leaving import find_leaving
from tests.decisive import FEW, YEAR, answer, contact, decisive_tables, on, simple_company
from tests.promised import study_of

JOINED = datetime(2020, 1, 1, tzinfo=UTC)
MONTHS = range(1, 13)


def at_risk(tables: StudyTables, **options: Any) -> AtRisk:
    return list_at_risk(tables, period=YEAR, window_months=12, **options)


def with_rows(
    tables: StudyTables, rows: list[dict[str, Any]], *, joined: bool = True
) -> StudyTables:
    """The study with more contacts, of new customers."""
    more = decisive_tables(contacts=rows).interactions.collect()
    names = more["customer_id"].unique().sort()
    people = pl.DataFrame({"customer_id": names}).with_columns(joined_at=pl.lit(JOINED))
    log, known = (t.collect() for t in (tables.interactions, tables.customers))
    return replace(
        tables,
        interactions=pl.concat([log, more], how="diagonal_relaxed").lazy(),
        customers=pl.concat([known, people], how="diagonal_relaxed").lazy()
        if joined
        else known.lazy(),
    )


def refused_in_december() -> StudyTables:
    """Many learned from; Zoe was refused in December, Yan too but complained, Xia was served."""
    rows = [
        contact("Zoe", on(12, 20), is_resolved=False),
        contact("Yan", on(12, 20), is_resolved=False),
        contact("Yan", on(12, 22), reason="complaint", touchpoint="phone"),
        contact("Xia", on(12, 20), is_resolved=True),
    ]
    return with_rows(simple_company(1500), rows)


def test_who_was_refused_last_month_and_said_nothing_leads_the_list() -> None:
    model = at_risk(refused_in_december(), k_months=1)
    first = model.private.row(0, named=True)
    assert list(first) == list(AT_RISK)
    assert (first["rank"], first["pseudonym"], first["customer_id"]) == (1, "#1", "Zoe")
    # Of those refused .4 leave in the month after.
    assert first["risk"] == pytest.approx(0.4, abs=0.1)
    assert first["ci_low"] < first["risk"] < first["ci_high"]
    assert first["risk_if_good"] < 0.1
    reason = first["reasons"][0]
    assert reason["feature"] == "bad_experience"
    assert (reason["touchpoint"], reason["source"]) == ("desk", "resolved")
    assert reason["month"] == date(2025, 12, 1)
    assert reason["times"] > 5
    listed = model.private["customer_id"].to_list()
    assert "Yan" not in listed
    told = model.glance().row(0, named=True)
    assert told["n"] == told["n_silent"] + 1
    assert told["expected"] == pytest.approx(
        at_risk(refused_in_december(), k_months=1, most=5000).private["risk"].sum()
    )


def test_a_page_sees_no_id_and_no_exact_value() -> None:
    tables = refused_in_december()
    valued = tables.customers.with_columns(annual_value=pl.lit(1234.0))
    model = at_risk(replace(tables, customers=valued))
    assert "customer_id" not in model.tidy().columns
    assert model.tidy()["annual_value"].unique().to_list() == [1200.0]
    assert model.private["annual_value"].unique().to_list() == [1234.0]
    shown = str(model.tidy().to_dicts())
    assert not any(name in shown for name in ("Zoe", "Xia", "c0"))


def test_an_experience_fades_after_so_many_months() -> None:
    tables = refused_in_december()
    one, three = (
        at_risk(tables, k_months=1, horizon_months=months).private.row(0, named=True)
        for months in (1, 3)
    )
    ordinary = one["risk_if_good"]
    later = 1 - (1 - one["risk"]) * (1 - ordinary) ** 2
    assert three["risk"] == pytest.approx(later, abs=0.01)


def test_the_list_ends_where_it_is_told_to_and_is_ordered() -> None:
    model = at_risk(refused_in_december(), most=7)
    assert model.private["rank"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert model.private["risk"].is_sorted(descending=True)
    assert model.glance()["n_listed"].item() == 7
    with pytest.raises(ParameterError, match="1 or more"):
        at_risk(refused_in_december(), most=0)


def test_below_a_hundred_leavers_there_is_no_list() -> None:
    few = simple_company(120)
    model = at_risk(few)
    assert (model.private.height, model.glance()["why_not"].item()) == (0, FEW_LEAVERS)
    assert model.tidy().is_empty()


def test_where_everybody_has_spoken_or_left_there_is_no_list() -> None:
    tables = simple_company(400)
    gone = tables.customers.with_columns(left_at=pl.col("left_at").fill_null(on(12, 30)))
    assert at_risk(replace(tables, customers=gone)).glance()["why_not"].item() == NOBODY


def test_scores_are_learned_from_other_people_and_from_earlier_months() -> None:
    tables = simple_company(900)
    rows = score_signals(tables, period=YEAR, window_months=12, k_months=1)
    met = tables.interactions.filter(touchpoint="desk", is_resolved=False).collect()
    after = rows.join(met, on="customer_id").filter(pl.col("month") == pl.col("at").dt.month())
    assert after["operations"].mean() > 5 * rows["operations"].mean()
    left = (rows["leaves_in"] == 0).fill_null(value=False)
    assert left.sum() == tables.customers.select(pl.col("left_at").count()).collect().item()
    assert rows.filter(left)["months_left"].min() >= 1


def test_operations_show_it_and_complaints_nobody_made_do_not() -> None:
    found = compare_signals(simple_company(900), period=YEAR, window_months=12, k_months=1)
    assert list(found.columns) == list(COMPARED)
    assert found["signal"].unique(maintain_order=True).to_list() == list(SIGNALS)
    first = found.filter(among="any", lead_months=1)
    auc = dict(first.select("signal", "auc").iter_rows())
    assert auc["operations"] > 0.65
    assert abs(auc["complaints"] - 0.5) < 0.05
    assert first.filter(pl.col("ci_low") > pl.col("auc")).is_empty()


def test_a_lead_counts_who_leaves_so_many_months_later() -> None:
    tables = simple_company(900)
    found = compare_signals(tables, period=YEAR, window_months=12, k_months=1)
    left = tables.customers.drop_nulls("left_at").collect()
    counted = dict(
        found.filter(among="any", signal="operations").select("lead_months", "n_left").iter_rows()
    )
    # Each leaver is a case as often as there is a month so long before in the window.
    months = left["left_at"].dt.month()
    assert counted == {lead: int((months >= lead).sum()) for lead in (1, 2, 3)}


def test_too_few_leavers_compare_no_signals() -> None:
    assert compare_signals(simple_company(100), period=YEAR, window_months=12).is_empty()


# --- those who answer ---------------------------------------------------------------------------


def asked_company(n: int = 600, *, seed: int = 0) -> StudyTables:
    """All are asked in March; of those refused at the desk that month a quarter answers, of others
    three quarters; the refused leave in May with a chance of .5, others never."""
    rng = np.random.default_rng(seed)
    refused, u = rng.random(n) < 0.5, rng.random(n)
    answers = u < np.where(refused, 0.25, 0.75)
    leaves = refused & (rng.random(n) < 0.5)
    ids = [f"c{i:04d}" for i in range(n)]
    people = [
        {"customer_id": ids[i], "joined_at": JOINED, "left_at": on(5) if leaves[i] else None}
        for i in range(n)
    ]
    contacts = [contact(ids[i], on(3), is_resolved=not refused[i]) for i in range(n)]
    given = [answer(ids[i], on(3, 12), 8) for i in range(n) if answers[i]]
    tables = decisive_tables(contacts=contacts, customers=people, answers=given)
    sent = pl.DataFrame(
        {
            "invitation_id": ids,
            "customer_id": ids,
            "at": [on(3, 11)] * n,
            "response_id": [f"r{i}" if answers[i] else None for i in range(n)],
        }
    )
    return replace(tables, invitations=sent.with_columns(pl.col("at").cast(JOINED_TYPE)).lazy())


JOINED_TYPE = pl.Datetime("us", "UTC")


def test_those_who_answer_leave_less_than_those_who_do_not() -> None:
    tables = asked_company()
    found = compare_answerers(tables, period=YEAR, window_months=12)
    assert list(found.columns) == list(ANSWERERS)
    leaving = found.filter(measure="leaving")
    assert leaving["group"].to_list() == list(GROUPS)
    share = dict(leaving.select("group", "estimate").iter_rows())
    people, sent = tables.customers.collect(), tables.invitations.collect()
    both = sent.join(people, on="customer_id").with_columns(gone=pl.col("left_at").is_not_null())
    by_hand = dict(
        both.group_by(pl.col("response_id").is_null()).agg(pl.col("gone").mean()).iter_rows()
    )
    assert share["answered"] == pytest.approx(by_hand[False])
    assert share["not_answered"] == pytest.approx(by_hand[True])
    assert share["all"] == pytest.approx(both["gone"].mean())
    assert share["difference"] == pytest.approx(by_hand[False] - by_hand[True])
    gap = leaving.filter(group="difference").row(0, named=True)
    assert gap["ci_high"] < 0
    assert gap["q_value"] < 0.001
    assert leaving["base"].unique().to_list() == ["asked"]
    # 450 expected to answer and 450 not, of 600: each refused customer had a bad experience.
    bad = found.filter(measure="bad_experience", group="all").row(0, named=True)
    assert bad["n_cases"] == tables.interactions.filter(is_resolved=False).collect().height
    assert found.filter(measure="complaint").is_empty()


def test_without_invitations_customers_are_held_against_each_other() -> None:
    found = compare_answerers(
        replace(asked_company(), invitations=None), period=YEAR, window_months=12
    )
    assert found["base"].unique().to_list() == ["customers"]
    assert found.filter(measure="leaving")["n"].max() > 600


def test_where_all_or_none_answer_nothing_is_compared() -> None:
    tables = asked_company(200)
    none = tables.invitations.with_columns(response_id=pl.lit(None, pl.String))
    assert compare_answerers(replace(tables, invitations=none), period=YEAR).is_empty()
    alone = decisive_tables(customers=[{"customer_id": "a", "joined_at": JOINED, "left_at": None}])
    assert compare_answerers(alone, period=YEAR).is_empty()


def test_where_nothing_is_known_but_who_answered_nothing_is_compared() -> None:
    # Nobody left, no experience and no complaint is on record: there is no measure at all.
    rows = [contact(f"c{i}", on(m, 3), is_resolved=None) for i in range(9) for m in range(1, 13)]
    people = [{"customer_id": f"c{i}", "joined_at": JOINED} for i in range(9)]
    answers = [answer(f"c{i}", on(m, 5), 9) for i in range(4) for m in (2, 6)]
    tables = decisive_tables(contacts=rows, customers=people, answers=answers)
    found = compare_answerers(tables, period=YEAR, window_months=12)
    assert found.is_empty()
    assert dict(found.schema) == ANSWERERS


def by_rhythm() -> StudyTables:
    """Two years of buying every month; in each month some stop, for nothing that is on record."""
    rng = np.random.default_rng(0)
    days = [datetime(year, month, 1, 12, tzinfo=UTC) for year in (2024, 2025) for month in MONTHS]
    contacts, people = [], []
    for i in range(500):
        name, stays = f"c{i:03d}", int(rng.integers(8, 25)) if i < 300 else 24
        begins = int(rng.integers(0, 6))
        day = timedelta(days=int(rng.integers(0, 27)))
        people.append({"customer_id": name, "joined_at": days[begins]})
        bought = [at + day for at in days[begins:stays]]
        contacts += [contact(name, at, "shop", kind="purchase") for at in bought]
        for at in rng.choice(np.array(bought), 2, replace=False):
            contacts.append(contact(name, at, "desk", is_resolved=i % 3 > 0))
    rhythm = {"times": [2, 3, 4], "at_least_days": 60}
    study = study_of(window_months=12, privacy=FEW, leaving=rhythm)
    return decisive_tables(contacts=contacts, customers=people, study=study)


def test_by_rhythm_who_is_merely_overdue_is_not_said_to_have_left() -> None:
    tables = by_rhythm()
    leaving = find_leaving(tables, period=YEAR)
    months = lay_out_months(tables, leaving, period=YEAR, k_months=3)
    customer, month = months.rows()
    left = months.gone[customer] == month
    assert set(np.unique(months.gone[months.gone >= 0])) <= set(np.unique(month))
    assert int((months.gone >= 0).sum()) <= int(leaving["is_left"].sum())
    # Some 4 in 100 stop in a month: in none of them does everybody left leave.
    assert max(left[month == one].mean() for one in np.unique(month)) < 0.2


def test_by_rhythm_risks_are_those_of_customers_who_stop_and_purchases_do_not_enter() -> None:
    tables = by_rhythm()
    leaving = find_leaving(tables, period=YEAR)
    months = lay_out_months(tables, leaving, period=YEAR, k_months=3)
    assert len(months.usage) == 6  # of use and of contacts, three each
    found = at_risk(tables, most=5000)
    told = found.glance().row(0, named=True)
    assert told["why_not"] is None
    n_left, n = int(leaving["is_left"].sum()), leaving.height
    assert found.private["risk"].mean() < 2 * n_left / n / 9
    assert found.private["risk"].max() < 0.5


def test_risks_far_from_what_was_seen_make_no_list(monkeypatch) -> None:
    tables = refused_in_december()

    def doubled(*given: Any, **options: Any) -> pl.DataFrame:
        table = with_risk(*given, **options)
        return table.with_columns(risk=pl.lit(0.99))

    with_risk = silent_risk._with_risk
    assert at_risk(tables, k_months=1).private.height
    monkeypatch.setattr(silent_risk, "_with_risk", doubled)
    found = at_risk(tables, k_months=1)
    assert found.private.is_empty()
    assert found.glance()["why_not"].to_list() == [silent_risk.FAR_OFF]


def test_a_side_with_few_customers_hides_the_measure() -> None:
    tables = asked_company(60)
    study = tables.study.model_copy(
        update={"privacy": tables.study.privacy.model_copy(update={"hide_below": 59})}
    )
    found = compare_answerers(replace(tables, study=study), period=YEAR, window_months=12)
    assert found["is_suppressed"].all()
    assert found["estimate"].null_count() == found.height


def test_the_order_of_rows_changes_no_list() -> None:
    tables = refused_in_december()
    log = tables.interactions.collect().sample(fraction=1, shuffle=True, seed=4)
    one, two = at_risk(tables), at_risk(replace(tables, interactions=log.lazy()))
    assert_frame_equal(one.private, two.private)


# --- the sample company -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_silent_churn_is_foretold_by_operations_and_not_by_complaints(
    seed: int, tmp_path: Path
) -> None:
    made = make_sample(seed=seed, n_customers=2500)
    write_sample(made, tmp_path)
    tables = open_study(tmp_path)
    rows = score_signals(tables, period=tables.period(), random_state=seed)
    known = rows.filter("is_silent").join(made.truth["people"], on="customer_id")
    leaves = (known["leaves_in"] == 0).fill_null(value=False)
    # In silence through an experience, against those who stay.
    lost = leaves & known["left_through"]
    counted = (lost | ~leaves).to_numpy()
    auc = {
        signal: measure_ranking(
            lost.to_numpy()[counted],
            known[signal].to_numpy()[counted],
            person=known["customer_id"].to_numpy()[counted],
        )["auc"].item()
        for signal in SIGNALS
    }
    assert auc["operations_usage"] >= 0.8
    assert auc["operations"] >= 0.8
    assert auc["complaints"] < 0.6
    assert auc["last_nps"] < 0.65


@pytest.mark.slow
def test_without_stories_no_experience_is_a_reason(tmp_path: Path) -> None:
    write_sample(make_sample(seed=0, n_customers=2500, without=["all"]), tmp_path)
    tables = open_study(tmp_path)
    model = list_at_risk(tables, period=tables.period())
    reasons = model.private["reasons"].explode().drop_nulls()
    assert not any(reason["feature"] == "bad_experience" for reason in reasons)
    found = compare_signals(tables, period=tables.period())
    assert found.filter(among="any", lead_months=1, signal="operations")["auc"].item() < 0.56


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_list_of_a_month_leads_with_who_is_lost_in_the_next(seed: int, tmp_path: Path) -> None:
    made = make_sample(seed=seed, n_customers=2500)
    write_sample(made, tmp_path)
    tables = open_study(tmp_path)
    people = tables.customers.collect().join(made.truth["people"], on="customer_id")
    parts = []
    for month in range(4, 10):
        asked = tables.period(f"2025-{month:02d}")
        listed = list_at_risk(tables, period=asked, most=100_000).private
        after = tables.period(f"2025-{month + 1:02d}")
        left = people.select("customer_id", "left_through", leaves=after.contains("left_at"))
        parts.append(listed.join(left, on="customer_id"))
    known = pl.concat(parts).with_columns(pl.col("leaves").fill_null(value=False))
    # Lost through an experience, against those who stayed; who left for another reason is neither.
    counted = known.filter(~pl.col("leaves") | pl.col("left_through"))
    ranked = measure_ranking(
        counted["leaves"].to_numpy(), counted["risk"].to_numpy(), person=counted["customer_id"]
    )
    assert ranked["n_left"].item() > 20
    assert ranked["auc"].item() >= 0.8
    # The risks come true: as many left, of any cause, as were foretold.
    expected, n = float(known["risk"].sum()), int(known["leaves"].sum())
    assert abs(n - expected) < 3 * expected**0.5
