"""Do customers' own scores bear out what the words of a group say?

Unit of observation: a comment in which something speaks, with the tone its customer's score stands
for. A lexicon meets other words at every touchpoint: who praises how a delay was told writes
"delay", who praises an app does not. A difference of tone between groups is therefore partly one of
words, and is believed only where the scores given with the same comments differ the same way. Base:
comments with a score, against those of other groups that answered the same question.

It cannot tell which is right where they differ, nor check comments without a score, nor a tone that
was learned from those very scores: they are no second witness. A change of one
group over time needs no such check: its subject, and so its words, stay.
"""

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.transforms.cells import RESPONDENT
from cxresearch.transforms.compare import compare
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells

OWN = "own_tone"
CONFIRMED = ("n_scores", "score_gap", "score_low", "score_high", "is_confirmed")
"""Columns that `confirm_tone` adds."""
_SIGN = {"positive": 1.0, "negative": -1.0}


def confirm_tone(
    apart: pl.DataFrame, scored: Table, *, by: str, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """Hold each group's difference of tone against its difference of scores.

    Parameters
    ----------
    apart
        As `measure.compare_tone_to_rest` gives it by `by`.
    scored
        The same comments: `by`, `label` and `own_tone` (positive, negative or null: what the score
        beside the comment stands for); where present `respondent_id`; `question`: scores are
        compared with those given to the same question only; and `taught_by` of `fit_tone`: where it
        is scores, they bear nothing out.
    by
        The column of groups.
    hide_below
        Least number of people of a group whose scores are shown.

    Returns
    -------
    pl.DataFrame
        The rows of `apart` with n_scores, score_gap (net share of good scores less that of the
        others, -2 to 2), score_low, score_high (people as clusters) and is_confirmed: true where
        the scores differ the same way beyond chance (Benjamini-Hochberg over the groups), false
        where they do not, null where fewer than 30 people on a side gave one, where scores
        taught the tone, or where it does not differ. `polarity` is neutral where it is false.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> said = pl.DataFrame({"at": ["desk"] * 40 + ["app"] * 40, "own_tone": ["positive"] * 80,
    ...                      "label": ["negative"] * 40 + ["positive"] * 40})
    >>> apart = pl.DataFrame({"at": ["app", "desk"], "estimate": [2.0, -2.0],
    ...                       "is_different": [True, True], "polarity": ["good", "bad"]})
    >>> confirm_tone(apart, said, by="at").select("at", "is_confirmed", "polarity").rows()
    [('app', False, 'neutral'), ('desk', False, 'neutral')]
    """
    require_columns(apart, by, "estimate", "is_different", "polarity")
    require_columns(scored, by, "label", OWN)
    rows = _with_scores(scored, by)
    others = _others(rows, by)
    # A question that nobody else was asked compares with nobody.
    own = rows.join(others, on=[by, "asked"], how="semi", maintain_order="left")
    gap = compare(own, against=others, metric="tone", by=by, weight="weight")
    judged = gap.select(
        by,
        pl.col("is_reliable").alias("_enough"),
        pl.when("is_change").then(pl.col("estimate").sign()).otherwise(0.0).alias("_side"),
    )
    shown = suppress_small_cells(gap, by=by, threshold=hide_below).select(
        by, n_scores="n", score_gap="estimate", score_low="ci_low", score_high="ci_high"
    )
    table = apart.join(judged, on=by, how="left", maintain_order="left").join(
        shown, on=by, how="left", maintain_order="left"
    )
    same_way = (pl.col("_side") == pl.col("estimate").sign()).fill_null(value=False)
    asked = pl.col("is_different") & pl.col("_enough").fill_null(value=False)
    is_doubted = (~pl.col("is_confirmed")).fill_null(value=False)
    return (
        table.with_columns(pl.when(asked).then(same_way).alias("is_confirmed"))
        .with_columns(
            pl.when(is_doubted).then(pl.lit("neutral")).otherwise("polarity").alias("polarity")
        )
        .select(*apart.columns, *CONFIRMED)
    )


def _with_scores(scored: Table, by: str) -> pl.DataFrame:
    """Comments that speak, of a group, with a score of 1 or -1, and the question it answers."""
    schema = scored.collect_schema()
    people = [RESPONDENT] if RESPONDENT in schema else []
    asked = pl.col("question").cast(pl.String) if "question" in schema else pl.lit("")
    is_taught = pl.col("taught_by") == "scores" if "taught_by" in schema else pl.lit(value=False)
    value = pl.col(OWN).cast(pl.String).replace_strict(_SIGN, default=None, return_dtype=pl.Float64)
    return (
        scored.lazy()
        .filter(pl.col(by).is_not_null(), pl.col("label") != "unknown", pl.col(OWN).is_not_null())
        .filter(~is_taught.fill_null(value=False))
        .select(
            pl.col(by).cast(pl.String),
            *people,
            asked.fill_null("").alias("asked"),
            value.alias("score"),
            pl.lit(1.0).alias("weight"),
        )
        .collect()
    )


def _others(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """For each group the scores of the others, weighted to its mix of questions."""
    own = rows.group_by(pl.col(by).alias("_group"), "asked").len("_own")
    counts = rows.group_by("asked").len("_all")
    rest = own.join(counts, on="asked").with_columns(
        (pl.col("_own") / (pl.col("_all") - pl.col("_own"))).alias("weight")
    )
    return (
        rows.drop("weight")
        .join(rest, on="asked")
        .filter(pl.col("_group") != pl.col(by))
        .drop(by)
        .rename({"_group": by})
        .select(rows.columns)
        .sort(rows.columns)
    )
