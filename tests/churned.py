"""Write small studies of customers for the page of leaving."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

UNTIL = datetime(2025, 7, 1, tzinfo=UTC)
STUDY = (
    "name: Small\ntimezone: UTC\nlanguages: [it, en]\ndata_until: 2025-07-01\nwindow_months: 12\n"
)


def write_customers(folder: Path, n: int, *, n_left: int, more: str = "", seed: int = 0) -> Path:
    """A study of `n` customers, `n_left` of whom left on days spread over the window."""
    rng = np.random.default_rng(seed)
    joined = [UNTIL - timedelta(days=int(d)) for d in rng.integers(400, 900, n)]
    left = [UNTIL - timedelta(days=int(d)) for d in rng.integers(2, 360, n)]
    customers = pl.DataFrame(
        {
            "customer_id": [f"SECRET-{i}" for i in range(n)],
            "joined_at": joined,
            "left_at": [at if i < n_left else None for i, at in enumerate(left)],
            "annual_value": rng.uniform(50, 500, n),
            "plan": rng.choice(["basic", "plus"], n),
            "gender": rng.choice(["f", "m"], n),
        },
        schema_overrides={"left_at": pl.Datetime("us", "UTC")},
    )
    customers.write_parquet(folder / "customers.parquet")
    write_contacts(folder, customers, rng=rng)
    text = STUDY + more + (
        "attributes:\n  plan: {role: context, type: text}\n"
        "  gender: {role: protected, type: text}\n"
        "sources:\n  - table: customers\n    files: customers.parquet\n"
        "  - table: interactions\n    files: interactions.parquet\n"
    )  # fmt: skip
    (folder / "study.yml").write_text(text)
    return folder


def write_contacts(folder: Path, customers: pl.DataFrame, *, rng: np.random.Generator) -> None:
    """Purchases and calls of every customer until leaving, some of which solved nothing."""
    rows = []
    for row in customers.rows(named=True):
        end = row["left_at"] or UNTIL
        for _ in range(int(rng.integers(4, 14))):
            at = UNTIL - timedelta(days=float(rng.uniform(1, 400)))
            if at < end:
                is_call = rng.random() < 0.5
                rows.append(
                    {
                        "interaction_id": f"I{len(rows)}",
                        "customer_id": row["customer_id"],
                        "at": at,
                        "kind": "contact" if is_call else "purchase",
                        "direction": "inbound",
                        "touchpoint": "phone" if is_call else "shop",
                        "channel": "phone" if is_call else "desk",
                        "is_resolved": bool(rng.random() < 0.6) if is_call else None,
                    }
                )
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(folder / "interactions.parquet")
