"""Words of promoters and detractors: people are counted, chance is not called a word."""

import math

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import DataError
from cxresearch.models.keyness import PRIOR_PEOPLE, compare_words, log_odds


def said(*groups: tuple[str, float, int]) -> pl.DataFrame:
    """Comments by text, score and how many people wrote it."""
    rows = [(text, score) for text, score, n in groups for _ in range(n)]
    ids = [f"R{i}" for i in range(len(rows))]
    return pl.DataFrame(
        {
            "response_id": ids,
            "respondent_id": ids,
            "comment": [text for text, _ in rows],
            "score": [score for _, score in rows],
            "language": "it",
        },
        schema_overrides={"score": pl.Float64, "comment": pl.String},
    )


def test_a_word_of_one_side_is_told_for_that_side() -> None:
    table = compare_words(said(("la coda", 2, 20), ("la consegna", 10, 20)))
    rows = {row["word"]: row for row in table.iter_rows(named=True)}
    assert (rows["coda"]["n_detractors"], rows["coda"]["n_promoters"]) == (20, 0)
    assert (rows["coda"]["base_detractors"], rows["coda"]["base_promoters"]) == (20, 20)
    assert rows["coda"]["side"] == "detractors"
    assert rows["consegna"]["side"] == "promoters"
    assert rows["coda"]["log_odds"] == pytest.approx(-rows["consegna"]["log_odds"])


def test_a_person_who_repeats_a_word_counts_once() -> None:
    once = said(("la coda", 2, 15), ("la consegna", 10, 20))
    often = pl.concat([once, once.with_columns(response_id=pl.col("response_id") + "b")])
    assert compare_words(often).equals(compare_words(once))


def test_passives_are_on_no_side() -> None:
    table = compare_words(said(("la coda", 2, 15), ("la consegna", 10, 15), ("il pacco", 8, 30)))
    assert "pacco" not in table["word"]


def test_the_sides_of_a_share_are_those_it_counts_and_all_others() -> None:
    table = compare_words(said(("la coda", 3, 15), ("la consegna", 5, 15)), metric="csat")
    assert dict(table.select("word", "n_detractors").iter_rows())["coda"] == 15


def test_few_people_are_not_told() -> None:
    table = compare_words(said(("la coda", 2, 9), ("coda", 10, 3), ("la consegna", 10, 20)))
    assert table.height == 0  # only nine detractors wrote: their base is too small
    table = compare_words(said(("la coda", 2, 9), ("il pacco", 2, 30), ("la coda", 10, 20)))
    row = table.filter(pl.col("word") == "coda").row(0, named=True)
    assert (row["n_detractors"], row["n_promoters"]) == (None, 20)


def test_nobody_wrote() -> None:
    assert compare_words(said()).height == 0
    assert compare_words(said(("", 2, 20))).height == 0
    assert compare_words(said(("la coda", 9, 20))).height == 0


def test_the_figure_is_that_of_monroe_and_others_by_another_road() -> None:
    # Eq. 15, 16 and 19 of the paper, written out word by word from the text.
    for y1, y2, n1, n2 in ((30, 5, 200, 150), (0, 12, 80, 90), (50, 50, 100, 100)):
        alpha0 = PRIOR_PEOPLE
        alpha = alpha0 * (y1 + y2) / (n1 + n2)
        omega1 = (y1 + alpha) / (n1 + alpha0 - y1 - alpha)
        omega2 = (y2 + alpha) / (n2 + alpha0 - y2 - alpha)
        variance = 1 / (y1 + alpha) + 1 / (n1 + alpha0 - y1 - alpha)
        variance += 1 / (y2 + alpha) + 1 / (n2 + alpha0 - y2 - alpha)
        delta = math.log(omega1) - math.log(omega2)
        ours = log_odds(*(np.array([float(v)]) for v in (y1, y2, n1, n2)))
        assert ours["log_odds"][0] == pytest.approx(delta)
        assert ours["ci_high"][0] - ours["log_odds"][0] == pytest.approx(
            1.959964 * math.sqrt(variance), abs=1e-6
        )
        z = abs(delta) / math.sqrt(variance)
        assert ours["p_value"][0] == pytest.approx(math.erfc(z / math.sqrt(2)))


def test_without_a_prior_to_speak_of_it_is_the_odds_ratio_of_the_textbook() -> None:
    # Doll & Hill (1950, BMJ, table IV): smokers among 649 men with and 649 without lung cancer.
    ours = log_odds(*(np.array([v]) for v in (647e3, 622e3, 649e3, 649e3)))
    assert math.exp(ours["log_odds"][0]) == pytest.approx(14.04, abs=0.15)


def test_the_order_of_rows_decides_nothing() -> None:
    table = said(("la coda in cassa", 2, 25), ("la consegna", 10, 30), ("il pacco", 1, 12))
    assert compare_words(table).equals(
        compare_words(table.sample(fraction=1, shuffle=True, seed=2))
    )


def test_scores_drawn_by_lot_have_no_words() -> None:
    rng = np.random.default_rng(8)
    subjects = ["coda", "pacco", "rimborso", "parcheggio", "corriere", "cassa", "sito", "app"]
    flagged = tested = 0
    for _ in range(20):
        texts = [" ".join(rng.choice(subjects, 3)) for _ in range(400)]
        ids = [str(i) for i in range(400)]
        table = pl.DataFrame({"response_id": ids, "comment": texts, "language": "it"})
        scores = pl.Series("score", rng.choice([2.0, 10.0], 400))
        told = compare_words(table.with_columns(scores))
        flagged += told["side"].count()
        tested += told.height
    assert tested > 400
    assert flagged <= 3


def test_a_missing_score_is_told() -> None:
    with pytest.raises(DataError, match="column 'score' is missing"):
        compare_words(pl.DataFrame({"response_id": ["a"], "comment": ["b"]}))


def test_what_is_told_of_a_few_people_does_not_depend_on_how_many_they_are() -> None:
    told = []
    for n in (2, 7):
        groups = (("la coda", 2, 40), ("il pacco", 2, 20), ("la coda", 10, n))
        table = compare_words(said(*groups, ("la consegna", 10, 60 - n)))
        told.append(table.filter(pl.col("word") == "coda"))
    figures = ["n_promoters", "n_detractors", "log_odds", "ci_low", "ci_high", "p_value", "side"]
    assert told[0].select(figures).equals(told[1].select(figures))
    assert told[0]["n_promoters"].to_list() == [None]
    assert told[0]["side"].to_list() == ["detractors"]


def test_of_two_hidden_counts_nothing_is_told() -> None:
    groups = (("la coda", 2, 9), ("il pacco", 2, 30), ("la coda", 10, 3), ("la consegna", 10, 30))
    row = compare_words(said(*groups)).filter(pl.col("word") == "coda").row(0, named=True)
    names = ("n_promoters", "n_detractors", "log_odds", "ci_low", "p_value", "q_value", "side")
    assert [row[name] for name in names] == [None] * 7
