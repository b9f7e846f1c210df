"""Quotes are typical, different, readable, of different people, and never of a small group."""

import hashlib

import polars as pl
import pytest

from cxresearch.errors import DataError, ParameterError
from cxresearch.models.quote_reasons import FEW_PEOPLE, FEW_TEXTS, explain_quotes
from cxresearch.models.quotes import LONGEST, OTHER_TONE, TYPICAL, _lot, choose_quotes

QUEUE = "La coda alla cassa era davvero lunga, passo {}"
STAFF = "Il personale della biglietteria è stato cortese, giorno {}"


def group(texts: list[str], *, label: list[str] | None = None, shop: str = "A") -> pl.DataFrame:
    n = len(texts)
    return pl.DataFrame(
        {
            "response_id": [f"{shop}{i:03}" for i in range(n)],
            "respondent_id": [f"{shop}P{i}" for i in range(n)],
            "comment": texts,
            "shop": shop,
            "language": "it",
            "label": label or ["negative"] * n,
        }
    )


LETTERS = "abcdefghilmnopqrstuvz"


def queue(n: int, **options: object) -> pl.DataFrame:
    return group([QUEUE.format(LETTERS[i] * 3) for i in range(n)], **options)  # type: ignore[arg-type]


def test_three_quotes_with_their_record() -> None:
    table = choose_quotes(queue(12), by="shop")
    assert table.columns == [
        *("shop", "rank", "response_id", "comment", "language", "at", "touchpoint"),
        *("label", "why"),
    ]
    assert table["rank"].to_list() == [1, 2, 3]
    texts = dict(queue(12).select("response_id", "comment").iter_rows())
    assert all(texts[row["response_id"]] == row["comment"] for row in table.iter_rows(named=True))
    assert table["why"].to_list() == [TYPICAL] * 3


def test_a_group_of_nine_people_is_not_quoted() -> None:
    both = pl.concat([queue(9, shop="B"), queue(10)])
    assert choose_quotes(both, by="shop")["shop"].unique().to_list() == ["A"]


def test_ten_comments_of_nine_people_are_nine_people() -> None:
    table = queue(10).with_columns(
        respondent_id=pl.when(pl.col("response_id") == "A009")
        .then(pl.lit("AP8"))
        .otherwise("respondent_id")
    )
    assert choose_quotes(table, by="shop").height == 0


def test_no_two_quotes_of_one_person() -> None:
    table = queue(20).with_columns(
        respondent_id=pl.when(pl.int_range(pl.len()) < 11)
        .then(pl.lit("one"))
        .otherwise("respondent_id")
    )
    chosen = choose_quotes(table, by="shop", n=10).join(table, on="response_id")
    assert chosen["respondent_id"].is_unique().all()


def test_what_is_written_twice_is_quoted_once() -> None:
    same = ["Grazie per aver viaggiato con noi!!", "grazie per aver viaggiato con noi 👍"] * 10
    assert choose_quotes(group(same), by="shop").height == 1


def test_quotes_differ_from_one_another() -> None:
    texts = [QUEUE.format(LETTERS[i] * 3) for i in range(14)]
    texts += [STAFF.format(LETTERS[i] * 3) for i in range(6)]
    chosen = choose_quotes(group(texts), by="shop", n=2)["comment"]
    assert chosen.str.contains("coda").to_list() == [True, False]


def test_each_tone_has_its_share_of_the_places() -> None:
    texts = [QUEUE.format(LETTERS[i] * 3) for i in range(18)]
    table = group(texts, label=["negative"] * 12 + ["positive"] * 6)
    chosen = choose_quotes(table, by="shop", n=3)
    assert chosen["label"].to_list() == ["negative", "negative", "positive"]
    assert chosen["why"].to_list() == [TYPICAL, TYPICAL, OTHER_TONE]
    few = group(texts, label=["negative"] * 17 + ["positive"])
    assert choose_quotes(few, by="shop", n=3)["label"].unique().to_list() == ["negative"]


def test_a_long_comment_is_cut_where_a_clause_ends() -> None:
    long = "La coda alla cassa era lunga, " * 20
    table = group([long + LETTERS[i] * 3 for i in range(12)])
    text = choose_quotes(table, by="shop", n=1)["comment"].item()
    assert len(text) <= LONGEST
    assert text.endswith("lunga …")


def test_a_long_comment_without_a_mark_or_a_space_is_cut_too() -> None:
    table = group(["parola " * 100 + LETTERS[i] for i in range(6)] + ["x" * 900] * 6)
    chosen = choose_quotes(table, by="shop")["comment"]
    assert (chosen.str.len_chars() <= LONGEST).all()


def test_short_redacted_and_sarcastic_comments_are_not_quoted() -> None:
    table = pl.concat(
        [
            group(["Ok", "👍👍👍👍👍👍👍👍👍👍", "!!!", ""] * 5),
            group(["Mi chiamo [name 1] e il numero è [phone 1], scrivetemi"] * 3, shop="B"),
            queue(5, shop="C").with_columns(is_sarcastic=pl.lit(value=True)),
        ],
        how="diagonal",
    ).with_columns(shop=pl.lit("A"))
    assert choose_quotes(table, by="shop").height == 0


def test_the_order_of_rows_decides_nothing() -> None:
    table = pl.concat([queue(20), queue(15, shop="B")])
    shuffled = table.sample(fraction=1, shuffle=True, seed=5)
    assert choose_quotes(table, by="shop").equals(choose_quotes(shuffled, by="shop"))


def test_a_large_group_is_drawn_from() -> None:
    words = ["coda", "cassa", "pacco", "sito", "carta", "treno", "sala", "posto", "porta", "fila"]
    texts = [
        f"Vorrei dire che {a} e {b} non vanno con {c}" for a in words for b in words for c in words
    ]
    table = group(texts)
    one, other = (choose_quotes(table, by="shop", random_state=seed) for seed in (0, 1))
    assert one.height == 3
    assert not one.equals(other)
    assert one.equals(choose_quotes(table, by="shop", random_state=0))


def test_several_columns_make_groups_and_null_is_none() -> None:
    table = queue(12).with_columns(month=pl.lit("2025-01"))
    nowhere = queue(12, shop="B").with_columns(month=pl.lit(None, pl.String))
    chosen = choose_quotes(pl.concat([table, nowhere]), by=["shop", "month"], n=1)
    assert chosen.select("shop", "month").rows() == [("A", "2025-01")]


def test_a_column_of_the_result_may_make_the_groups() -> None:
    table = queue(12).with_columns(touchpoint=pl.lit("desk"))
    assert choose_quotes(table, by="touchpoint", n=1)["touchpoint"].to_list() == ["desk"]


def test_no_comments_give_no_quotes() -> None:
    assert choose_quotes(queue(1).clear(), by="shop").height == 0
    assert choose_quotes(queue(12).with_columns(comment=pl.lit(None)), by="shop").height == 0


def test_without_tone_all_places_are_typical() -> None:
    chosen = choose_quotes(queue(12).drop("label", "respondent_id", "language"), by="shop")
    assert chosen.height == 3
    assert chosen["label"].null_count() == 3


def test_wrong_use_says_what_to_do() -> None:
    with pytest.raises(ParameterError, match="n=0"):
        choose_quotes(queue(12), by="shop", n=0)
    with pytest.raises(DataError, match="column 'store' is missing"):
        choose_quotes(queue(12), by="store")


def test_a_group_without_a_quote_has_its_reason() -> None:
    short = group(["boh"] * 12, shop="short")
    table = pl.concat([queue(12), queue(9).with_columns(shop=pl.lit("few")), short])
    told = explain_quotes(table, choose_quotes(table, by="shop"), by="shop")
    assert told.rows() == [("few", FEW_PEOPLE), ("short", FEW_TEXTS)]


def test_the_draw_is_the_same_in_every_version() -> None:
    table = queue(12).with_columns(comment=pl.format("{} {}", "comment", pl.lit("davvero")))
    drawn = table.with_columns(lot=_lot(0)).sort("response_id")["lot"]
    first = table["response_id"].sort()[0]
    assert drawn[0] == hashlib.sha256(f"0 {first}".encode()).hexdigest()
