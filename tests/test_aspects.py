"""What customers speak of: seeds, their clauses, the tone of each; a study's own words."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cxresearch.errors import DataError, StudyError
from cxresearch.intake import open_study
from cxresearch.study import Aspect, Study, Words, fold_expression, read_study
from cxresearch.study.aspects import generic_aspects, merge_aspects
from cxresearch.transforms.text.aspects import (
    find_most_named,
    find_named,
    fold_text,
    read_aspect_seeds,
    seeds_of,
    tag_aspects,
    tag_touchpoints,
)
from cxresearch.transforms.text.mentions import mark_complaints
from cxresearch.transforms.text.tone import score_clauses
from cxresearch.transforms.text.touchpoint_seeds import read_touchpoint_seeds
from tests.small_studies import HEADER, answers, write_study

DESK = seeds_of(
    {
        "desk": Words(it=["sportell*"], en=["desk"]),
        "room": Words(it=["camer*"], en=["room*"]),
        "late": Words(en=["too _ late", "never on time"]),
    }
)


def clauses(*rows: tuple[str, str, str | None, float | None]) -> pl.DataFrame:
    """Clauses: of which comment, text, language, tone (null: nothing speaks)."""
    table = pl.DataFrame(
        rows, schema=["response_id", "clause_text", "language", "tone"], orient="row"
    ).cast({"language": pl.String, "tone": pl.Float64})
    side = pl.when(pl.col("tone") > 0).then(pl.lit("positive")).otherwise(pl.lit("negative"))
    return table.with_columns(
        clause=pl.int_range(1, pl.len() + 1).over("response_id"),
        evidence=pl.col("tone").is_not_null().cast(pl.UInt32),
        label=pl.when(pl.col("tone").is_null()).then(pl.lit("unknown")).otherwise(side),
    )


def named(*rows: tuple[str, str, str | None, float | None]) -> list[tuple[str, str]]:
    """Comment and what it names."""
    found = tag_aspects(clauses(*rows), DESK)
    return found.select("response_id", "aspect").rows()


# ---------------------------------------------------------------------- the tone of each


def test_each_aspect_has_the_tone_of_its_own_clause() -> None:
    said = clauses(("a", "The desk was kind", "en", 0.7), ("a", "but the room dirty", "en", -0.7))
    found = tag_aspects(said, DESK)
    assert found.select("aspect", "n", "tone", "evidence", "label").rows() == [
        ("desk", 1, pytest.approx(0.7), 1, "positive"),
        ("room", 1, pytest.approx(-0.7), 1, "negative"),
    ]
    assert found["words"].to_list() == [["desk"], ["room"]]


def test_a_clause_that_says_nothing_of_what_it_names_borrows_no_tone() -> None:
    said = clauses(("a", "I went to the desk", "en", None), ("a", "all was awful", "en", -0.8))
    found = tag_aspects(said, DESK)
    assert found.select("aspect", "tone", "evidence", "label").rows() == [
        ("desk", None, 0, "unknown")
    ]


def test_a_clause_that_names_two_counts_for_both() -> None:
    said = clauses(("a", "Room and desk were fine", "en", 0.5))
    assert tag_aspects(said, DESK)["label"].to_list() == ["positive"] * 2


def test_clauses_of_opposite_tone_make_what_they_name_mixed() -> None:
    said = clauses(("a", "A desk that helps", "en", 0.7), ("a", "a desk that lies", "en", -0.7))
    found = tag_aspects(said, DESK)
    assert found.select("n", "tone", "evidence", "label").rows() == [(2, 0.0, 2, "mixed")]


def test_two_clauses_of_one_tone_speak_louder_than_one() -> None:
    # 0.5 is a strength of sqrt(2); twice that is 2.83 and 2.83 / sqrt(8 + 6) is 0.76.
    said = clauses(("a", "The desk is good", "en", 0.5), ("a", "desk ok", "en", 0.5))
    assert tag_aspects(said, DESK)["tone"].item() == pytest.approx(0.756, abs=0.001)


# ---------------------------------------------------------------------- what is found


def test_a_clause_is_read_with_the_seeds_of_its_language() -> None:
    assert named(("a", "una camera", "it", None)) == [("a", "room")]
    assert named(("a", "a camera", "en", None)) == []
    assert named(("a", "zimmer, desk", "de", None)) == []


@pytest.mark.parametrize("language", ["mixed", None])
def test_a_clause_in_both_or_in_an_unknown_language_is_read_with_both(language: str | None) -> None:
    assert named(("a", "camera and desk", language, None)) == [("a", "desk"), ("a", "room")]


def test_a_star_is_any_ending_and_without_one_the_word_must_be_whole() -> None:
    assert named(("a", "rooms", "en", None), ("b", "desktop", "en", None)) == [("a", "room")]


def test_words_of_an_expression_follow_each_other_and_a_line_is_any_one_word() -> None:
    rows = [("a", "too damn late"), ("b", "too late"), ("c", "too very much late")]
    assert named(*((key, text, "en", None) for key, text in rows)) == [("a", "late")]


def test_case_accents_marks_and_contractions_are_folded() -> None:
    table = pl.DataFrame({"t": ["È L’Attesa, PERCHÉ?!", "Can't, won't, didn’t", "wi-fi 5€", None]})
    assert table.select(fold_text(pl.col("t")))["t"].to_list() == [
        "e l attesa perche",
        "can not will not did not",
        "wi fi 5",
        None,
    ]


def test_the_order_of_clauses_makes_no_difference() -> None:
    said = clauses(
        ("b", "the room", "en", 0.4), ("a", "desk", "en", None), ("a", "no room desk", "en", -0.6)
    )
    first = tag_aspects(said, DESK)
    assert first.equals(tag_aspects(said.sample(fraction=1, shuffle=True, seed=3), DESK))


def test_nobody_says_anything_and_nothing_is_looked_for() -> None:
    said = clauses(("a", "the desk", "en", 0.5))
    assert tag_aspects(said.clear(), DESK).is_empty()
    assert tag_aspects(said, DESK.clear()).is_empty()


def test_a_key_of_numbers_and_clauses_without_a_language_are_taken() -> None:
    said = clauses(("a", "desk", "en", None)).with_columns(id=pl.lit(7)).drop("language")
    assert tag_aspects(said, DESK, key="id").select("id", "aspect").rows() == [(7, "desk")]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DataError, match="'clause_text' is missing"):
        find_named(pl.DataFrame({"response_id": ["a"], "clause": [1]}), DESK)


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    said = clauses(("a", "coda " * 200_000, "it", None), ("b", "a" * 1_000_000, "it", None))
    assert "queue" in tag_aspects(said).filter(response_id="a")["aspect"].to_list()


# ---------------------------------------------------------------------- the generic aspects


def test_every_expression_of_ours_is_found_in_itself() -> None:
    for language in ("it", "en"):
        seeds = read_aspect_seeds().filter(language=language)
        said = [
            f"xx {text.replace('*', 'xyz').replace('_', 'one')} yy" for text in seeds["expression"]
        ]
        rows = [(str(n), text, language, None) for n, text in enumerate(said)]
        found = find_named(clauses(*rows), seeds).select("response_id", "name").unique()
        wanted = seeds.select(response_id=pl.int_range(pl.len()).cast(pl.String), name="name")
        missed = wanted.join(found, on=["response_id", "name"], how="anti")
        assert missed.is_empty(), missed


def test_ours_are_many_labelled_in_both_languages_and_written_once() -> None:
    aspects = generic_aspects()
    assert len(aspects) >= 40
    assert len({aspect.id for aspect in aspects}) == len(aspects)
    for aspect in aspects:
        assert isinstance(aspect.label, dict)
        assert set(aspect.label) == {"en", "it"}
        for spoken in (aspect.it, aspect.en):
            folded = [fold_expression(text) for text in spoken]
            assert len(folded) >= 4, aspect.id
            assert len(set(folded)) == len(folded), aspect.id


@pytest.mark.parametrize(
    ("text", "language", "aspects"),
    [
        ("Cassiera scortese", "it", {"staff_courtesy", "counter"}),
        ("Mezz'ora di coda per pagare", "it", {"waiting", "queue"}),
        ("Il pacco è arrivato rotto", "it", {"packaging", "delivery", "faults"}),
        ("Ho dovuto rispiegare tutto da capo", "it", {"being_asked_again"}),
        ("Rimbalzata da un ufficio all'altro", "it", {"being_sent_on"}),
        ("Lenzuola sporche e colazione scarsa", "it", {"cleanliness", "room", "breakfast"}),
        ("Bolletta incomprensibile", "it", {"fees_and_billing", "information_clarity"}),
        ("Non mi hanno mai risposto alla PEC", "it", {"email"}),
        ("Nobody answers the phone", "en", {"reachability", "telephone"}),
        ("Great value for money", "en", {"price_value"}),
        ("The waiter was rude", "en", {"staff_courtesy", "food_and_drink"}),
        ("I had to repeat everything to every agent", "en", {"being_asked_again"}),
        ("They passed me from one department to the next", "en", {"being_sent_on"}),
        ("Wheelchair access is impossible", "en", {"accessibility"}),
        ("Can't log in to the app", "en", {"login_account", "app"}),
        ("My refund never came", "en", {"refund"}),
    ],
)
def test_what_people_say_in_every_trade_is_recognised(
    text: str, language: str, aspects: set[str]
) -> None:
    found = tag_aspects(clauses(("a", text, language, None)))
    assert set(found["aspect"]) >= aspects


@pytest.mark.parametrize(
    ("text", "language", "aspect"),
    [
        ("L'impiegata mi ha spiegato tutto", "it", "being_asked_again"),
        ("Operatore paziente", "it", "care_treatment"),
        ("La macchina è comoda", "it", "cleanliness"),
        ("They explained everything clearly", "en", "being_asked_again"),
        ("It is already there", "en", "being_asked_again"),
        ("The escalator was broken", "en", "complaint_handling"),
    ],
)
def test_words_that_look_alike_are_not_taken(text: str, language: str, aspect: str) -> None:
    assert aspect not in tag_aspects(clauses(("a", text, language, None)))["aspect"].to_list()


# ---------------------------------------------------------------------- a study's own aspects


def own_study(folder: Path, text: str, **keys: Any) -> Study:
    write_study(folder, {"answers.csv": HEADER + answers(3)}, **keys)
    (folder / "aspects.yml").write_text(text, encoding="utf-8")
    return read_study(folder)


def test_a_study_adds_words_adds_an_aspect_and_switches_one_off(tmp_path: Path) -> None:
    study = own_study(
        tmp_path,
        """
aspects:
  - id: queue
    it: [tornell*]
  - id: ski_pass
    label: {it: Skipass, en: Ski pass}
    it: [skipass]
  - id: room
    replace: true
""",
    )
    ids = [aspect.id for aspect in study.aspects]
    assert ids[-1] == "ski_pass"
    assert "room" not in ids
    said = clauses(("a", "skipass e tornello, la fila, la camera", "it", None))
    found = tag_aspects(said, read_aspect_seeds(study))["aspect"].to_list()
    assert found == ["queue", "ski_pass"]
    assert study.label("aspect", "ski_pass") == {"it": "Skipass", "en": "Ski pass"}
    assert study.label("aspect", "queue")["it"] == "Code e file"


def test_replaced_words_are_looked_for_no_longer_and_the_label_stays() -> None:
    merged = merge_aspects([Aspect(id="queue", en=["tail"], replace=True)])
    queue = next(aspect for aspect in merged if aspect.id == "queue")
    assert (queue.en, queue.it) == (["tail"], [])
    assert queue.label == {"en": "Queues", "it": "Code e file"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("    it: [g*]", "'g\\*' is no expression"),
        ("    it: ['gen*ile']", "is no expression"),
        ("    it: [una due tre quattro cinque sei sette otto]", "is no expression"),
        ("    de: [schlange]", "'de'"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(StudyError, match=told) as error:
        own_study(tmp_path, f"aspects:\n  - id: queue\n{line}\n")
    assert "aspects.yml line 3" in str(error.value)


def test_an_aspect_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="'queue' is given twice"):
        own_study(tmp_path, "aspects:\n  - {id: queue}\n  - {id: queue}\n")


def test_own_aspects_travel_with_the_prepared_study_and_change_its_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    own_study(tmp_path / "s", "aspects:\n  - {id: ski_pass, it: [skipass]}\n")
    first = open_study(tmp_path / "s")
    assert first.study.aspects[-1].id == "ski_pass"
    (tmp_path / "s" / "aspects.yml").write_text("aspects:\n  - {id: gondola, it: [gondola]}\n")
    second = open_study(tmp_path / "s")
    assert second.study.aspects[-1].id == "gondola"
    assert first.fingerprint != second.fingerprint


# ---------------------------------------------------------------------- touchpoints


def trade(folder: Path, *touchpoints: dict[str, Any], **experience: Any) -> Study:
    """A study with touchpoints in one stage."""
    drawn = {
        "stages": [{"id": "all", "label": "All"}],
        "touchpoints": [{"stage": "all", **point} for point in touchpoints],
        **experience,
    }
    return write_study(folder, {"answers.csv": HEADER + answers(3)}, experience=drawn)


def places(study: Study, *texts: str, language: str = "it") -> list[list[str]]:
    """The touchpoints that each text names."""
    rows = [(f"{n:03}", text, language, None) for n, text in enumerate(texts)]
    found = tag_touchpoints(clauses(*rows), read_touchpoint_seeds(study))
    by_text = dict(found.group_by("response_id").agg("touchpoint").rows())
    return [sorted(by_text.get(f"{n:03}", [])) for n in range(len(texts))]


def test_the_touchpoints_of_a_hotel_are_recognised_by_their_labels(tmp_path: Path) -> None:
    hotel = trade(
        tmp_path,
        {"id": "front", "label": {"it": "Accoglienza", "en": "Reception"}},
        {"id": "rooms", "label": {"it": "Camera", "en": "Room"}},
        {"id": "morning", "label": {"it": "Prima colazione", "en": "Breakfast"}},
        {"id": "car", "label": {"it": "Parcheggio", "en": "Parking"}},
    )
    assert places(
        hotel, "receptionist scortese", "letto scomodo", "buffet povero", "il garage costa", "mare"
    ) == [["front"], ["rooms"], ["morning"], ["car"], []]
    assert places(
        hotel, "slow check-in", "the shower leaks", "poor breakfast", "no car park", language="en"
    ) == [["front"], ["rooms"], ["morning"], ["car"]]


def test_the_touchpoints_of_a_shop_are_recognised_by_their_labels(tmp_path: Path) -> None:
    shop = trade(
        tmp_path,
        {"id": "till", "label": {"it": "Cassa", "en": "Till"}},
        {"id": "web", "label": {"it": "Sito", "en": "Website"}},
        {"id": "parcel", "label": {"it": "Consegna a casa", "en": "Home delivery"}},
        {"id": "back", "label": {"it": "Resi", "en": "Returns"}},
    )
    assert places(
        shop, "cassiera lenta", "il portale si pianta", "corriere gentile", "rendere un capo: reso"
    ) == [["till"], ["web"], ["parcel"], ["back"]]


def test_declared_words_take_the_place_of_guesses_in_their_language_alone(tmp_path: Path) -> None:
    study = trade(
        tmp_path,
        {
            "id": "gate",
            "label": {"it": "Parcheggio", "en": "Parking"},
            "words": {"it": ["sbarra", "ticket _ uscita"]},
        },
    )
    assert places(study, "la sbarra", "ticket di uscita", "parcheggio") == [["gate"], ["gate"], []]
    assert places(study, "the car park", language="en") == [["gate"]]


def test_two_places_in_a_label_must_be_named_together(tmp_path: Path) -> None:
    study = trade(
        tmp_path,
        {"id": "phone_booking", "label": {"it": "Prenotazione telefonica", "en": "Phone booking"}},
        {"id": "support", "label": {"it": "Assistenza telefonica", "en": "Phone support"}},
    )
    assert places(study, "ho prenotato e poi ho chiamato", "ho prenotato", "ho telefonato") == [
        ["phone_booking"],
        [],
        ["support"],
    ]


def test_touchpoints_that_are_called_alike_are_not_guessed(tmp_path: Path) -> None:
    study = trade(
        tmp_path,
        {"id": "a", "label": {"it": "Telefonata di benvenuto", "en": "Welcome call"}},
        {"id": "b", "label": {"it": "Telefonata di addio", "en": "Farewell call"}},
    )
    assert places(study, "al telefono", "la telefonata di benvenuto") == [[], ["a"]]


def test_words_that_are_a_part_of_those_of_another_name_the_other_alone() -> None:
    seeds = seeds_of({"office": Words(en=["office"]), "change": Words(en=["change office"])})
    said = clauses(("a", "change office", "en", None), ("b", "the office", "en", None))
    found = find_most_named(said, seeds).select("response_id", "name").rows()
    assert found == [("a", "change"), ("b", "office")]


def test_a_channel_of_its_own_names_a_touchpoint_with_a_house_name(tmp_path: Path) -> None:
    point = {"id": "clara", "label": "Clara", "channels": ["chat"]}
    channels = [{"id": "chat", "label": {"it": "Chat", "en": "Chat"}}]
    study = trade(tmp_path, point, channels=channels)
    assert places(study, "la chat non risponde", "clara gentile") == [["clara"], ["clara"]]


def test_a_study_without_touchpoints_has_no_seeds(tmp_path: Path) -> None:
    study = write_study(tmp_path, {"answers.csv": HEADER + answers(3)})
    assert read_touchpoint_seeds(study).is_empty()


def test_words_that_are_no_expression_are_refused_in_experience_yml(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="is no expression"):
        trade(tmp_path, {"id": "a", "label": "A", "words": {"it": ["**"]}})


def test_what_is_a_complaint_by_being_said_counts_as_one() -> None:
    assert {a.id for a in generic_aspects() if a.is_complaint} == {
        "being_asked_again",
        "being_sent_on",
    }
    said = ["Ho riscritto gli stessi dati", "Non ho dovuto ripetere tutto, bravissimi", "La app"]
    comments = pl.DataFrame({"response_id": ["a", "b", "c"], "comment": said, "language": "it"})
    labels = {
        row["response_id"]: row["label"]
        for row in mark_complaints(tag_aspects(score_clauses(comments)), generic_aspects()).rows(
            named=True
        )
        if row["aspect"] in ("being_asked_again", "app")
    }
    assert labels == {"a": "negative", "b": "positive", "c": "unknown"}


def test_a_study_may_say_what_is_a_complaint_and_not_take_it_back() -> None:
    own = [
        Aspect(id="queue", is_complaint=True),
        Aspect(id="being_sent_on", it=["di qua e di la"]),
        Aspect(id="being_asked_again", it=["bis"], replace=True),
    ]
    flags = {aspect.id: aspect.is_complaint for aspect in merge_aspects(own)}
    assert (flags["queue"], flags["being_sent_on"], flags["being_asked_again"]) == (
        True,
        True,
        False,
    )
