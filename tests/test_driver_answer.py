"""What is said beside the charts on drivers: what is missing, what to doubt, what n counts."""

import polars as pl

from cxresearch.actions.findings import no_findings
from cxresearch.charts.answer import Note
from cxresearch.charts.driver_answer import (
    answer_drivers,
    note_of_mood,
    note_of_nothing,
    note_of_overrides,
    note_of_unseen,
    note_of_unworked,
    table_of_drivers,
)
from cxresearch.language import message
from tests.driven import EFFECTS, LABELS, driver, table
from tests.gained import gain, gains
from tests.gained import table as gained

QUESTION = message("What matters?")
DRIVERS = pl.DataFrame(
    {
        "driver": ["desk", "gate"],
        "role": ["actionable"] * 2,
        "source": ["operations", "answers"],
        "downstream_of": [[], ["desk"]],
        "n_people": [900, 90],
    }
)
DROPPED = pl.DataFrame(schema={"driver": pl.String, "reason": pl.String})


def words(note):
    return note.text.in_language("en")


def test_a_figure_says_what_its_n_counts():
    told = answer_drivers(QUESTION, no_findings(), gains(), otherwise=QUESTION).content("en")
    assert [figure["n"] for figure in told["figures"]] == [
        "n 4,000 customer-months",
        "n 4,000 customer-months",
        "n 4,000 answers",
    ]


def test_what_is_beyond_chance_and_has_no_gain_is_said_to_have_none():
    known = gained(gain("desk", estimate=800.0), gain(None, estimate=900.0))
    told = words(note_of_unworked(EFFECTS, known, labels=LABELS))
    assert told.startswith(
        "Not to choose here, although linked to an outcome beyond chance: Refund."
    )
    both = gained(gain("desk", estimate=800.0), gain("refund", estimate=5.0))
    assert note_of_unworked(EFFECTS, both, labels=LABELS) is None


def test_grades_are_doubted_by_the_mood_that_would_explain_them_away():
    rated = driver("desk", 0.13, source="answers", halo_needed=0.08)
    told = words(note_of_mood(table(rated), labels=LABELS))
    assert told.startswith("Change desk is known from grades")
    assert told.endswith("chance to leave by 8.0 percentage points.")
    score = driver("desk", -9.0, outcome="nps", half=2.0, source="answers", halo_needed=12.0)
    assert words(note_of_mood(table(score), labels=LABELS)).endswith("the score by 12.0 points.")
    assert note_of_mood(table(rated | {"source": "operations"}), labels=LABELS) is None
    assert note_of_mood(table(rated | {"is_clear": False}), labels=LABELS) is None


def test_the_unseen_is_told_of_the_strongest_alone():
    assert "For Change desk, an unseen factor" in words(note_of_unseen(EFFECTS, labels=LABELS))
    unknown = EFFECTS.with_columns(e_value_low=pl.lit(None, dtype=pl.Float64))
    assert note_of_unseen(unknown, labels=LABELS) is None


def test_a_section_with_nothing_in_it_says_so():
    assert note_of_nothing(EFFECTS) is None
    assert "Too little is known" in words(note_of_nothing(EFFECTS.clear()))
    assert isinstance(table_of_drivers(DRIVERS.clear(), DROPPED, labels=LABELS), Note)


def test_what_no_map_shows_is_nobody_s_to_change():
    shown = table_of_drivers(DRIVERS, DROPPED, labels=LABELS, undrawn=["gate"]).content("en")
    assert [row[1] for row in shown["table"]["rows"]] == ["ours to change", "met but on no map"]


def test_what_was_used_on_request_is_named():
    assert note_of_overrides((), labels=LABELS) is None
    assert words(note_of_overrides(("region",), labels=LABELS)).endswith("characteristic: Region.")
