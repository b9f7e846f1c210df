"""How many journeys keep to the map: nothing off it, and no step back?

Unit of observation: a journey, or a customer with all their journeys. Base: those that have one.
Journeys of one customer are one cluster.

It cannot say whether the journey or the map is wrong.
"""

import polars as pl

from cxresearch.transforms.metrics import measure

FIT_COLUMNS = ("of", "rule", "n", "base", "n_customers", "share", "ci_low", "ci_high")
_FIT = {
    **dict.fromkeys(("of", "rule"), pl.String),
    **dict.fromkeys(("n", "base", "n_customers"), pl.Int64),
    **dict.fromkeys(("share", "ci_low", "ci_high"), pl.Float64),
}
_RULES = ("fits", "only_drawn", "no_step_back")


def measure_fit(events: pl.DataFrame | None, *, threshold: int) -> pl.DataFrame:
    """How many customers, and how many journeys, follow the map.

    Parameters
    ----------
    events
        As `journey.split_journeys` returns the interactions of a study; None without any.
    threshold
        Least number of customers shown.

    Returns
    -------
    pl.DataFrame
        of (`customers`, `journeys`), rule (`only_drawn`: nothing off the map; `no_step_back`: no
        stage after a later one; `fits`: both), n (that do), base, n_customers, share, ci_low,
        ci_high. A customer does where every journey does. A rule has no row where few people keep
        it, few do not, or few keep one of the two and not both.
    """
    if events is None:
        return pl.DataFrame(schema=_FIT)
    journeys = _judge_journeys(events)
    customers = journeys.group_by("who").agg(pl.col(rule).all() for rule in _RULES)
    parts = {"customers": customers, "journeys": journeys}
    hidden = {rule for part in parts.values() for rule in _rules_of_few(part, threshold=threshold)}
    both = pl.concat(
        table.unpivot(list(_RULES), index="who", variable_name="rule").with_columns(
            pl.lit(name).alias("of")
        )
        for name, table in parts.items()
    )
    by = ["of", "rule"]
    shares = measure(both, metric="share", score="value", respondent="who", by=by)
    held = both.group_by(by).agg(pl.col("value").sum().cast(pl.Int64).alias("_n"))
    return (
        shares.filter(pl.col("n_respondents") >= threshold, ~pl.col("rule").is_in(hidden))
        .join(held, on=by)
        .sort("of", pl.col("rule").cast(pl.Enum(_RULES)))
        .select(
            *by,
            pl.col("_n").alias("n"),
            pl.col("n").alias("base"),
            pl.col("n_respondents").alias("n_customers"),
            pl.col("estimate").alias("share"),
            *("ci_low", "ci_high"),
        )
    )


def _rules_of_few(judged: pl.DataFrame, *, threshold: int) -> list[str]:
    """Rules whose figures, or what they differ by from another's, stand for few people."""
    groups = {rule: [pl.col(rule), ~pl.col(rule)] for rule in _RULES}
    groups["fits"] += [pl.col(rule) & ~pl.col("fits") for rule in _RULES]
    people = {
        rule: [pl.col("who").filter(group).n_unique() for group in apart]
        for rule, apart in groups.items()
    }
    few = judged.select(
        pl.any_horizontal(n.is_between(1, threshold - 1) for n in counts).alias(rule)
        for rule, counts in people.items()
    )
    return [rule for rule in _RULES if few[rule].item()]


def _judge_journeys(events: pl.DataFrame) -> pl.DataFrame:
    """who (a number a customer), and whether each rule holds, a row a journey."""
    stage, journey, customer = (
        pl.col("stage").to_physical(),
        pl.col("journey"),
        pl.col("customer_id"),
    )
    # What lies off the map is passed over: the stage before it is the one to compare with.
    drawn = events.lazy().filter(stage.is_not_null()).select("journey", stage)
    back = drawn.filter(journey == journey.shift(1), pl.col("stage") < pl.col("stage").shift(1))
    off = events.lazy().filter(stage.is_null())
    broken = [found.select("journey").unique().collect().to_series() for found in (off, back)]
    starts = events.lazy().filter(pl.col("step") == 1)
    return (
        starts.select(
            "journey", who=(customer != customer.shift(1)).fill_null(value=True).cum_sum()
        )
        .with_columns(
            only_drawn=~journey.is_in(broken[0].implode()),
            no_step_back=~journey.is_in(broken[1].implode()),
        )
        .with_columns(fits=pl.all_horizontal("only_drawn", "no_step_back"))
        .collect()
    )
