"""The small terms of the statistics: each decides a figure that is checked here by hand."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from cxresearch.intake.build import build_tables
from cxresearch.models.balance import code_features, standardised_differences
from cxresearch.period import parse_period
from cxresearch.study import Study
from cxresearch.transforms.cells import Reading, summarise_cells
from cxresearch.transforms.compare import compare
from cxresearch.transforms.groups import score_groups
from cxresearch.transforms.intervals import effective_n
from cxresearch.transforms.invited import describe_invited
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.projection import project_to
from cxresearch.transforms.question_scores import compare_questions
from cxresearch.transforms.questions import Question
from cxresearch.transforms.scales import find_metric
from cxresearch.transforms.tracking import track
from tests.asked import OCTOBER
from tests.asked import answers as asked
from tests.small_studies import ANSWERS, with_more, write_study

SEPTEMBER = parse_period("2025-09")
NOVEMBER, NEXT_MAY = date(2023, 11, 15), date(2024, 5, 15)
Z = 1.959964


def given(scores, respondents=None):
    """Answers on the ease of something, each by the person whose letter stands beside it."""
    people = list(respondents) if respondents else list(range(len(scores)))
    return pl.DataFrame({"respondent_id": people, "score": [float(score) for score in scores]})


def series_of(figures):
    starts = pl.date_range(date(2023, 1, 1), date(2033, 1, 1), "1mo", eager=True)
    return pl.DataFrame(
        {
            "period_start": starts[: len(figures)],
            "period_end": starts[1 : len(figures) + 1],
            "estimate": [float(figure) for figure in figures],
        }
    )


def width(result):
    return result["ci_high"].item() - result["ci_low"].item()


def test_three_questions_are_corrected_together_so_that_a_lucky_one_is_no_change():
    fell = {9: [5] * 33 + [1] * 7, 10: [5] * 24 + [1] * 16}
    stayed = [10] * 20 + [0] * 20
    table = pl.concat(
        [asked(fell[month], metric="csat", month=month) for month in (9, 10)]
        + [asked(stayed, month=month) for month in (9, 10)]
        + [asked(stayed, month=month, touchpoint="desk") for month in (9, 10)]
    )
    changes = compare_questions(table, period=OCTOBER, against=SEPTEMBER)
    csat = changes.row(by_predicate=pl.col("metric") == "csat", named=True)
    assert changes.height == 3
    assert 0.02 < csat["p_value"] < 0.05
    assert csat["q_value"] == pytest.approx(3 * csat["p_value"])
    assert not csat["is_change"]


def test_answers_without_an_id_are_nobodys_pair():
    now, then = given([7, 5, 3, 1], ["a", "b", None, None]), given([7, 4, 2], ["a", None, None])
    assert compare(now, against=then, metric="ces")["n_paired"].item() == 1


def test_three_answers_alike_tell_no_more_of_a_mean_than_one():
    once = measure(given([1, 3, 4, 6]), metric="ces")
    thrice = measure(given([1, 3, 4, 6] * 3, "abcd" * 3), metric="ces")
    assert thrice.select("n", "n_respondents").row(0) == (12, 4)
    limits = once.select("ci_low", "ci_high").row(0)
    assert thrice.select("ci_low", "ci_high").row(0) == pytest.approx(limits)


def test_clusters_are_corrected_for_few_people():
    # Mean 4; people's sums deviate by 2, -2 and 0 (8 squared), answers by 1 each (6 squared).
    cells = summarise_cells(
        given([5, 5, 3, 3, 5, 3], "aabbcc"),
        Reading(find_metric("ces"), [], "score", "respondent_id", None),
    )
    expected = effective_n(
        n=np.array([6.0]),
        weights_effect=np.array([1.0]),
        clustering=np.array([8 / 6 * (3 / 2) * (5 / 6)]),
        repetition=np.array([2.0]),
        information=np.array([2 * 1 / 3**2]),
    )
    assert cells["n_effective"].item() == pytest.approx(expected.item())


@pytest.mark.parametrize(
    ("target", "outlook"), [(15, "on_course"), (30, "open"), (31, "open"), (45, "off_course")]
)
def test_a_target_inside_the_interval_is_neither_met_nor_missed(target, outlook):
    series = series_of([30, 32, 29, 31, 30, 33, 29, 31, 30])
    result = project_to(series, on=NOVEMBER, target=target).row(0, named=True)
    assert 30 < result["estimate"] < 31
    assert result["outlook"] == outlook


@pytest.mark.parametrize(
    ("figures", "method", "growth"),
    [
        ([30, 34, 30, 29, 31, 30, 29, 31, 30], "level", 2),
        ([0, 11, 19, 31, 39, 51, 59, 71, 79], "trend", 4),
    ],
)
def test_errors_grow_with_time_beyond_what_could_be_backtested(figures, method, growth):
    # Nine months allow four backtests at two months ahead, none at eight: four times as far.
    near, far = (project_to(series_of(figures), on=on) for on in (NOVEMBER, NEXT_MAY))
    assert (near["n_ahead"].item(), far["n_ahead"].item()) == (2, 8)
    assert (near["method"].item(), far["method"].item()) == (method, method)
    error = growth * near["typical_error"].item()
    assert far["typical_error"].item() == pytest.approx(error)


def test_a_month_that_starts_with_the_data_is_whole():
    days = [datetime(2025, month, 10, tzinfo=UTC) for month in (1, 2)]
    series = track(
        pl.DataFrame({"at": days, "score": [10, 0]}),
        metric="nps",
        data_from=datetime(2025, 1, 1, tzinfo=UTC),
        data_until=datetime(2025, 3, 1, tzinfo=UTC),
    )
    assert series["estimate"].to_list() == [100, -100]


def test_limits_are_as_wide_as_the_mean_step_from_month_to_month():
    # Of 100 answers 55 and 45 in turn are good: one standard error of 0.05 above and below.
    scores = [[5] * good + [1] * (100 - good) for good in (55, 45) * 4]
    rows = [
        (datetime(2025, month, 10, tzinfo=UTC), score)
        for month, answers in enumerate(scores, start=1)
        for score in answers
    ]
    table = pl.DataFrame(rows, schema=["at", "score"], orient="row")
    series = track(table, metric="csat", data_until=datetime(2026, 1, 1, tzinfo=UTC))
    half = 3 * (2 / 1.128) * 0.05
    assert series.select("limit_low", "limit_high").row(0) == pytest.approx(
        (0.5 - half, 0.5 + half)
    )


def test_a_contact_at_the_instant_of_the_invitation_was_not_yet_known():
    then, before = datetime(2025, 10, 10, tzinfo=UTC), datetime(2025, 10, 9, tzinfo=UTC)
    invitations = pl.DataFrame({"invitation_id": ["i"], "customer_id": ["a"], "at": [then]})
    contacts = pl.DataFrame(
        {
            "customer_id": ["a", "a"],
            "kind": ["contact", "contact"],
            "at": [before, then],
            "closed_at": [then, then],
            "is_resolved": [False, False],
            "wait_minutes": [5.0, 90.0],
        }
    )
    study = Study.model_validate(
        {"name": "x", "sources": [{"table": "invitations", "files": "i.csv"}]}
    )
    facts = describe_invited(invitations, study=study, interactions=contacts)
    known = facts.select("n_contacts", "n_unresolved", "longest_wait_minutes")
    assert known.row(0) == (1, 0, 5)


def test_a_quarantined_answer_is_not_set_aside_as_well(tmp_path):
    source = with_more(columns={**ANSWERS["columns"], "interaction_id": "contact"})
    log = "interaction_id,at,kind,direction,touchpoint,channel\n"
    log += "I1,2025-03-01,contact,inbound,desk,shop\n"
    content = "id,vote,when,contact\nR1,4,2025-03-02,I1\nR2,4,2025-03-02,I8\nR3,9,2025-03-02,I9\n"
    files = {"log.csv": log, "answers.csv": content}
    interactions = {"table": "interactions", "files": "log.csv"}
    built = build_tables(write_study(tmp_path, files, interactions, source))
    assert built.quarantine["value"].to_list() == ["9"]
    assert built.set_aside["value"].to_list() == ["I8"]


def test_six_people_who_answer_alike_twice_are_not_taken_for_certain():
    # Correlation 1, drawn to 6 / (6 + 2): the interval is the root of a quarter as wide.
    table = given([1, 2, 3, 5, 6, 7])
    paired = compare(table, against=table, metric="ces")
    apart = compare(table, against=table, metric="ces", respondent=None)
    assert paired["n_paired"].item() == 6
    assert width(paired) == pytest.approx(width(apart) / 2)


def test_the_interval_of_a_standardised_difference_widens_with_the_difference():
    # Means 1 and 3, variance 1 on both sides: a gap of 2 between four and four.
    design = code_features(pl.DataFrame({"age": [0, 0, 2, 2, 2, 2, 4, 4]}), ["age"])
    answered = np.arange(8) >= 4
    result = standardised_differences(design, answered, weights=np.ones(8))
    half = Z * (1 / 4 + 1 / 4 + 2**2 / (2 * 8)) ** 0.5
    assert result.select("estimate", "ci_low", "ci_high").row(0) == pytest.approx(
        (2, 2 - half, 2 + half)
    )


def test_a_score_hidden_now_is_not_found_from_the_one_before_and_the_change():
    # In October chat is hidden with mail; of both months together it would be app, the smallest.
    good = {("app", 10): 20, ("chat", 10): 15, ("mail", 10): 2}
    good |= {("app", 9): 7, ("chat", 9): 25, ("mail", 9): 25}
    table = pl.concat(
        asked([5] * n + [1] * n, metric="csat", touchpoint=touchpoint, month=month)
        for (touchpoint, month), n in good.items()
    )
    question = Question("customer", "csat", "touchpoint")
    groups = score_groups(table, question, by="touchpoint", period=OCTOBER)
    hidden = groups.filter(pl.col("estimate").is_null())
    assert set(hidden["touchpoint"]) == {"chat", "mail"}
    assert hidden.select("previous", "change").null_count().row(0) == (2, 2)
