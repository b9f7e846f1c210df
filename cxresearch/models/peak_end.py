"""Does the overall answer follow the touchpoints one by one, their mean, or their peak and end?

Unit of observation: an answer about the whole with the same customer's answers about touchpoints in
the months before it. Base: customers who gave both. Two questions: how many are content everywhere
and not with the whole (`compare_journey`), and which one number made of the touchpoint answers
foretells the answer about the whole better in customers not yet seen (`compare_peak_end`).

It cannot say what people remember: only which summary goes with what they say afterwards.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.models.partialling import sum_by_person
from cxresearch.period import Period, add_months
from cxresearch.transforms.experiences import rating
from cxresearch.transforms.intervals import Array, normal_quantile, wilson
from cxresearch.transforms.questions import (
    TOUCHPOINT,
    WHOLE,
    Question,
    answers_to,
    headline_question,
    most_answered,
)
from cxresearch.transforms.scales import counted, find_metric, with_scale

JOURNEY = {
    "group": pl.String,
    "n": pl.Int64,
    "n_unhappy": pl.Int64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "base": pl.String,
    "is_reliable": pl.Boolean,
    "is_suppressed": pl.Boolean,
}
PREDICTORS = ("mean", "peak_end")
FEWEST = 100
"""Customers below whom the two summaries are not compared."""

EVERYONE = mark("customers who answered about touchpoints and later about the whole")
ALL_FINE = mark("those of them whose every answer about a touchpoint is fine")
SOME_NOT = mark("those of them who were not content with some touchpoint")


@dataclass(frozen=True)
class PeakEndModel:
    """Result of `compare_peak_end`.

    Attributes
    ----------
    fits
        What `tidy` returns.
    quality
        What `glance` returns.
    """

    fits: pl.DataFrame
    quality: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """A row a summary of the touchpoint answers.

        Returns
        -------
        pl.DataFrame
            predictor (`mean`, `peak_end`), n (answers about the whole), n_customers, estimate
            (out-of-sample R2), ci_low, ci_high. Null where too few customers answered both.
        """
        return self.fits

    def glance(self) -> pl.DataFrame:
        """One row: n, n_customers, estimate (R2 of peak-end less R2 of the mean), ci_low, ci_high,
        verdict (`peak_end`, `mean`, or `open` where chance could have done it).
        """
        return self.quality


def compare_journey(tables: StudyTables, *, period: Period, months: int = 12) -> pl.DataFrame:
    """Who is content at every touchpoint and not with the whole?

    Parameters
    ----------
    period
        Of the answers about the whole; each customer's last one counts.
    months
        How far before it answers about touchpoints count.

    Returns
    -------
    pl.DataFrame
        group (`all`, `all_fine`: every touchpoint answer is fine, `some_not`), n (customers),
        n_unhappy (of `all` those content everywhere and not with the whole, else those not content
        with the whole), estimate (n_unhappy / n), ci_low, ci_high, base, is_reliable,
        is_suppressed. Fine is one of the two best grades, of NPS 7 and up. No row without both
        kinds of answers.
    """
    pairs = pair_answers(tables, period=period, months=months)
    last = pairs.sort("customer_id", "at").unique("customer_id", keep="last", maintain_order=True)
    if last.is_empty():
        return pl.DataFrame(schema=JOURNEY)
    unhappy, fine = ~pl.col("is_content"), pl.col("is_all_fine")
    groups = [
        ("all", pl.lit(value=True), unhappy & fine, EVERYONE),
        ("all_fine", fine, unhappy, ALL_FINE),
        ("some_not", ~fine, unhappy, SOME_NOT),
    ]
    rows = pl.concat(
        last.filter(within).select(
            pl.lit(name).alias("group"),
            pl.len().alias("n"),
            counting.sum().alias("n_unhappy"),
            pl.lit(base).alias("base"),
        )
        for name, within, counting, base in groups
    ).cast({"n": pl.Int64, "n_unhappy": pl.Int64})
    return _with_interval(rows.filter(pl.col("n") > 0), tables)


def _with_interval(rows: pl.DataFrame, tables: StudyTables) -> pl.DataFrame:
    privacy = tables.study.privacy
    share = (rows["n_unhappy"] / rows["n"]).to_numpy()
    low, high = wilson(share=share, n=rows["n"].to_numpy().astype(float), z=normal_quantile(0.95))
    n, unhappy = pl.col("n"), pl.col("n_unhappy")
    small = (n < privacy.hide_below) | (unhappy == 0) | (unhappy == n)
    # Who is unhappy among those content everywhere stands in two rows: both are hidden or none.
    linked = small.filter(pl.col("group").is_in(["all", "all_fine"])).any()
    hidden = small | (linked & (pl.col("group") != "some_not"))
    figures = {"estimate": share, "ci_low": low, "ci_high": high}
    kept = ("n", "n_unhappy", *figures)
    return (
        rows.with_columns(pl.Series(name, values) for name, values in figures.items())
        .with_columns(is_reliable=n >= privacy.reliable_from, is_suppressed=hidden)
        .with_columns(pl.when(~pl.col("is_suppressed")).then(pl.col(kept)))
        .select(JOURNEY.keys())
    )


def compare_peak_end(
    tables: StudyTables,
    *,
    period: Period,
    months: int = 12,
    n_folds: int = 5,
    random_state: int = 0,
    confidence: float = 0.95,
) -> PeakEndModel:
    """Does the mean of the touchpoint answers, or that of their peak and end, foretell the whole?

    Parameters
    ----------
    period
        Of the answers about the whole.
    months
        How far before them answers about touchpoints count; at least two are asked for.

    Returns
    -------
    PeakEndModel
        With `tidy()` and `glance()`.

    Notes
    -----
    Peak: the answer farthest from the middle of its scale, of several the latest; end: the last one
    (Kahneman, Fredrickson, Schreiber & Redelmeier 1993, Psychological Science 4). Both summaries
    are fitted as a line on the same people and judged on others; the interval is of squared errors
    clustered by customer.
    """
    pairs = pair_answers(tables, period=period, months=months).filter(pl.col("n") >= 2)
    n_customers = pairs["customer_id"].n_unique()
    if n_customers < FEWEST or pairs["whole"].n_unique() < 2:
        return _open(pairs.height, n_customers)
    people = pairs["customer_id"].rle_id().to_numpy().astype(np.int64)
    whole = pairs["whole"].to_numpy()
    fold = np.random.default_rng(random_state).permutation(n_customers)[people] % n_folds
    base = _squared_errors(whole, np.zeros(whole.size), fold)
    errors = {name: _squared_errors(whole, pairs[name].to_numpy(), fold) for name in PREDICTORS}
    gains = {name: base - error for name, error in errors.items()}
    gains["difference"] = errors["mean"] - errors["peak_end"]
    z = normal_quantile(confidence)
    rows = []
    for name, gain in gains.items():
        estimate = gain.sum() / base.sum()
        sums = sum_by_person((gain - estimate * base)[:, None], people)[:, 0]
        half = z * np.sqrt((sums**2).sum() * n_customers / (n_customers - 1)) / base.sum()
        rows.append((name, whole.size, n_customers, estimate, estimate - half, estimate + half))
    names = ("predictor", "n", "n_customers", "estimate", "ci_low", "ci_high")
    table = pl.DataFrame(rows, schema=names, orient="row")
    low, high = rows[-1][-2:]
    verdict = "peak_end" if low > 0 else "mean" if high < 0 else "open"
    return PeakEndModel(
        table.head(2), table.tail(1).drop("predictor").with_columns(verdict=pl.lit(verdict))
    )


def _open(n: int, n_customers: int) -> PeakEndModel:
    """Too few to tell."""
    nothing = dict.fromkeys(("estimate", "ci_low", "ci_high"), pl.lit(None, dtype=pl.Float64))
    counts = pl.DataFrame({"n": [n], "n_customers": [n_customers]}).with_columns(**nothing)
    fits = pl.DataFrame({"predictor": PREDICTORS}).join(counts, how="cross")
    return PeakEndModel(fits, counts.with_columns(verdict=pl.lit("open")))


def _squared_errors(outcome: Array, predictor: Array, fold: Array) -> Array:
    """Squared error of each case from a line fitted to the other folds."""
    errors = np.empty_like(outcome)
    for k in np.unique(fold):
        away = fold != k
        centre, middle = predictor[away].mean(), outcome[away].mean()
        spread = ((predictor[away] - centre) ** 2).sum()
        slope = ((predictor[away] - centre) * outcome[away]).sum() / spread if spread else 0.0
        errors[~away] = (outcome[~away] - middle - slope * (predictor[~away] - centre)) ** 2
    return errors


def pair_answers(tables: StudyTables, *, period: Period, months: int = 12) -> pl.DataFrame:
    """Each answer about the whole with what its customer said about touchpoints before.

    Returns
    -------
    pl.DataFrame
        customer_id, at, whole (0 worst, 1 best grade), is_content, n (touchpoint answers in the
        months before), mean, peak_end (0-1), is_all_fine; by customer and instant. Answers about
        the whole without any before are left out.
    """
    if tables.responses is None:
        return _no_pairs()
    questions = (
        headline_question(tables.responses, about=WHOLE),
        most_answered(tables.responses, about=TOUCHPOINT),
    )
    if questions[0].voice != "customer":
        return _no_pairs()
    days = (period.end - add_months(period.end, -months)).days
    whole, part = (_graded(tables.responses, question) for question in questions)
    after = whole.filter(period.contains()).rename(
        {"at": "whole_at", "rating": "whole", "is_fine": "is_content", "response_id": "whole_id"}
    )
    extreme = (pl.col("rating") - 0.5).abs()
    peak = pl.col("rating").filter(extreme == extreme.max()).last()
    return (
        after.join(part, on="customer_id")
        .filter(
            pl.col("at") < pl.col("whole_at"),
            pl.col("at") >= pl.col("whole_at") - pl.duration(days=days),
        )
        .sort("customer_id", "whole_at", "whole_id", "at", "response_id")
        .group_by("customer_id", "whole_at", "whole_id", maintain_order=True)
        .agg(
            pl.col("whole", "is_content").first(),
            pl.len().cast(pl.Int64).alias("n"),
            pl.col("rating").mean().alias("mean"),
            ((peak + pl.col("rating").last()) / 2).alias("peak_end"),
            pl.col("is_fine").all().alias("is_all_fine"),
        )
        .rename({"whole_at": "at"})
        .drop("whole_id")
        .collect()
    )


def _graded(responses: pl.LazyFrame, question: Question) -> pl.LazyFrame:
    """Scored answers of known customers: rating (0-1) and is_fine."""
    metric = find_metric(question.measure)
    answers = with_scale(answers_to(responses, question), metric=metric, score="score")
    return answers.filter(
        pl.col("customer_id").is_not_null(), pl.col("score").is_not_null()
    ).select("response_id", "customer_id", "at", rating().alias("rating"), _is_fine(question))


def _is_fine(question: Question) -> pl.Expr:
    """One of the two best grades; of NPS no detractor."""
    metric = find_metric(question.measure)
    return (counted(metric, score="score") >= (0 if metric.unit == 100 else 1)).alias("is_fine")


def _no_pairs() -> pl.DataFrame:
    columns: dict[str, pl.DataType] = {
        "customer_id": pl.String(),
        "at": pl.Datetime("us", "UTC"),
        "whole": pl.Float64(),
        "is_content": pl.Boolean(),
        "n": pl.Int64(),
        "mean": pl.Float64(),
        "peak_end": pl.Float64(),
        "is_all_fine": pl.Boolean(),
    }
    return pl.DataFrame(schema=columns)
