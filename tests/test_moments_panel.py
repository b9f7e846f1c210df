"""Who is at risk in which month, what is adjusted for, and that nothing later leaks in."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import ParameterError
from cxresearch.models.grid import draw_customers
from cxresearch.models.panel import Panel, build_panel
from tests.decisive import FEW, YEAR, answer, contact, decisive_tables, on, simple_company
from tests.promised import study_of

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def desk(customer: str, *months: int, is_resolved: bool = False) -> list[dict]:
    return [contact(customer, on(month), is_resolved=is_resolved) for month in months]


def customer(customer_id: str, left_at: datetime | None = None, **more) -> dict:
    return {"customer_id": customer_id, "joined_at": LONG_AGO, "left_at": left_at, **more}


def build(*, contacts: list[dict], **tables) -> Panel:
    """The panel of these and of one more customer, who meets the desk both ways and leaves."""
    another = [*desk("zz", 1, 2), *desk("zz", 1, 2, is_resolved=True)]
    if "customers" in tables:
        tables["customers"] = [*tables["customers"], {**customer("zz", on(12)), "kind": "y"}]
    log = decisive_tables(contacts=[*contacts, *another], **tables)
    return build_panel(log, period=YEAR, horizon_months=3, lookback_months=2)


def months(panel: Panel, values: np.ndarray) -> dict[int, float]:
    """Values by month of the year (January 1), of the first customer."""
    rows = zip(panel.customer, panel.month, values, strict=True)
    return {int(m) - 1: float(v) for c, m, v in rows if c == 0}


# The first two months of the panel are looked back at only, so that January is month 2.


def test_the_month_of_leaving_is_no_row_and_the_three_before_it_lead_to_leaving() -> None:
    panel = build(contacts=desk("a", 1), customers=[customer("a", on(6))])
    assert months(panel, panel.leaves) == {1: 0.0, 2: 0.0, 3: 1.0, 4: 1.0, 5: 1.0}
    assert panel.n_left == 2


def test_months_whose_horizon_is_not_over_are_not_known() -> None:
    panel = build(contacts=desk("a", 1), customers=[customer("a")])
    found = months(panel, panel.leaves)
    assert [month for month, value in found.items() if np.isnan(value)] == [10, 11, 12]
    assert sum(value == 0 for value in found.values()) == 9
    assert panel.n_left == 1


def test_rows_begin_in_the_month_of_joining() -> None:
    panel = build(contacts=desk("a", 9), customers=[{**customer("a"), "joined_at": on(9)}])
    assert list(months(panel, panel.month)) == [9, 10, 11, 12]


def test_experiences_are_counted_in_their_month_by_side() -> None:
    contacts = [*desk("a", 3, 3, 5), *desk("a", 3, 4, is_resolved=True)]
    panel = build(contacts=contacts, customers=[customer("a")])
    assert panel.touchpoints == ["desk"]
    assert {m: v for m, v in months(panel, panel.bad[:, 0]).items() if v} == {3: 2.0, 5: 1.0}
    assert {m: v for m, v in months(panel, panel.good[:, 0]).items() if v} == {3: 1.0, 4: 1.0}


def test_loyalty_is_the_first_answer_of_the_months_after() -> None:
    answers = [answer("a", on(4), 10), answer("a", on(6), 0), answer("a", on(6, 20), 9)]
    panel = build(contacts=desk("a", 1), answers=answers, customers=[customer("a")])
    known = {m: v for m, v in months(panel, panel.loyalty).items() if not np.isnan(v)}
    # January to March look at April's promoter, April and May at the first of June.
    assert known == {1: 100.0, 2: 100.0, 3: 100.0, 4: -100.0, 5: -100.0}
    assert panel.loyalty_unit == "points"


def test_where_satisfaction_is_asked_about_the_whole_loyalty_is_a_share() -> None:
    answers = [answer("a", on(4), 4, metric="csat")]
    panel = build(contacts=desk("a", 1), answers=answers, customers=[customer("a")])
    assert panel.loyalty_unit == "share"
    assert np.nanmax(panel.loyalty) == 1.0


def test_without_customers_all_who_are_named_stay() -> None:
    panel = build(contacts=desk("b", 1), answers=[answer("a", on(4), 10)])
    assert np.unique(panel.customer).size == 3
    assert panel.customer.size == 36
    assert panel.n_left is None


def test_nothing_after_the_period_changes_anything() -> None:
    tables = simple_company(60)
    after = datetime(2026, 1, 2, tzinfo=UTC)
    customers = tables.customers.collect()
    stays = pl.when(pl.col("left_at").is_null()).then(pl.lit(after)).otherwise("left_at")
    contacts = pl.concat(
        [
            tables.interactions.collect(),
            tables.interactions.head(40).with_columns(at=pl.lit(after)).collect(),
        ],
        how="vertical_relaxed",
    )
    given = [answer(id_, on(5), 9.0) for id_ in customers["customer_id"]]
    later = [answer(id_, after, 0.0) for id_ in customers["customer_id"]]
    before, leaked = (
        build_panel(decisive_tables(contacts=log, answers=said, customers=people), period=YEAR)
        for log, said, people in (
            (tables.interactions.collect(), given, customers),
            (contacts, [*given, *later], customers.with_columns(left_at=stays)),
        )
    )
    for name in ("customer", "month", "bad", "good", "unknown", "leaves", "loyalty", "adjusters"):
        assert np.array_equal(getattr(before, name), getattr(leaked, name), equal_nan=True), name
    assert before.n_left == leaked.n_left


def test_what_is_adjusted_for_comes_from_before_the_month() -> None:
    # Two customers alike up to May; what they meet and say in May must not change May's row.
    contacts = [*desk("a", 2, 5), *desk("b", 2), *desk("b", 5, is_resolved=True)]
    answers = [answer("a", on(5), 1, "shop"), answer("b", on(5), 5, "shop")]
    answers += [answer(id_, on(3), 4, "shop") for id_ in "ab"]
    panel = build(contacts=contacts, answers=answers, customers=[customer("a"), customer("b")])
    rows = panel.adjusters[panel.month == 6]
    assert np.array_equal(rows[0], rows[1])
    june = panel.adjusters[panel.month == 7]
    assert not np.array_equal(june[0], june[1])


@pytest.mark.parametrize("role", ["protected", "usage"])
def test_only_attributes_of_context_are_adjusted_for(role: str) -> None:
    # Usage is as of the export: measured after leaving it would tell who left.
    def adjusters(role: str, *kinds: str) -> np.ndarray:
        study = study_of(
            window_months=12, privacy=FEW, attributes={"kind": {"role": role, "type": "text"}}
        )
        people = [customer(id_, kind=kind) for id_, kind in zip("abc", kinds, strict=True)]
        return build(contacts=desk("a", 1), customers=people, study=study).adjusters

    straight, turned = ("x", "y", "y"), ("y", "x", "y")
    assert not np.array_equal(adjusters("context", *straight), adjusters("context", *turned))
    assert np.array_equal(adjusters(role, *straight), adjusters(role, *turned))


def test_a_name_that_looks_protected_is_not_adjusted_for_whatever_its_role() -> None:
    def adjusters(name: str, *kinds: str) -> np.ndarray:
        study = study_of(
            window_months=12, privacy=FEW, attributes={name: {"role": "context", "type": "text"}}
        )
        people = [customer(id_, **{name: kind}) for id_, kind in zip("abc", kinds, strict=True)]
        return build(contacts=desk("a", 1), customers=people, study=study).adjusters

    straight, turned = ("x", "y", "y"), ("y", "x", "y")
    assert not np.array_equal(adjusters("region", *straight), adjusters("region", *turned))
    assert np.array_equal(adjusters("gender", *straight), adjusters("gender", *turned))


def test_a_case_counts_in_the_month_in_which_it_is_closed() -> None:
    contacts = [
        contact("a", on(2), is_resolved=False, closed_at=on(4)),
        contact("a", on(5), is_resolved=True, closed_at=on(5)),
        contact("b", on(5), is_resolved=False, closed_at=on(7)),  # closed by leaving
        contact("b", on(3), is_resolved=True, closed_at=on(3)),
    ]
    leaves = {**customer("b"), "left_at": on(7, 5)}
    panel = build(contacts=contacts, customers=[customer("a"), leaves])
    bad = panel.bad[:, 0] > 0
    cells = zip(panel.customer[bad].tolist(), (panel.month[bad] - 1).tolist(), strict=True)
    assert [cell for cell in cells if cell[0] < 2] == [(0, 4)]


@pytest.mark.parametrize("months_", [{"horizon_months": 0}, {"lookback_months": 0}])
def test_no_months_are_refused(months_: dict[str, int]) -> None:
    with pytest.raises(ParameterError, match="1 month or more"):
        build_panel(decisive_tables(), period=YEAR, **months_)


def test_nobody_at_all() -> None:
    panel = build_panel(decisive_tables(), period=YEAR)
    assert panel.customer.size == 0
    assert panel.touchpoints == []


def test_where_no_outcome_is_known_nothing_is_laid_out() -> None:
    panel = build_panel(decisive_tables(contacts=desk("a", *range(1, 9))), period=YEAR)
    assert panel.customer.size == 0


def test_of_many_customers_so_many_are_drawn_always_the_same_and_with_all_their_rows() -> None:
    tables = simple_company(200)
    drawn, again, other = (draw_customers(tables, most=50, random_state=seed) for seed in (1, 1, 2))
    kept = drawn.customers.collect()
    assert kept.height == 50
    assert kept.equals(again.customers.collect())
    assert not kept.equals(other.customers.collect())
    expected = tables.interactions.join(kept.lazy(), on="customer_id", how="semi").collect()
    assert drawn.interactions.collect().equals(expected)
    assert draw_customers(tables, most=200, random_state=1) is tables
