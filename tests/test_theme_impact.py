"""How much of a score goes with a theme: exact, clustered, and never from a few people."""

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import DataError
from cxresearch.models.theme_impact import measure_theme_impact


def answers(*scores: float | None) -> pl.DataFrame:
    ids = [f"R{i}" for i in range(len(scores))]
    return pl.DataFrame(
        {"response_id": ids, "score": scores}, schema_overrides={"score": pl.Float64}
    )


def carried(*ids: str, theme: str = "queue") -> pl.DataFrame:
    return pl.DataFrame({"response_id": ids, "theme": [theme] * len(ids)})


def made(seed: int, *, n_people: int = 150, pull: float = 0.5) -> tuple[pl.DataFrame, pl.DataFrame]:
    """People with one to three answers; those who write of the queue are harsher by `pull`."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_people), rng.integers(1, 4, n_people))
    n = len(person)
    queue = rng.random(n) < 0.25
    mood = rng.normal(0, 0.7, n_people)[person] + rng.normal(0, 0.7, n) - pull * queue
    score = np.select([mood < -0.4, mood > 0.2], [3.0, 10.0], 8.0)
    ids = [f"R{i}" for i in range(n)]
    table = pl.DataFrame(
        {"response_id": ids, "respondent_id": [f"P{p}" for p in person], "score": score}
    )
    themes = table.filter(pl.Series(queue)).select("response_id", theme=pl.lit("queue"))
    return table, themes


def test_five_answers_whose_sum_fits_in_the_head() -> None:
    # NPS of 10 10 10 0 0 is 20; without the two queue comments it is 100.
    told = measure_theme_impact(
        carried("R3", "R4"), answers(10, 10, 10, 0, 0), metric="nps", hide_below=1
    ).row(0, named=True)
    assert (told["n"], told["base"]) == (2, 5)
    assert (told["score"], told["score_without"], told["estimate"]) == (20, 100, -80)


def test_a_share_stays_a_share() -> None:
    told = measure_theme_impact(
        carried("R0", "R1"), answers(1, 5, 5, 5), metric="csat", hide_below=1
    ).row(0, named=True)
    assert (told["score"], told["score_without"], told["estimate"]) == (0.75, 1.0, -0.25)


def test_a_blank_score_is_in_no_base() -> None:
    told = measure_theme_impact(
        carried("R0", "R1"), answers(0, None, 10, None, 10), metric="nps", hide_below=1
    )
    assert told.select("n", "base").row(0) == (1, 3)


def test_a_theme_that_everybody_writes_of_has_no_others_to_be_held_against() -> None:
    told = measure_theme_impact(
        carried("R0", "R1"), answers(0, 10), metric="nps", hide_below=1
    ).row(0, named=True)
    assert told["is_suppressed"]
    assert told["estimate"] is None


def test_nobody_answered() -> None:
    nothing = measure_theme_impact(carried("R0"), answers(None, None), metric="nps")
    assert nothing.height == 0
    assert "q_value" in nothing.columns


def test_a_theme_of_nine_people_is_hidden_and_so_is_one_that_nine_do_not_have() -> None:
    scores = answers(*([0.0] * 30))
    few = carried(*(f"R{i}" for i in range(9)))
    most = carried(*(f"R{i}" for i in range(21)), theme="all but nine")
    told = measure_theme_impact(pl.concat([few, most]), scores, metric="nps")
    assert told["is_suppressed"].to_list() == [True, True]
    assert told.select("n", "score_without", "estimate", "overlap").null_count().row(0) == (2,) * 4


def test_overlap_names_the_theme_most_often_beside_it() -> None:
    told = measure_theme_impact(
        pl.concat([carried("R0", "R1", "R2", "R3"), carried("R0", "R1", theme="till")]),
        answers(0, 0, 10, 10, 10, 10),
        metric="nps",
        hide_below=1,
    )
    rows = {row["theme"]: row for row in told.iter_rows(named=True)}
    assert (rows["queue"]["overlap"], rows["queue"]["overlaps_with"]) == (0.5, "till")
    assert (rows["till"]["overlap"], rows["till"]["is_overlapping"]) == (1.0, True)


def test_the_order_of_rows_decides_nothing() -> None:
    table, themes = made(1)
    one = measure_theme_impact(themes, table, metric="nps")
    other = measure_theme_impact(
        themes.sample(fraction=1, shuffle=True, seed=3),
        table.sample(fraction=1, shuffle=True, seed=4),
        metric="nps",
    )
    assert one.equals(other)


def test_the_error_is_that_of_the_people_left_out_one_by_one() -> None:
    table, themes = made(2)
    told = measure_theme_impact(themes, table, metric="nps").row(0, named=True)
    people = table["respondent_id"].unique(maintain_order=True)
    left = [
        measure_theme_impact(themes, table.filter(pl.col("respondent_id") != person), metric="nps")[
            "estimate"
        ].item()
        for person in people
    ]
    n = len(left)
    jackknife = np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert (told["ci_high"] - told["ci_low"]) / 2 / 1.99 == pytest.approx(jackknife, rel=0.05)


def test_the_same_answers_twice_by_the_same_people_say_no_more() -> None:
    table, themes = made(3)
    again = table.with_columns(response_id=pl.col("response_id") + "b")
    twice = measure_theme_impact(
        pl.concat([themes, themes.with_columns(response_id=pl.col("response_id") + "b")]),
        pl.concat([table, again]),
        metric="nps",
    ).row(0, named=True)
    once = measure_theme_impact(themes, table, metric="nps").row(0, named=True)
    for name in ("estimate", "ci_low", "ci_high"):
        assert twice[name] == pytest.approx(once[name])


def true_impact() -> float:
    """The impact in a company so large that chance is gone."""
    table, themes = made(99, n_people=400_000)
    return measure_theme_impact(themes, table, metric="nps")["estimate"].item()


@pytest.mark.slow
def test_the_interval_holds_the_planted_truth() -> None:
    truth = true_impact()
    told = [measure_theme_impact(*reversed(made(seed)), metric="nps") for seed in range(200)]
    held = [row["ci_low"].item() <= truth <= row["ci_high"].item() for row in told]
    assert 0.91 <= np.mean(held) <= 0.99


@pytest.mark.slow
def test_a_theme_that_goes_with_nothing_is_rarely_called() -> None:
    told = [measure_theme_impact(*reversed(made(s, pull=0.0)), metric="nps") for s in range(200)]
    called = np.mean([row["polarity"].item() != "neutral" for row in told])
    assert called <= 0.09


def test_two_scales_are_refused() -> None:
    mixed = answers(3, 4).with_columns(scale_max=pl.Series([5.0, 10.0]), scale_min=pl.lit(1.0))
    with pytest.raises(DataError, match="answers on different scales for csat"):
        measure_theme_impact(carried("R0"), mixed, metric="csat")


def test_the_interval_is_the_one_reckoned_by_hand() -> None:
    # Net counts -1, -1, 1, 1, 1 of five people; two have the theme. a = 1/5, b = 1.
    # Moves: (x - a)/5 with the theme: -0.24 twice; (x - a)/5 - (x - b)/3 without: 0.16 three times.
    # Sum of squares 0.192, times 5/4 = 0.24. Student's t on 2 - 1 people: 12.7062.
    table = answers(0, 0, 10, 10, 10).with_columns(respondent_id="response_id")
    row = measure_theme_impact(carried("R0", "R1"), table, metric="nps", hide_below=1)
    told = row.row(0, named=True)
    half = 12.7062 * 0.24**0.5 * 100
    assert told["estimate"] == pytest.approx(-80)
    assert told["ci_high"] - told["estimate"] == pytest.approx(half, rel=1e-4)
    assert told["estimate"] - told["ci_low"] == pytest.approx(half, rel=1e-4)
