"""What do the lived paths cost? Against two other programs, and from 1 to 30 million events.

One run: counts and median times of transitions on the same sorted log beside pm4py's and
retentioneering's two calls (each in its own environment, their reading and set-up left out); the
whole chain from a file; every transform of the journey page from Parquet, in a process of its own,
with CPU time and peak memory; how CPU time grows. Prints and writes `benchmarks/journey.md`.
"""

import json
import math
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cxresearch.transforms.journey import (
    count_funnel,
    count_steps,
    count_touchpoints,
    count_transitions,
    count_variants,
    describe_log,
    measure_drop_off,
    number_customers,
    prepare_log,
)

HERE = Path(__file__).parent
UV = Path(sys.executable).with_name("uv")
MILLION = 1_000_000
SIZES = (1, 3, 10, 30)
ROUNDS = 7
N_TOUCHPOINTS = 18
EVENTS_PER_CUSTOMER = 16
SEED = 20_251_101
PEERS = ("pm4py", "retentioneering")
TARGETS = {"pm4py": 20.0, "retentioneering": 12.0}
CHAIN_TARGET = 5.0
STAGES = {f"stage {i}": [f"touchpoint_{i * 3 + j:02d}" for j in range(3)] for i in range(6)}


def write_log(path: Path, n: int) -> None:
    """A log of `n` events sorted by customer and instant, with plain text columns."""
    rng = np.random.default_rng(SEED)
    who = np.sort(rng.integers(0, n // EVENTS_PER_CUSTOMER, n, dtype=np.int32))
    is_first = np.diff(who, prepend=-1) != 0
    pause = rng.exponential(20 * 86_400, n).astype(np.int64)  # seconds: their sum stays in range
    pause[is_first] = 0
    since = np.cumsum(pause)
    since -= np.maximum.accumulate(np.where(is_first, since, 0))
    begins = rng.integers(0, 365 * 86_400, n // EVENTS_PER_CUSTOMER)
    where = ((rng.zipf(1.5, n) - 1) % N_TOUCHPOINTS).astype(np.uint8)
    names = pl.Enum([f"touchpoint_{i:02d}" for i in range(N_TOUCHPOINTS)])
    start = np.datetime64("2020-01-01T00:00:00", "s").astype(np.int64)
    table = pl.DataFrame({"who": who, "at": start + begins[who] + since, "where": where})
    table.select(
        customer_id=pl.format("C{}", pl.col("who").cast(pl.String).str.zfill(8)),
        at=pl.from_epoch("at", time_unit="s").dt.replace_time_zone("UTC"),
        touchpoint=pl.col("where").cat.to(names).cast(pl.String),
    ).write_parquet(path, compression="zstd", compression_level=1)


def answer_calls(path: Path) -> None:
    """Our counts and median times, asked as the scripts in `peers` are."""
    start = time.perf_counter()
    log = prepare_log(pl.read_parquet(path))
    print(json.dumps({"set_up": time.perf_counter() - start}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        table = count_transitions(log, gap_days=None, hide_below=1)
        seconds = time.perf_counter() - start
        n = int(table.filter(pl.col("place") == "touchpoint")["n"].sum())
        print(json.dumps({"seconds": seconds, "n": n}), flush=True)


def transforms(path: Path, n_parts: int) -> dict[str, object]:
    """CPU seconds of every transform of the page, their wall seconds, and peak memory in GB."""
    log = pl.scan_parquet(path)
    customers = log.select("customer_id").unique().collect().sort("customer_id")
    number = pl.int_range(pl.len())
    left = pl.datetime(2020, 12, 1, time_zone="UTC") + pl.duration(days=number % 300)
    customers = customers.with_columns(left_at=pl.when(number % 4 == 0).then(left))
    # In one piece as the page does it: read once, customers as numbers. In parts from the file.
    read: list[tuple[Any, Any]] = [(log, customers)]
    works = {
        "number_customers": lambda: (
            read.append(number_customers(log, customers)) if n_parts == 1 else None
        ),
        "describe_log": lambda: describe_log(read[-1][0]),
        "count_touchpoints": lambda: count_touchpoints(read[-1][0], n_parts=n_parts),
        "count_transitions": lambda: count_transitions(read[-1][0], n_parts=n_parts),
        "count_variants": lambda: count_variants(read[-1][0], n_parts=n_parts),
        "count_steps": lambda: count_steps(read[-1][0], n_parts=n_parts),
        "count_funnel": lambda: count_funnel(read[-1][0], STAGES, n_parts=n_parts),
        "measure_drop_off": lambda: measure_drop_off(*read[-1], n_parts=n_parts),
    }
    cpu, start = {}, time.perf_counter()
    for name, work in works.items():
        before = resource.getrusage(resource.RUSAGE_SELF)
        work()
        after = resource.getrusage(resource.RUSAGE_SELF)
        cpu[name] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = time.perf_counter() - start
    return {"cpu": cpu, "wall": wall, "memory": after.ru_maxrss / MILLION}


def in_process(*command: str | Path) -> dict:
    """What a process prints on its last line, as JSON."""
    done = subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


class Asked:
    """A program that has read a log and counts whenever it is told to."""

    def __init__(self, *command: str | Path) -> None:
        self.process = subprocess.Popen(
            [*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.told = self.next_line()
        self.calls: list[float] = []
        self.n = 0

    def next_line(self) -> dict:
        """The next line that is JSON."""
        for line in self.process.stdout or ():
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError(f"{self.process.args} ended with {self.process.wait()}")

    def call(self) -> None:
        """Count once more."""
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self.next_line()
        self.calls.append(answer["seconds"])
        self.n = answer["n"]

    def close(self) -> None:
        """End the program."""
        self.process.communicate()


def commands(path: Path) -> dict[str, list[str | Path]]:
    """How each program is started on a log."""
    own: dict[str, list[str | Path]] = {"cxresearch": [sys.executable, __file__, "calls", path]}
    uv = [UV, "run", "--quiet", "--no-project", "--script"]
    return own | {peer: [*uv, HERE / "peers" / f"journey_{peer}.py", path] for peer in PEERS}


def ask_in_turn(path: Path, rounds: int) -> dict[str, Asked]:
    """All programs on one log, round by round, after a round to warm up."""
    asked = {name: Asked(*command) for name, command in commands(path).items()}
    for number in range(rounds + 1):
        for program in asked.values():
            program.call()
            if not number:
                program.calls.clear()
    return checked(asked)


def ask_once(path: Path) -> dict[str, Asked]:
    """All programs on one log, one after the other: each has the memory for itself."""
    asked = {}
    for name, command in commands(path).items():
        asked[name] = Asked(*command)
        asked[name].call()
        asked[name].close()
    return checked(asked)


def checked(asked: dict[str, Asked]) -> dict[str, Asked]:
    """The programs, ended, if all counted the same."""
    for program in asked.values():
        program.close()
    assert len({program.n for program in asked.values()}) == 1, "the counts differ"
    return asked


def compare_rows(asked: dict[str, Asked], *, chain: bool, targets: dict[str, float]) -> list[str]:
    """A row a program: seconds, and how many times ours."""
    lines = ["| | seconds | least | most | times ours | target |", "|---|--:|--:|--:|--:|---|"]
    own = None
    for name, answer in asked.items():
        extra = answer.told["set_up"] if chain else 0.0
        seconds = [extra + call for call in answer.calls]
        middle = statistics.median(seconds)
        own = own or middle
        told = ""
        if name in targets:
            is_met = middle / own >= targets[name]
            told = f"{targets[name]:.0f}: {'met' if is_met else 'missed'}"
        lines.append(
            f"| {name} | {middle:.2f} | {min(seconds):.2f} | {max(seconds):.2f} "
            f"| {middle / own:.1f} | {told} |"
        )
    return lines


def growth(scaled: dict[int, dict]) -> float:
    """Exponent of CPU time against events, by least squares on logarithms."""
    sizes = [math.log(size) for size in scaled]
    seconds = [math.log(sum(answer["cpu"].values())) for answer in scaled.values()]
    return statistics.linear_regression(sizes, seconds).slope


def report(
    called: dict[str, Asked], chained: dict[str, Asked], scaled: dict[int, dict], parts: dict
) -> str:
    """The tables, in Markdown."""
    ten = scaled[10]
    cpu, exponent = sum(ten["cpu"].values()), growth(scaled)
    fits = cpu <= 10 and ten["memory"] <= 2
    names = list(ten["cpu"])
    lines = [
        "# What the lived paths cost",
        "",
        f"Random logs of {EVENTS_PER_CUSTOMER} events a customer and {N_TOUCHPOINTS} touchpoints, "
        "sorted by customer and instant; all programs on the same file in one run.",
        "",
        f"## Counts and median times of transitions, 1 million events ({ROUNDS} rounds in turn)",
        "",
        "Two calls of the others (reading and set-up left out) against `count_transitions`, which "
        "also gives customers, intervals and p90.",
        "",
        *compare_rows(called, chain=False, targets=TARGETS),
        "",
        "## From the file to the same table, 10 million events (1 round)",
        "",
        *compare_rows(chained, chain=True, targets=dict.fromkeys(PEERS, CHAIN_TARGET)),
        "",
        "## Every transform of the page: in one piece the log is read once, in parts each time",
        "",
        "| million events | "
        + " | ".join(f"`{name}`" for name in names)
        + " | CPU s | wall s | GB |",
        "|--:|" + "--:|" * (len(names) + 3),
    ]
    rows = {f"{size}": answer for size, answer in scaled.items()} | {"30, in 6 parts": parts}
    for label, answer in rows.items():
        each = " | ".join(f"{seconds:.2f}" for seconds in answer["cpu"].values())
        lines.append(
            f"| {label} | {each} | {sum(answer['cpu'].values()):.1f} | {answer['wall']:.1f} "
            f"| {answer['memory']:.2f} |"
        )
    lines += [
        "",
        f"Target at 10 million: 10 s of CPU and 2 GB: {'met' if fits else 'missed'} "
        f"({cpu:.1f} s, {ten['memory']:.2f} GB). CPU time grows with the power {exponent:.2f} of "
        f"the events, target 1.1: {'met' if exponent <= 1.1 else 'missed'}.",
        "",
        told_versions(called),
    ]
    return "\n".join(lines) + "\n"


def told_versions(called: dict[str, Asked]) -> str:
    """What was measured with what."""
    others = {
        k: v for answer in called.values() for k, v in answer.told.items() if isinstance(v, str)
    }
    named = ", ".join(f"{name} {number}" for name, number in others.items())
    return (
        f"Python {platform.python_version()}, polars {pl.__version__}, "
        f"{pl.thread_pool_size()} threads, {platform.machine()}; {named}."
    )


def main() -> None:
    """Measure and write the tables."""
    with tempfile.TemporaryDirectory() as name:
        logs = {size: Path(name) / f"log-{size}.parquet" for size in SIZES}
        scaled = {}
        for size, path in logs.items():
            write_log(path, size * MILLION)
            prepared = path.with_suffix(".prepared.parquet")
            prepare_log(pl.scan_parquet(path)).write_parquet(prepared)
            scaled[size] = in_process(sys.executable, __file__, "transforms", prepared, "1")
        parts = in_process(sys.executable, __file__, "transforms", prepared, "6")
        called, chained = ask_in_turn(logs[1], ROUNDS), ask_once(logs[10])
    text = report(called, chained, scaled, parts)
    print(text)
    (HERE / "journey.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["calls"]:
        answer_calls(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["transforms"]:
        print(json.dumps(transforms(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
