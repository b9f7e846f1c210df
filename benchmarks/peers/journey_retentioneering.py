# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["retentioneering==5.2.4", "pyarrow"]
# ///
"""Seconds that retentioneering takes: `journey_retentioneering.py LOG` prints JSON.

First its set-up, then a line for each line it is sent.
"""

import json
import os
import sys
import time
from importlib.metadata import version

os.environ["RETENTIONEERING_NO_TRACK"] = "1"
import pandas as pd
from retentioneering import Eventstream

SCHEMA = {"path_cols": ["customer_id"], "event_col": "touchpoint", "timestamp_col": "at"}
ENDS = ["path_start", "path_end"]


def main(path: str) -> None:
    """Read and prepare once; count and time for every line that comes in."""
    start = time.perf_counter()
    stream = Eventstream(pd.read_parquet(path), schema=SCHEMA)
    set_up = time.perf_counter() - start
    versions = {name: version(name) for name in ("retentioneering", "duckdb", "pandas")}
    print(json.dumps({"set_up": set_up, **versions}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        counts = stream.transition_graph_data(edge_weight="count")
        stream.transition_graph_data(edge_weight="time_median")
        seconds = time.perf_counter() - start
        n = int(counts.drop(index=ENDS, columns=ENDS).to_numpy().sum())
        print(json.dumps({"seconds": seconds, "n": n}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
