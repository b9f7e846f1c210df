"""Effects by partialling out: against a naive loop, planted truth and published figures."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from cxresearch.models.partialling import e_value, partial_out


def draw(seed: int, *, n_people: int = 150, cases: int = 3):
    """Cases of people with a hidden trait; the first exposure has an effect of 2, the next none."""
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(n_people), cases)
    trait = rng.standard_normal(n_people)[people]
    known = np.column_stack([rng.standard_normal(people.size), rng.integers(0, 3, people.size)])
    first = (known[:, 0] + rng.standard_normal(people.size) > 0).astype(float)
    second = (trait + rng.standard_normal(people.size) > 0.5).astype(float)
    outcome = 2 * first + 3 * known[:, 0] + 1.5 * trait + rng.standard_normal(people.size)
    return outcome, np.column_stack([first, second]), known, people


def naive(outcome, exposures, adjusters, people, *, n_folds=5):
    """The same by scikit-learn's ridge, person by person."""
    varied = (adjusters - adjusters.mean(axis=0)) / adjusters.std(axis=0)
    persons = np.unique(people)
    fold_of = dict(
        zip(persons, np.random.default_rng(0).permutation(persons.size) % n_folds, strict=True)
    )
    fold = np.array([fold_of[person] for person in people])
    targets = np.column_stack([outcome, exposures])
    left = np.empty_like(targets)
    for k in range(n_folds):
        away, here = fold != k, fold == k
        for j in range(targets.shape[1]):
            model = Ridge(alpha=1.0).fit(varied[away], targets[away, j])
            left[here, j] = targets[here, j] - model.predict(varied[here])
    y, d = left[:, 0], left[:, 1:]
    estimate = np.linalg.lstsq(d, y, rcond=None)[0]
    bread = np.linalg.inv(d.T @ d)
    meat = np.zeros_like(bread)
    for person in persons:
        score = d[people == person].T @ (y - d @ estimate)[people == person]
        meat += np.outer(score, score)
    clustered = bread @ meat @ bread * persons.size / (persons.size - 1)
    independent = bread * (y**2).sum() / (y.size - 1)
    return estimate, np.sqrt(np.maximum(np.diag(clustered), np.diag(independent)))


@pytest.mark.parametrize("seed", range(3))
def test_effects_and_errors_equal_a_naive_loop(seed: int) -> None:
    outcome, exposures, adjusters, people = draw(seed)
    found = partial_out(outcome, exposures, adjusters=adjusters, people=people)
    estimate, error = naive(outcome, exposures, adjusters, people)
    assert found.estimate == pytest.approx(estimate, rel=1e-6)
    assert found.standard_error() == pytest.approx(error, rel=1e-6)


def test_intervals_hold_a_planted_effect_about_as_often_as_they_say() -> None:
    held = 0
    for seed in range(200):
        outcome, exposures, adjusters, people = draw(seed)
        found = partial_out(outcome, exposures[:, :1], adjusters=adjusters, people=people)
        held += abs(found.estimate[0] - 2) < 1.96 * found.standard_error()[0]
    assert 181 <= held <= 199  # 95 % of 200, three standard errors either way


def test_within_people_a_hidden_trait_cannot_matter() -> None:
    outcome, exposures, adjusters, people = draw(1, n_people=800)
    pooled = partial_out(outcome, exposures, adjusters=adjusters, people=people)
    own = partial_out(outcome, exposures, adjusters=adjusters, people=people, within=True)
    shifted = partial_out(
        outcome + 100 * people, exposures, adjusters=adjusters, people=people, within=True
    )
    assert pooled.estimate[1] > 6 * pooled.standard_error()[1]  # the trait, not the exposure
    assert abs(own.estimate[1]) < 3 * own.standard_error()[1]
    assert own.estimate[0] == pytest.approx(2, abs=3 * own.standard_error()[0])
    assert shifted.estimate == pytest.approx(own.estimate, abs=1e-6)


def test_what_comes_from_an_exposure_is_left_out_when_it_is_judged() -> None:
    rng = np.random.default_rng(0)
    cause = rng.random(4000) < 0.5
    after = cause & (rng.random(4000) < 0.9)
    outcome = after + 0.1 * rng.standard_normal(4000)  # the cause acts through what follows only
    both = np.column_stack([cause, after]).astype(float)
    dropped = np.array([[False, True], [False, False]])
    plain, judged = (
        partial_out(
            outcome, both, adjusters=np.ones((4000, 1)), people=np.arange(4000), dropped=d
        ).estimate
        for d in (None, dropped)
    )
    assert plain == pytest.approx([0, 1], abs=0.02)
    assert judged == pytest.approx([0.9, 1], abs=0.02)


def test_exposures_that_cannot_be_told_apart_are_not_known() -> None:
    outcome, exposures, adjusters, people = draw(0)
    twice = np.column_stack([exposures[:, 0], exposures[:, 0], exposures[:, 1]])
    found = partial_out(outcome, twice, adjusters=adjusters, people=people)
    assert found.is_known.tolist() == [False, False, True]


def test_an_exposure_that_the_adjusters_say_exactly_is_nearly_unknown() -> None:
    outcome, exposures, _, people = draw(0)
    found = partial_out(outcome, exposures[:, :1], adjusters=exposures[:, :1], people=people)
    assert not found.is_known[0] or found.standard_error()[0] > 10


def test_few_exposed_of_whom_none_had_the_outcome_do_not_look_certain() -> None:
    rng = np.random.default_rng(0)
    outcome = (rng.random(5000) < 0.04).astype(float)
    met = np.zeros((5000, 1))
    met[np.flatnonzero(outcome == 0)[:30]] = 1
    found = partial_out(
        outcome, met, adjusters=np.ones((5000, 1)), people=np.arange(5000), is_binary=True
    )
    assert found.estimate[0] == pytest.approx(-0.04, abs=0.01)
    assert found.standard_error()[0] == pytest.approx(np.sqrt(0.04 * 0.96 / 30), rel=0.1)


def test_a_contrast_is_the_difference_with_its_own_error() -> None:
    outcome, exposures, adjusters, people = draw(2)
    found = partial_out(outcome, exposures, adjusters=adjusters, people=people)
    assert found.standard_error(np.eye(2)) == pytest.approx(found.standard_error())
    swapped = found.standard_error(np.array([[1.0, -1.0], [-1.0, 1.0]]))
    assert swapped[0] == pytest.approx(swapped[1])


def test_the_order_of_cases_does_not_matter() -> None:
    outcome, exposures, adjusters, people = draw(0)
    order = np.random.default_rng(1).permutation(outcome.size)
    straight = partial_out(outcome, exposures, adjusters=adjusters, people=people)
    mixed = partial_out(
        outcome[order], exposures[order], adjusters=adjusters[order], people=people[order]
    )
    assert mixed.estimate == pytest.approx(straight.estimate)
    assert mixed.standard_error() == pytest.approx(straight.standard_error())


def test_e_values_equal_those_published() -> None:
    # VanderWeele & Ding 2017: breastfeeding and infant death, ratio 3.9 (1.8 to 8.7).
    assert e_value(np.array([3.9, 1.8])).round(2).tolist() == [7.26, 3.0]
