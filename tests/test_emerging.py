"""What is written more often than before: found where it was planted, nowhere else."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import ParameterError
from cxresearch.intake.sample import make_sample
from cxresearch.models.emerging import find_emerging, list_words
from cxresearch.models.mention_shares import compare_mentions
from cxresearch.models.themes import find_themes
from cxresearch.period import parse_period
from cxresearch.transforms.compare import compare

JAN, FEB = (parse_period(f"2025-0{month}") for month in (1, 2))


def written(now: list[str], before: list[str], *, label: str | None = None) -> pl.DataFrame:
    """Comments of February and of January, each of another person."""
    texts = [*now, *before]
    at = [datetime(2025, 2, 3, tzinfo=UTC)] * len(now) + [datetime(2025, 1, 3, tzinfo=UTC)] * len(
        before
    )
    ids = [f"R{i}" for i in range(len(texts))]
    return pl.DataFrame(
        {
            "response_id": ids,
            "respondent_id": ids,
            "comment": texts,
            "language": "it",
            "at": at,
            "label": pl.repeat(label, len(texts), dtype=pl.String, eager=True),
        },
        schema_overrides={"at": pl.Datetime("us", "UTC"), "comment": pl.String},
    )


def emerging(table: pl.DataFrame, **options: object) -> pl.DataFrame:
    words = list_words(table, least=1)
    return find_emerging(words, table, period=FEB, earlier=JAN, **options)  # type: ignore[arg-type]


def test_a_word_of_half_the_comments_that_nobody_wrote_before_is_new() -> None:
    table = written(["i tornelli"] * 20 + ["la coda"] * 20, ["la coda"] * 40)
    row = emerging(table).row(0, named=True)
    assert (row["name"], row["n"], row["base"], row["share"]) == ("tornelli", 20, 40, 0.5)
    assert (row["n_before"], row["base_before"], row["estimate"]) == (0, 40, 0.5)
    assert row["is_emerging"]
    assert row["is_new"]
    assert row["since"] == datetime(2025, 2, 3, tzinfo=UTC)


def test_what_fades_is_not_emerging() -> None:
    table = written(["la coda"] * 40, ["i tornelli"] * 20 + ["la coda"] * 20)
    row = emerging(table).filter(pl.col("word") == "tornell").row(0, named=True)
    assert row["q_value"] < 0.05
    assert not row["is_emerging"]
    assert row["since"] is None


@pytest.mark.parametrize(
    ("label", "polarity"), [("negative", "bad"), ("positive", "good"), (None, "neutral")]
)
def test_more_complaints_are_bad_news_and_more_praise_good(
    label: str | None, polarity: str
) -> None:
    table = written(["i tornelli"] * 20 + ["la coda"] * 20, ["la coda"] * 40, label=label)
    assert emerging(table)["polarity"][0] == polarity


def test_words_of_fewer_people_than_may_be_shown_are_no_test() -> None:
    table = written(["i tornelli"] * 9 + ["la coda"] * 30, ["la coda"] * 40)
    assert "tornelli" not in emerging(table)["name"]
    assert "tornelli" in emerging(table, hide_below=9)["name"]


def test_figures_of_a_few_people_before_cannot_be_found_again() -> None:
    table = written(["i tornelli"] * 30 + ["coda"] * 10, ["i tornelli"] * 4 + ["coda"] * 36)
    row = emerging(table).filter(pl.col("word") == "tornell").row(0, named=True)
    assert row["is_new"]
    assert (row["n_before"], row["share_before"], row["estimate"], row["ci_low"]) == (None,) * 4


def test_nothing_written_in_one_of_the_periods() -> None:
    assert emerging(written(["i tornelli"] * 20, [])).height == 0
    assert emerging(written([], ["i tornelli"] * 20)).height == 0
    assert emerging(written([], [])).height == 0


def test_a_word_met_in_one_pair_only_is_told_as_the_pair() -> None:
    words = list_words(written(["sala d'attesa"] * 12, ["sala d'attesa"] * 12))
    assert words["name"].unique().to_list() == ["sala d'attesa"]


def test_periods_that_overlap_are_refused() -> None:
    table = written(["coda"] * 3, ["coda"] * 3)
    year = parse_period("2025")
    with pytest.raises(ParameterError, match="the periods 2025-02 and 2025 overlap"):
        find_emerging(list_words(table), table, period=FEB, earlier=year)


def test_the_comparison_is_that_of_compare() -> None:
    rng = np.random.default_rng(5)
    n = 600
    table = pl.DataFrame(
        {
            "person": [f"P{i}" for i in rng.integers(0, 150, n)],
            "now": rng.random(n) < 0.5,
            "told": rng.random(n) < 0.2,
            "language": "it",
        }
    )
    sides = [table.filter(pl.col("now") == flag) for flag in (True, False)]
    ours = compare_mentions(
        *((side.filter("told").with_columns(word=pl.lit("x")), side) for side in sides),
        by=["word", "language"],
        least=1,
    )
    theirs = compare(
        *(side.select(respondent_id="person", score="told") for side in sides[:1]),
        against=sides[1].select(respondent_id="person", score="told"),
        metric="share",
    )
    for name in ("estimate", "ci_low", "ci_high", "p_value"):
        assert ours[name].item() == pytest.approx(theirs[name].item(), abs=1e-9)


def test_the_order_of_rows_decides_nothing() -> None:
    table = written(["i tornelli", "la coda alla cassa"] * 20, ["la coda", "il pacco"] * 20)
    assert emerging(table).equals(emerging(table.sample(fraction=1, shuffle=True, seed=1)))


def comments_of(seed: int, *, without: list[str]) -> pl.DataFrame:
    company = make_sample(seed=seed, n_customers=2500, without=without)
    return company.responses.filter(
        (pl.col("voice") == "customer") & pl.col("comment").is_not_null()
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_new_app_is_written_about_and_only_where_it_was_released(seed: int) -> None:
    period, earlier = parse_period("2025-07-01/2025-11-01"), parse_period("2024-07-01/2025-07-01")
    told = comments_of(seed, without=[])
    found = find_emerging(list_words(told), told, period=period, earlier=earlier)
    new = found.filter("is_new")
    assert new["name"].str.contains("app|versione|aggiornamento|luglio|rifatta|velocissima").any()
    same = comments_of(seed, without=["all"])
    none = find_emerging(list_words(same), same, period=period, earlier=earlier)
    # About 400 words are tested together: a flagged one now and then is what BH allows.
    assert none.filter(pl.col("q_value") < 0.05).height <= 1


@pytest.mark.slow
def test_access_gates_are_new_words_of_the_year_they_appear_in() -> None:
    told = comments_of(20251101, without=[])
    found = find_emerging(
        list_words(told),
        told,
        period=parse_period("2024-05-01/2025-05-01"),
        earlier=parse_period("2023-11-01/2024-05-01"),
    )
    gates = found.filter(pl.col("name").str.contains("varchi|tornelli"))
    assert gates.height
    assert (gates["estimate"].fill_null(1) > 0).all()


@pytest.mark.slow
def test_themes_can_emerge_too() -> None:
    told = comments_of(11, without=[])
    themes = find_themes(told)
    found = find_emerging(
        themes.augment(),
        told,
        period=parse_period("2025-07-01/2025-11-01"),
        earlier=parse_period("2024-07-01/2025-07-01"),
        names=themes.tidy(),
    )
    assert found.columns[:3] == ["theme", "name", "language"]
    assert set(found["theme"]) <= set(themes.tidy()["theme"])


def test_what_is_told_of_a_few_people_does_not_depend_on_how_many_they_are() -> None:
    for side in (lambda few, many: (many, few), lambda few, many: (few, many)):
        told = []
        for n in (2, 7):
            few = ["i tornelli"] * n + ["coda"] * (60 - n)
            table = emerging(written(*side(few, ["i tornelli"] * 40 + ["coda"] * 20)))
            told.append(table.filter(pl.col("word") == "tornell"))
        assert told[0].equals(told[1])
        assert told[0]["q_value"].to_list() == [None]


def test_people_are_counted_not_their_comments() -> None:
    # Twelve comments of six people: fewer than ten people, and no test.
    table = written(["i tornelli"] * 12 + ["la coda"] * 30, ["la coda"] * 40)
    is_theirs = pl.col("comment") == "i tornelli"
    half = pl.format("P{}", pl.int_range(pl.len()) // 2)
    table = table.with_columns(
        respondent_id=pl.when(is_theirs).then(half).otherwise(pl.col("response_id"))
    )
    assert "tornelli" not in emerging(table)["name"]
    row = emerging(table, hide_below=6).filter(pl.col("name") == "tornelli").row(0, named=True)
    assert (row["n"], row["n_respondents"]) == (12, 6)


def test_what_five_people_wrote_in_each_period_is_tested_and_not_told() -> None:
    table = written(["i tornelli"] * 5 + ["la coda"] * 30, ["i tornelli"] * 5 + ["la coda"] * 30)
    row = emerging(table).filter(pl.col("name") == "tornelli").row(0, named=True)
    assert (row["n"], row["n_before"], row["q_value"]) == (None, None, None)


def test_the_tone_of_fewer_people_than_may_be_shown_is_not_told() -> None:
    table = written(["i tornelli"] * 20 + ["la coda"] * 20, ["la coda"] * 40, label="negative")
    few = pl.col("response_id").is_in(
        table.filter(pl.col("comment") == "i tornelli")["response_id"].head(11).to_list()
    )
    for speakers, tone in ((9, None), (11, -1.0)):
        spoken = table.filter(few)["response_id"].head(speakers).to_list()
        label = pl.when(pl.col("response_id").is_in(spoken)).then("label")
        row = emerging(table.with_columns(label=label)).filter(pl.col("name") == "tornelli")
        assert row["tone"].to_list() == [tone]


@pytest.mark.parametrize(("n_bad", "polarity"), [(11, "neutral"), (20, "bad")])
def test_a_tone_near_the_middle_makes_no_news(n_bad: int, polarity: str) -> None:
    # 11 of 20 negative is a net tone of -0.1; its largest possible error is 1.96 / sqrt(20) = 0.44.
    label = ["negative"] * n_bad + ["positive"] * (60 - n_bad)
    table = written(["i tornelli"] * 20 + ["la coda"] * 20, ["la coda"] * 20)
    row = emerging(table.with_columns(label=pl.Series(label))).filter(pl.col("name") == "tornelli")
    assert row["polarity"].to_list() == [polarity]
