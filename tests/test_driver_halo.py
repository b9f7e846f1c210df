"""What a common mood hides of ratings: read off by hand, and left alone where it is not shown."""

import numpy as np
import polars as pl
import pytest

from cxresearch.charts.driver_halo import note_of_halo
from cxresearch.models.driver_fit import DriverFit
from cxresearch.models.driver_halo import Halo, find_halo, shifts_of
from cxresearch.models.partialling import Effects
from cxresearch.models.what_if_tables import spread_readings

N, K = 400, 6


def fit_of(harm: list[float], *, error: float = 0.1) -> tuple[DriverFit, np.ndarray]:
    """Six ratings, correlated .5, of which the effects are `harm` times their shifts."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((N, 2 * K + 1))
    noise = np.linalg.qr(noise - noise.mean(axis=0))[0] * np.sqrt(N - 1)  # uncorrelated, variance 1
    grades = np.sqrt(0.5) * (noise[:, :1] + noise[:, 1 : K + 1])
    nobody = np.zeros((K, K), dtype=bool)
    known = np.ones(K, dtype=bool)
    effects = Effects(
        np.zeros(K), np.zeros((N, K)), np.zeros((N, K)), np.zeros(N), np.arange(N), known
    )
    fit = DriverFit(effects, grades, grades.sum(axis=1), np.zeros(N), nobody, "none")
    shifts = shifts_of(fit, np.full(K, np.sqrt(0.5)), np.cov(grades, rowvar=False))
    scores = noise[:, K + 1 :] / np.sqrt(N - 1) * error * shifts
    effects = Effects(np.array(harm) * shifts, scores, scores, np.zeros(N), np.arange(N), known)
    return DriverFit(effects, grades, grades.sum(axis=1), np.zeros(N), nobody, "none"), shifts


def halo_of(harm: list[float], *, rated: int = K, **options) -> Halo:
    fit, _ = fit_of(harm)
    return find_halo(fit, np.arange(K) < rated, scale=np.full(K, 4.0), **options)


def test_the_impression_moves_each_rating_by_the_formula_of_omitted_variables() -> None:
    # Of six ratings correlated .5 with loadings of the root of .5: .7071 / (1 + 5 x .5).
    _, shifts = fit_of([0] * K)
    np.testing.assert_allclose(shifts, np.sqrt(0.5) / 3.5)
    np.testing.assert_allclose(halo_of([0] * K).shifts, shifts)


def test_three_that_do_harm_alike_are_undone_and_what_is_apart_is_not_read_from() -> None:
    halo = halo_of([-1, -1, -1, 5, 6, 7])
    assert halo.strength == pytest.approx(-1)
    fit, shifts = fit_of([-1, -1, -1, 5, 6, 7])
    corrected = halo.contrasts @ fit.effects.estimate
    np.testing.assert_allclose(corrected / shifts, [0, 0, 0, 6, 7, 8], atol=1e-9)
    np.testing.assert_allclose((np.eye(K) - halo.contrasts)[:, 3:], 0, atol=1e-9)


def test_harm_within_chance_is_left_alone() -> None:
    # The mean of three has a standard error of .058, of all six .041.
    assert not halo_of([-0.05, -0.05, -0.05, 5, 6, 7]).is_corrected
    assert halo_of([-0.12, -0.12, -0.12, 5, 6, 7]).is_corrected


def test_one_or_two_that_do_harm_are_no_impression() -> None:
    assert not halo_of([-1, -1, 1, 2, 3, 4]).is_corrected
    assert not halo_of([-9, 1, 2, 3, 4, 5]).is_corrected


def test_one_that_does_harm_of_its_own_is_passed_over() -> None:
    assert halo_of([-9, -1, -1, -1, 5, 6]).strength == pytest.approx(-1)


def test_what_is_not_rated_or_is_a_rating_itself_changes_nothing() -> None:
    harm = [-1, -1, -1, 5, 6, 7]
    for halo in (halo_of(harm, rated=2), halo_of(harm, is_rated_outcome=True)):
        assert not halo.is_corrected
        assert len(halo.readings) == 1
        np.testing.assert_array_equal(halo.contrasts, np.eye(K))


def test_both_readings_are_kept_and_both_again_of_rounded_grades() -> None:
    harm = [-1, -1, -1, 5, 6, 7]
    exact = halo_of(harm)
    assert len(exact.readings) == 2
    np.testing.assert_array_equal(exact.readings[0], exact.contrasts)
    np.testing.assert_array_equal(exact.readings[1], np.eye(K))
    rounded = halo_of(harm, step=np.ones(K))
    assert len(rounded.readings) in (3, 4)
    np.testing.assert_array_equal(rounded.readings[1], np.eye(K))
    assert not np.allclose(rounded.readings[-1], np.eye(K))


def test_the_page_says_that_a_mood_was_undone_and_what_that_supposes() -> None:
    asked = pl.DataFrame(
        {"outcome": ["leaving", "nps"], "halo": [-0.042, 0.0], "is_halo_undone": [True, False]}
    )
    told = note_of_halo(asked).text.in_language("en")
    assert told.startswith("Ratings seemed coloured by a common mood")
    assert "the intervals hold both readings" in told
    assert told.endswith("hide 4.2 percentage points of the chance to leave.")
    of_gains_alone = asked.with_columns(halo=pl.lit(0.0))
    assert "percentage points" not in note_of_halo(of_gains_alone).text.in_language("en")
    assert "umore comune" in note_of_halo(asked, language="it").text.in_language("it")
    assert note_of_halo(asked.with_columns(is_halo_undone=pl.lit(False))) is None


def test_an_interval_of_gains_holds_every_reading() -> None:
    found = spread_readings([(-0.1, 0.01), (-0.02, 0.01)], z=2.0)
    assert found == pytest.approx((-0.1, -0.12, 0.0))
    assert spread_readings([(-0.1, 0.01)], z=2.0) == pytest.approx((-0.1, -0.12, -0.08))
