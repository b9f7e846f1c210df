"""Texts that break readers: long, odd or empty ones cost no more than others, and say no more."""

import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.transforms.text import find_tone_words, score_clauses, score_tone

MILLION = 1_000_000
LONG = {
    "one word": "a" * MILLION,
    "one sentence of words": "parola " * (MILLION // 7),
    "praise": "ottimo " * (MILLION // 7),
    "negators": "non " * (MILLION // 4),
    "emoji": "😀" * 10_000,
    "emoji in turn": "😀😡" * 10_000,
    "joined emoji": "👩\u200d" * 10_000,
    "full stops": "." * MILLION,
    "question marks apart": "? " * (MILLION // 2),
    "commas": "a," * (MILLION // 2),
    "quotes": '"' * MILLION,
    "opening tags": "<" * MILLION,
    "a tag that never ends": "<b " + "a" * MILLION,
    "ampersands": "&amp" * (MILLION // 4),
    "at signs": "a@" * (MILLION // 2),
    "dots and at signs": "a.a@a" * (MILLION // 5),
    "brackets": "[a" * (MILLION // 2),
    "hashtags in humps": "#aA" * (MILLION // 3),
    "addresses": "http://" * (MILLION // 7),
    "dashes": " - -" * (MILLION // 4),
    "apostrophes": "l'" * (MILLION // 2),
    "contractions": "n't" * (MILLION // 3),
    "zero-width": "\u200b" * (MILLION // 3),
    "control characters": "\x01" * MILLION,
    "accents on accents": "e" + "\u0301" * (MILLION // 2),
    "line breaks": "\n " * (MILLION // 2),
    "right to left": "\u202eشكرا جزيلا " * (MILLION // 30),
    "blanks": " " * MILLION,
    "digits": "1.234,5" * (MILLION // 7),
    "underscores": "o_" * (MILLION // 2),
    "two languages": "servizio great but personale scortese, " * (MILLION // 40),
}


def table(*texts, language=None):
    return pl.DataFrame({
        "response_id": pl.int_range(len(texts), eager=True),
        "comment": pl.Series(texts, dtype=pl.String),
        "language": pl.Series([language] * len(texts), dtype=pl.String),
    })  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("said", LONG.values(), ids=LONG.keys())
def test_a_megabyte_of_anything_is_read_in_seconds(said):
    score_tone(table("ottimo", language="it"))  # the lexicons are read once
    start = time.perf_counter()
    scored = score_tone(table(said, "ottimo"))
    assert time.perf_counter() - start < 10
    assert scored["label"][1] == "positive"


@pytest.mark.slow
@pytest.mark.parametrize("said", LONG.values(), ids=LONG.keys())
def test_twice_the_text_takes_no_more_than_a_little_over_twice_the_time(said):
    def seconds(text):
        asked = table(text, language="it")
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            score_tone(asked)
            best = min(best, time.perf_counter() - start)
        return best

    seconds("ottimo")
    half, whole = seconds(said[: len(said) // 2]), seconds(said)
    assert whole < 3.5 * half + 0.1  # a square would give 4


@pytest.mark.parametrize("said", ["😀", "😡"])
def test_ten_thousand_emoji_say_what_one_says(said):
    one, many = (
        score_tone(table(said * n, language="it")).select("tone", "evidence", "label")
        for n in (1, 10_000)
    )
    assert many.rows() == one.rows()


@pytest.mark.parametrize(
    "said",
    ["", " ", "\n\n", "?!?!", "...", '"""', "<>", "&;", "\u200b", "\x00", "شكرا", "[name 1]"],
)
def test_what_says_nothing_is_unknown(said):
    assert score_tone(table(said))["label"].item() == "unknown"
    assert find_tone_words(table(said)).height == 0


def test_zero_width_and_right_to_left_marks_hide_no_word():
    said = table("per\u200bso\u00adnale mal\u2060educato", "\u202epersonale maleducato\u202c")
    assert score_tone(said)["label"].to_list() == ["negative", "negative"]


def test_mark_up_hides_no_word():
    said = table("<p class='ottimo'>Personale <b>maleducato</b>, orribile &egrave; dir poco</p>")
    assert score_tone(said)["label"].item() == "negative"


def test_both_languages_in_one_comment_are_read_with_the_one_that_finds_more():
    said = table("Great staff, wonderful room, lovely breakfast, ma caro")
    assert score_tone(said)["label"].item() == "positive"


@pytest.mark.parametrize("language", ["it", "en", None])
def test_a_table_of_nulls_alone_is_read(language):
    nulls = table(None, None, language=language)
    assert score_tone(nulls)["label"].to_list() == ["unknown", "unknown"]
    assert score_clauses(nulls).height == 0


ODD = st.text(
    alphabet=st.one_of(
        st.sampled_from("<>&;#@[]()'’\"*_-:;=/\\.,!?\n\r\t\u200d\u200b\u202e\ufe0f😀👍🏽★"),
        st.characters(),
    ),
    max_size=60,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(ODD, min_size=1, max_size=5))
def test_any_text_is_read_and_hits_agree_with_scores(texts):
    said = table(*texts)
    scored, hits = score_tone(said), find_tone_words(said)
    assert scored["response_id"].to_list() == said["response_id"].to_list()
    assert scored["evidence"].sum() == hits.height
    assert score_clauses(said)["evidence"].sum() == hits.height
