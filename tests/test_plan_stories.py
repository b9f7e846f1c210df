"""The plan finds the planted story first, and a company without stories has nothing to do."""

import polars as pl
import pytest

from cxresearch.actions.plan import make_plan
from cxresearch.intake import prepare_study
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.models.moments import find_moments
from cxresearch.study import read_study
from cxresearch.transforms.drawn import compare_drawn
from cxresearch.transforms.gaps import rank_gaps
from cxresearch.transforms.journey import count_touchpoints
from cxresearch.transforms.promise import measure_pledges, measure_promises

pytestmark = pytest.mark.slow
SEEDS = (0, 1, 2)


def plan_of(folder, **sample) -> pl.DataFrame:
    """The plan of a sample company, as the notebooks make it."""
    study = read_study(write_sample(make_sample(n_customers=3000, **sample), folder / "study"))
    tables = prepare_study(study, folder / "prepared")
    asked = tables.period("")
    window, year = asked.window(study.window_months), asked.window(12)
    reach = count_touchpoints(tables.interactions.filter(window.contains()))
    importance = find_moments(tables, period=asked).importance()
    gaps = rank_gaps(measure_promises(tables, period=year), reach, importance)
    return make_plan(
        gaps,
        measure_pledges(tables, period=year),
        tables.study,
        reach=reach,
        importance=importance,
        undrawn=compare_drawn(tables, period=window).undrawn,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_broken_promise_is_what_to_do_first(tmp_path, seed):
    plan = plan_of(tmp_path, seed=seed)
    first = plan.row(0, named=True)
    assert (first["touchpoint"], first["owner"]) == ("ticket_change_desk", "stations")
    assert first["certainty"] == "strong"
    assert first["programme"] == "second_desk"
    assert plan.filter(pl.col("topic") == "map")["touchpoint"].to_list() == ["access_gate"]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_low_rated_touchpoint_without_effect_is_never_strong(tmp_path, seed):
    website = plan_of(tmp_path, seed=seed).filter(pl.col("touchpoint") == "website")
    assert "strong" not in website["certainty"].to_list()


@pytest.mark.parametrize("seed", SEEDS)
def test_without_stories_there_is_nothing_to_do(tmp_path, seed):
    """Twenty-five promises at a false discovery rate of 5 %: none is to be expected."""
    assert plan_of(tmp_path, seed=seed, without=["all"]).is_empty()
