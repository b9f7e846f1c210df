"""What do features cost? For 1 million customers with 10 million interactions, beside DuckDB.

One run on one generated log (sorted as the prepared log is, Parquet): all features at one cutoff,
find_leaving by contract and by rhythm, and the person-months of a twentieth of the customers, each
in a process of its own with CPU seconds and peak memory. The peer is a plain DuckDB join of each
cutoff with the rows before it, for 14 of the same features (counts, sums, days since), held against
ours. Prints and writes `benchmarks/features.md`.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.period import parse_period
from cxresearch.study import Study
from cxresearch.study.experience import Experience
from cxresearch.transforms.features import build_features, build_person_months
from cxresearch.transforms.leaving import find_leaving

HERE = Path(__file__).parent
MILLION = 1_000_000
N_CUSTOMERS, N_EVENTS = MILLION, 10 * MILLION
SEED = 20_251_101
WINDOW = parse_period("2024-01-01/2026-01-01")
AT = datetime(2026, 1, 1, tzinfo=UTC)
PLACES = [f"place_{number:02d}" for number in range(12)]
SHARE = 20
"""One of so many customers has person-months made."""
TARGET_SECONDS, TARGET_GB = 60.0, 4.0
TASKS = {
    "features": "all features at one cutoff",
    "contract": "`find_leaving`, by contract",
    "rhythm": "`find_leaving`, by rhythm",
    "duckdb": "the 14 features, by a DuckDB join",
    "months": "person-months of a twentieth of the customers",
    "duckdb_months": "the 14 features of these person-months, by a DuckDB join",
}


def write_study(folder: Path) -> None:
    """Customers and a log over two years, sorted by customer and instant."""
    rng = np.random.default_rng(SEED)
    who = np.sort(rng.integers(0, N_CUSTOMERS, N_EVENTS, dtype=np.int32))
    start, end = (int(at.timestamp()) for at in (WINDOW.start_at, AT))
    seconds = rng.integers(start, end, N_EVENTS)
    kind = rng.choice(3, N_EVENTS, p=[0.4, 0.4, 0.2]).astype(np.uint8)
    # Contacts at six places, purchases and uses at three each.
    first, several = np.array([6, 0, 9]), np.array([3, 6, 3])
    where = (first[kind] + rng.integers(0, 60, N_EVENTS) % several[kind]).astype(np.uint8)
    is_contact = pl.col("kind") == "contact"
    ids = pl.format("C{}", pl.col("who").cast(pl.String).str.zfill(8))
    table = pl.DataFrame(
        {
            "who": who,
            "at": seconds,
            "kind": kind,
            "where": where,
            "wait": rng.exponential(8, N_EVENTS).round(1),
            "amount": rng.exponential(40, N_EVENTS).round(1),
            "solved": rng.random(N_EVENTS) < 0.8,
            "reason": rng.integers(0, 6, N_EVENTS).astype(np.uint8),
        }
    ).sort("who", "at")
    reasons = ["refund", "invoice", "timetable", "change", "complaint", "other"]
    table.select(
        interaction_id=pl.format("I{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(8)),
        customer_id=ids,
        at=pl.from_epoch("at", time_unit="s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
        kind=pl.col("kind").replace_strict(dict(enumerate(("purchase", "contact", "use")))),
        direction=pl.lit("inbound"),
        touchpoint=pl.col("where").cat.to(pl.Enum(PLACES)),
        channel=pl.lit("phone"),
        reason=pl.col("reason").replace_strict(dict(enumerate(reasons))),
        is_resolved=pl.col("solved"),
        is_context_known=pl.lit(None, pl.Boolean),
        wait_minutes=pl.col("wait"),
        duration_minutes=pl.lit(5.0),
        amount=pl.col("amount"),
    ).with_columns(
        pl.when(is_contact).then("reason"),
        pl.when(is_contact).then("is_resolved"),
        pl.when(is_contact).then("wait_minutes"),
        pl.when(pl.col("kind") == "purchase").then("amount"),
        closed_at=pl.when(is_contact).then(pl.col("at") + pl.duration(minutes=30)),
    ).write_parquet(folder / "interactions.parquet", compression="zstd", compression_level=1)
    left = rng.random(N_CUSTOMERS) < 0.2
    day = rng.integers(0, 730, N_CUSTOMERS)
    people = pl.DataFrame({"who": np.arange(N_CUSTOMERS), "left": left, "day": day})
    opened = pl.datetime(2024, 1, 1, 12, time_zone="UTC") + pl.duration(days="day")
    people.select(
        customer_id=ids,
        joined_at=pl.datetime(2020, 1, 1, time_zone="UTC"),
        left_at=pl.when("left").then(opened),
        region=pl.lit("north"),
    ).write_parquet(folder / "customers.parquet", compression="zstd", compression_level=1)


def open_tables(folder: Path, *, share: int = 1) -> StudyTables:
    """The study, or one of `share` customers."""
    promise = {"measure": "wait_minutes", "statistic": "share", "threshold": 10, "at_least": 0.9}
    drawn = {
        "stages": [{"id": "all", "label": "All"}],
        "touchpoints": [
            {"id": name, "label": name, "stage": "all", "promise": promise if number % 2 else None}
            for number, name in enumerate(PLACES)
        ],
    }
    study = Study.model_validate(
        {
            "name": "x",
            "sources": [{"table": "customers", "files": "c.parquet"}],
            "attributes": {"region": {"role": "context"}},
        }
    ).model_copy(update={"experience": Experience.model_validate(drawn)})
    until = f"C{N_CUSTOMERS // share:08d}"
    scans = {
        name: pl.scan_parquet(folder / f"{name}.parquet").filter(pl.col("customer_id") < until)
        for name in ("customers", "interactions")
    }
    return StudyTables(
        study=study,
        folder=folder,
        **scans,
        responses=None,
        invitations=None,
        verdict=None,  # type: ignore[arg-type]
        data_until=AT,
        fingerprint="",
        where={},
    )


SHARED = [
    *(f"n_{kind}s_{months}m" for kind in ("purchase", "contact", "use") for months in (1, 3, 12)),
    *("amount_3m", "amount_12m"),
    *(f"days_since_{kind}" for kind in ("purchase", "contact", "use")),
]


def join_windows(folder: Path, *, share: int, first: str, last: str) -> dict[str, int]:
    """The shared features by one DuckDB query: month starts from `first` on joined with the log."""
    import duckdb

    counts = [
        f"count(*) FILTER (kind = '{kind}' AND happened_at >= since_{months}) "
        f"AS n_{kind}s_{months}m"
        for kind in ("purchase", "contact", "use")
        for months in (1, 3, 12)
    ]
    counts += [
        f"coalesce(sum(amount) FILTER (happened_at >= since_{months}), 0) AS amount_{months}m"
        for months in (3, 12)
    ]
    counts += [
        f"date_sub('day', max(happened_at) FILTER (kind = '{kind}'), cut) AS days_since_{kind}"
        for kind in ("purchase", "contact", "use")
    ]
    until = f"C{N_CUSTOMERS // share:08d}"
    query = f"""  -- names of columns and files are our own
        WITH cutoffs AS (
            SELECT customer_id, left_at, unnest(generate_series(
                TIMESTAMPTZ '{first}', TIMESTAMPTZ '{last}', INTERVAL 1 MONTH)) AS cut
            FROM read_parquet('{folder}/customers.parquet') WHERE customer_id < '{until}'
        ), c AS (
            SELECT customer_id, cut, cut - INTERVAL 1 MONTH AS since_1,
                cut - INTERVAL 3 MONTH AS since_3, cut - INTERVAL 12 MONTH AS since_12
            FROM cutoffs WHERE left_at IS NULL OR left_at >= cut
        )
        SELECT c.customer_id, cut, {", ".join(counts)}
        FROM c LEFT JOIN (SELECT * RENAME ("at" AS happened_at)
            FROM read_parquet('{folder}/interactions.parquet')
            WHERE customer_id < '{until}') i
        ON i.customer_id = c.customer_id AND happened_at < cut
        GROUP BY c.customer_id, cut
    """  # noqa: S608
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET threads = 2")
    connection.execute(f"CREATE TABLE features AS {query}")
    days = "+".join(
        f"coalesce(sum(days_since_{kind}), 0)" for kind in ("purchase", "contact", "use")
    )
    found = connection.execute(f"SELECT count(*), {days} FROM features").fetchone()  # noqa: S608
    return {"rows": int(found[0]), "check": int(found[1]), "columns": len(SHARED) + 2}


def task(name: str, folder: Path) -> dict[str, float]:
    """Run one task here: seconds, CPU seconds, peak GB, rows and a sum to compare by."""
    start, before = time.perf_counter(), time.process_time()
    figures = run_task(name, folder)
    return figures | {
        "wall": time.perf_counter() - start,
        "cpu": time.process_time() - before,
        "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MILLION,
    }


def run_task(name: str, folder: Path) -> dict[str, float]:
    """Rows, columns, and the sum of all days since something, to compare by."""
    if name == "duckdb":
        return join_windows(folder, share=1, first="2026-01-01", last="2026-01-01")
    if name == "duckdb_months":
        return join_windows(folder, share=SHARE, first="2024-01-01", last="2025-12-01")
    if name == "features":
        table = build_features(open_tables(folder), at=AT)
    elif name == "months":
        tables = open_tables(folder, share=SHARE)
        leaving = find_leaving(tables, period=WINDOW)
        table = build_person_months(tables, period=WINDOW, leaving=leaving)
    else:
        times = 3 if name == "rhythm" else None
        table = find_leaving(open_tables(folder), period=WINDOW, times=times)
    days = [column for column in table.columns if column.startswith("days_since_")]
    check = sum(int(table[column].sum()) for column in days)
    return {"rows": table.height, "columns": table.width, "check": check}


def report(results: dict[str, dict[str, float]]) -> str:
    """The tables of features.md."""
    ours, theirs = results["features"], results["duckdb"]
    lines = [
        "# What features cost",
        "",
        f"{N_CUSTOMERS:,} customers with {N_EVENTS:,} interactions over two years, Parquet sorted "
        "by customer and instant; each line in a process of its own, reading included, 2 threads.",
        "",
        "| | rows | columns | CPU s | wall s | GB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {TASKS[name]} | {r['rows']:,.0f} | {r['columns']:.0f} | {r['cpu']:.1f} "
        f"| {r['wall']:.1f} | {r['gb']:.2f} |"
        for name, r in results.items()
    ]
    is_met = ours["cpu"] < TARGET_SECONDS and ours["gb"] < TARGET_GB
    months, joined = results["months"], results["duckdb_months"]
    return "\n".join(
        [
            *lines,
            "",
            f"Target of the first line: under {TARGET_SECONDS:.0f} s of CPU and {TARGET_GB:.0f} GB"
            f": {'met' if is_met else 'missed'}.",
            "",
            f"At one cutoff the join takes {theirs['cpu'] / ours['cpu']:.1f} times our CPU for "
            f"{len(SHARED)} of our {ours['columns'] - 2:.0f} features; for person-months, where "
            f"a row meets up to 24 cutoffs, {joined['cpu'] / months['cpu']:.1f} times.",
            "",
        ]
    )


def main() -> None:
    """Generate, run every task in its own process, write the report."""
    results = {}
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.executable, __file__, "write", name], check=True)
        for what in TASKS:
            done = subprocess.run(
                [sys.executable, __file__, what, name], check=True, capture_output=True, text=True
            )
            results[what] = json.loads(done.stdout)
            print(what, results[what], flush=True)
    for ours, theirs in (("features", "duckdb"), ("months", "duckdb_months")):
        assert all(results[ours][k] == results[theirs][k] for k in ("rows", "check"))
    text = report(results)
    (HERE / "features.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[1] == "write":
        write_study(Path(sys.argv[2]))
    else:
        print(json.dumps(task(sys.argv[1], Path(sys.argv[2]))))
