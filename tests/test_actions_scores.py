"""Every question gets a true sentence, whatever is asked, and a rank behind its own level."""

import itertools
from datetime import date

import polars as pl
import pytest

from cxresearch.actions.findings import (
    finding_message,
    finding_sentences,
    finding_series,
    save_results,
)
from cxresearch.actions.groups import find_groups
from cxresearch.actions.scores import (
    describe_outlook,
    find_changes,
    find_changes_on_year,
    find_distance,
    find_levels,
    unit_of,
)
from cxresearch.actions.sentences import MEASURES, measure_id, name_measure
from cxresearch.language import LANGUAGES
from cxresearch.period import parse_period
from cxresearch.transforms.groups import score_groups
from cxresearch.transforms.question_scores import (
    compare_questions,
    measure_questions,
    track_questions,
)
from cxresearch.transforms.questions import Question
from tests.asked import DATES, HOSTILE, OCTOBER, answers

RECOMMEND = Question("customer", "nps", "whole")
MIXED = [10] * 30 + [0] * 10
VOICES, ABOUTS = ("customer", "employee", "walkthrough"), ("whole", "touchpoint")
ASKED = ("nps", "csat", "ces", "stars", "emoji", "expectation")


def levels(*tables, **given):
    return find_levels(measure_questions(pl.concat(tables), period=OCTOBER), **DATES, **given)


def level(**row):
    """One measured question."""
    given = {
        "voice": "customer",
        "metric": "nps",
        "about": "whole",
        "n": 40,
        "is_suppressed": False,
    }
    figures = {"estimate": 0.5, "ci_low": 0.35, "ci_high": 0.65}
    return find_levels(pl.DataFrame([given | figures | row]), **DATES)


def change(estimate=10.0, *, is_change=True, period=OCTOBER, find=find_changes, **row):
    given = {"voice": "customer", "metric": "nps", "about": "whole", "n": 40, "q_value": 0.01}
    ends = {"estimate": estimate, "ci_low": estimate - 5, "ci_high": estimate + 5}
    table = pl.DataFrame([given | ends | {"is_change": is_change} | row])
    return find(table, period=period, data_until=DATES["data_until"])


def said(found, language="en"):
    return finding_sentences(found, language)


def test_a_level_is_said_with_its_interval_and_n():
    # 30 promoters and 10 detractors of 40: NPS 50
    found = levels(answers(MIXED))
    (sentence,) = said(found)
    assert sentence.startswith("The Net Promoter Score is 50 (")
    assert sentence.endswith(", 40 answers).")
    assert found.select("measure", "unit", "kind", "polarity", "is_headline").row(0) == (
        "nps", "points", "level", "neutral", True,
    )  # fmt: skip


def test_a_share_is_said_as_a_share():
    found = levels(answers([5] * 30 + [1] * 10, metric="csat"))
    assert said(found)[0].startswith("75% of customers are satisfied overall (")
    assert found["unit"].item() == "share"


def test_employees_and_contacts_are_not_mixed_up_with_customers():
    sentences = said(
        levels(
            answers(MIXED),
            answers(MIXED, touchpoint="desk"),
            answers(MIXED, voice="employee"),
        )
    )
    assert [sentence.split(" Net ")[0] for sentence in sentences] == [
        "The", "Right after a contact the", "Among employees the",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("voice", "metric", "about"), list(itertools.product(VOICES, ASKED, ABOUTS))
)
def test_any_question_has_a_sentence_in_its_own_unit_and_a_name(voice, metric, about):
    measure = Question(voice, metric, about).measure
    if measure == "nps" or measure == "enps":
        found = level(
            voice=voice, metric=measure, about=about, estimate=50.0, ci_low=35.0, ci_high=65.0
        )
        assert "50 (35 to 65, 40 answers)" in said(found)[0]
    else:
        found = level(voice=voice, metric=measure, about=about)
        assert "50%" in said(found)[0]
        assert "35% to 65%, 40 answers" in said(found)[0]
    name = name_measure(voice=voice, measure=measure, about=about)
    assert "_" not in name.in_language("en")
    assert name.in_language("en")[0].isupper()


def test_no_two_questions_share_a_sentence_or_a_name():
    questions = [
        (voice, Question(voice, metric, about).measure, about)
        for voice, metric, about in itertools.product(VOICES, ASKED, ABOUTS)
    ]
    names = [name_measure(voice=v, measure=m, about=a).in_language("en") for v, m, a in questions]
    assert len(set(names)) == len(names)
    keys = [said(level(voice=v, metric=m, about=a)) for v, m, a in questions if v == "customer"]
    assert len({sentence for (sentence,) in keys}) == len(keys)


def test_ease_of_employees_is_not_called_one_of_the_two_best_grades():
    # ease counts every grade above the middle: three of seven
    assert "two best" not in said(level(voice="employee", metric="ces_share"))[0]
    assert "two best" in said(level(voice="employee", metric="csat"))[0]


def test_points_of_walkthroughs_are_not_written_as_a_share():
    row = {"voice": "walkthrough", "metric": "nps", "about": "touchpoint"}
    found = level(**row, estimate=50.0, ci_low=35.0, ci_high=65.0)
    assert "%" not in said(found)[0]


def test_a_measure_nobody_named_is_named_by_its_own_words():
    name = name_measure(voice="customer", measure="joy_at_work", about="whole")
    assert name.in_language("en") == "joy at work"


def test_every_measure_of_customers_is_named_on_the_index():
    for metric, about in itertools.product(ASKED, ABOUTS):
        measure = Question("customer", metric, about).measure
        assert measure_id(voice="customer", measure=measure, about=about) in MEASURES


def test_units_are_points_for_promoter_scores_alone():
    assert [unit_of(measure) for measure in ("nps", "enps", "csat", "ces_share", "stars")] == [
        "points", "points", "share", "share", "share",
    ]  # fmt: skip


EVERYONE = (
    answers(MIXED),
    answers(MIXED, touchpoint="desk"),
    answers([5] * 30 + [1] * 10, metric="csat", voice="walkthrough", touchpoint="desk"),
    answers(MIXED, voice="employee"),
    answers([7] * 30 + [1] * 10, metric="ces"),
)
BEFORE = tuple(
    table.with_columns(
        pl.col("at") - pl.duration(days=30),
        respondent_id=pl.concat_str(pl.lit("b"), "respondent_id"),
    )
    for table in EVERYONE
)
YEAR_BEFORE = tuple(table.with_columns(pl.col("at") - pl.duration(days=365)) for table in EVERYONE)


@pytest.mark.slow
def test_findings_of_several_questions_never_share_an_id(tmp_path):
    table = pl.concat([*EVERYONE, *BEFORE, *YEAR_BEFORE])
    groups = score_groups(
        table, Question("customer", "nps", "touchpoint"), by="touchpoint", period=OCTOBER
    )
    parts = [
        levels(table),
        find_changes(compare_questions(table, period=OCTOBER, against=OCTOBER.previous()), **DATES),
        find_changes_on_year(
            compare_questions(table, period=OCTOBER, against=OCTOBER.year_before()), **DATES
        ),
        find_distance(distance(), RECOMMEND, **DATES),
        find_groups(groups, subject="touchpoint", **DATES),
    ]
    assert [part.height for part in parts[:3]] == [5, 5, 5]
    found = pl.concat(parts)
    assert found["finding_id"].is_unique().all()
    save_results(tmp_path, notebook="10_metrics", findings=parts)


def test_the_question_that_heads_the_page_comes_first_and_employees_last():
    found = levels(*EVERYONE).sort("rank")
    assert found["measure"].to_list() == [
        "nps", "ces_share", "nps_touchpoint", "enps", "csat_touchpoint_walkthrough",
    ]  # fmt: skip


def test_walkthroughs_never_make_a_headline_and_employees_only_with_their_own_score():
    found = levels(*EVERYONE, answers([5] * 30 + [1] * 10, metric="csat", voice="employee"))
    shown = dict(found.select("measure", "is_headline").rows())
    assert shown == {
        "nps": True, "nps_touchpoint": True, "ces_share": True, "enps": True,
        "csat_touchpoint_walkthrough": False, "csat_employee": False,
    }  # fmt: skip


def test_a_hidden_question_makes_no_sentence_and_no_question_none():
    assert levels(answers([10] * 5 + [0] * 4)).is_empty()
    assert levels(answers([])).is_empty()
    assert find_changes(pl.DataFrame(), **DATES).is_empty()


def test_the_line_of_earlier_periods_goes_with_its_own_question():
    table = pl.concat([*EVERYONE, *BEFORE])
    found = levels(table, series=track_questions(table, period=OCTOBER))
    lines = {row["measure"]: finding_series(row) for row in found.rows(named=True)}
    assert lines["nps"] == (50.0, 50.0)
    assert lines["ces_share"] == (0.75, 0.75)
    assert lines["csat_touchpoint_walkthrough"] == ()  # not tracked


@pytest.mark.parametrize(
    ("estimate", "is_change", "words", "polarity"),
    [
        (
            10.0,
            True,
            "Net Promoter Score rose by 10 points compared with September 2025 (+5 to +15).",
            "good",
        ),
        (
            -10.0,
            True,
            "Net Promoter Score fell by 10 points compared with September 2025 (−15 to −5).",
            "bad",
        ),
        (
            2.0,
            False,
            "Net Promoter Score: no change beyond chance compared with September 2025 "
            "(−3 to +7 points).",
            "neutral",
        ),
    ],
)
def test_a_change_of_points_is_told_in_its_direction(estimate, is_change, words, polarity):
    found = change(estimate, is_change=is_change)
    assert said(found) == [words]
    assert found["polarity"].item() == polarity


@pytest.mark.parametrize(
    ("estimate", "is_change", "start", "polarity"),
    [
        (0.1, True, "up by 10", "good"),
        (-0.1, True, "down by 10", "bad"),
        (0.02, False, "no change", "neutral"),
    ],
)
def test_a_change_of_a_share_is_told_in_percentage_points(estimate, is_change, start, polarity):
    ends = {"ci_low": estimate - 0.05, "ci_high": estimate + 0.05}
    found = change(estimate, is_change=is_change, metric="csat", **ends)
    assert said(found)[0].startswith(f"Satisfied overall: {start}")
    assert "percentage points" in said(found)[0]
    assert found["polarity"].item() == polarity


def test_a_change_that_is_hidden_is_not_told():
    hidden = pl.DataFrame(
        {
            "voice": ["customer"], "metric": ["nps"], "about": ["whole"], "n": [None],
            "estimate": [None], "ci_low": [None], "ci_high": [None], "q_value": [None],
            "is_change": [True], "is_suppressed": [True],
        },
        schema_overrides={"n": pl.Int64, "estimate": pl.Float64, "ci_low": pl.Float64,
                          "ci_high": pl.Float64, "q_value": pl.Float64},
    )  # fmt: skip
    assert find_changes(hidden, **DATES).is_empty()


def test_against_the_year_before_only_what_changed_makes_a_headline():
    real = change(find=find_changes_on_year)
    none = change(2.0, is_change=False, find=find_changes_on_year)
    assert (real["measure"].item(), real["is_headline"].item()) == ("nps_on_year", True)
    assert "compared with October 2024" in said(real)[0]
    assert not none["is_headline"].item()
    assert change(2.0, is_change=False)["is_headline"].item()


def test_what_changed_on_the_year_stands_right_behind_the_level():
    ranks = [
        level(estimate=50.0, ci_low=35.0, ci_high=65.0),
        change(find=find_changes_on_year),
        change(),
        find_distance(distance(), RECOMMEND, **DATES),
        change(2.0, is_change=False),
    ]
    ranked = [found["rank"].item() for found in ranks]
    assert ranked == sorted(ranked)
    assert len(set(ranked)) == len(ranked)
    assert ranked[-1] < levels(answers([5] * 30 + [1] * 10, metric="csat"))["rank"].item()


@pytest.mark.parametrize("text", ["2025", "2024-11-01/2025-11-01", "2023-11-01/2025-11-01"])
def test_a_period_of_a_year_or_more_is_compared_with_the_one_before_alone(text):
    # a year's predecessor is the year before; two years would be compared with half of themselves
    period = parse_period(text)
    assert change(period=period, find=find_changes_on_year).is_empty()
    assert change(period=period).height == 1


def distance(estimate=-10.0, *, is_different=True, target=40.0):
    width = 5 if abs(target) > 1 else 0.05
    return pl.DataFrame(
        {
            "n": [400], "level": [target + estimate], "target": [target], "estimate": [estimate],
            "ci_low": [estimate - width], "ci_high": [estimate + width],
            "is_different": [is_different], "by_on": [date(2026, 6, 30)],
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("estimate", "is_different", "words", "polarity"),
    [
        (-10.0, True, "The objective of 40 by 30 June 2026 is 10 points away (−15 to −5).", "bad"),
        (
            10.0,
            True,
            "The objective of 40 by 30 June 2026 is exceeded by 10 points (+5 to +15).",
            "good",
        ),
        (
            -2.0,
            False,
            "The score cannot be told apart from the objective of 40 by 30 June 2026 "
            "(−7 to +3 points).",
            "neutral",
        ),
    ],
)
def test_the_objective_is_missed_exceeded_or_not_told_apart(
    estimate, is_different, words, polarity
):
    found = find_distance(distance(estimate, is_different=is_different), RECOMMEND, **DATES)
    assert said(found) == [words]
    assert found["polarity"].item() == polarity
    assert found["measure"].item() == "nps_objective"


def test_the_objective_of_a_share_is_a_share():
    found = find_distance(
        distance(-0.1, target=0.8), Question("customer", "csat", "whole"), **DATES
    )
    assert said(found) == [
        "The objective of 80% by 30 June 2026 is 10 percentage points away (−15 to −5)."
    ]


def test_the_objective_of_any_question_follows_its_level():
    ease = Question("customer", "ces", "whole")
    found = find_distance(distance(-0.1, target=0.8), ease, **DATES)
    assert found["rank"].item() > level(metric="ces_share")["rank"].item()


def test_without_an_objective_nothing_is_found():
    assert find_distance(pl.DataFrame(), RECOMMEND, **DATES).is_empty()


def groups(**row):
    given = {
        "touchpoint": "desk", "metric": "csat", "n": 40, "is_reliable": True,
        "is_suppressed": False, "estimate": 0.4, "ci_low": 0.3, "ci_high": 0.5, "change": -0.2,
        "change_low": -0.3, "change_high": -0.1, "q_value": 0.01, "is_change": True,
        "polarity": "bad",
    }  # fmt: skip
    return pl.DataFrame([given | row])


def test_the_lowest_touchpoint_is_named_bad_only_where_touchpoints_differ():
    apart = pl.concat(
        [groups(), groups(touchpoint="app", estimate=0.9, ci_low=0.85, ci_high=0.93)]
    ).with_columns(is_change=pl.lit(value=False))
    bad = find_groups(apart, subject="touchpoint", **DATES).filter(pl.col("polarity") == "bad")
    assert bad["touchpoint"].to_list() == ["desk"]
    assert said(bad)[0].startswith("desk is rated lowest of 2 touchpoints: 40%")
    alike = apart.with_columns(estimate=pl.lit(0.4), ci_low=pl.lit(0.3), ci_high=pl.lit(0.5))
    levels = find_groups(alike, subject="touchpoint", **DATES)
    assert set(levels["polarity"]) == {"neutral"}


def test_a_change_that_may_be_chance_is_neither_called_one_nor_none():
    told = change(5.0, is_change=False, ci_low=1.0, ci_high=9.0)
    assert said(told)[0].endswith("which may be chance, as several questions are compared.")
    assert told["polarity"].item() == "neutral"


def test_a_group_is_told_with_its_level_and_what_changed():
    labels = {"desk": {"en": "Ticket desk", "it": "Biglietteria"}}
    found = find_groups(groups(), subject="touchpoint", labels=labels, **DATES)
    assert said(found) == [
        "Ticket desk: 40% (30% to 50%, 40 answers).",
        "Ticket desk: −20 percentage points compared with September 2025 (−30 to −10).",
    ]
    assert said(found, "it")[0].startswith("Biglietteria")
    assert found["polarity"].to_list() == ["neutral", "bad"]
    assert found["touchpoint"].to_list() == ["desk", "desk"]
    assert not found["is_headline"].any()


def test_a_group_that_did_not_change_is_told_once():
    found = find_groups(groups(is_change=False), subject="touchpoint", **DATES)
    assert found["kind"].to_list() == ["level"]


def test_a_touchpoint_is_rated_by_the_question_about_touchpoints():
    found = find_groups(groups(), subject="touchpoint", **DATES)
    assert found["measure"].unique().to_list() == ["csat_touchpoint"]


def test_segments_of_any_metric_have_their_sentence():
    points = {
        "metric": "nps", "estimate": 40.0, "ci_low": 30.0, "ci_high": 50.0,
        "change": 20.0, "change_low": 10.0, "change_high": 30.0, "polarity": "good",
    }  # fmt: skip
    found = find_groups(
        groups(**points).rename({"touchpoint": "segment"}), subject="segment", **DATES
    )
    assert said(found)[1] == "desk: +20 points compared with September 2025 (+10 to +30)."
    assert found["polarity"].to_list() == ["neutral", "good"]


def test_the_change_of_a_hidden_group_is_not_told():
    hidden = groups(estimate=None, ci_low=None, ci_high=None, n=None, is_suppressed=True)
    typed = hidden.cast({"estimate": pl.Float64, "ci_low": pl.Float64, "ci_high": pl.Float64})
    assert find_groups(typed.cast({"n": pl.Int64}), subject="touchpoint", **DATES).is_empty()


def test_no_group_makes_no_finding():
    assert find_groups(groups().head(0), subject="touchpoint", **DATES).is_empty()


def test_a_hostile_name_stays_text():
    found = find_groups(groups(touchpoint=HOSTILE), subject="touchpoint", **DATES)
    assert said(found)[0].startswith(f"{HOSTILE}: 40%")
    assert finding_message(found.row(0, named=True)).in_language("it").startswith(HOSTILE)


@pytest.mark.parametrize(
    ("outlook", "words"),
    [("on_course", "will be met:"), ("off_course", "will be missed:"), ("open", "is open:")],
)
def test_the_outlook_says_what_the_projection_says(outlook, words):
    row = {"ci_low": 20.0, "ci_high": 35.0, "on": date(2026, 6, 30), "target": 40.0}
    projection = pl.DataFrame([row | {"outlook": outlook}])
    told = describe_outlook(projection, RECOMMEND).in_language("en")
    assert words in told
    assert told.endswith("20 to 35 by 30 June 2026, against 40.")
    shares = projection.with_columns(pl.col("ci_low", "ci_high", "target") / 100)
    ease = Question("customer", "ces", "whole")
    assert "20% to 35%" in describe_outlook(shares, ease).in_language("en")


def test_without_a_projection_it_says_what_one_would_take():
    told = describe_outlook(pl.DataFrame(), RECOMMEND)
    assert all("experience.yml" in told.in_language(language) for language in LANGUAGES)
