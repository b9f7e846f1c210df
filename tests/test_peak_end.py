"""The whole against its parts: who is content everywhere but not with it, and what it follows."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from cxresearch.intake import StudyTables
from cxresearch.models.outcomes import OUTCOMES, list_leaving, list_recommending
from cxresearch.models.peak_end import (
    JOURNEY,
    compare_journey,
    compare_peak_end,
    pair_answers,
)
from tests.decisive import YEAR, answer, contact, decisive_tables, on
from tests.promised import study_of


def pairs_of(*answers: dict) -> pl.DataFrame:
    return pair_answers(decisive_tables(answers=answers), period=YEAR)


def parts(customer: str, *scores: float) -> list[dict]:
    return [answer(customer, on(1, day + 1), score, "desk") for day, score in enumerate(scores)]


def follows(predictor: str, *, n: int = 400, noise: float = 0.1, seed: int = 0) -> StudyTables:
    """Five touchpoint answers each, and an answer about the whole that follows one summary."""
    rng = np.random.default_rng(seed)
    answers = []
    for i in range(n):
        scores = rng.integers(1, 6, 5)
        place = (scores - 1) / 4
        peak = place[np.flatnonzero(np.abs(place - 0.5) == np.abs(place - 0.5).max())[-1]]
        of = {"mean": place.mean(), "peak_end": (peak + place[-1]) / 2, "none": rng.random()}
        whole = np.clip(np.round(10 * (of[predictor] + noise * rng.standard_normal())), 0, 10)
        answers += [*parts(f"c{i:03d}", *scores.tolist()), answer(f"c{i:03d}", on(2), float(whole))]
    return decisive_tables(answers=answers)


def test_mean_peak_and_end_of_a_customers_answers() -> None:
    # 4, 1, 5, 3 are .75, 0, 1, .5 of the scale: mean .5625. Farthest from the middle are 0 and 1;
    # the later one is the peak, the end is .5: (1 + .5) / 2.
    pairs = pairs_of(*parts("a", 4, 1, 5, 3), answer("a", on(2), 9))
    assert pairs.select("n", "mean", "peak_end", "whole").row(0) == (4, 0.5625, 0.75, 0.9)
    assert pairs.select("is_content", "is_all_fine").row(0) == (True, False)


def test_only_answers_of_the_year_before_and_of_the_same_customer_count() -> None:
    whole = answer("a", on(6), 8)
    old = {**answer("a", on(6), 1, "desk"), "at": on(6) - timedelta(days=366)}
    late, other = answer("a", on(7), 1, "desk"), answer("b", on(5), 1, "desk")
    pairs = pairs_of(whole, old, late, other, answer("a", on(5), 5, "desk"))
    assert pairs.select("n", "mean").row(0) == (1, 1.0)


def test_an_answer_about_the_whole_without_any_before_is_left_out() -> None:
    assert pairs_of(answer("a", on(1), 8), answer("a", on(2), 5, "desk")).is_empty()


@pytest.mark.parametrize("predictor", ["mean", "peak_end"])
def test_the_summary_that_the_whole_follows_is_found(predictor: str) -> None:
    model = compare_peak_end(follows(predictor), period=YEAR)
    assert model.glance()["verdict"].item() == predictor
    low, high = model.glance().select("ci_low", "ci_high").row(0)
    assert low * high > 0
    explained = dict(model.tidy().select("predictor", "estimate").rows())
    assert max(explained, key=explained.__getitem__) == predictor
    difference = explained["peak_end"] - explained["mean"]
    assert model.glance()["estimate"].item() == pytest.approx(difference)


def test_where_the_whole_follows_neither_it_cannot_be_told() -> None:
    open_ = [
        compare_peak_end(follows("none", seed=seed), period=YEAR).glance()["verdict"].item()
        for seed in range(10)
    ]
    assert open_.count("open") >= 8


def test_explained_out_of_sample_equals_a_naive_loop() -> None:
    tables = follows("mean", n=120)
    pairs = pair_answers(tables, period=YEAR)
    people = pairs["customer_id"].unique(maintain_order=True).to_list()
    fold = dict(zip(people, np.random.default_rng(0).permutation(120) % 5, strict=True))
    error = base = 0.0
    rows = pairs.rows(named=True)
    for k in range(5):
        away = [r for r in rows if fold[r["customer_id"]] != k]
        slope, level = np.polyfit([r["mean"] for r in away], [r["whole"] for r in away], 1)
        middle = np.mean([r["whole"] for r in away])
        for r in rows:
            if fold[r["customer_id"]] == k:
                error += (r["whole"] - level - slope * r["mean"]) ** 2
                base += (r["whole"] - middle) ** 2
    model = compare_peak_end(tables, period=YEAR)
    assert model.tidy()["estimate"][0] == pytest.approx(1 - error / base)


@pytest.mark.parametrize(
    "tables",
    [
        decisive_tables(),
        decisive_tables(answers=[*parts("a", 1, 2), answer("a", on(2), 5)]),
        follows("mean", n=99),
        decisive_tables(contacts=[contact("a", on(1))]),
    ],
)
def test_too_few_customers_leave_it_open_without_a_figure(tables: StudyTables) -> None:
    model = compare_peak_end(tables, period=YEAR)
    assert model.glance()["verdict"].item() == "open"
    assert model.glance()["estimate"].item() is None
    assert model.tidy()["estimate"].null_count() == 2


def test_all_answers_about_the_whole_alike_leave_nothing_to_explain() -> None:
    answers = [
        row
        for i in range(150)
        for row in (*parts(f"c{i:03d}", 1, 5), answer(f"c{i:03d}", on(2), 9))
    ]
    model = compare_peak_end(decisive_tables(answers=answers), period=YEAR)
    assert model.glance()["verdict"].item() == "open"


def shares(tables: StudyTables) -> dict[str, tuple]:
    table = compare_journey(tables, period=YEAR)
    return {row[0]: row[1:] for row in table.select("group", "n", "n_unhappy", "estimate").rows()}


def content_and_not(*groups: tuple[int, list[float], float]) -> StudyTables:
    """So many customers with these touchpoint answers and this answer about the whole."""
    answers, number = [], 0
    for n, scores, whole in groups:
        for _ in range(n):
            number += 1
            answers += [*parts(f"c{number:03d}", *scores), answer(f"c{number:03d}", on(2), whole)]
    return decisive_tables(answers=answers)


def test_two_of_ten_are_content_everywhere_and_not_with_the_whole() -> None:
    # Six content everywhere, two of them detractors; four not, three of them detractors.
    tables = content_and_not((4, [4, 5], 9), (2, [5, 5], 6), (3, [5, 3], 2), (1, [1], 7))
    assert shares(tables) == {
        "all": (10, 2, 0.2),
        "all_fine": (6, 2, 2 / 6),
        "some_not": (4, 3, 0.75),
    }
    table = compare_journey(tables, period=YEAR)
    assert table.columns == list(JOURNEY)
    assert (table["ci_low"] < table["estimate"]).all()
    assert (table["estimate"] < table["ci_high"]).all()


def test_each_customer_counts_once_with_the_last_answer_about_the_whole() -> None:
    tables = content_and_not((4, [5], 9), (2, [5], 6), (3, [1], 2), (1, [1], 9))
    more = pl.concat(
        [
            tables.responses.collect(),
            tables.responses.filter(pl.col("touchpoint").is_null())
            .with_columns(at=pl.col("at") - pl.duration(days=1), score=0.0)
            .with_columns(response_id="x" + pl.col("response_id"))
            .collect(),
        ]
    )
    assert shares(decisive_tables(answers=more)) == shares(tables)


def test_where_nobody_or_everybody_is_unhappy_what_each_said_is_hidden() -> None:
    hidden = shares(content_and_not((5, [5], 9), (3, [1], 2), (2, [1], 9)))
    assert hidden["all"] == hidden["all_fine"] == (None, None, None)
    assert hidden["some_not"] == (5, 3, 0.6)


def test_a_small_group_is_hidden_and_the_total_that_would_tell_of_it() -> None:
    study = study_of(window_months=12, privacy={"hide_below": 8, "reliable_from": 30})
    tables = content_and_not((4, [5], 9), (2, [5], 6), (5, [1], 2), (5, [1], 9))
    small = decisive_tables(answers=tables.responses.collect(), study=study)
    assert shares(small) == {
        "all": (None, None, None),
        "all_fine": (None, None, None),
        "some_not": (10, 5, 0.5),
    }


def test_without_both_kinds_of_answers_there_is_no_row() -> None:
    assert compare_journey(decisive_tables(), period=YEAR).is_empty()
    only = decisive_tables(answers=[answer("a", on(1), 9)])
    assert compare_journey(only, period=YEAR).schema == pl.Schema(JOURNEY)


def test_leaving_ends_the_path_before_the_month_of_leaving() -> None:
    joined = on(1).replace(year=2020)
    people = [
        {"customer_id": "stays", "joined_at": joined, "left_at": None},
        {"customer_id": "leaves", "joined_at": joined, "left_at": on(6)},
        {"customer_id": "left before", "joined_at": joined, "left_at": on(6).replace(year=2024)},
        {"customer_id": "leaves later", "joined_at": joined, "left_at": on(6).replace(year=2026)},
        {"customer_id": "joins later", "joined_at": on(1).replace(year=2026), "left_at": None},
    ]
    found = list_leaving(decisive_tables(customers=people), period=YEAR)
    assert found.rows() == [
        ("leaves", True, on(6, 1, 0)),
        ("leaves later", False, None),
        ("stays", False, None),
    ]


def test_where_nobody_left_no_path_has_an_end() -> None:
    people = [{"customer_id": "a", "joined_at": on(1), "left_at": None}]
    assert list_leaving(decisive_tables(customers=people), period=YEAR).is_empty()
    assert list_leaving(decisive_tables(), period=YEAR).schema == pl.Schema(OUTCOMES)


def test_who_recommends_is_a_promoter_at_the_last_answer_about_the_whole() -> None:
    answers = [answer("a", on(2), 10), answer("a", on(5), 8), answer("b", on(3), 9)]
    answers += [answer("c", on(3), 5, "desk"), answer("d", on(3), 5, metric="csat")]
    found = list_recommending(decisive_tables(answers=answers), period=YEAR)
    assert found.rows() == [("a", False, on(5)), ("b", True, on(3))]
    assert list_recommending(decisive_tables(), period=YEAR).is_empty()
