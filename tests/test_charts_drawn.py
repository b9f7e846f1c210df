"""Where map and journey part, as tables and as text to copy."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from cxresearch.charts.answer import Note
from cxresearch.charts.drawn import (
    SHOWN,
    show_patch,
    table_of_backward,
    table_of_differences,
    table_of_fit,
)
from cxresearch.charts.listing import Listing
from cxresearch.charts.table import MIME
from cxresearch.period import parse_period
from cxresearch.transforms.drawn import FIT_COLUMNS, UNDRAWN_COLUMNS, DrawnAgainstLived

YEAR = parse_period("2025")
LABELS = {
    "touchpoint": {"desk": {"en": "Desk", "it": "Sportello"}},
    "stage": {"buy": {"en": "Buy", "it": "Acquistare"}},
    "team": {"ops": {"en": "Operations", "it": "Circolazione"}},
}
GATE = {
    "touchpoint": "gate",
    "n": 40,
    "n_customers": 30,
    "first_at": datetime(2025, 5, 2, 12, tzinfo=UTC),
    "last_at": datetime(2025, 10, 2, 12, tzinfo=UTC),
    "channels": ["station"],
    "likely_stage": "buy",
    "is_suppressed": False,
}
BACK = {
    "from_touchpoint": "desk",
    "to_touchpoint": "gate",
    "from_stage": "travel",
    "to_stage": "buy",
    "n_customers": 20,
    "base": 100,
    "share": 0.2,
    "ci_low": 0.15,
    "ci_high": 0.26,
}
FIT = {"of": "journeys", "rule": "fits", "n": 30, "base": 40, "n_customers": 25,
       "share": 0.75, "ci_low": 0.6, "ci_high": 0.86}  # fmt: skip
NOTHING = DrawnAgainstLived(
    undrawn=pl.DataFrame([GATE]).clear().select(UNDRAWN_COLUMNS),
    never_met=pl.DataFrame(schema=dict.fromkeys(("touchpoint", "stage", "owner"), pl.String)),
    backward=pl.DataFrame([{**BACK, "n": 0}]).clear(),
    fit=pl.DataFrame([FIT]).clear().select(FIT_COLUMNS),
    unreviewed=pl.DataFrame(
        schema={"touchpoint": pl.String, "owner": pl.String, "reviewed_on": pl.Date,
                "months": pl.Int64}
    ),
    patch="",
)  # fmt: skip
ALL = DrawnAgainstLived(
    undrawn=pl.DataFrame([GATE]),
    never_met=pl.DataFrame([{"touchpoint": "fax", "stage": "buy", "owner": "ops"}]),
    backward=pl.DataFrame([{**BACK, "n": n} for n in range(1, 14)]),
    fit=pl.DataFrame([FIT]),
    unreviewed=pl.DataFrame(
        [{"touchpoint": "desk", "owner": "ops", "reviewed_on": date(2025, 1, 3), "months": 9}]
    ),
    patch="  - id: gate\n    label: <script>alert(1)</script>\n",
)


def rows(shown, language="en"):
    return shown.content(language)["table"]["rows"]


def test_each_touchpoint_that_only_one_side_knows_has_a_row():
    shown = table_of_differences(ALL, labels=LABELS)
    assert [row[:2] for row in rows(shown)] == [
        ["met, not drawn", "gate"],
        ["drawn, never met", "fax"],
        ["not reviewed for long", "Desk"],
    ]
    assert "Met and not drawn: 1; drawn and never met: 1" in shown.content("en")["title"]
    assert rows(shown, "it")[2][1] == "Sportello"


def test_the_commonest_steps_back_stand_first_and_no_more_than_fit():
    shown = rows(table_of_backward(ALL, labels=LABELS, period=YEAR))
    assert len(shown) == SHOWN
    assert shown[0][:5] == ["Desk", "gate", "Buy", "20%", "15% to 26%"]
    assert shown[0][5] == "13"


def test_fit_says_of_whom():
    assert rows(table_of_fit(ALL, period=YEAR)) == [
        ["journeys", "follow the map", "75%", "60% to 86%", "30", "40"]
    ]


@pytest.mark.parametrize(
    "shown",
    [
        table_of_differences(NOTHING, labels=LABELS),
        table_of_backward(NOTHING, labels=LABELS, period=YEAR),
        table_of_fit(NOTHING, period=YEAR),
        show_patch(NOTHING),
    ],
)
def test_where_nothing_parts_a_sentence_says_so(shown):
    assert isinstance(shown, Note)


def test_the_patch_is_handed_over_as_it_is_and_escaped_in_jupyterlab():
    shown = show_patch(ALL)
    assert isinstance(shown, Listing)
    bundle = shown._repr_mimebundle_()
    assert bundle[MIME]["languages"]["it"]["text"] == ALL.patch
    assert "<script>" not in bundle["text/html"]
