"""How often is the touchpoint that a comment is given the one it was asked at?

Unit of observation: a comment asked at a touchpoint, with that hidden. Base of accuracy: the
comments that are given a touchpoint; coverage is their share. Comments of one person are one
cluster. The learned part reads each with a model that met neither it nor its person.

It cannot credit a comment that rightly speaks of another touchpoint than it was asked at: accuracy
errs low.
"""

import numpy as np
import polars as pl

from cxresearch.language import LANGUAGES
from cxresearch.models.routing_fit import Router
from cxresearch.transforms.intervals import normal_quantile, wilson

QUALITY_COLUMNS = {
    "language": pl.String,
    "way": pl.String,
    "n": pl.Int64,
    "n_respondents": pl.Int64,
    "n_answered": pl.Int64,
    "coverage": pl.Float64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "share_right": pl.Float64,
}
"""Columns of `score_routes`."""
WAYS = ("majority", "seeds", "routing")


def score_routes(asked: pl.DataFrame, named: pl.DataFrame, router: Router | None) -> pl.DataFrame:
    """Accuracy and coverage of each way, per language.

    Parameters
    ----------
    asked
        A row a comment: response_id, respondent_id, asked, language.
    named
        From `aspects.find_most_named`. A comment is right by name where it names the touchpoint
        it was asked at, also beside others.
    router
        Only comments that it was checked on are counted where there is one.

    Returns
    -------
    pl.DataFrame
        language, way, n, n_respondents, n_answered, coverage, estimate, ci_low, ci_high (95 %),
        share_right.
    """
    names = named.group_by("response_id").agg(pl.col("name").unique().sort().alias("names"))
    table = asked.join(names, on="response_id", how="left").with_columns(
        person=pl.coalesce("respondent_id", "response_id"),
        language=pl.when(pl.col("language").is_in(LANGUAGES))
        .then("language")
        .otherwise(pl.lit("other")),
    )
    if router is not None:
        seen = router.seen.rename({"key": "response_id"})
        table = table.join(seen, on="response_id", how="inner")
        sure = pl.col("confidence") >= (2.0 if router.least is None else router.least)
        table = table.with_columns(learned=pl.when(sure).then(pl.concat_list("guess")))
    else:
        table = table.with_columns(learned=pl.lit(None, pl.List(pl.String)))
    # Ties go to the first in the alphabet.
    counts = table["asked"].value_counts().sort("count", "asked", descending=[True, False])
    most = pl.lit(counts["asked"].head(1).to_list(), pl.List(pl.String))
    given = {"majority": most, "seeds": pl.col("names"), "routing": pl.coalesce("names", "learned")}
    scored = [
        _score(part.with_columns(given=given[way]), language=language, way=way)
        for language, part in [
            *((name, table.filter(pl.col("language") == name)) for name in (*LANGUAGES, "other")),
            ("all", table),
        ]
        if part.height
        for way in WAYS
    ]
    return pl.DataFrame(scored, schema=QUALITY_COLUMNS)


def _score(table: pl.DataFrame, *, language: str, way: str) -> dict[str, object]:
    """Figures of one way in one language.

    The interval is Wilson's on the n of equally many independent comments: people are clusters.
    """
    answered = table.filter(pl.col("given").is_not_null()).with_columns(
        right=pl.col("given").list.contains(pl.col("asked")).cast(pl.Float64)
    )
    n, right = answered.height, float(answered["right"].sum())
    share, low, high = None, None, None
    if n:
        share = right / n
        pulls = answered.group_by("person").agg((pl.col("right") - share).sum())["right"].to_numpy()
        spread, naive = float((pulls**2).sum()), n * share * (1 - share)
        effective = n * min(naive / spread, 1.0) if spread > 0 else float(pulls.size)
        ends = wilson(share=np.array(share), n=np.array(effective), z=normal_quantile(0.95))
        low, high = (float(end) for end in ends)
    return {
        "language": language,
        "way": way,
        "n": table.height,
        "n_respondents": table["person"].n_unique(),
        "n_answered": n,
        "coverage": n / table.height,
        "estimate": share,
        "ci_low": low,
        "ci_high": high,
        "share_right": right / table.height,
    }
