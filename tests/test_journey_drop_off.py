"""The last touchpoint before leaving, against the last one of those who stay."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from cxresearch.errors import DataError
from cxresearch.intake.sample import make_sample
from cxresearch.transforms.journey import measure_drop_off, prepare_log
from cxresearch.transforms.journey.drop_off import make_instants

START = datetime(2025, 1, 1, tzinfo=UTC)


def day(number):
    return START + timedelta(days=number)


def made(*rows):
    """A log of (customer, day, touchpoint)."""
    return prepare_log(
        pl.DataFrame(
            {
                "customer_id": [row[0] for row in rows],
                "at": [day(row[1]) for row in rows],
                "touchpoint": [row[2] for row in rows],
            }
        )
    )


def people(**left):
    """Customers and the day they left, None for who stays."""
    return pl.DataFrame(
        {
            "customer_id": list(left),
            "left_at": pl.Series(
                [None if when is None else day(when) for when in left.values()],
                dtype=pl.Datetime("us", "UTC"),
            ),
        }
    )


LOG = made(
    ("anna", 1, "app"),
    ("anna", 5, "desk"),
    ("ben", 2, "app"),
    ("cleo", 5, "app"),
    ("cleo", 30, "desk"),
    ("dan", 6, "app"),
)
CUSTOMERS = people(anna=10, ben=10, cleo=None, dan=None)


def figures(table, *columns):
    return {row[0]: row[1:] for row in table.select("touchpoint", *columns).rows()}


def test_leavers_are_held_against_stayers_at_a_like_instant():
    table = measure_drop_off(LOG, CUSTOMERS, hide_below=1)
    # cleo's desk on day 30 lies after day 10, the only instant at which anybody left
    assert figures(table, "n", "base", "n_stayed", "base_stayed", "difference") == {
        "desk": (1, 2, 0, 2, 0.5),
        "app": (1, 2, 2, 2, -0.5),
    }
    low, high = table.filter(pl.col("touchpoint") == "desk").select("ci_low", "ci_high").row(0)
    assert low < 0 < 0.5 < high
    assert table["polarity"].to_list() == ["neutral", "neutral"]


def test_a_contact_at_or_after_leaving_never_counts():
    log = made(("anna", 1, "app"), ("anna", 10, "desk"), ("anna", 12, "desk"), ("dan", 6, "app"))
    table = measure_drop_off(log, people(anna=10, dan=None), hide_below=1)
    assert figures(table, "n", "n_stayed") == {"app": (1, 1)}


def test_who_leaves_after_the_log_ends_is_still_there():
    table = measure_drop_off(LOG, people(anna=10, ben=90, dan=None), until=day(60), hide_below=1)
    assert figures(table, "n", "base", "n_stayed") == {"desk": (1, 1, 0), "app": (0, 1, 2)}


def test_who_left_before_the_log_begins_is_no_leaver():
    table = measure_drop_off(LOG, people(anna=10, ben=-5, dan=None), hide_below=1)
    assert set(table["base"]) == {1}


def test_events_of_customers_not_listed_do_not_count():
    table = measure_drop_off(LOG, people(anna=10, dan=None), hide_below=1)
    assert table["n_stayed"].sum() == 1


@pytest.mark.parametrize(
    "customers", [None, people(anna=None, ben=None), people(anna=-5), people()]
)
def test_where_nobody_is_known_to_leave_the_table_is_empty(customers):
    table = measure_drop_off(LOG, customers)
    assert table.height == 0
    assert table.schema == measure_drop_off(LOG, CUSTOMERS, hide_below=1).schema


def test_where_everybody_leaves_there_is_no_base_rate():
    table = measure_drop_off(LOG, people(anna=10, ben=10, cleo=40, dan=10), hide_below=1)
    assert table["n"].sum() == 4
    assert table["share_stayed"].null_count() == table["difference"].null_count() == table.height
    assert set(table["polarity"]) == {"neutral"}


def listed(**last):
    """A log and customers from touchpoint=(leavers, stayers) whose last it was."""
    rows = [
        (f"{touchpoint}{side}{i}", 1, touchpoint)
        for touchpoint, sides in last.items()
        for side, n in zip("ls", sides, strict=True)
        for i in range(n)
    ]
    left = {who: 5 if who.rstrip("0123456789")[-1] == "l" else None for who, _, _ in rows}
    return made(*rows), people(**left)


def test_few_customers_on_either_side_are_hidden():
    table = measure_drop_off(*listed(app=(50, 50), desk=(30, 4), phone=(20, 30), mail=(5, 0)))
    # desk for its 4 stayers, mail for its 5 leavers, phone to protect the 4
    assert figures(table, "is_suppressed") == {
        "app": (False,),
        "desk": (True,),
        "mail": (True,),
        "phone": (True,),
    }
    hidden = table.filter("is_suppressed").drop("touchpoint", "polarity", "is_suppressed")
    assert all(column.null_count() == 3 for column in hidden)
    assert set(table.filter("is_suppressed")["polarity"]) == {"neutral"}


def test_a_touchpoint_that_no_stayer_had_last_is_hidden_when_few_leavers_had():
    table = measure_drop_off(*listed(app=(50, 50), desk=(30, 30), mail=(5, 0)))
    assert figures(table, "is_suppressed")["mail"] == (True,)


def test_a_touchpoint_more_often_last_is_bad_beyond_chance():
    table = measure_drop_off(*listed(desk=(60, 40), app=(40, 160)))
    assert figures(table, "difference", "polarity") == {
        "desk": (pytest.approx(0.4), "bad"),
        "app": (pytest.approx(-0.4), "good"),
    }


def test_a_customer_listed_twice_is_refused():
    with pytest.raises(DataError, match="repeat a customer_id"):
        measure_drop_off(LOG, pl.concat([CUSTOMERS, CUSTOMERS]))


def test_the_instants_of_stayers_are_those_of_leavers_evenly():
    stays = {f"s{i:03d}": None for i in range(300)}
    leaves = {f"l{i}": i + 1 for i in range(10)}
    instants = make_instants(made(("l0", 0, "a")), people(**leaves, **stays))
    drawn = instants.filter(~pl.col("has_left")).group_by("before").len()["len"]
    assert drawn.len() == 10
    assert drawn.min() >= 28
    assert drawn.max() <= 32


@pytest.mark.slow
@settings(deadline=None, max_examples=75)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcde"), st.integers(0, 9), st.sampled_from("xyz")), min_size=1
    ),
    st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=5, max_size=5),
    st.integers(1, 3),
)
def test_last_touchpoints_equal_a_naive_loop(rows, left, n_parts):
    log = made(*rows)
    customers = people(**dict(zip("abcde", left, strict=True)))
    table = measure_drop_off(log, customers, hide_below=1, n_parts=n_parts)
    instants = make_instants(log, customers)
    expected = {}
    for who, before, has_left in [] if instants is None else instants.select(
        "customer_id", "before", "has_left").rows():  # fmt: skip
        events = sorted((row for row in rows if row[0] == who), key=lambda row: row[1])
        earlier = [where for _, at, where in events if day(at) < before]
        if earlier:
            expected.setdefault(earlier[-1], [0, 0])[0 if has_left else 1] += 1
    assert figures(table, "n", "n_stayed") == {key: tuple(n) for key, n in expected.items()}


def test_neither_the_order_of_rows_nor_parts_matter():
    whole = measure_drop_off(LOG, CUSTOMERS, hide_below=1)
    for n_parts in (1, 4):
        table = measure_drop_off(LOG.lazy(), CUSTOMERS.reverse(), hide_below=1, n_parts=n_parts)
        assert_frame_equal(table, whole)


@pytest.fixture(scope="module")
def sample_log():
    def build(seed, **options):
        company = make_sample(seed=seed, n_customers=6000, **options)
        log = prepare_log(company.interactions, order="interaction_id")
        return measure_drop_off(log, company.customers)

    return build


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_broken_promise_is_where_people_leave(seed, sample_log):
    table = sample_log(seed)
    assert "ticket_change_desk" in table.head(3)["touchpoint"].cast(pl.String).to_list()
    assert figures(table, "polarity")["ticket_change_desk"] == ("bad",)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_company_without_stories_has_no_such_place(seed, sample_log):
    table = sample_log(seed, without=["all"])
    assert set(table["polarity"]) == {"neutral"}
