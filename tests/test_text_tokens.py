import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.transforms.text.tokens import (
    CLAUSE_ENDS,
    FACES,
    QUOTES,
    SENTENCE_ENDS,
    SILENT,
    WORDS,
    split_tokens,
)


def split(text, *, keep_gaps=False):
    found = split_tokens(pl.Series([text], dtype=pl.String), keep_gaps=keep_gaps)
    return found.words.gather(found.id).to_list()


def kinds(text):
    found = split_tokens(pl.Series([text]))
    return found.kind[found.id].tolist()


@pytest.mark.parametrize(
    ("said", "tokens"),
    [
        ("l'attesa dell’ufficio", ["l", "attesa", "dell", "ufficio"]),
        ("I don't, I can’t", ["I", "don't", ",", "I", "can’t"]),
        ("un po' di tè", ["un", "po", "di", "tè"]),
        ("2hrs, 3,50 e 10/10", ["2", "hrs", ",", "3,50", "e", "10", "10"]),
        ("rip-off - ma bello", ["rip", "off", " - ", "ma", "bello"]),
        ("ottimo:) e :-( <3", ["ottimo", ":)", "e", ":-(", "<3"]),
        ("nota:Perfetto alle 8:30", ["nota", ":", "Perfetto", "alle", "8", ":", "30"]),
        ("★★☆☆☆ 👍👍", ["★★☆☆☆", "👍", "👍"]),
        ("davvero?!... mah", ["davvero", "?!", "...", "mah"]),
        ("perche\u0301 no", ["perche\u0301", "no"]),
    ],
)
def test_a_text_is_read_as_words_faces_and_marks(said, tokens):
    assert split(said) == tokens


def test_every_token_has_its_kind():
    said = 'Bello, "bravi" 😀!\n(fine)'
    assert kinds(said) == [
        *(WORDS, CLAUSE_ENDS, QUOTES, WORDS, QUOTES, FACES, SENTENCE_ENDS, SENTENCE_ENDS),
        *(CLAUSE_ENDS, WORDS, CLAUSE_ENDS),
    ]


def test_null_and_blank_texts_have_no_token_and_rows_keep_their_number():
    found = split_tokens(pl.Series([None, "a b", "", "#", "c"]))
    assert found.row.tolist() == [1, 1, 4]
    assert found.words.to_list() == ["a", "b", "c"]


def test_a_word_said_twice_has_one_number():
    found = split_tokens(pl.Series(["sì no sì", "no"]))
    assert found.id.tolist() == [0, 1, 0, 1]


@given(st.text())
def test_with_its_gaps_any_text_is_whole_again(text):
    assert "".join(split(text, keep_gaps=True)) == text


@given(st.text(alphabet="ab ' - . ! , \n ( ) \" : ) 3 é 👍"))
def test_gaps_change_no_token(text):
    found = split_tokens(pl.Series([text]), keep_gaps=True)
    every = zip(found.words.gather(found.id), found.kind[found.id], strict=True)
    assert [word for word, kind in every if kind != SILENT] == split(text)
