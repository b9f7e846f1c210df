"""How much of a score goes with a theme?

Unit of observation: an answer with a score and a comment; a row of the result is a theme. The
impact of a theme is the score of all such answers less the score without those whose comment
carries the theme, which is the score as it would be if its people had answered like the others.
Base: answers to one metric with a score and a comment. Themes of one comment share its score, so
impacts do not add up; the theme most often written together with it is named.

It is an association and no more: those who write of a theme may differ in many things. Answers
without a comment are not in it.
"""

from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import DataError, require_columns
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import Array, normal_quantile, student_quantile
from cxresearch.transforms.scales import Metric, Table, counted, find_metric, with_scale
from cxresearch.transforms.suppress import THRESHOLD

IMPACT = {
    "theme": pl.String,
    "name": pl.String,
    "metric": pl.String,
    "n": pl.Int64,
    "n_respondents": pl.Int64,
    "base": pl.Int64,
    "score": pl.Float64,
    "score_without": pl.Float64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "p_value": pl.Float64,
    "q_value": pl.Float64,
    "overlap": pl.Float64,
    "overlaps_with": pl.String,
    "is_overlapping": pl.Boolean,
    "polarity": pl.String,
    "is_suppressed": pl.Boolean,
}
OVERLAPPING_FROM = 0.5
"""Share of its answers with another theme from which the two are hard to tell apart."""
_ALPHA = 0.05


def measure_theme_impact(
    themes: pl.DataFrame,
    comments: Table,
    *,
    metric: str,
    names: pl.DataFrame | None = None,
    hide_below: int = THRESHOLD,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Leave-out impact of every theme on a metric.

    Parameters
    ----------
    themes
        `ThemeModel.augment()`: a row a comment and theme it carries. A theme declared in two
        languages is one theme here, of the comments of both.
    comments
        `response_id`, `score` and, where present, `respondent_id`, `metric`, `scale_min`,
        `scale_max`, `high_is`: the answers of the period, one figure's worth. Blanks are left out.
    metric
        `nps`, `csat`, ... as `metrics.measure` takes it.
    names
        `ThemeModel.tidy()`, for the names of themes.
    hide_below
        Least number of people with the theme, and without it, of a row that is shown.

    Returns
    -------
    pl.DataFrame
        theme, name, metric, n (answers with the theme), n_respondents, base (all answers), score,
        score_without, estimate (score - score_without: below 0 the theme pulls the score down),
        ci_low, ci_high, p_value, q_value (Benjamini-Hochberg over the themes), overlap (share of
        its answers that carry `overlaps_with` too, the theme with which it shares most),
        is_overlapping (half or more), polarity (`good`, `bad` where q is below .05, else
        `neutral`), is_suppressed. In the metric's unit: NPS points, shares 0-1. The strongest pull
        down first.

    Raises
    ------
    DataError
        A column is missing, or scales are mixed.

    Notes
    -----
    Interval by the delta method: with x what an answer counts, a the mean of all and b that of
    those without the theme, an answer moves the estimate by (x - a)/n - (x - b)/m where it is
    without the theme, (x - a)/n where it has it; summed within people (Liang & Zeger 1986), with
    Student's t on the people with the theme less one.

    Examples
    --------
    >>> said = pl.DataFrame({"response_id": list("abcd"), "score": [0, 0, 10, 10]})
    >>> queue = pl.DataFrame({"response_id": ["a", "b"], "theme": ["queue", "queue"]})
    >>> measure_theme_impact(queue, said, metric="nps", hide_below=1).select(
    ...     "n", "score", "score_without", "estimate").row(0)
    (2, 0.0, 100.0, -100.0)
    """
    require_columns(themes, "response_id", "theme")
    require_columns(comments, "response_id", "score")
    rule = find_metric(metric)
    answers = _answers(comments, rule)
    held = (
        themes.select("response_id", "theme")
        .unique()
        .join(answers.select("response_id", "row", "person"), on="response_id")
    )
    ids = held["theme"].unique().sort().to_list()
    if not ids or answers.height < 2:
        return pl.DataFrame(schema=IMPACT)
    figures = _figures(held, answers, ids, rule=rule, confidence=confidence)
    table = figures.join(_overlaps(held), on="theme", how="left").with_columns(
        pl.lit(metric).alias("metric"), pl.lit(answers.height).alias("base")
    )
    known = (
        names if names is not None else pl.DataFrame(schema={"theme": pl.String, "name": pl.String})
    )
    called = (
        known.select("theme", "name")
        .drop_nulls()
        .unique("theme", keep="first", maintain_order=True)
    )
    table = table.join(called, on="theme", how="left").with_columns(
        pl.coalesce("name", "theme").alias("name")
    )
    return _shown(table, hide_below=hide_below)


def _answers(comments: Table, rule: Metric) -> pl.DataFrame:
    """Answers with a score: row, response_id, person, x (what it counts)."""
    scaled = with_scale(comments, metric=rule, score="score")
    schema = scaled.collect_schema()
    own = pl.lit("response ") + pl.col("response_id").cast(pl.String)
    person = (
        pl.coalesce(pl.col("respondent_id").cast(pl.String), own)
        if "respondent_id" in schema
        else own
    )
    table = scaled.select(
        pl.col("response_id").cast(pl.String),
        person.alias("person"),
        counted(rule, score="score").cast(pl.Float64).alias("x"),
        "scale_min",
        "scale_max",
        "high_is",
    ).drop_nulls("x")
    answers = table.collect().sort("response_id").with_row_index("row")
    if answers.select("scale_min", "scale_max", "high_is").n_unique() > 1:
        raise DataError(
            f"answers on different scales for {rule.name}",
            allowed="one scale in one figure",
            next_step='filter one question first: comments.filter(pl.col("question") == ...)',
        )
    return answers.with_columns(pl.col("row").cast(pl.Int64))


def _figures(
    held: pl.DataFrame, answers: pl.DataFrame, ids: list[str], *, rule: Metric, confidence: float
) -> pl.DataFrame:
    """Estimate and interval of each theme."""
    from scipy.sparse import csr_array
    from scipy.special import stdtr

    theme = held["theme"].replace_strict(ids, range(len(ids)), return_dtype=pl.Int64).to_numpy()
    shape = (answers.height, len(ids))
    carries = csr_array((np.ones(held.height), (held["row"].to_numpy(), theme)), shape=shape)
    x = answers["x"].to_numpy()
    person = (answers["person"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    n, total = answers.height, x.mean()
    with_theme = np.asarray(carries.sum(axis=0)).ravel()
    without = n - with_theme
    with np.errstate(invalid="ignore", divide="ignore"):
        others = np.where(without > 0, (x.sum() - carries.T @ x) / without, np.nan)
        error = _standard_errors(carries, x, person, total=total, others=others, without=without)
    people = held.group_by("theme").agg(pl.col("person").n_unique()).sort("theme")
    df = people["person"].to_numpy().astype(float) - 1
    estimate = total - others
    half = student_quantile(df=df, z=normal_quantile(confidence)) * error
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.abs(estimate) / error
    p_value = np.where(
        (error > 0) & (df >= 1), 2 * stdtr(np.maximum(df, 1), -np.nan_to_num(t)), np.nan
    )
    people_without = answers["person"].n_unique() - people["person"].to_numpy()
    columns = {
        "estimate": estimate * rule.unit,
        "ci_low": (estimate - half) * rule.unit,
        "ci_high": (estimate + half) * rule.unit,
        "p_value": p_value,
        "score_without": others * rule.unit,
    }
    return (
        pl.DataFrame({"theme": ids, "n": with_theme, **columns})
        .with_columns(
            pl.lit(total * rule.unit).alias("score"),
            people["person"].alias("n_respondents"),
            pl.Series("_without", np.maximum(people_without, without)),
        )
        .fill_nan(None)
    )


def _standard_errors(
    carries: Any, x: Array, person: Array, *, total: float, others: Array, without: Array
) -> Array:
    """Standard errors of the estimates, people as clusters.

    An answer moves every estimate by u = (x - a)/n - (x - b)/m; the themes it carries give the
    second part back. Sums over people need the dense part only as three sums a person.
    """
    from scipy.sparse import csr_array

    n, k = carries.shape
    n_people = int(person.max()) + 1
    sums = csr_array((np.ones(n), (person, np.arange(n))), shape=(n_people, n))
    sx, size = sums @ x, sums @ np.ones(n)
    theirs = sums @ carries
    theirs_x = sums @ carries.multiply(x[:, None]).tocsr()
    variance = np.empty(k)
    for theme in range(k):
        t = np.asarray(theirs[:, [theme]].todense()).ravel()
        tx = np.asarray(theirs_x[:, [theme]].todense()).ravel()
        b, m = others[theme], without[theme]
        moved = (sx - total * size) / n - ((sx - tx) - b * (size - t)) / m
        variance[theme] = (moved**2).sum() * n_people / max(n_people - 1, 1)
    return np.sqrt(variance)


def _overlaps(held: pl.DataFrame) -> pl.DataFrame:
    """The theme that most of a theme's comments carry too: theme, overlap, overlaps_with."""
    sizes = held.group_by("theme").len()
    both = held.select("row", "theme").join(held.select("row", other="theme"), on="row")
    shared = (
        both.filter(pl.col("theme") != pl.col("other"))
        .group_by("theme", "other")
        .agg(pl.len().alias("both"))
        .join(sizes, on="theme")
        .with_columns(overlap=pl.col("both") / pl.col("len"))
        .sort("theme", "overlap", "other", descending=[False, True, False])
        .unique("theme", keep="first", maintain_order=True)
    )
    return shared.select("theme", "overlap", overlaps_with="other")


def _shown(table: pl.DataFrame, *, hide_below: int) -> pl.DataFrame:
    """Small themes hidden, the others tested together."""
    fewest = pl.min_horizontal(pl.col("n_respondents"), pl.col("_without"))
    numbers = ("n", "n_respondents", "base", "score", "score_without", "estimate")
    hidden = [*numbers, "ci_low", "ci_high", "p_value", "overlap", "overlaps_with"]
    table = table.with_columns(is_suppressed=fewest < hide_below).with_columns(
        pl.when(~pl.col("is_suppressed")).then(pl.col(hidden))
    )
    p_values = table["p_value"].fill_null(np.nan).to_numpy()
    called = pl.col("q_value").fill_null(1.0) < _ALPHA
    way = pl.when(pl.col("estimate") > 0).then(pl.lit("good")).otherwise(pl.lit("bad"))
    return (
        table.with_columns(
            pl.Series("q_value", q_values(p_values)).fill_nan(None),
            pl.col("overlap").fill_null(pl.when(~pl.col("is_suppressed")).then(0.0)),
        )
        .with_columns(
            (pl.col("overlap") >= OVERLAPPING_FROM).fill_null(value=False).alias("is_overlapping"),
            pl.when(called).then(way).otherwise(pl.lit("neutral")).alias("polarity"),
        )
        .sort("estimate", "theme", nulls_last=True)
        .select(pl.col(name).cast(dtype) for name, dtype in IMPACT.items())
    )
