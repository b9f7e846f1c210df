# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["pm4py==2.7.23.11", "pyarrow"]
# ///
"""Seconds that pm4py takes: `journey_pm4py.py LOG` prints JSON, a line for each line it is sent."""

import json
import sys
import time
from importlib.metadata import version

import pandas as pd
import pm4py

NAMES = {"case_id": "customer_id", "activity_key": "touchpoint", "timestamp_key": "at"}


def main(path: str) -> None:
    """Read and prepare once; count and time for every line that comes in."""
    start = time.perf_counter()
    cases = pm4py.format_dataframe(pd.read_parquet(path), **NAMES)
    set_up = time.perf_counter() - start
    versions = {name: version(name) for name in ("pm4py", "pandas")}
    print()  # ends the line of the banner
    print(json.dumps({"set_up": set_up, **versions}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        pairs, _, _ = pm4py.discover_dfg(cases)
        pm4py.discover_performance_dfg(cases, perf_aggregation_key="median")
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "n": sum(pairs.values())}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
