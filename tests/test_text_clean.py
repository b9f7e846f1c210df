import polars as pl
import pytest

from cxresearch.transforms.text.clean import clean_text


def clean(*texts):
    table = pl.DataFrame({"t": pl.Series(texts, dtype=pl.String)})
    return table.select(clean_text(pl.col("t")))["t"].to_list()


def squeezed(text):
    return " ".join(clean(text)[0].split())


def test_null_stays_null_and_an_empty_text_empty():
    assert clean(None, "", " ") == [None, "", " "]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("<p>Bravi</p>", "Bravi"),
        ("uno<br/>due", "uno due"),
        ("caff&egrave; &amp; t&#232;&nbsp;caldo", "caffè & t caldo"),
        ("vedi https://shop.it/a?b=1#c ora", "vedi ora"),
        ("www.shop.it", ""),
        ("scrivi a anna.rossi@posta.example.it!", "scrivi a !"),
        ("@shop ciao", "ciao"),
        ("chiamo da [phone 2] e [fiscal code 11]", "chiamo da e"),
        ("be\u200bne, \u202eciao\u202c", "bene, ciao"),
        ("bel\x00lo\x07", "bel lo"),
        ("Brand™ ©2025", "Brand 2025"),
        ("👍🏽 ❤️", "👍 ❤"),
        ("#fail", "fail"),
        ("#NeverFlyingAgain", "Never Flying Again"),
        ("iPhone di WhatsApp", "iPhone di WhatsApp"),
        ("prezzo < 10 e > 5", "prezzo < 10 e > 5"),
        ("un cuore <3", "un cuore <3"),
        ("[nota] e [3]", "[nota] e [3]"),
    ],
)
def test_what_is_no_speech_goes_and_words_stay(said, meant):
    assert squeezed(said) == meant


def test_a_line_break_of_mark_up_is_a_line_break():
    assert clean("uno<br>due</p>tre\r\nquattro") == ["uno\ndue\ntre\nquattro"]


def test_joined_emoji_stay_joined_and_their_gender_goes():
    assert clean("❤️‍🔥", "🤷🏽‍♀️") == ["❤\u200d🔥", "🤷"]


def test_a_text_cleaned_twice_is_the_same():
    said = "<b>#CheBello</b> [name 4] www.x.it 👍🏽 &egrave; "
    once = clean(said)
    assert clean(*once) == once
