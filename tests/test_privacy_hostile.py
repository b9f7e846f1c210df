"""Hostile texts: none stops redaction, and time grows with length, not faster."""

import random
import time

import polars as pl
import pytest

from cxresearch.privacy import redact_comments

UNITS = {
    "words": "la fila era lunga e nessuno mi ha aiutato ",
    "digits": "7",
    "digits apart": "3 ",
    "pairs of digits": "33 ",
    "threes": "333 ",
    "at signs": "@",
    "broken mails": "a@",
    "dots": "a.",
    "spelled mails": " at dot",
    "via": "via a b 3 ",
    "streets": "12 street ",
    "numbers and words": "1 Aa Bb Cc ",
    "cues": "sono sig. ",
    "orders": "ordine n. ",
    "order numbers": "ordine 12345 ",
    "names": "Mario Rossi ",
    "shouted names": "MARIO ",
    "ibans": "IT60 ",
    "brackets": "(",
    "html": "<div class='x'>&nbsp;</div>",
    "right to left": "مرحبا بالعالم ",
    "zero width": "3\u200b4",
    "emoji": "👨‍👩‍👧 ",
    "punctuation": "!?.,;:-",
}
SMALL, LARGE = 60_000, 480_000
SLACK = 2.5


def redact(text: str) -> str:
    return redact_comments(pl.DataFrame({"comment": [text]}), country="IT")["comment"][0]


def seconds(text: str) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        redact(text)
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_time_grows_with_length(unit: str) -> None:
    redact("warm")
    small = seconds(UNITS[unit] * (SMALL // len(UNITS[unit])))
    large = seconds(UNITS[unit] * (LARGE // len(UNITS[unit])))
    # A fixed cost hides in the small text, so half a second is always granted.
    assert large < max(SLACK * small * LARGE / SMALL, 0.5)


@pytest.mark.parametrize("unit", UNITS)
def test_nothing_hostile_stops_it(unit: str) -> None:
    assert isinstance(redact(UNITS[unit] * 200), str)


def test_ten_thousand_mail_addresses_in_one_comment_all_go() -> None:
    shown = redact(" ".join(f"user{number}@example.com" for number in range(10_000)))
    assert "@" not in shown
    assert shown.count("[email ") == 10_000


def test_random_signs_of_every_alphabet_pass() -> None:
    rng = random.Random(5)  # noqa: S311
    for _ in range(50):
        text = "".join(chr(rng.choice([rng.randint(1, 0x2FFF), 32, 64, 48])) for _ in range(300))
        assert isinstance(redact(text), str)


def test_personal_data_between_html_and_right_to_left_text_is_found() -> None:
    assert redact("<p>Tel: <b>347 1234567</b></p>") == "<p>Tel: <b>[phone 1]</b></p>"
    assert redact("شكرا anna@example.com شكرا") == "شكرا [email 1] شكرا"
