"""The sample company: contract, determinism, streams, faults, files, comments."""

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cxresearch.contract import SCHEMAS
from cxresearch.contract import TABLES as CONTRACT
from cxresearch.errors import ParameterError
from cxresearch.intake.sample import STORIES, SampleCompany, make_sample, write_sample
from cxresearch.intake.sample.comments import tone
from cxresearch.intake.sample.identities import invent_people
from cxresearch.intake.sample.layout import CHANNELS, PLACES, TEAMS, UNDRAWN
from cxresearch.intake.sample.model import SCALES, score
from cxresearch.intake.sample.people import ATTRIBUTES
from cxresearch.intake.sample.phrasing import SIGNS, SLOTS, read_phrases
from cxresearch.intake.sample.streams import Streams
from cxresearch.study import read_study

TABLES = tuple(name for name in CONTRACT if name != "labels")
"""What the sample company has: nobody labelled its comments."""
ROME = "Europe/Rome"


@pytest.fixture(scope="module")
def small() -> SampleCompany:
    return make_sample(seed=5, n_customers=150)


@pytest.fixture(scope="module")
def folder(small: SampleCompany, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(small, tmp_path_factory.mktemp("sample") / "study")


def accepted(company: SampleCompany, name: str) -> pl.DataFrame:
    """A table without the rows listed as faults (copies keep one)."""
    faults = company.truth["faults"].filter(pl.col("table") == name)
    wrong = faults.filter(pl.col("fault") != "exact_duplicate")["id"]
    key = SCHEMAS[name].primary_key()[0]
    table = company.tables[name].unique(maintain_order=True)
    return table.filter(~pl.col(key).is_in(wrong.implode()))


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_have_exactly_the_columns_of_the_contract(
    small: SampleCompany, name: str
) -> None:
    extra = list(ATTRIBUTES) if name == "customers" else []
    assert small.tables[name].columns == [*SCHEMAS[name].column_names(), *extra]


@pytest.mark.parametrize("name", TABLES)
def test_the_rows_without_planted_faults_pass_the_contract(small: SampleCompany, name: str) -> None:
    table = accepted(small, name)
    assert SCHEMAS[name].validate(table, cast=True).height == table.height


def test_references_point_to_rows_that_exist(small: SampleCompany) -> None:
    customers, interactions = small.customers, small.interactions
    for name in ("responses", "invitations"):
        table = small.tables[name].drop_nulls("customer_id")
        assert table.join(customers, on="customer_id", how="anti").is_empty()
    answers = small.responses.drop_nulls("interaction_id")
    assert answers.join(interactions, on="interaction_id", how="anti").is_empty()
    asked = small.invitations.drop_nulls("response_id")
    assert asked.join(small.responses, on="response_id", how="anti").is_empty()
    matched = answers.join(interactions.unique(), on="interaction_id", suffix="_visit")
    assert matched.filter(pl.col("customer_id") != pl.col("customer_id_visit")).is_empty()
    assert matched.filter(pl.col("at") < pl.col("at_visit")).is_empty()


def test_every_listed_fault_is_in_the_tables_and_no_other(small: SampleCompany) -> None:
    faults = small.truth["faults"]
    off = small.responses.unique().filter(pl.col("score") > pl.col("scale_max"))
    unknown = small.interactions.unique().filter(pl.col("customer_id").str.starts_with("X"))
    listed = faults.filter(pl.col("fault") != "exact_duplicate")["id"]
    assert sorted([*off["response_id"], *unknown["interaction_id"]]) == sorted(listed)
    for name, key in (("responses", "response_id"), ("interactions", "interaction_id")):
        table = small.tables[name]
        copies = table.filter(table.is_duplicated())[key].unique()
        same = faults.filter((pl.col("table") == name) & (pl.col("fault") == "exact_duplicate"))
        assert sorted(copies) == sorted(same["id"])


@pytest.mark.slow
def test_the_same_seed_makes_the_same_company_and_another_seed_another(
    small: SampleCompany,
) -> None:
    again, other = make_sample(seed=5, n_customers=150), make_sample(seed=6, n_customers=150)
    for name in TABLES:
        assert_frame_equal(small.tables[name], again.tables[name])
    assert not small.customers["trips_a_year"].equals(other.customers["trips_a_year"])


@pytest.mark.slow
def test_a_customer_is_the_same_in_a_larger_company() -> None:
    """Streams belong to a chunk, and a longer draw begins like a shorter one."""
    few, many = make_sample(seed=5, n_customers=20), make_sample(seed=5, n_customers=40)
    columns = ["customer_id", "region", "trips_a_year", "preferred_channel", "joined_at"]
    assert_frame_equal(few.customers.select(columns), many.customers.head(20).select(columns))


@pytest.mark.parametrize(
    ("story", "unchanged"),
    [
        ("inconsistent_refund", ("customers", "responses", "invitations")),
        ("harmless_low", ("customers", "interactions")),
        ("team_morale", ("customers", "interactions")),
        ("unhappy_silence", ("customers", "interactions")),
        ("uneven_touchpoints", ("customers", "interactions")),
    ],
)
def test_a_story_left_out_changes_only_the_tables_it_touches(
    small: SampleCompany, story: str, unchanged: tuple[str, ...]
) -> None:
    without = make_sample(seed=5, n_customers=150, without=[story])
    for name in unchanged:
        # Planted faults are drawn among the rows of a table, so they are compared apart.
        key = SCHEMAS[name].primary_key()[0]
        left = small.tables[name].unique(key, keep="first", maintain_order=True)
        right = without.tables[name].unique(key, keep="first", maintain_order=True)
        if name == "interactions":
            left, right = left.drop("customer_id"), right.drop("customer_id")
        if name == "responses":
            left, right = left.drop("score"), right.drop("score")
        assert_frame_equal(left, right)


def test_people_do_the_same_until_they_leave_whether_or_not_the_promise_is_broken(
    small: SampleCompany,
) -> None:
    """The two worlds share every draw: purchases differ only after somebody has left."""
    kept = make_sample(seed=5, n_customers=150, without=["broken_promise"])

    def purchases(company: SampleCompany) -> pl.DataFrame:
        bought = accepted(company, "interactions").filter(pl.col("kind") == "purchase")
        return bought.select("customer_id", "at", "touchpoint", "amount")

    keys = ["customer_id", "at", "touchpoint", "amount"]
    more = purchases(kept).join(purchases(small), on=keys, how="anti")
    left = small.customers.drop_nulls("left_at").select("customer_id", "left_at")
    after = more.join(left, on="customer_id", how="inner").filter(pl.col("at") > pl.col("left_at"))
    # What is missing here is what those who left would still have bought (faults aside).
    assert after.height >= 0.9 * more.height
    assert more.height > 0


def test_streams_of_different_purposes_do_not_move_each_other() -> None:
    streams = Streams(3)
    first = streams("waits").random(4)
    streams("delays").random(1000)
    assert (streams("waits").random(4) == first).all()
    assert (Streams(3, chunk=1)("waits").random(4) != first).all()


def test_a_study_folder_can_be_read_back(folder: Path, small: SampleCompany) -> None:
    study = read_study(folder)
    assert set(study.attributes) == set(ATTRIBUTES)
    assert {source.table for source in study.sources} == set(TABLES)
    assert study.data_until == date(2025, 11, 1)
    for name in TABLES:
        assert_frame_equal(
            pl.read_parquet(folder / "tables" / f"{name}.parquet"), small.tables[name]
        )


def test_csv_holds_the_same_rows_and_study_yml_names_its_files(
    small: SampleCompany, tmp_path: Path
) -> None:
    folder = write_sample(small, tmp_path, format="csv")
    study = read_study(folder)
    for source in study.sources:
        assert source.files is not None
        for file in source.files:
            table = pl.read_csv(folder / file, infer_schema=False)
            assert table.height == small.tables[source.table].height
    instant = pl.read_csv(folder / "tables/invitations.csv", infer_schema=False)["at"][0]
    assert datetime.fromisoformat(instant) == small.invitations["at"][0]


def test_experience_yml_draws_the_layout_and_leaves_one_touchpoint_out(folder: Path) -> None:
    experience = read_study(folder).experience
    drawn = {touchpoint.id: touchpoint for touchpoint in experience.touchpoints}
    assert set(drawn) == set(PLACES) - {UNDRAWN}
    assert {team.id for team in experience.teams} == set(TEAMS)
    assert {channel.id for channel in experience.channels} == set(CHANNELS)
    for id_, place in PLACES.items():
        if id_ != UNDRAWN:
            assert drawn[id_].owner == place.team
            assert place.channel in drawn[id_].channels
            assert drawn[id_].promise is not None


def test_instants_lie_within_24_months_of_rome(small: SampleCompany) -> None:
    rome = ZoneInfo(ROME)
    start, end = datetime(2023, 11, 1, tzinfo=rome), datetime(2025, 11, 1, tzinfo=rome)
    for name in ("interactions", "responses", "invitations"):
        at = small.tables[name]["at"]
        assert at.null_count() == 0
        assert at.min() >= start
        assert at.max() < end
        months = at.dt.convert_time_zone(ROME).dt.strftime("%Y-%m").unique()
        assert months.len() == 24


def test_scores_stay_on_their_scales_and_reach_both_ends() -> None:
    table = pl.DataFrame({"z": [-9.0, 0.0, 9.0]})
    for metric, (low, high) in SCALES.items():
        values = table.select(score("z", metric)).to_series().to_list()
        assert (values[0], values[2]) == (low, high)
        assert low < values[1] <= high


def test_there_are_enough_phrases_and_every_slot_is_known() -> None:
    counts = {}
    for language in ("it", "en"):
        phrases = read_phrases(language)
        clauses = [
            line
            for tones in phrases["clauses"].values()
            for lines in tones.values()
            for line in lines
        ]
        counts[language] = len(set(clauses))
        assert len(clauses) == counts[language]
        every = [
            line
            for part in phrases.values()
            for tones in part.values()
            for lines in tones.values()
            for line in lines
        ]
        assert {slot for line in every for slot in re.findall(r"\{(\w+)\}", line)} <= set(SLOTS)
    assert counts["it"] >= 200
    assert counts["en"] >= 80


def test_comments_are_filled_in_and_say_what_the_score_says(small: SampleCompany) -> None:
    said = small.responses.unique().drop_nulls(["comment", "score"])
    said = said.filter(pl.col("score") <= pl.col("scale_max"), pl.col("voice") == "customer")
    assert said.filter(pl.col("comment").str.contains("|".join(SIGNS.values()))).is_empty()
    assert said.filter(pl.col("comment").str.strip_chars() == "").is_empty()
    moods = said.with_columns(pl.col("score").alias("felt"), pl.col("metric").alias("felt_metric"))
    moods = moods.with_columns(tone().alias("tone"))
    glad = pl.col("comment").str.contains("[😊👏😍👌]")
    angry = pl.col("comment").str.contains("[😡🤬😤👎]")
    assert moods.filter(glad).filter(pl.col("tone") == "bad").is_empty()
    assert moods.filter(angry).filter(pl.col("tone") == "good").is_empty()
    assert moods.filter(glad).height > 20
    assert 0.2 < small.responses["comment"].is_not_null().mean() < 0.3


def test_invented_ibans_and_fiscal_codes_have_right_check_digits() -> None:
    people = invent_people(Streams(1)("people"))
    for iban in people["iban"]:
        turned = iban[4:] + iban[:4]
        assert int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
        assert len(iban) == 27
    assert people["cf"].str.contains(r"^[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]$").all()
    assert people["email"].str.contains(r"example\.(com|org|net)$").all()


def test_employees_cannot_be_followed_from_month_to_month(small: SampleCompany) -> None:
    staff = small.responses.unique().filter(pl.col("voice") == "employee")
    assert staff["respondent_id"].is_unique().all()
    assert staff["customer_id"].null_count() == staff.height


def test_an_unknown_story_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'halo'"):
        make_sample(n_customers=10, without=["hallo"])


def test_a_company_needs_a_customer_and_a_known_format(
    small: SampleCompany, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match="0 customers"):
        make_sample(n_customers=0)
    with pytest.raises(ParameterError, match="'parket' is unknown"):
        write_sample(small, tmp_path, format="parket")  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_committed_demo_is_what_the_generator_makes(root: Path, tmp_path: Path) -> None:
    demo, made = root / "data/demo", write_sample(make_sample(), tmp_path)
    for name in TABLES:
        assert_frame_equal(
            pl.read_parquet(demo / "tables" / f"{name}.parquet"),
            pl.read_parquet(made / "tables" / f"{name}.parquet"),
        )
    for name in ("study.yml", "experience.yml"):
        assert (demo / name).read_text() == (made / name).read_text()
    assert sum(path.stat().st_size for path in demo.rglob("*") if path.is_file()) < 5_000_000


@pytest.mark.slow
def test_the_demo_has_the_volumes_asked_for(root: Path) -> None:
    tables = root / "data/demo/tables"
    assert pl.read_parquet(tables / "customers.parquet").height == 6000
    assert pl.read_parquet(tables / "interactions.parquet").height >= 60_000
    responses = pl.read_parquet(tables / "responses.parquet")
    assert responses.height >= 60_000
    nps = responses.filter(
        (pl.col("voice") == "customer") & (pl.col("metric") == "nps"), pl.col("score") <= 10
    )
    monthly = nps.group_by(pl.col("at").dt.convert_time_zone(ROME).dt.strftime("%Y-%m")).len()
    assert monthly.height == 24
    assert monthly["len"].min() >= 1500


def test_the_readme_of_the_data_counts_what_is_there_and_names_every_story(root: Path) -> None:
    text = (root / "data/README.md").read_text()
    for name in TABLES:
        path = f"demo/tables/{name}.parquet"
        height = pl.scan_parquet(root / "data" / path).select(pl.len()).collect().item()
        line = next(line for line in text.splitlines() if path in line)
        assert line.endswith(f"| {height:,} |")
    for name, story in STORIES.items():
        assert f"| `{name}` | {story.description} |" in text


def test_personal_data_in_comments_belong_to_the_invented_persons(small: SampleCompany) -> None:
    comments = small.responses["comment"].drop_nulls()
    mails = comments.str.extract_all(r"[a-z0-9.]+@[a-z.]+[a-z]").explode().drop_nulls()
    codes = comments.str.extract_all(r"IT\d\d[A-Z]\d{22}").explode().drop_nulls()
    pool = small.truth["identities"]
    assert mails.len() > 5
    assert codes.len() > 0
    assert mails.is_in(pool["email"].implode()).all()
    assert codes.is_in(pool["iban"].implode()).all()
    staff = small.responses.filter(pl.col("voice") == "employee")["comment"].drop_nulls()
    assert not staff.str.contains("@").any()


@pytest.mark.slow
def test_chunks_follow_each_other_without_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxresearch.intake.sample.company.CHUNK", 100)
    company = make_sample(seed=5, n_customers=250)
    assert company.customers["customer_id"].to_list() == [f"C{n:07d}" for n in range(1, 251)]
    for name, key in (("interactions", "interaction_id"), ("responses", "response_id")):
        assert accepted(company, name)[key].is_unique().all()
