"""Where map and lived journey part is named, and a missing touchpoint can be pasted in."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.study import read_study
from cxresearch.transforms.drawn import FIT_COLUMNS, UNDRAWN_COLUMNS, compare_drawn
from cxresearch.transforms.map_patch import write_patch
from cxresearch.transforms.reviews import list_unreviewed
from tests.promised import STAGES, TEAMS, UNTIL, YEAR, contacts, place, rated, study_of, tables_of

MAP = [place("shop"), place("train", stage="travel"), place("help", stage="resolve")]
FIRST = datetime(2025, 3, 1, tzinfo=UTC)


def lived(*journeys, repeat=12, channel="web"):
    """The same customers' journeys, each a list of touchpoints a day apart, 90 days between."""
    rows = [
        {
            "customer_id": f"{copy}",
            "touchpoint": touchpoint,
            "at": FIRST + timedelta(days=90 * number + step),
            "interaction_id": f"{copy}-{number}-{step}",
        }
        for copy in range(repeat)
        for number, journey in enumerate(journeys)
        for step, touchpoint in enumerate(journey)
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    places = pl.Series("touchpoint", columns.pop("touchpoint"))
    return contacts(**columns, channel=channel).with_columns(places)


def crowd(path, n):
    """`n` customers of their own who live one path, its touchpoints joined by `_`."""
    own = pl.format("{}-{}", pl.lit(path), pl.col("customer_id")).alias("customer_id")
    return lived(path.split("_"), repeat=n).with_columns(own)


def compared(*journeys, places=MAP, **more):
    tables = tables_of(study_of(*places), contacts=lived(*journeys, **more))
    return compare_drawn(tables, period=YEAR)


def fit(result, *, of="customers"):
    return dict(result.fit.filter(of=of).select("rule", "share").rows())


def test_a_touchpoint_met_and_not_drawn_is_named_with_its_neighbours_stage():
    result = compared(["shop", "gate", "train"], ["shop", "gate", "train"], ["train", "gate"])
    row = result.undrawn.row(0, named=True)
    assert tuple(result.undrawn.columns) == UNDRAWN_COLUMNS
    assert (row["touchpoint"], row["n"], row["n_customers"]) == ("gate", 36, 12)
    assert row["likely_stage"] == "travel"  # three times next to the train, twice to the shop
    assert (row["first_at"], row["channels"]) == (FIRST + timedelta(days=1), ["web"])
    assert row["last_at"] == FIRST + timedelta(days=181)


def test_a_neighbour_in_another_journey_is_none():
    result = compared(["shop"], ["gate"], ["help"])
    assert result.undrawn["likely_stage"].item() is None
    assert "choose one" in result.patch


def test_few_customers_lose_their_figures_and_their_place_in_the_patch():
    result = compared(["shop", "gate"], repeat=9)
    row = result.undrawn.row(0, named=True)
    assert (row["touchpoint"], row["n"], row["is_suppressed"]) == ("gate", None, True)
    assert result.patch == ""


def test_a_touchpoint_nobody_meets_is_named_with_stage_and_owner():
    places = [*MAP, place("desk", stage="travel", owner="stations")]
    result = compared(["shop", "train", "help"], places=places)
    assert result.never_met.rows() == [("desk", "travel", "stations")]


def test_a_step_to_an_earlier_stage_is_told_with_its_base():
    result = compared(["shop", "train", "shop"], ["train"])
    row = result.backward.row(0, named=True)
    assert (row["from_touchpoint"], row["to_touchpoint"]) == ("train", "shop")
    assert (row["from_stage"], row["to_stage"]) == ("travel", "buy")
    assert (row["n"], row["n_customers"], row["base"], row["share"]) == (12, 12, 24, 0.5)
    assert row["ci_low"] < 0.5 < row["ci_high"]


def test_the_next_journey_may_begin_again_at_the_start():
    result = compared(["shop", "train", "help"], ["shop", "train"])
    assert result.backward.is_empty()
    assert fit(result) == {"fits": 1, "only_drawn": 1, "no_step_back": 1}


def test_a_customer_fits_where_every_journey_does():
    result = compared(["shop", "train"], ["help", "shop"], ["shop", "gate"])
    assert fit(result) == {"fits": 0, "only_drawn": 0, "no_step_back": 0}
    assert fit(result, of="journeys") == pytest.approx(
        {"fits": 1 / 3, "only_drawn": 2 / 3, "no_step_back": 2 / 3}
    )
    journeys = result.fit.filter(of="journeys", rule="fits").row(0, named=True)
    assert (journeys["n"], journeys["base"], journeys["n_customers"]) == (12, 36, 12)
    assert tuple(result.fit.columns) == FIT_COLUMNS


def test_what_lies_off_the_map_does_not_hide_a_step_back():
    assert fit(compared(["help", "gate", "shop"]))["no_step_back"] == 0
    assert fit(compared(["shop", "gate", "help"]))["no_step_back"] == 1


def test_too_few_customers_make_no_share_of_fit():
    assert compared(["shop", "train"], repeat=9).fit.is_empty()


def rules(**crowds):
    """Rules with a row where so many customers live each path, and hundreds the map's."""
    crowds = {"shop_train": 300, **crowds}
    parts = [crowd(path, n) for path, n in crowds.items()]
    tables = tables_of(study_of(*MAP), contacts=pl.concat(parts))
    return compare_drawn(tables, period=YEAR).fit.filter(of="journeys")["rule"].to_list()


def test_a_rule_that_few_people_break_or_keep_is_not_shown():
    assert rules(spa_train=10) == ["fits", "only_drawn", "no_step_back"]
    assert rules(spa_train=3) == ["no_step_back"]
    assert rules(shop_train=3, spa_train=100) == ["no_step_back"]
    assert rules(train_shop=9) == ["only_drawn"]


def test_few_people_are_not_found_from_one_rule_less_the_other():
    # of 53 who do not follow the map 50 step back: the others are the 3 who were at the spa
    assert rules(spa_train=3, train_shop=50) == ["no_step_back"]
    # all off the map step back as well but 4; both rules are broken by many
    assert rules(train_spa_shop=40, train_shop=4) == ["only_drawn", "no_step_back"]


def test_a_touchpoint_of_few_customers_is_not_shown_here():
    log = pl.concat([crowd("shop_train", 60), crowd("train_gate", 12), crowd("spa", 3)])
    result = compare_drawn(tables_of(study_of(*MAP), contacts=log), period=YEAR)
    assert result.undrawn.select("touchpoint", "n").rows() == [("gate", 12), ("spa", None)]
    assert "gate" in result.patch
    assert "spa" not in result.patch


def test_a_step_back_from_a_hidden_touchpoint_is_not_shown():
    for n, shown in ((12, ["help"]), (3, [])):
        parts = [crowd("shop_train", 60), crowd("help_shop", n)]
        result = compare_drawn(tables_of(study_of(*MAP), contacts=pl.concat(parts)), period=YEAR)
        assert result.backward["from_touchpoint"].to_list() == shown


def test_many_journeys_of_few_people_are_not_shown():
    wanderers = lived(*[["spa"]] * 3, repeat=4).with_columns(
        pl.format("w{}", pl.col("customer_id")).alias("customer_id")
    )
    log = pl.concat([lived(["shop"], repeat=300), wanderers])
    result = compare_drawn(tables_of(study_of(*MAP), contacts=log), period=YEAR)
    assert result.fit["rule"].unique().to_list() == ["no_step_back"]


def naive_fit(journeys):
    """By hand: the stages of the touchpoints drawn, in order, never go down."""
    order = {"shop": 0, "train": 1, "help": 2}
    drawn = [all(t in order for t in j) for j in journeys]
    steps = [[order[t] for t in j if t in order] for j in journeys]
    forward = [s == sorted(s) for s in steps]
    return drawn, forward


PATH = st.lists(st.sampled_from(["shop", "train", "help", "gate"]), min_size=1, max_size=6)


@given(st.lists(PATH, min_size=1, max_size=4))
@settings(deadline=None, max_examples=40)
def test_the_shares_of_fit_are_those_of_a_naive_loop(journeys):
    result = compared(*journeys)
    drawn, forward = naive_fit(journeys)
    both = [d and f for d, f in zip(drawn, forward, strict=True)]
    n = len(journeys)
    assert fit(result, of="journeys") == pytest.approx(
        {"fits": sum(both) / n, "only_drawn": sum(drawn) / n, "no_step_back": sum(forward) / n}
    )
    assert fit(result) == {
        "fits": all(both), "only_drawn": all(drawn), "no_step_back": all(forward)
    }  # fmt: skip


def test_contacts_of_nobody_known_are_met_all_the_same():
    log = contacts("gate", n=15).with_columns(pl.lit(None, pl.String).alias("customer_id"))
    result = compare_drawn(tables_of(study_of(*MAP), contacts=log), period=YEAR)
    assert result.undrawn.select("touchpoint", "n", "n_customers").rows() == [("gate", 15, 15)]
    assert result.fit.is_empty()
    assert result.never_met["touchpoint"].to_list() == ["shop", "train", "help"]


def test_without_contacts_the_answers_say_what_is_met():
    tables = tables_of(study_of(*MAP), rated(9, 3, "shop"), rated(9, 3, "gate"))
    result = compare_drawn(tables, period=YEAR)
    assert result.undrawn["touchpoint"].to_list() == ["gate"]
    assert result.never_met["touchpoint"].to_list() == ["train", "help"]
    assert result.backward.is_empty()
    assert result.fit.is_empty()


def test_a_touchpoint_that_is_only_rated_is_met_as_well():
    log = lived(["shop", "train"])
    tables = tables_of(study_of(*MAP), rated(9, 3, "help"), rated(9, 4, "gate"), contacts=log)
    result = compare_drawn(tables, period=YEAR)
    assert result.never_met.is_empty()
    assert result.undrawn.select("touchpoint", "n").rows() == [("gate", 13)]
    assert fit(result)["fits"] == 1


def test_without_any_table_everything_is_never_met():
    result = compare_drawn(tables_of(study_of(*MAP)), period=YEAR)
    assert result.undrawn.is_empty()
    assert result.never_met.height == 3


def test_only_the_period_asked_for_is_looked_at():
    log = lived(["shop", "gate"]).with_columns(pl.col("at").dt.offset_by("-2y"))
    result = compare_drawn(tables_of(study_of(*MAP), contacts=log), period=YEAR)
    assert result.undrawn.is_empty()
    assert result.never_met.height == 3


def test_a_review_is_good_for_six_months_before_the_end_of_the_data():
    study = study_of(
        place("shop", reviewed_on="2025-07-01"),
        place("train", stage="travel", reviewed_on="2025-06-30", owner="stations"),
        place("help", stage="resolve"),
    )
    table = list_unreviewed(study, data_until=UNTIL)
    assert table.rows() == [
        ("help", None, None, None),
        ("train", "stations", date(2025, 6, 30), 6),
    ]
    assert list_unreviewed(study, data_until=UNTIL, months=12)["touchpoint"].to_list() == ["help"]


@pytest.mark.parametrize(
    "name", ["gate", "access_gate", "42", "true", "No", "1e5", "2025-01-01", "a.b", "null"]
)
def test_the_patch_pasted_at_the_end_of_the_list_is_a_valid_study(tmp_path, name):
    result = compared(["shop", name, "train"])
    study = read_pasted(tmp_path, result.patch)
    drawn = study.experience.touchpoints[-1]
    assert (drawn.id, drawn.stage, drawn.channels) == (name, "buy", ["web"])
    assert study.label("touchpoint", name)["en"]


def test_an_empty_experience_gets_stages_along(tmp_path):
    log = lived(["gate"])
    result = compare_drawn(tables_of(study_of().model_copy(), contacts=log), period=YEAR)
    bare = study_of().model_copy()
    bare = bare.model_copy(update={"experience": type(bare.experience)()})
    patch = write_patch(result.undrawn, bare)
    write_study(tmp_path, patch)
    assert [each.id for each in read_study(tmp_path).experience.touchpoints] == ["gate"]


def test_a_name_that_cannot_be_an_id_is_left_as_a_comment(tmp_path):
    result = compared(["shop", "Access gate: north\n- id: x", "train"])
    assert result.patch.lstrip().startswith("#")
    assert read_pasted(tmp_path, result.patch).experience.touchpoints[-1].id == "help"


def test_a_channel_that_is_not_drawn_is_left_out():
    study = study_of(*MAP)
    drawn = study.experience.model_copy(
        update={"channels": type(study.experience).model_validate(
            {"channels": [{"id": "web", "label": "Web"}]}).channels}
    )  # fmt: skip
    rows = {"touchpoint": ["gate"], "channels": [["sms", "web"]], "likely_stage": ["buy"]}
    patch = write_patch(pl.DataFrame(rows), study.model_copy(update={"experience": drawn}))
    assert "channels: [web]" in patch


def write_study(folder: Path, experience: str) -> None:
    study = {"name": "x", "sources": [{"table": "responses", "files": "r.csv"}]}
    (folder / "study.yml").write_text(json.dumps(study))
    (folder / "experience.yml").write_text(experience)


def read_pasted(folder: Path, patch: str):
    """experience.yml as people write it, the patch at its end."""
    heads = [f"stages: {json.dumps(STAGES)}", f"teams: {json.dumps(TEAMS)}", "touchpoints:"]
    entries = [f"  - {json.dumps(each)}" for each in MAP]
    write_study(folder, "\n".join([*heads, *entries]) + "\n" + patch)
    return read_study(folder)
