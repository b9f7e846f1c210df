"""The inputs that other programs and our tests both read: `python tests/oracle_inputs.py FOLDER`.

A table a file, as Parquet with plain text columns, so that a script with its own environment needs
nothing of this project.
"""

import json
import sys
from pathlib import Path

import numpy as np
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


def make_ends() -> pl.DataFrame:
    """Whether each customer of the sample company left."""
    customers = make_sample(seed=SEED, n_customers=N_CUSTOMERS).customers.unique("customer_id")
    return customers.select("customer_id", is_reached=pl.col("left_at").is_not_null()).sort(
        "customer_id"
    )


def make_random_paths(n_logs: int = 20) -> pl.DataFrame:
    """Logs of random paths of up to 12 events: log, customer_id, at, touchpoint, is_reached.

    Few touchpoints, repeats at once, touchpoints met by one customer only, and outcomes that depend
    on the path in some logs and not in others.
    """
    rng = np.random.default_rng(SEED)
    rows = []
    for log in range(n_logs):
        names = [f"t{i}" for i in range(int(rng.integers(1, 9)))]
        for customer in range(int(rng.integers(2, 120))):
            path = rng.choice(names, size=int(rng.integers(1, 13))).tolist()
            is_reached = bool(rng.random() < (0.8 if log % 2 and path[-1] == "t0" else 0.3))
            rows += [
                (log, f"c{customer:03d}", at, name, is_reached) for at, name in enumerate(path)
            ]
    columns = ("log", "customer_id", "at", "touchpoint", "is_reached")
    return pl.DataFrame(rows, schema=columns, orient="row")


def make_stays(n: int = 600) -> pl.DataFrame:
    """Stays in whole months with many ties, late entries at half months: group, entry, duration,
    event.
    """
    rng = np.random.default_rng(SEED)
    group = rng.choice(["north", "south", "west"], size=n, p=[0.5, 0.4, 0.1])
    pace = np.where(group == "south", 14.0, 26.0)
    left = np.ceil(rng.exponential(pace))
    entry = np.where(rng.random(n) < 0.5, 0.0, rng.integers(0, 20, n) + 0.5)
    seen = entry + rng.integers(1, 37, n)
    duration = np.minimum(left, np.ceil(seen))
    stays = pl.DataFrame(
        {"group": group, "entry": entry, "duration": duration, "event": left <= np.ceil(seen)}
    )
    return stays.filter(pl.col("entry") < pl.col("duration"))


DRIVERS = {
    "drivers": ["desk", "train", "news", "site"],
    "context": ["region", "years"],
    "downstream_of": {"news": ["train"]},
    "seed": SEED,
}
"""What `make_driver_cases` holds, as models of drivers are to be told."""


def make_driver_cases(n: int = 6000) -> pl.DataFrame:
    """Who left, four experiences graded 1 to 5, of which late news come from late trains and the
    site changes nothing, where people live and for how many years they have been customers.
    """
    rng = np.random.default_rng(SEED)
    region = rng.choice(["coast", "hills", "plain"], n)
    years = rng.gamma(2.0, 2.0, n).round()
    common = rng.standard_normal(n)
    felt = {name: 0.4 * common + rng.standard_normal(n) for name in ("desk", "train", "site")}
    felt["desk"] += 0.8 * (region == "coast")
    felt["news"] = 0.6 * felt["train"] + 0.8 * rng.standard_normal(n)
    grades = {name: np.clip(np.round(3.3 + z), 1, 5) for name, z in felt.items()}
    lean = 0.35 * grades["desk"] + 0.3 * grades["train"] + 0.2 * grades["news"]
    chance = 1 / (1 + np.exp(lean - 1.5 - 1.2 * (region == "coast") + 0.05 * years))
    leaves = (rng.random(n) < chance).astype(float)
    return pl.DataFrame({"leaves": leaves, **grades, "region": region, "years": years})


def main(folder: Path) -> None:
    """Write every input."""
    make_log().write_parquet(folder / "log.parquet")
    make_ends().write_parquet(folder / "ends.parquet")
    make_random_paths().write_parquet(folder / "random_paths.parquet")
    make_stays().write_parquet(folder / "stays.parquet")
    make_driver_cases().write_parquet(folder / "drivers.parquet")
    (folder / "drivers.json").write_text(json.dumps(DRIVERS), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
