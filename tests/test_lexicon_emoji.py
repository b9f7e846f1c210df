"""The lexicon of emoji: enough faces, each with one meaning, read in any language."""

import polars as pl

from cxresearch.study import read_yaml
from cxresearch.transforms.text import EMOTIONS, read_lexicon, score_tone
from cxresearch.transforms.text.lexicon import FOLDER

LEAST = 200

EMOJI = read_yaml(FOLDER / "emoji.yml")


def labels(texts: list[str], language: str | None = "en") -> list[str]:
    said = pl.DataFrame({"comment": texts, "language": [language] * len(texts)})
    return score_tone(said)["label"].to_list()


def test_there_are_enough_of_every_emotion() -> None:
    words = [word for group in EMOJI["entries"] for word in group["words"]]
    assert len(words) == len(set(words)) >= LEAST
    assert {group.get("emotion") for group in EMOJI["entries"]} == {None, *EMOTIONS}


def test_every_one_is_a_single_sign_to_the_engine() -> None:
    entries = read_lexicon("emoji").entries
    assert entries.filter(pl.col("parts").list.len() != 1)["entry"].to_list() == []


def test_every_one_is_found_in_a_text() -> None:
    tones = read_lexicon("emoji").entries.filter(pl.col("role") == "tone")
    said = pl.DataFrame({"comment": ["seen " + e for e in tones["entry"]]}).with_columns(
        language=pl.lit("en")
    )
    scored = score_tone(said).with_columns(tones["strength"])
    assert scored.filter(pl.col("evidence") != 1)["comment"].to_list() == []
    sign = {1.0: "positive", 0.0: "neutral", -1.0: "negative"}
    wanted = tones["strength"].sign().replace_strict(sign).to_list()
    assert scored["label"].to_list() == wanted


def test_pleased_faces_praise() -> None:
    faces = ["😍", "🙂", "👍", "👍🏽", "❤️", "💚", "👏", ":)", ":-)", ":)))", ":D", "xD", "<3", "^^"]
    assert labels([f"booked {face}" for face in faces]) == ["positive"] * len(faces)


def test_displeased_faces_complain() -> None:
    faces = [
        "😡",
        "🙁",
        "☹️",
        "👎",
        "🤮",
        "💩",
        "🤡",
        "🗑️",
        ":(",
        ":((",
        ":'(",
        ":/",
        "-_-",
        "T_T",
        "¬¬",
        "</3",
    ]
    assert labels([f"booked {face}" for face in faces]) == ["negative"] * len(faces)


def test_faces_without_a_side_are_neutral_not_unknown() -> None:
    assert labels(["😐", "🤷", "🤷🏻‍♀️", "🤔"]) == ["neutral"] * 4


def test_runs_of_stars_are_ratings() -> None:
    runs = [star * n for star in "⭐★🌟" for n in (2, 3, 4, 5)]
    assert labels(runs) == ["negative", "neutral", "positive", "positive"] * 3


def test_empty_stars_count_for_what_is_missing() -> None:
    rated = ["★☆☆☆☆", "★★☆☆☆", "★★★☆☆", "★★★★☆", "★★★★★"]
    assert labels(rated) == ["negative", "negative", "neutral", "positive", "positive"]


def test_the_emotion_of_a_face_is_told() -> None:
    said = pl.DataFrame({"comment": ["😡", "😞", "😰", "😍"], "language": ["en"] * 4})
    emotions = ["anger", "disappointment", "worry", "delight"]
    assert score_tone(said)["emotion"].to_list() == emotions


def test_faces_speak_in_a_language_without_a_lexicon() -> None:
    assert labels(["Sehr gut 😡", "Danke"], language="de") == ["negative", "unknown"]


def test_one_face_many_times_says_no_more_than_once() -> None:
    said = pl.DataFrame({"comment": ["😡", "😡" * 50], "language": ["en"] * 2})
    assert score_tone(said)["tone"].n_unique() == 1
