"""Intervals hold what they claim: by exact enumeration, by simulation, by published examples."""

import numpy as np
import polars as pl
import pytest
from scipy.special import gammaln, ndtri

from cxresearch.transforms.intervals import (
    adjusted_wald,
    effective_n,
    normal_quantile,
    student,
    wilson,
)
from cxresearch.transforms.metrics import measure

Z = normal_quantile(0.95)
MIXES = [(0.5, 0.2), (0.35, 0.35), (0.1, 0.1), (0.7, 0.05), (0.9, 0.02), (0.1, 0.6)]
SHARES = [0.5, 0.7, 0.35, 0.9, 0.95, 0.2]


def nps_coverage(n, promoters, detractors):
    """Probability that the interval holds the truth, summed over every possible sample."""
    plus, minus = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    possible = plus + minus <= n
    plus, minus = plus[possible], minus[possible]
    passive = n - plus - minus
    chance = np.exp(
        gammaln(n + 1)
        - gammaln(plus + 1)
        - gammaln(minus + 1)
        - gammaln(passive + 1)
        + plus * np.log(promoters)
        + minus * np.log(detractors)
        + passive * np.log(1 - promoters - detractors)
    )
    low, high = adjusted_wald(
        mean=(plus - minus) / n, square=(plus + minus) / n, n=np.full(plus.shape, float(n)), z=Z
    )
    truth = promoters - detractors
    return chance[(low <= truth + 1e-12) & (truth <= high + 1e-12)].sum()


def csat_coverage(n, satisfied):
    """The same for a share and the Wilson interval."""
    count = np.arange(n + 1)
    chance = np.exp(
        gammaln(n + 1)
        - gammaln(count + 1)
        - gammaln(n - count + 1)
        + count * np.log(satisfied)
        + (n - count) * np.log(1 - satisfied)
    )
    low, high = wilson(share=count / n, n=np.full(count.shape, float(n)), z=Z)
    return chance[(low <= satisfied + 1e-12) & (satisfied <= high + 1e-12)].sum()


@pytest.mark.parametrize("n", [10, 30, 100, 1000])
def test_nps_of_every_mix_is_held_by_its_interval(n):
    coverage = [nps_coverage(n, *mix) for mix in MIXES]
    assert min(coverage) >= 0.925
    assert 0.945 <= np.mean(coverage) <= 0.965


@pytest.mark.parametrize("n", [10, 30, 100, 1000])
def test_csat_of_every_share_is_held_by_its_interval(n):
    coverage = [csat_coverage(n, share) for share in SHARES]
    assert min(coverage) >= 0.91
    assert np.mean(coverage) >= 0.935


def repeated_answers(metric, mix, *, people, times, cells, correlation, seed):
    """Cells of people who answer several times, their latent mood correlated within."""
    rng = np.random.default_rng(seed)
    mood = rng.standard_normal((cells, people, 1)) * np.sqrt(correlation)
    latent = mood + rng.standard_normal((cells, people, times)) * np.sqrt(1 - correlation)
    if metric == "nps":
        high, low = ndtri(1 - mix[0]), ndtri(mix[1])
        score = np.where(latent > high, 10, np.where(latent < low, 0, 8))
    else:
        score = np.where(latent > ndtri(1 - mix), 5, 2)
    return pl.DataFrame(
        {
            "cell": np.repeat(np.arange(cells), people * times),
            "respondent_id": np.tile(np.repeat(np.arange(people), times), cells),
            "score": score.ravel(),
        }
    )


def clustered_coverage(metric, mix, **design):
    truth = 100 * (mix[0] - mix[1]) if metric == "nps" else mix
    result = measure(repeated_answers(metric, mix, **design), metric=metric, by="cell")
    held = result.select(
        pl.lit(truth).is_between(pl.col("ci_low") - 1e-9, pl.col("ci_high") + 1e-9)
    )
    return held.to_series().mean()


@pytest.mark.parametrize("times", [3, 14])
@pytest.mark.parametrize(("metric", "mixes"), [("nps", MIXES[:2]), ("csat", SHARES[:2])])
def test_people_who_repeat_are_held_too(metric, mixes, times):
    for mix in mixes:
        held = clustered_coverage(
            metric, mix, people=20, times=times, cells=500, correlation=0.5, seed=1
        )
        assert held >= 0.925


@pytest.mark.slow
@pytest.mark.parametrize("people", [5, 10, 30, 100])
@pytest.mark.parametrize("times", [2, 3, 14])
def test_people_who_repeat_are_held_in_every_mix(people, times):
    design = {"people": people, "times": times, "cells": 1000, "correlation": 0.5, "seed": 2}
    assert min(clustered_coverage("nps", mix, **design) for mix in MIXES) >= 0.925
    assert min(clustered_coverage("csat", share, **design) for share in SHARES) >= 0.925


def test_ignoring_that_people_repeat_would_not_hold():
    answers = repeated_answers(
        "nps", MIXES[0], people=20, times=14, cells=500, correlation=0.5, seed=1
    )
    result = measure(answers, metric="nps", by="cell", respondent=None)
    held = result.select(pl.lit(30.0).is_between("ci_low", "ci_high")).to_series().mean()
    assert held < 0.75


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_examples_of_newcombe(count, n, low, high):
    """Newcombe (1998), Statistics in Medicine 17:857, table I, method 3."""
    found = wilson(share=np.array([count / n]), n=np.array([float(n)]), z=Z)
    assert [float(side[0]) for side in found] == pytest.approx([low, high], abs=5e-5)


def test_adjusted_wald_is_wald_after_three_more_answers():
    plus, passive, minus = 6 + 0.75, 3 + 1.5, 1 + 0.75
    n = plus + passive + minus
    centre = (plus - minus) / n
    half = Z * np.sqrt(((plus + minus) / n - centre**2) / n)
    low, high = adjusted_wald(mean=np.array([0.5]), square=np.array([0.7]), n=np.array([10.0]), z=Z)
    assert (low[0], high[0]) == pytest.approx((centre - half, centre + half))


def test_student_is_the_interval_of_a_textbook():
    from scipy import stats

    grades = np.array([1.0, 4, 5, 6, 7, 7])
    expected = stats.t.interval(0.95, 5, grades.mean(), stats.sem(grades))
    low, high = student(
        mean=grades.mean(keepdims=True),
        square=(grades**2).mean(keepdims=True),
        n=np.array([6.0]),
        df=np.array([5.0]),
        z=Z,
    )
    assert (low[0], high[0]) == pytest.approx(expected)


def test_every_interval_holds_its_estimate():
    share = np.linspace(0, 1, 21)
    for n in (1.0, 3.0, 50.0):
        size = np.full(share.shape, n)
        for low, high in (
            wilson(share=share, n=size, z=Z),
            adjusted_wald(mean=share, square=share, n=size, z=Z),
        ):
            assert (low <= share).all()
            assert (share <= high).all()


def design(**changed):
    usual = {"n": 60, "weights_effect": 1, "clustering": 2, "repetition": 3, "information": 1000}
    return effective_n(**{k: np.array([float(v)]) for k, v in (usual | changed).items()})[0]


def test_the_effective_n_lies_between_answers_and_people():
    assert design(repetition=1, clustering=np.nan) == 60
    assert design(clustering=np.nan, information=0) == 20  # nothing known: a person is one answer
    assert design(clustering=3) == pytest.approx(20)
    assert design(clustering=1) == pytest.approx(60, rel=0.01)
    assert design(clustering=0.2) == pytest.approx(60, rel=0.01)
    assert 20 < design(clustering=2) < 60
    assert design(weights_effect=2, repetition=1) == 30


def test_few_people_cannot_prove_that_answers_are_independent():
    assert design(clustering=1, information=4) < 40 < design(clustering=1, information=400)
