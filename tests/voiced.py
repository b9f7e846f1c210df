"""Write small studies of comments for the page of comments."""

from datetime import UTC, datetime, timedelta

import polars as pl

STUDY = "name: Small\ntimezone: Europe/Rome\nlanguages: [it, en]\nsources:\n" + (
    "  - table: responses\n    files: responses.parquet\n"
)
LABELS = "  - table: labels\n    files: labels.parquet\n"


def write_study(folder, comments, *, is_rated=True, labels=None):
    """A study of the comments, seven hours apart in February 2025, each of a person."""
    start = datetime(2025, 2, 1, tzinfo=UTC)
    at = [start + timedelta(hours=7 * i) for i in range(len(comments))]
    at[-1] = datetime(2025, 3, 2, tzinfo=UTC)  # so that February is complete
    n = len(comments)
    scale = {"metric": "stars", "score": 4.0, "scale_min": 1.0, "scale_max": 5.0, "high_is": "good"}
    table = pl.DataFrame(
        {
            "response_id": [f"R{i}" for i in range(n)],
            "respondent_id": [f"P{i}" for i in range(n)],
            "at": at,
            "comment": comments,
        },
        schema_overrides={"comment": pl.String},
    ).with_columns(voice=pl.lit("customer"), **{k: pl.lit(v) for k, v in scale.items()})
    blank = [pl.lit(None).cast(table.schema[name]).alias(name) for name in scale]
    (table if is_rated else table.with_columns(blank)).write_parquet(folder / "responses.parquet")
    if labels is not None:
        told = {"response_id": table["response_id"], "coder": ["a"] * n, "label": labels}
        pl.DataFrame(told).write_parquet(folder / "labels.parquet")
    (folder / "study.yml").write_text(STUDY + (LABELS if labels is not None else ""))
    return folder
