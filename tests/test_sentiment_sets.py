"""What is claimed of the tone of comments, on the halves of public sets that nobody looked at."""

import sys
from types import ModuleType

import numpy as np
import pytest

from cxresearch.models.tone_scores import score_calls

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench(root, real_data) -> ModuleType:
    """The benchmark, whose ways of reading and drawing are used here."""
    sys.path.insert(0, str(root / "benchmarks"))
    try:
        import bench_sentiment
        import text_sets
    finally:
        sys.path.pop(0)
    for path in text_sets.SETS.values():
        if not (text_sets.ROOT / path).is_file():
            pytest.skip(f"the set {path} is not beside this project")
    return bench_sentiment


def cold(bench: ModuleType, name: str, *tones: str) -> dict[str, float]:
    half = bench.read_half(name, "report").of(*tones)
    return score_calls(half.tones, half.reading.cold)


def test_italian_comments_are_read_cold(bench) -> None:
    found = cold(bench, "it_multiemotions", *bench.SIDES)
    assert found["macro_f1_answered"] >= 0.74
    assert found["macro_f1"] >= 0.60


def test_italian_reviews_are_read_cold(bench) -> None:
    assert cold(bench, "it_amazon_scraped", *bench.SIDES)["macro_f1"] >= 0.80


def test_english_tweets_are_read_cold(bench) -> None:
    assert cold(bench, "en_airline_tweets", *bench.SIDES)["macro_f1"] >= 0.70
    three = bench.read_half("en_airline_tweets", "report").of(*bench.SIDES, "neutral")
    called = bench.silent_as_neutral(three.reading.cold)
    assert score_calls(three.tones, called)["macro_f1"] >= 0.56


def test_two_hundred_labels_improve_on_the_lexicon(bench) -> None:
    look = bench.read_half("it_amazon_scraped", "look").of(*bench.SIDES)
    report = bench.read_half("it_amazon_scraped", "report").of(*bench.SIDES)
    learner = bench.Learner(look)
    runs = [learner.score(report, 200, seed, beside=True)["macro_f1"] for seed in range(5)]
    assert np.mean(runs) >= 0.82


def test_all_labels_tell_three_tones_of_tweets_apart(bench) -> None:
    tones = (*bench.SIDES, "neutral")
    learner = bench.Learner(bench.read_half("en_airline_tweets", "look").of(*tones))
    report = bench.read_half("en_airline_tweets", "report").of(*tones)
    n = learner.people.size
    assert learner.score(report, n, 0, beside=True)["macro_f1"] >= 0.76
