"""The inputs that other programs and our tests both read: `python tests/oracle_inputs.py FOLDER`.

A table a file, as Parquet with plain text columns, so that a script with its own environment needs
nothing of this project.
"""

import sys
from pathlib import Path

import polars as pl

from cxresearch.intake.sample import make_sample

SEED = 20251101
N_CUSTOMERS = 1500


def make_log() -> pl.DataFrame:
    """The sample company's events of known customers in the order of a prepared log."""
    events = make_sample(seed=SEED, n_customers=N_CUSTOMERS).interactions
    return (
        events.drop_nulls("customer_id")
        .sort("customer_id", "at", "interaction_id")
        .select("customer_id", pl.col("at").cast(pl.Datetime("us", "UTC")), "touchpoint")
    )


def main(folder: Path) -> None:
    """Write every input."""
    make_log().write_parquet(folder / "log.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
