"""study.yml and experience.yml: what is read, and how everything wrong is told."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.contract import METRICS
from cxresearch.errors import CxWarning, ParameterError, StudyError
from cxresearch.study import (
    Attribute,
    Experience,
    Promise,
    Source,
    Study,
    is_protected_name,
    list_presets,
    read_preset,
    read_study,
    read_yaml,
)
from cxresearch.study.parts import Metric
from cxresearch.study.schemas import FOLDER, reference, schema_of

MINIMAL = """\
name: Acme
sources:
  - table: responses
    files: answers.csv
"""


def write(folder: Path, study: str = MINIMAL, experience: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "study.yml").write_text(study, encoding="utf-8")
    if experience is not None:
        (folder / "experience.yml").write_text(experience, encoding="utf-8")
    return folder


def refusal(folder: Path) -> StudyError:
    with pytest.raises(StudyError) as caught:
        read_study(folder)
    return caught.value


def source(text: str) -> str:
    """A study with one source of responses that holds `text`."""
    return MINIMAL + "".join(f"    {line}\n" for line in text.splitlines())


# ------------------------------------------------------------------------------ YAML


@pytest.fixture
def yaml(tmp_path: Path) -> Path:
    return tmp_path / "some.yml"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\n\tb: 2\n", 2, "tab"),
        ("a:\n- b\n\t- c\n", 3, "tab"),
        ("a:\n  b: 1\n  \tc: 2\n", 3, "tab"),
        ("a: 1\nb: 2\na: 3\n", 3, "key 'a' is written twice, first on line 1"),
        ("a:\n  b: 1\n  b: 2\n", 3, "key 'b' is written twice, first on line 2"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: &x 1\n", 1, "anchor"),
        ("a: 1\nb: *x\n", 2, "alias"),
        ("a: !!python/name:os.system x\n", 1, "tag"),
        ("a: !secret x\n", 1, "tag"),
        ("a: b: c\n", 1, "colon"),
        ("a: [1,\n", 2, "not YAML"),
        ("a: 'x\n", 2, "not YAML"),
        ("a: 1\nb: \x01\n", 2, "control character"),
        ("a: 1\nb: 2025-13-45\n", 2, "2025-13-45"),
        ("? [1]\n: 3\n", 1, "key that is not a text"),
        ("&x a: 1\n", 1, "key that is not a text"),
        ("a: !!bool x\n", 1, "cannot be read as bool"),
    ],
)
def test_yaml_beyond_plain_values_is_refused_with_its_line(
    yaml: Path, text: str, line: int, says: str
) -> None:
    yaml.write_text(text)
    with pytest.raises(StudyError) as caught:
        read_yaml(yaml)
    assert caught.value.cause.startswith(f"{yaml} line {line}: ")
    assert says in caught.value.cause
    assert caught.value.next_step or caught.value.allowed


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n"])
def test_an_empty_file_is_refused(yaml: Path, text: str) -> None:
    yaml.write_text(text)
    with pytest.raises(StudyError, match="is empty"):
        read_yaml(yaml)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(yaml: Path) -> None:
    yaml.write_bytes("a: 1\nb: caffè\n".encode("latin-1"))
    with pytest.raises(StudyError, match=r"line 2: the file is not UTF-8"):
        read_yaml(yaml)


def test_a_missing_file_says_how_to_start(yaml: Path) -> None:
    with pytest.raises(StudyError, match="does not exist") as caught:
        read_yaml(yaml)
    assert "cxresearch init" in caught.value.next_step


@pytest.mark.slow
def test_deep_nesting_is_refused_not_a_crash(yaml: Path) -> None:
    yaml.write_text("[" * 1000 + "]" * 1000)
    with pytest.raises(StudyError, match="nested too deeply"):
        read_yaml(yaml)


def test_keys_are_text_as_written(yaml: Path) -> None:
    yaml.write_text("0: a\n01: b\nno: c\nnull: d\n1.50: e\n2025-01-01: f\n")
    assert list(read_yaml(yaml)) == ["0", "01", "no", "null", "1.50", "2025-01-01"]


def test_values_have_the_types_of_yaml_1_2(yaml: Path) -> None:
    yaml.write_text("a: no\nb: 1\nc: 1.5\nd: true\ne: null\nf: 2025-10-01\ng: '7'\nh: [x, 2]\n")
    assert read_yaml(yaml) == {
        "a": "no",
        "b": 1,
        "c": 1.5,
        "d": True,
        "e": None,
        "f": date(2025, 10, 1),
        "g": "7",
        "h": ["x", 2],
    }


def test_a_sign_escaped_in_two_halves_as_json_does_is_one_sign(yaml: Path) -> None:
    yaml.write_text(r"""{"\ud83d\ude0a": "\ud83d\ude0a ok", "plain": "\U0001F60A"}""")
    assert read_yaml(yaml) == {"😊": "😊 ok", "plain": "😊"}


@pytest.mark.parametrize("half", [r"\ud83d", r"\ude0a", r"\ude0a\ud83d"])
def test_half_a_sign_is_refused_with_its_line(yaml: Path, half: str) -> None:
    yaml.write_text(f'a: 1\nb: "{half}"\n')
    with pytest.raises(StudyError, match=r"line 2: an escaped sign of which one half is missing"):
        read_yaml(yaml)


def test_a_tab_inside_text_is_kept(yaml: Path) -> None:
    yaml.write_text('a: "x\\ty"\nquery: |\n  select\n  \tb\n')
    assert read_yaml(yaml) == {"a": "x\ty", "query": "select\n\tb\n"}


def test_a_byte_order_mark_and_windows_line_ends_are_read(yaml: Path) -> None:
    yaml.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read_yaml(yaml) == {"a": 1, "b": 2}


words = st.text("abcdefghijklmnopqrstuvwxyz0123456789 _'\"#:-", min_size=1).map(str.strip)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(values=st.dictionaries(words.filter(bool), values, min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_what_json_holds_is_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    """JSON is YAML: an independent writer checks the reader."""
    path = tmp_path_factory.mktemp("json") / "a.yml"
    path.write_text(json.dumps(values))
    assert read_yaml(path) == values


@pytest.mark.slow
def test_thousands_of_entries_are_read_in_a_second_or_two(yaml: Path) -> None:
    yaml.write_text("words:\n" + "".join(f"  word{i}: {i % 5}\n" for i in range(5000)))
    start = time.perf_counter()
    assert len(read_yaml(yaml)["words"]) == 5000
    assert time.perf_counter() - start < 5  # 0.5 s on an idle machine


# ------------------------------------------------------------------- reading a study


def test_a_study_without_experience_is_a_study(tmp_path: Path) -> None:
    study = read_study(write(tmp_path))
    assert study.experience == Experience()
    assert study.folder == tmp_path
    assert (study.currency, study.timezone, study.languages) == ("EUR", "UTC", ["en"])
    assert study.sources[0].files == ["answers.csv"]


def test_folder_and_experience_are_no_keys_of_the_file(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, MINIMAL + "folder: /etc\n"))
    assert "line 5, key folder: 'folder' is not a key here." in error.cause


def test_a_missing_folder_suggests_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path / "retail")
    error = refusal(tmp_path / "retial")
    assert "Did you mean 'retail'?" in error.cause
    assert "cxresearch init" in error.next_step


def test_an_error_names_file_line_key_and_a_suggestion(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, source("colums: {score: s}")))
    path = tmp_path / "study.yml"
    assert str(error) == (
        f"{path} line 5, key sources[0].colums: 'colums' is not a key here. "
        "Did you mean 'columns'?\n"
        "  allowed: table, name, files, sql, format, sheet, csv, preset, columns, constants, "
        "prefixes, values, unpivot, dates, scale\n"
        "  next: mend this line, then run: cxresearch check STUDY"
    )


def test_all_errors_of_a_file_are_told_at_once_in_its_order(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, "nam: x\ntimezone: Rome\n" + MINIMAL + "window_months: 0\n"))
    lines = error.cause.splitlines()
    assert lines[0] == f"3 things are wrong in {tmp_path / 'study.yml'}"
    assert [line.split("key ")[1].split(":")[0] for line in lines[1:]] == [
        "nam",
        "timezone",
        "window_months",
    ]


def test_no_more_than_twenty_errors_are_listed(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, MINIMAL + "".join(f"key{i}: 1\n" for i in range(25))))
    assert error.cause.startswith("25 things")
    assert error.cause.splitlines()[-1].strip() == "and 5 more"
    assert len(error.cause.splitlines()) == 22


def test_a_list_where_keys_are_expected_is_refused(tmp_path: Path) -> None:
    assert "holds no keys" in refusal(write(tmp_path, "- a\n- b\n")).cause


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [
        ("currency: EURO", "currency", "'EURO' is not a currency"),
        ("timezone: Europe/Roma", "timezone", "Did you mean 'Europe/Rome'?"),
        ("languages: [en, fr]", "languages[1]", "'fr' is not known here"),
        ("languages: []", "languages", "too short"),
        ("languages: [it, it]", "languages", "given twice"),
        ("data_until: 31/10/2025", "data_until", "is not a day"),
        ("data_until: 2025-10", "data_until", "is not a day"),
        ("privacy: {hide_below: 1}", "privacy.hide_below", "too small"),
        ("privacy: {hide_below: few}", "privacy.hide_below", "not a whole number"),
        ("privacy: 10", "privacy", "holds no keys"),
        ("leaving: {times: [3, 2, 4]}", "leaving.times", "3, 2, 4"),
        ("leaving: {times: [2, 3]}", "leaving.times", "too few entries"),
        ("leaving: {times: [2, 3, 4, 5]}", "leaving.times", "too long"),
        ("left_reasons: {service: experiense}", "left_reasons.service", "'experience'?"),
        ("left_reasons: [service]", "left_reasons", "holds no keys"),
        ("attributes: {Age group: {role: context}}", "attributes.Age group", "is not an id"),
        ("attributes: {region: {role: contxt}}", "attributes.region.role", "'context'?"),
        ("attributes: {region: {}}", "attributes.region", "the key 'role' is missing"),
        ("attributes: {role: {rol: usage}}", "attributes.role", "the key 'role' is missing"),
        ("attributes: {customer_id: {role: context}}", "attributes.customer_id", "the contract"),
        ("window_months: 2.5", "window_months", "not a whole number"),
        ("name: 2017", "name", "is not a text"),
        ("unknown_customers: drop", "unknown_customers", "not known here"),
    ],
)
def test_a_wrong_value_in_study_yml_is_told_with_its_key(
    tmp_path: Path, line: str, key: str, says: str
) -> None:
    text = MINIMAL.replace("name: Acme\n", "") if line.startswith("name") else MINIMAL
    cause = refusal(write(tmp_path, f"{line}\n{text}")).cause
    assert f"line 1, key {key}: " in cause
    assert says in cause


def test_codes_of_reasons_may_be_numbers(tmp_path: Path) -> None:
    study = read_study(write(tmp_path, "left_reasons: {3: experience, x: other}\n" + MINIMAL))
    assert study.left_reasons == {"3": "experience", "x": "other"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sql: {uri_env: X, query: select 1}", "both files and sql"),
        ("scale: {min: abc, max: 5}", "key sources[0].scale.min: 'abc' is not a number"),
        ("scale: {min: 5, max: 1}", "runs from 5 to 1"),
        ("scale: {min: .nan, max: 1}", "is not a number"),
        ("columns: {scor: q1}", "'scor' is not a column of responses. Did you mean 'score'?"),
        ("columns: {score: 3}", "is not a text"),
        ("constants: {metric: npss}", "'npss' is not a metric. Did you mean 'nps'?"),
        ("constants: {voice: staff}", "'staff' is not a voice"),
        ("values: {voice: {1: client}}", "'client' is not a voice"),
        ("constants: {metric: csat}", "given without its scale"),
        ("constants: {metric: nps}\nscale: {min: 1, max: 5}", "NPS on a scale from 1 to 5"),
        (
            "constants: {metric: nps}\nscale: {min: 0, max: 10, high_is: bad}",
            "high is bad",
        ),
        ("columns: {score: a}\nconstants: {score: 1}", "'score' is filled twice"),
        ("columns: {score: a}\nunpivot: {columns: {q1: desk}}", "'score' is filled twice"),
        ("unpivot: {columns: {q1: desk}, into: touch}", "Did you mean 'touchpoint'?"),
        ("unpivot: {columns: {}}", "too short"),
        ("constants: {channel: web}\nvalues: {channel: {1: app}}", "but is a constant"),
        ("prefixes: {respondent: '2017-'}", "Did you mean 'respondent_id'?"),
        ("preset: qualtriks", "'qualtriks' is not a preset. Did you mean 'qualtrics'?"),
        ("dates: {timezone: Rome}", "is not a time zone"),
        ("format: xls", "not known here"),
        ("csv: {separator: ';;'}", "wrong length"),
    ],
)
def test_a_wrong_source_is_told(tmp_path: Path, text: str, says: str) -> None:
    assert says in str(refusal(write(tmp_path, source(text))))


def test_a_source_without_rows_is_refused(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, "name: A\nsources:\n  - table: responses\n"))
    assert "no rows are pointed at" in error.cause
    assert "line 3" in error.cause


def test_an_attribute_of_customers_must_be_declared(tmp_path: Path) -> None:
    text = "name: A\nsources:\n  - {table: customers, files: c.csv, columns: {region: R}}\n"
    assert "declare it under attributes" in refusal(write(tmp_path, text)).next_step
    declared = "attributes: {region: {role: context}}\n" + text
    assert read_study(write(tmp_path, declared)).sources[0].columns == {"region": "R"}


def test_two_unnamed_mappings_of_one_file_need_names(tmp_path: Path) -> None:
    twice = MINIMAL + "  - table: responses\n    files: answers.csv\n"
    assert "read twice" in refusal(write(tmp_path, twice)).cause
    named = twice + "    name: comments\n"
    assert len(read_study(write(tmp_path, named)).sources) == 2


def test_names_of_sources_are_unique(tmp_path: Path) -> None:
    text = "name: A\nsources:\n" + "  - {table: responses, name: x, files: a.csv}\n" * 2
    assert "'x' is given twice" in refusal(write(tmp_path, text)).cause


def test_codes_and_constants_stay_as_written(tmp_path: Path) -> None:
    text = source("constants: {at: 2025-10-01}\nvalues: {score: {0: null, 01: 1, 5.0: 5}}")
    read = read_study(write(tmp_path, text)).sources[0]
    assert read.constants == {"at": "2025-10-01"}
    assert read.values == {"score": {"0": None, "01": 1, "5.0": 5}}


@pytest.mark.parametrize("name", ["Age", "SeniorCitizen", "Q20GENDER", "partner", "Sesso", "età"])
def test_a_name_that_suggests_a_protected_characteristic_is_known(name: str) -> None:
    assert is_protected_name(name)


@pytest.mark.parametrize("name", ["usage", "average", "region", "message", "stage", "pager"])
def test_a_harmless_name_is_not_taken_for_protected(name: str) -> None:
    assert not is_protected_name(name)


def test_a_protected_name_with_another_role_is_a_warning_with_the_line_to_try(
    tmp_path: Path,
) -> None:
    text = MINIMAL + "attributes:\n  age_group: {role: context}\n"
    with pytest.warns(CxWarning, match=r"line 6: 'age_group'.*age_group: \{role: protected\}"):
        read_study(write(tmp_path, text))


# ---------------------------------------------------------------------- experience.yml

DRAWN = """\
stages:
  - {id: buy, label: Buy}
teams:
  - {id: stores, label: {en: Stores, it: Negozi}}
channels:
  - {id: shop, label: Shop}
touchpoints:
  - id: desk
    label: {en: Desk, it: Banco}
    stage: buy
"""


def drawn(text: str) -> str:
    """DRAWN with more keys on its touchpoint."""
    return DRAWN + "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("owner: store", "'store' is not among the teams. Did you mean 'stores'?"),
        ("supported_by: [stores, it]", "'it' is not among the teams"),
        ("channels: [web]", "'web' is not among the channels"),
        ("kind: online", "not known here"),
        ("promise: {measure: csat, statistic: share}", "neither at_least nor at_most"),
        (
            "promise: {measure: csat, statistic: share, at_least: 0.8, at_most: 0.9}",
            "both at_least and at_most",
        ),
        ("promise: {measure: csat, statistic: share, at_least: 80}", "next: write 0.8"),
        ("promise: {measure: csat, statistic: nps, at_least: 1}", "does not fit measure 'csat'"),
        ("promise: {measure: nps, statistic: mean, at_least: 1}", "does not fit measure 'nps'"),
        ("promise: {measure: nps, statistic: nps, at_least: 140}", "-100 to 100"),
        (
            "promise: {measure: wait_minutes, statistic: share, at_least: 0.9}",
            "without the minutes",
        ),
        (
            "promise: {measure: wait_minutes, statistic: p90, threshold: 5, at_most: 9}",
            "a threshold has no meaning",
        ),
        ("promise: {measure: wait_minutes, statistic: mean, at_most: -1}", "-1 minutes"),
        ("promise: {measure: csat, statistic: mean, at_least: 6}", "1 to 5"),
        (
            "promise: {measure: csat, statistic: mean, at_least: 4, touchpoint: app}",
            "names the touchpoint 'app'",
        ),
        (
            "promise: {measure: csat, statistic: mean, at_least: 4, channel: web}",
            "'web' is not among the channels",
        ),
        ("reviewed_on: yesterday", "is not a day"),
        ("moment_of_truth: maybe", "neither true nor false"),
    ],
)
def test_a_wrong_touchpoint_is_told(tmp_path: Path, text: str, says: str) -> None:
    error = refusal(write(tmp_path, experience=drawn(text)))
    assert says in str(error)
    assert "experience.yml line 11, key touchpoints[0]." in error.cause


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("touchpoints: [{id: a, label: A, stage: buy}]", "'buy' is not among the stages"),
        ("stages: [{id: a, label: A}, {id: a, label: B}]", "'a' is given twice"),
        ("stages: [{id: My stage, label: A}]", "write my_stage"),
        ("stages: [{id: a, label: {en: A, fr: B}}]", "is not a text"),
        ("stages: [{id: a, label: 3}]", "is not a text"),
        (
            "drivers: [{id: a, role: proxy, downstream_of: [b]}]",
            "'b' is not among the drivers",
        ),
        (
            "drivers: [{id: a, role: proxy, downstream_of: [a]}]",
            "'a' is downstream of itself",
        ),
        ("programmes: [{id: p, label: P, objective: o}]", "'o' is not among the objectives"),
        (
            "objectives: [{id: o, measure: resolved, statistic: mean, target: 1, "
            "by_on: 2026-01-01}]",
            "does not fit measure 'resolved'",
        ),
        (
            "objectives: [{id: o, measure: wait_minutes, statistic: share, target: 0.9, "
            "by_on: 2026-01-01}]",
            "an objective for a share of wait_minutes",
        ),
        (
            "competitors: [{name: R, metric: NPS, value: 3, source: x, as_of: 2025-01-01}]",
            "Did you mean 'nps'?",
        ),
        ("stated: {strength: [x]}", "Did you mean 'strengths'?"),
        ("touchpoint: []", "Did you mean 'touchpoints'?"),
    ],
)
def test_a_wrong_experience_is_told(tmp_path: Path, text: str, says: str) -> None:
    assert says in str(refusal(write(tmp_path, experience=text + "\n")))


def test_a_circle_of_causes_is_refused(tmp_path: Path) -> None:
    circle = "drivers:\n" + "".join(
        f"  - {{id: {a}, role: proxy, downstream_of: [{b}]}}\n" for a, b in ("ab", "bc", "ca")
    )
    assert "downstream of itself" in refusal(write(tmp_path, experience=circle)).cause


def test_a_programme_cannot_be_due_before_it_starts(tmp_path: Path) -> None:
    text = (
        "objectives: [{id: o, measure: nps, statistic: nps, target: 40, by_on: 2026-01-01}]\n"
        "programmes: [{id: p, label: P, objective: o, started_on: 2025-05-01, "
        "due_on: 2025-04-01}]\n"
    )
    assert "before it starts" in refusal(write(tmp_path, experience=text)).cause


def test_pledges_are_unique_and_their_touchpoints_known(tmp_path: Path) -> None:
    pledge = (
        "    - {id: p, text: T, promise: {measure: nps, statistic: nps, at_least: 1, "
        "touchpoint: dask}}\n"
    )
    text = DRAWN + "statement:\n  text: We care.\n  pledges:\n" + pledge * 2
    cause = refusal(write(tmp_path, experience=text)).cause
    assert "'p' is given twice" in cause
    assert "Did you mean 'desk'?" in cause


def test_the_metrics_of_competitors_are_those_of_the_contract() -> None:
    assert get_args(Metric) == METRICS


def test_the_target_of_a_promise_is_whichever_side_it_bounds() -> None:
    assert Promise(measure="csat", statistic="share", at_least=0.8).target == 0.8
    assert Promise(measure="wait_minutes", statistic="p90", at_most=10).target == 10


# ------------------------------------------------------------------------------ labels


def test_a_label_falls_back_to_the_other_language_then_to_the_id(tmp_path: Path) -> None:
    study = read_study(write(tmp_path, experience=DRAWN))
    assert study.label("touchpoint", "desk") == {"en": "Desk", "it": "Banco"}
    assert study.label("stage", "buy") == {"en": "Buy", "it": "Buy"}
    assert study.label("touchpoint", "app") == {"en": "app", "it": "app"}
    only = Attribute(role="context", label={"it": "Regione"})
    with_attribute = Study(
        name="A", sources=[Source(table="customers", files=["c.csv"])], attributes={"region": only}
    )
    assert with_attribute.labels("attribute") == {"region": {"it": "Regione", "en": "Regione"}}


def test_labels_of_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="Did you mean 'touchpoint'"):
        read_study(write(tmp_path)).labels("touchpoints")


# ------------------------------------------------------------------- presets and schemas


@pytest.mark.parametrize("name", list_presets())
def test_every_preset_makes_a_valid_source(tmp_path: Path, name: str) -> None:
    read = read_study(write(tmp_path, source(f"preset: {name}"))).sources[0]
    assert read.columns["at"] == read_preset(name).source["columns"]["at"]


def test_what_the_study_writes_wins_over_its_preset(tmp_path: Path) -> None:
    text = source("preset: qualtrics\ncolumns: {at: EndDate, comment: Q3}\nscale: {min: 0, max: 9}")
    read = read_study(write(tmp_path, text)).sources[0]
    assert read.columns == {
        "respondent_id": "ResponseId",
        "at": "EndDate",
        "channel": "DistributionChannel",
        "language": "UserLanguage",
        "comment": "Q3",
    }
    assert read.csv.skip_rows_after_header == 2


@pytest.mark.parametrize("name", ["study", "experience"])
def test_the_shipped_schema_is_that_of_the_models(name: str) -> None:
    shipped = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert shipped == schema_of(name), "run: python -m cxresearch.study"


def test_the_reference_is_that_of_the_models(root: Path) -> None:
    written = (root / "docs" / "study.md").read_text(encoding="utf-8")
    assert written == reference(), "run: python -m cxresearch.study"


@pytest.mark.parametrize("name", ["study", "experience"])
def test_every_key_is_explained(name: str) -> None:
    schema = schema_of(name)
    for part in [schema, *schema["$defs"].values()]:
        assert part["description"]
        for key, says in part["properties"].items():
            assert says.get("description"), key


@pytest.mark.parametrize("folder", ["tests/studies/sfo", "data/demo"])
def test_committed_studies_are_valid(root: Path, folder: str) -> None:
    study = read_study(root / folder)
    assert study.experience.touchpoints
    assert study.sources


def test_the_schema_named_in_a_committed_study_is_the_shipped_one(root: Path) -> None:
    folder = root / "tests" / "studies" / "sfo"
    for name in ("study.yml", "experience.yml"):
        head = (folder / name).read_text(encoding="utf-8").splitlines()[0]
        schema = head.removeprefix("# yaml-language-server: $schema=")
        assert (folder / schema).resolve() == FOLDER / f"{Path(name).stem}.schema.json"
