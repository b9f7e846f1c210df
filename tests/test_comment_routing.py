"""Comments find their touchpoint: asked there, named, or routed when it is sure enough."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import DataError
from cxresearch.intake.sample import make_sample
from cxresearch.models.comment_routing import (
    MENTION_COLUMNS,
    CommentRoutes,
    _routed,
    route_comments,
)
from cxresearch.models.routing_fit import (
    NOWHERE,
    calibration_error,
    fit_router,
    least_confidence,
)
from cxresearch.models.routing_scores import score_routes
from cxresearch.study import Study, read_study
from cxresearch.transforms.text.aspects import find_named, seeds_of
from tests.small_studies import HEADER, answers, write_study

PARKING = ("sbarra rotta", "posto lontano", "ticket smarrito", "corsia buia", "rampa ripida")
ROOM = ("sedia zoppa", "tenda strappata", "armadio rotto", "specchio opaco", "vista muro")
WHOLE = ("tornerei volentieri", "troppo caro", "va bene", "anno dopo anno", "siete unici")


@pytest.fixture(scope="module")
def hotel(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(
        tmp_path_factory.mktemp("hotel"),
        {"answers.csv": HEADER + answers(3)},
        experience={
            "stages": [{"id": "stay", "label": "Stay"}],
            "touchpoints": [
                {"id": "parking", "stage": "stay", "label": {"it": "Parcheggio", "en": "Parking"}},
                {"id": "room", "stage": "stay", "label": {"it": "Stanza", "en": "Room"}},
            ],
        },
    )


def comments(*rows: tuple[str, str | None, str], **more: Any) -> pl.DataFrame:
    """Comments: id, touchpoint asked about, text; each by somebody else, in Italian."""
    table = pl.DataFrame(
        rows, schema=dict.fromkeys(("response_id", "touchpoint", "comment"), pl.String),
        orient="row",
    )  # fmt: skip
    person, language = pl.col("response_id").alias("respondent_id"), pl.lit("it").alias("language")
    return table.with_columns(person, language).with_columns(**more)


def many(n: int = 130, *, whole: int = 100) -> pl.DataFrame:
    """`n` comments asked at each of two touchpoints that name neither, and some about the whole."""
    draw = np.random.default_rng(5)
    rows: list[tuple[str, str | None, str]] = []
    for name, words, times in (("parking", PARKING, n), ("room", ROOM, n), (None, WHOLE, whole)):
        for i in range(times):
            first, second = draw.choice(len(words), 2, replace=False)
            text = f"{words[first]} e {words[second]}"
            rows.append((f"{name or 'whole'}{i:04}", name, text))
    return comments(*rows)


@pytest.fixture(scope="module")
def routes(hotel: Study) -> CommentRoutes:
    told = comments(
        ("x1", None, "sbarra rotta e corsia buia"),
        ("x2", None, "siete unici, va bene"),
        ("x3", None, "bello il parcheggio"),
        ("x4", "room", "sedia zoppa. Il parcheggio ottimo"),
        ("x5", None, "armadio rotto, tenda strappata"),
        ("x6", None, "!!!"),
        ("x7", "room", "il parcheggio lontano"),
    )
    return route_comments(pl.concat([many(), told]), study=hotel)


def mentioned(routes: CommentRoutes, comment: str) -> list[tuple[str, str]]:
    """Touchpoint and source of a comment."""
    found = routes.mentions.filter(response_id=comment)
    return found.select("touchpoint", "source").rows()


def test_a_comment_about_the_whole_is_routed_by_words_it_shares_with_those_asked_there(
    routes: CommentRoutes,
) -> None:
    assert mentioned(routes, "x1") == [("parking", "routed")]
    assert mentioned(routes, "x5") == [("room", "routed")]


def test_a_comment_of_nothing_in_particular_stays_unrouted(routes: CommentRoutes) -> None:
    assert mentioned(routes, "x2") == []
    assert mentioned(routes, "x6") == []


def test_a_comment_that_names_a_touchpoint_is_not_routed(routes: CommentRoutes) -> None:
    assert mentioned(routes, "x3") == [("parking", "named")]


def test_a_comment_asked_at_one_that_speaks_of_another_is_about_both(
    routes: CommentRoutes,
) -> None:
    assert mentioned(routes, "x4") == [("parking", "named"), ("room", "asked")]
    rows = routes.mentions.filter(response_id="x4").select("touchpoint", "n", "label").rows()
    assert rows[0] == ("parking", 1, "positive")
    assert rows[1][:2] == ("room", 1)
    assert rows[1][2] != "positive"


def test_a_comment_that_only_speaks_of_another_leaves_its_own_without_tone(
    routes: CommentRoutes,
) -> None:
    own = routes.mentions.filter(response_id="x7", touchpoint="room")
    assert own.select("source", "n", "tone", "evidence", "label").rows() == [
        ("asked", 0, None, 0, "unknown")
    ]


def test_confidence_is_one_where_asked_and_below_where_guessed(routes: CommentRoutes) -> None:
    found = routes.mentions
    assert found.columns == list(MENTION_COLUMNS)
    assert set(found.filter(source="asked")["confidence"]) == {1.0}
    least = routes.glance()["least_confidence"].item()
    assert found.filter(source="routed")["confidence"].is_between(least, 0.9999).all()
    assert found.filter(source="named")["confidence"].is_between(0.01, 0.99).all()


def test_every_comment_is_asked_named_routed_or_unrouted(routes: CommentRoutes) -> None:
    (row,) = routes.glance().rows(named=True)
    assert row["n"] == 367
    assert row["n_asked"] == 262
    assert row["n_named"] == 3
    assert row["n"] - row["n_unrouted"] == routes.mentions["response_id"].n_unique()
    assert row["is_learned"] is True
    assert row["why_not"] is None
    assert row["n_touchpoints"] == 2
    assert row["calibration_error"] < 0.1


def test_routing_knows_what_neither_the_seeds_nor_the_majority_do(routes: CommentRoutes) -> None:
    ways = {row["way"]: row for row in routes.tidy().filter(language="it").iter_rows(named=True)}
    assert ways["majority"]["estimate"] == pytest.approx(0.5, abs=0.02)
    assert ways["seeds"]["coverage"] < 0.02
    assert ways["routing"]["coverage"] > 0.9
    assert ways["routing"]["ci_low"] > 0.95


def test_augment_keeps_every_comment(routes: CommentRoutes) -> None:
    asked = comments(("x1", None, "a"), ("x2", None, "b"), ("x4", "room", "c"))
    found = routes.augment(asked)
    assert found.select("response_id", "asked_about", "touchpoint").rows() == [
        ("x1", None, "parking"),
        ("x2", None, None),
        ("x4", "room", "parking"),
        ("x4", "room", "room"),
    ]


def test_the_order_of_rows_changes_nothing(hotel: Study) -> None:
    table = many(110, whole=40)
    mixed = table.sample(fraction=1, shuffle=True, seed=9)
    first, second = (route_comments(one, study=hotel) for one in (table, mixed))
    assert first.mentions.equals(second.mentions)
    assert first.tidy().equals(second.tidy())
    assert first.glance().equals(second.glance())


# ---------------------------------------------------------------------- when nothing is learned


def test_below_two_hundred_comments_nothing_is_learned_and_it_says_so(hotel: Study) -> None:
    table = pl.concat([many(99, whole=10), comments(("z", None, "il parcheggio"))])
    found = route_comments(table, study=hotel)
    assert found.glance().select("is_learned", "why_not", "n_labelled", "n_routed").rows() == [
        (False, "few_comments", 199, 0)
    ]
    assert mentioned(found, "z") == [("parking", "named")]
    assert found.tidy().filter(way="routing", language="all")["coverage"].item() == 0


def test_with_one_touchpoint_nothing_is_learned(hotel: Study) -> None:
    table = many(210).filter(pl.col("touchpoint").fill_null("") != "room")
    found = route_comments(table, study=hotel).glance()
    assert found.select("is_learned", "why_not").rows() == [(False, "one_touchpoint")]


def test_words_that_tell_nothing_route_nothing(hotel: Study) -> None:
    table = many(150, whole=0)
    blurred = table.with_columns(
        touchpoint=pl.when(pl.int_range(pl.len()) % 2 == 0)
        .then(pl.lit("parking"))
        .otherwise(pl.lit("room"))
    )
    rest = comments(*((f"q{i}", None, "sbarra rotta") for i in range(20)))
    found = route_comments(pl.concat([blurred, rest]), study=hotel)
    assert found.glance().select("is_learned", "why_not", "n_routed").rows() == [
        (False, "not_sure_enough", 0)
    ]
    routing = found.tidy().filter(way="routing", language="all")
    assert routing["n_answered"].item() == 0


def test_a_comment_is_read_by_a_model_that_has_not_met_its_person() -> None:
    # Each person always writes the same words and is asked at a touchpoint by the toss of a coin:
    # whoever remembers the person is always right, whoever has not met them half the time.
    draw = np.random.default_rng(3)
    rows = [
        (f"{person}-{time}", str(person), f"parola{person} firma{person}", side)
        for person, side in enumerate(draw.choice(["a", "b"], 120))
        for time in range(4)
    ]
    table = pl.DataFrame(rows, schema=["key", "person", "text", "touchpoint"], orient="row")
    seen = fit_router(table).seen.join(table, on="key")
    assert (seen["guess"] == seen["touchpoint"]).mean() < 0.65


def test_a_comment_learned_from_is_routed_by_the_model_that_had_not_met_it() -> None:
    class Met:
        least = 0.5
        seen = pl.DataFrame({"key": ["x1"], "guess": ["room"], "confidence": [0.6]})

        def guess(self, texts: Any) -> Any:
            return np.array(["parking"] * len(texts)), np.full(len(texts), 0.9)

    known = pl.DataFrame({"key": ["x1", "x2"], "text": ["rampa", "rampa"], "is_open": True})
    routed = _routed(known.with_columns(touchpoint=pl.lit(NOWHERE)), Met())  # type: ignore[arg-type]
    assert routed.rows() == [("x1", "room", 0.6), ("x2", "parking", 0.9)]


def test_a_comment_about_the_whole_counts_as_wrong_whatever_it_is_guessed_as() -> None:
    # Half of those who write "rampa" were asked at the car park, half about the whole.
    rows = [
        (f"{i:04}", f"{i:04}", "rampa ripida" if i % 3 else "cuscino duro",
         "room" if not i % 3 else "parking" if i % 3 == 1 else NOWHERE)
        for i in range(600)
    ]  # fmt: skip
    table = pl.DataFrame(rows, schema=["key", "person", "text", "touchpoint"], orient="row")
    router = fit_router(table)
    seen = router.seen.join(table, on="key").filter(text="rampa ripida")
    assert seen["confidence"].mean() == pytest.approx(0.5, abs=0.1)
    assert router.least is not None
    assert router.least > 0.5


# ---------------------------------------------------------------------- figures in the head


def test_the_least_confidence_keeps_four_in_five_right_beyond_chance() -> None:
    sure = np.repeat([0.55, 0.75, 0.95], 100)
    right = np.concatenate([np.arange(100) < k for k in (10, 85, 100)])
    assert least_confidence(sure, right) == 0.6
    assert least_confidence(sure[:100], right[:100]) is None
    # Four of five right out of ten are no proof.
    assert least_confidence(np.full(10, 0.9), np.arange(10) < 9) is None


def test_the_calibration_error_is_the_distance_from_how_often_it_was_right() -> None:
    assert calibration_error(np.array([0.5, 0.5]), np.array([True, False])) == 0
    assert calibration_error(np.array([0.9, 0.9]), np.array([False, False])) == pytest.approx(0.9)


def test_majority_and_seeds_are_counted_by_hand() -> None:
    asked = pl.DataFrame(
        {
            "response_id": list("abcde"),
            "respondent_id": list("vwxyz"),
            "asked": ["desk", "desk", "desk", "room", "room"],
            "language": ["it"] * 4 + ["en"],
        }
    )
    said = pl.DataFrame(
        {
            "response_id": list("abcde"),
            "clause": 1,
            "clause_text": ["desk", "room", "nothing", "room desk", "room"],
            "tone": None,
            "evidence": 0,
            "label": "unknown",
        },
        schema_overrides={"tone": pl.Float64, "evidence": pl.UInt32},
    )
    from cxresearch.study import Words

    seeds = seeds_of({"desk": Words(en=["desk"]), "room": Words(en=["room"])})
    found = score_routes(asked, find_named(said, seeds), None)
    rows = found.filter(language="all").select("way", "n", "n_answered", "coverage", "estimate")
    assert rows.rows() == [
        ("majority", 5, 5, 1.0, 0.6),
        ("seeds", 5, 4, 0.8, 0.75),  # b names the room and was asked at the desk
        ("routing", 5, 4, 0.8, 0.75),
    ]
    assert found["language"].unique().sort().to_list() == ["all", "en", "it"]


def test_comments_of_one_person_widen_the_interval() -> None:
    asked = pl.DataFrame(
        {
            "response_id": [str(n) for n in range(40)],
            "respondent_id": [str(n // 10) for n in range(40)],
            "asked": ["a"] * 20 + ["b"] * 20,
            "language": "it",
        }
    )
    nobody = pl.DataFrame(schema={"response_id": pl.String, "name": pl.String})
    (one,) = (
        score_routes(asked, nobody, None).filter(language="it", way="majority").rows(named=True)
    )
    alone = asked.with_columns(respondent_id="response_id")
    (own,) = (
        score_routes(alone, nobody, None).filter(language="it", way="majority").rows(named=True)
    )
    assert one["estimate"] == own["estimate"] == 0.5
    assert one["ci_high"] - one["ci_low"] > 2 * (own["ci_high"] - own["ci_low"])


def test_nobody_wrote_anything(hotel: Study) -> None:
    found = route_comments(comments().clear(), study=hotel)
    assert found.mentions.is_empty()
    assert found.tidy().is_empty()
    assert found.glance()["why_not"].item() == "few_comments"


def test_a_missing_column_is_named(hotel: Study) -> None:
    with pytest.raises(DataError, match="'touchpoint' is missing"):
        route_comments(comments(("a", None, "x")).drop("touchpoint"), study=hotel)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [101, 102])
def test_in_the_sample_company_routing_beats_the_seeds_by_far(root: Path, seed: int) -> None:
    company = make_sample(seed=seed, n_customers=5_000)
    said = company.responses.filter(pl.col("comment").is_not_null(), voice="customer")
    study = read_study(root / "cxresearch" / "intake" / "sample")
    found = route_comments(said, study=study)
    for language in ("it", "en"):
        rows = found.tidy().filter(language=language).iter_rows(named=True)
        ways = {row["way"]: row for row in rows}
        assert ways["routing"]["share_right"] > ways["seeds"]["share_right"] + 0.2
        assert ways["routing"]["ci_low"] > 0.85
        assert ways["majority"]["ci_high"] < 0.4
    (row,) = found.glance().rows(named=True)
    assert row["calibration_error"] < 0.05
    assert row["n_routed"] > 0
