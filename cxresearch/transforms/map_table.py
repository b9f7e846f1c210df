"""What stands on the journey map? Each touchpoint once, with all that was measured about it.

The unit is one touchpoint. Drawn ones stand in the order of experience.yml, those that customers
met and nobody drew follow, the most met first. It joins finished tables and computes no estimate:
bases and intervals are those of the tables it was given, and a table that is not there leaves its
columns null. Give scores and promises of one window, else dot and mark speak of different months.
"""

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.study import Experience

COLUMNS: dict[str, pl.DataType] = {
    "position": pl.Int64(),
    "stage": pl.String(),
    "touchpoint": pl.String(),
    "is_drawn": pl.Boolean(),
    "kind": pl.String(),
    "channels": pl.List(pl.String()),
    "owner": pl.String(),
    "supported_by": pl.List(pl.String()),
    "n_contacts": pl.Int64(),
    "n_customers": pl.Int64(),
    "reach": pl.Float64(),
    "n": pl.Int64(),
    "metric": pl.String(),
    "estimate": pl.Float64(),
    "ci_low": pl.Float64(),
    "ci_high": pl.Float64(),
    "is_reliable": pl.Boolean(),
    "is_suppressed": pl.Boolean(),
    "promise_measure": pl.String(),
    "promise_unit": pl.String(),
    "target": pl.Float64(),
    "is_at_most": pl.Boolean(),
    "gap": pl.Float64(),
    "gap_low": pl.Float64(),
    "gap_high": pl.Float64(),
    "verdict": pl.String(),
    "is_on_axis": pl.Boolean(),
    "is_moment": pl.Boolean(),
    "believed": pl.Boolean(),
    "drop_off": pl.Float64(),
    "drop_off_low": pl.Float64(),
    "drop_off_high": pl.Float64(),
    "is_drop_off": pl.Boolean(),
}
"""The columns of a map, with their types."""

_OWN = ("position", "stage", "touchpoint", "is_drawn", "kind", "channels", "owner",
        "supported_by", "believed")  # fmt: skip
_FLAGS = ("is_suppressed", "is_on_axis", "is_moment", "believed", "is_drop_off")
_FIGURES = ("n", "estimate", "ci_low", "ci_high")
_GAP = ("gap", "gap_low", "gap_high", "verdict")
_JOINED = {"metric": pl.String(), "is_bounded": pl.Boolean()}
_BOUNDED = ("share", "nps")


def map_table(
    experience: Experience,
    *,
    scores: pl.DataFrame | None = None,
    volumes: pl.DataFrame | None = None,
    promises: pl.DataFrame | None = None,
    moments: pl.DataFrame | None = None,
    drop_off: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Everything the journey map draws, a row a touchpoint.

    Parameters
    ----------
    experience
        What the company wants: stages, touchpoints, channels, owners. May be empty.
    scores
        As `groups.score_groups(by="touchpoint")` returns it.
    volumes
        As `journey.count_touchpoints` returns it.
    promises
        As `promise.measure_promises` returns it.
    moments
        As `moments.find_moments(...).tidy()` returns it.
    drop_off
        As `journey.measure_drop_off` returns it.

    Returns
    -------
    pl.DataFrame
        `COLUMNS`. `verdict` is null without a promise, `open` also without enough answers about it;
        `is_on_axis` says that the promise is about the score itself, so that its target can stand
        on the score's axis; `is_drop_off` that customers leave after this touchpoint more often
        than its base rate says, beyond chance.

    Raises
    ------
    DataError
        A given table has no column `touchpoint`.

    Examples
    --------
    >>> from cxresearch.study.experience import Experience
    >>> drawn = Experience.model_validate({
    ...     "stages": [{"id": "buy", "label": "Buy"}],
    ...     "touchpoints": [{"id": "app", "label": "App", "stage": "buy"}]})
    >>> met = pl.DataFrame({"touchpoint": ["desk", "app"], "n": [9, 4], "n_customers": [5, 4],
    ...                     "reach": [0.5, 0.4]})
    >>> map_table(drawn, volumes=met).select("touchpoint", "is_drawn", "n_contacts").rows()
    [('app', True, 4), ('desk', False, 9)]
    """
    volumes, scores = _volumes(volumes), _scores(scores)
    places = _places(experience, volumes, scores)
    joined = places
    for part in (volumes, scores, _promises(promises), _moments(moments), _drop_off(drop_off)):
        joined = joined.join(part, on="touchpoint", how="left", maintain_order="left")
    missing = {
        name: kind
        for name, kind in {**COLUMNS, **_JOINED}.items()
        if name not in joined.columns and name != "is_on_axis"
    }
    known = joined.with_columns(pl.lit(None, kind).alias(name) for name, kind in missing.items())
    measured_as = pl.col("metric").fill_null("csat")
    hidden = pl.col("is_suppressed").fill_null(value=False)
    return known.with_columns(
        (pl.col("is_bounded") & (pl.col("promise_measure") == measured_as)).alias("is_on_axis"),
        pl.when(~hidden).then(pl.col(_FIGURES)),
    ).select(
        pl.col(name).cast(kind).fill_null(value=False)
        if name in _FLAGS
        else pl.col(name).cast(kind)
        for name, kind in COLUMNS.items()
    )


def _places(experience: Experience, *others: pl.DataFrame) -> pl.DataFrame:
    """Drawn touchpoints in the order of their stages, then those met and never drawn."""
    order = {stage.id: number for number, stage in enumerate(experience.stages)}
    rows = [
        {
            "stage": place.stage,
            "touchpoint": place.id,
            "is_drawn": True,
            "kind": place.kind,
            "channels": list(place.channels),
            "owner": place.owner,
            "supported_by": list(place.supported_by),
            "believed": place.moment_of_truth,
            "of_stage": order.get(place.stage, len(order)),
        }
        for place in experience.touchpoints
    ]
    schema = {name: COLUMNS[name] for name in _OWN if name != "position"}
    drawn = pl.DataFrame(rows, schema={**schema, "of_stage": pl.Int64}).sort(
        "of_stage", maintain_order=True
    )
    met = (
        pl.concat([other.select("touchpoint", "met") for other in others])
        .filter(pl.col("touchpoint").is_not_null())
        .group_by("touchpoint")
        .agg(pl.col("met").max())
        .join(drawn, on="touchpoint", how="anti")
        .sort("met", "touchpoint", descending=[True, False])
        .select("touchpoint", pl.lit(value=False).alias("is_drawn"))
    )
    return pl.concat([drawn.drop("of_stage"), met], how="diagonal").with_row_index("position")


def _volumes(table: pl.DataFrame | None) -> pl.DataFrame:
    if table is None:
        return _nothing("met")
    require_columns(table, "touchpoint", "n", "n_customers", "reach")
    met = pl.col("n").cast(pl.Int64)
    return _by_id(table, met.alias("n_contacts"), "n_customers", "reach", met.alias("met"))


def _scores(table: pl.DataFrame | None) -> pl.DataFrame:
    if table is None:
        return _nothing("met")
    require_columns(table, "touchpoint", "n", "estimate", "ci_low", "ci_high")
    also = [name for name in ("metric", "is_reliable", "is_suppressed") if name in table.columns]
    return _by_id(table, *_FIGURES, *also, pl.lit(0, pl.Int64).alias("met"))


def _promises(table: pl.DataFrame | None) -> pl.DataFrame:
    if table is None:
        return _nothing()
    require_columns(table, "touchpoint", "measure", "statistic", "target", "unit", *_GAP)
    shown = pl.lit(value=True)
    if "is_suppressed" in table.columns:
        shown = ~pl.col("is_suppressed").fill_null(value=False)
    also = [name for name in ("is_at_most",) if name in table.columns]
    return _by_id(
        table.filter(pl.col("touchpoint").is_not_null()).unique(
            "touchpoint", keep="first", maintain_order=True
        ),
        pl.col("measure").alias("promise_measure"),
        pl.col("unit").alias("promise_unit"),
        "target",
        *also,
        pl.col("statistic").is_in(_BOUNDED).alias("is_bounded"),
        *(pl.when(shown).then(pl.col(name)).alias(name) for name in _GAP if name != "verdict"),
        pl.when(shown).then("verdict").fill_null("open").alias("verdict"),
    )


def _moments(table: pl.DataFrame | None) -> pl.DataFrame:
    if table is None:
        return _nothing()
    require_columns(table, "touchpoint", "is_moment")
    found = pl.col("is_moment").fill_null(value=False).any()
    return _by_id(table.group_by("touchpoint").agg(found.alias("is_moment")), "is_moment")


def _drop_off(table: pl.DataFrame | None) -> pl.DataFrame:
    if table is None:
        return _nothing()
    require_columns(table, "touchpoint", "difference", "ci_low", "ci_high", "polarity")
    return _by_id(
        table,
        pl.col("difference").alias("drop_off"),
        pl.col("ci_low").alias("drop_off_low"),
        pl.col("ci_high").alias("drop_off_high"),
        (pl.col("polarity") == "bad").alias("is_drop_off"),
    )


def _by_id(table: pl.DataFrame, *columns: str | pl.Expr) -> pl.DataFrame:
    # The prepared log keeps touchpoints as Enum, experience.yml has text.
    return table.select(pl.col("touchpoint").cast(pl.String), *columns)


def _nothing(*counts: str) -> pl.DataFrame:
    return pl.DataFrame(schema={"touchpoint": pl.String, **dict.fromkeys(counts, pl.Int64)})
