"""Series of complete periods: quiet when nothing happens, loud when something does."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import DataError, ParameterError
from cxresearch.transforms.metrics import nps
from cxresearch.transforms.projection import project_to
from cxresearch.transforms.tracking import track

pytestmark = pytest.mark.slow

LATER = datetime(2040, 1, 1, tzinfo=UTC)


def answers(scores_by_month, **columns):
    rows = [
        (datetime(2024 + month // 12, month % 12 + 1, 10, tzinfo=UTC), score)
        for month, scores in enumerate(scores_by_month)
        for score in scores
    ]
    return pl.DataFrame(rows, schema=["at", "score"], orient="row").with_columns(**columns)


def test_each_month_has_its_own_figure():
    series = track(answers([[10, 0], [10, 10], [0]]), metric="nps", data_until=LATER)
    assert series["period_start"].to_list() == [date(2024, m, 1) for m in (1, 2, 3)]
    assert series["period_end"].to_list() == [date(2024, m, 1) for m in (2, 3, 4)]
    assert series["estimate"].to_list() == [0, 100, -100]
    assert series["centre"].to_list() == [None] * 3  # too few periods for limits


def test_a_month_not_yet_over_is_left_out():
    table = answers([[10], [10], [0]])
    assert track(table, metric="nps").height == 2
    until = datetime(2024, 3, 31, tzinfo=UTC)
    assert track(table, metric="nps", data_until=until).height == 2
    assert track(table, metric="nps", data_until=datetime(2024, 4, 1, tzinfo=UTC)).height == 3


def test_a_month_that_began_before_the_data_is_left_out():
    table = answers([[10], [10], [0]])
    since = datetime(2024, 1, 2, tzinfo=UTC)
    assert track(table, metric="nps", data_from=since, data_until=LATER).height == 2


def test_days_begin_where_the_study_lives():
    night = datetime(2024, 1, 31, 23, 30, tzinfo=UTC)
    table = pl.DataFrame({"at": [night], "score": [10]})
    rome = track(table, metric="nps", timezone="Europe/Rome", data_until=LATER)
    assert rome["period_start"].to_list() == [date(2024, 2, 1)]
    assert track(table, metric="nps", data_until=LATER)["period_start"].to_list() == [
        date(2024, 1, 1)
    ]


@pytest.mark.parametrize(
    ("every", "starts"),
    [
        ("1w", [date(2024, 1, 8)]),
        ("1q", [date(2024, 1, 1)]),
        ("1y", [date(2024, 1, 1)]),
        ("1d", [date(2024, 1, 10)]),
    ],
)
def test_periods_are_calendar_periods(every, starts):
    series = track(answers([[10]]), metric="nps", every=every, data_until=LATER)
    assert series["period_start"].to_list() == starts


def test_a_month_without_answers_keeps_its_row():
    series = track(answers([[10], [], [0]]), metric="nps", data_until=LATER)
    assert series.select("n", "estimate").rows() == [(1, 100), (0, None), (1, -100)]


def test_a_series_agrees_with_the_metric_by_month():
    rng = np.random.default_rng(1)
    table = answers(rng.integers(0, 11, (12, 30)).tolist())
    series = track(table, metric="nps", data_until=LATER)
    direct = nps(table.with_columns(month=pl.col("at").dt.truncate("1mo").dt.date()), by="month")
    columns = ["n", "estimate", "ci_low", "ci_high"]
    assert series.select(columns).equals(direct.select(columns))


def months(rng, *, periods, n, wobble=0.0, drop_at=None):
    """Months of answers, half promoters and a fifth detractors, the share moving by `wobble`."""
    rows = []
    for month in range(periods):
        move = wobble * rng.standard_normal() - (0.4 if month == drop_at else 0)
        u = rng.random(n)
        rows.append(np.where(u < 0.5 + move, 10, np.where(u > 0.8 + move, 0, 8)).tolist())
    return rows


@pytest.mark.parametrize("metric", ["nps", "ces"])
@pytest.mark.parametrize("wobble", [0, 0.03, 0.06])
def test_usual_ups_and_downs_raise_hardly_an_alarm(metric, wobble):
    rng = np.random.default_rng(2)
    series = [
        answers(months(rng, periods=24, n=100, wobble=wobble), cell=pl.lit(cell))
        for cell in range(40)
    ]
    table = pl.concat(series)
    if metric == "ces":
        table = table.with_columns(pl.col("score").replace({10: 6, 8: 4, 0: 2}))
    result = track(table, metric=metric, by="cell", data_until=LATER)
    assert result.height == 40 * 24
    assert result["signal"].is_not_null().mean() <= 0.02


def test_limits_from_n_alone_would_cry_wolf():
    rng = np.random.default_rng(2)
    table = answers(months(rng, periods=48, n=400, wobble=0.06))
    result = track(table, metric="nps", data_until=LATER)
    assert (
        result["centre"].is_between(pl.Series(result["ci_low"]), result["ci_high"])
    ).mean() < 0.8
    assert (result["signal"] == "outside").sum() == 0


def test_a_month_that_falls_out_is_signalled():
    rng = np.random.default_rng(3)
    table = answers(months(rng, periods=24, n=100, wobble=0.02, drop_at=20))
    result = track(table, metric="nps", data_until=LATER).with_row_index("month")
    assert result.filter(pl.col("signal") == "outside")["month"].to_list() == [20]


def test_eight_months_on_one_side_are_signalled_from_the_eighth():
    high, low = [10] * 30 + [0] * 20, [10] * 28 + [0] * 22
    result = track(answers([low] * 9 + [high] * 9), metric="nps", data_until=LATER)
    signals = [i for i, signal in enumerate(result["signal"]) if signal == "run"]
    assert signals == [7, 8, 16, 17]


def test_each_series_has_its_own_limits():
    rng = np.random.default_rng(4)
    up = answers(months(rng, periods=12, n=50), shop=pl.lit("A"))
    down = answers([[0, 0, 0, 10]] * 12, shop=pl.lit("B"))
    result = track(pl.concat([up, down]), metric="nps", by="shop", data_until=LATER)
    alone = track(down, metric="nps", data_until=LATER)
    together = result.filter(pl.col("shop") == "B")
    assert together["limit_low"].to_list() == alone["limit_low"].to_list()
    assert together["limit_low"].min() >= -100


def test_what_is_no_time_or_no_period_is_refused():
    with pytest.raises(DataError, match="column 'at' is Int64"):
        track(pl.DataFrame({"at": [1], "score": [9]}), metric="nps")
    with pytest.raises(ParameterError, match="every='2mo'"):
        track(answers([[9]]), metric="nps", every="2mo")


def series_of(figures):
    starts = pl.date_range(date(2023, 1, 1), date(2033, 1, 1), "1mo", eager=True)
    return pl.DataFrame(
        {
            "period_start": starts[: len(figures)],
            "period_end": starts[1 : len(figures) + 1],
            "estimate": [float(figure) for figure in figures],
        }
    )


def test_seven_periods_are_too_few_to_project():
    with pytest.raises(DataError, match="7 periods"):
        project_to(series_of(range(7)), on=date(2023, 9, 1))


def test_a_straight_line_goes_on():
    result = project_to(series_of(range(10, 34)), on=date(2025, 3, 15), target=30)
    assert result.select("method", "n_ahead", "estimate", "outlook").row(0) == (
        "trend",
        3,
        pytest.approx(36),
        "on_course",
    )
    assert result["chance_to_reach"].item() == pytest.approx(1)


def test_a_level_stays_and_a_far_target_is_off_course():
    rng = np.random.default_rng(5)
    result = project_to(
        series_of(30 + 3 * rng.standard_normal(24)), on=date(2025, 1, 20), target=60
    )
    assert result["method"].item() == "level"
    assert result["estimate"].item() == pytest.approx(30, abs=4)
    assert result["outlook"].item() == "off_course"
    assert result["chance_to_reach"].item() < 0.01


def test_an_objective_in_the_past_or_too_far_ahead_is_refused():
    for on in (date(2023, 5, 1), date(2026, 1, 1)):
        with pytest.raises(ParameterError, match="for a series from"):
            project_to(series_of(range(10)), on=on)


def test_a_series_with_a_hole_is_refused():
    with pytest.raises(DataError, match="without a gap"):
        project_to(series_of(range(12)).filter(pl.col("estimate") != 5), on=date(2024, 3, 1))


@pytest.mark.parametrize("ahead", [1, 3])
@pytest.mark.parametrize("walk", [False, True])
def test_the_prediction_interval_holds_what_comes(ahead, walk):
    rng = np.random.default_rng(6)
    held = []
    for _ in range(120):
        steps = rng.standard_normal(18 + ahead)
        figures = 30 + (2 * np.cumsum(steps) if walk else 4 * steps)
        on = date(2024, 6 + ahead, 15)
        row = project_to(series_of(figures[:18]), on=on)
        assert row["n_ahead"].item() == ahead
        held.append(row["ci_low"].item() <= figures[-1] <= row["ci_high"].item())
    assert np.mean(held) >= 0.9
