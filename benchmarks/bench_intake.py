"""What do the checks of intake cost? A response file of a million rows against plain reading.

One run, interleaved: `polars.read_csv` of the file, the study checked (read, mapped, every rule of
the contract, copies, doubts), the study prepared (the same, then Parquet and manifest). Prints and
writes medians and their ratios to `benchmarks/intake.md`.
"""

import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

from cxresearch.intake import Verdict, check_study, prepare_study
from cxresearch.study import read_study

N_ROWS = 1_000_000
ROUNDS = 5
MOST = 4.0
SEED = 20_251_101
COMMENTS = ("", "", "", "The queue was long and nobody helped", "Personale gentile", "ok")
STUDY = {
    "name": "Benchmark",
    "timezone": "Europe/Rome",
    "sources": [
        {
            "table": "responses",
            "files": "responses.csv",
            "columns": {"response_id": "id", "score": "vote", "at": "answered"},
            "constants": {"metric": "nps"},
            "scale": {"min": 0, "max": 10},
        }
    ],
}


def write_responses(path: Path, n: int) -> None:
    """Answers as an export holds them: random ids, local times, blanks, one row in 500 broken."""
    rng = np.random.default_rng(SEED)
    start = np.datetime64("2024-01-01T00:00:00", "us")
    seconds = rng.integers(0, 2 * 365 * 86_400, n).astype("timedelta64[s]")
    ids = [f"{number:07d}" for number in rng.permutation(n)]
    scores = np.array([*map(str, range(11)), "", "11"])
    drawn = rng.choice(len(scores), n, p=[0.08] * 11 + [0.118, 0.002])
    table = pl.DataFrame(
        {
            "id": ids,
            "customer_id": pl.Series(rng.integers(0, n // 5, n)).cast(pl.String),
            "touchpoint": rng.choice(["booking", "check_in", "boarding", "lounge", "baggage"], n),
            "channel": rng.choice(["email", "sms", "kiosk"], n),
            "answered": pl.Series(start + seconds).dt.to_string("%Y-%m-%d %H:%M:%S"),
            "vote": scores[drawn],
            "comment": rng.choice(COMMENTS, n),
            "language": rng.choice(["it", "en"], n),
        }
    )
    table.write_csv(path)


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(folder: Path) -> tuple[dict[str, list[float]], Verdict]:
    """Seconds of each round by what was done, and what checking found."""
    file = folder / "responses.csv"
    study = read_study(folder)
    rounds: dict[str, list[float]] = {"read_csv": [], "check": [], "prepare": []}
    for number in range(ROUNDS + 1):  # the first warms the file cache and is left out
        seconds = {
            "read_csv": timed(partial(pl.read_csv, file)),
            "check": timed(partial(check_study, study)),
            "prepare": timed(partial(prepare_study, study, folder / f"out-{number}")),
        }
        for name, value in seconds.items() if number else ():
            rounds[name].append(value)
    return rounds, check_study(study)


def report(rounds: dict[str, list[float]], verdict: Verdict, size: int) -> str:
    """The table, in Markdown."""
    labels = {
        "read_csv": "`polars.read_csv`",
        "check": "`check_study`: read, map, every check",
        "prepare": "`prepare_study`: the same, written as Parquet",
    }
    base = statistics.median(rounds["read_csv"])
    found = verdict.conservation.row(0, named=True)
    lines = [
        "# What the checks of intake cost",
        "",
        f"{N_ROWS:,} responses, 8 columns, {size / 1e6:.0f} MB of CSV; "
        f"{found['n_accepted']:,} accepted, {found['n_quarantined']:,} quarantined.",
        f"Median of {ROUNDS} interleaved rounds in one run.",
        "",
        "| | seconds | least | most | ratio to read_csv |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, seconds in rounds.items():
        middle = statistics.median(seconds)
        lines.append(
            f"| {labels[name]} | {middle:.2f} | {min(seconds):.2f} | {max(seconds):.2f} "
            f"| {middle / base:.2f} |"
        )
    ratio = statistics.median(rounds["check"]) / base
    lines += [
        "",
        f"Target: checking costs at most {MOST:.0f} times plain reading: "
        f"{'met' if ratio <= MOST else 'missed'} ({ratio:.2f}).",
        "",
        f"Python {platform.python_version()}, polars {pl.__version__}, "
        f"dataframely {version('dataframely')}, {pl.thread_pool_size()} threads, "
        f"{platform.machine()}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_responses(folder / "responses.csv", N_ROWS)
        (folder / "study.yml").write_text(json.dumps(STUDY))
        rounds, verdict = measure(folder)
        text = report(rounds, verdict, (folder / "responses.csv").stat().st_size)
    print(text)
    Path(__file__).with_name("intake.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
