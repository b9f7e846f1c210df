# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["retentioneering==5.2.4", "pyarrow"]
# ///
"""What retentioneering counts on the sample's log: transitions, median times, sessions.

`make oracles ORACLE=paths_retentioneering` calls it with the folder of inputs. A path
is a customer; then it is a session, split after 30 days without an event.
"""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["RETENTIONEERING_NO_TRACK"] = "1"
import pandas as pd
from retentioneering import Eventstream

SCHEMA = {"path_cols": ["customer_id"], "event_col": "touchpoint", "timestamp_col": "at"}
START, END = "path_start", "path_end"


def transitions_of(stream: Eventstream, path_col: str) -> dict[str, object]:
    """Counts, and median seconds, of the pairs that occur."""
    counts = stream.transition_graph_data(edge_weight="count", path_col=path_col)
    times = stream.transition_graph_data(edge_weight="time_median", path_col=path_col)
    pairs = [
        [source, target, int(counts.loc[source, target])]
        for source in counts.index
        for target in counts.columns
        if counts.loc[source, target] > 0
    ]
    return {
        "transitions": [pair for pair in pairs if START not in pair and END not in pair],
        "starts": [[target, n] for source, target, n in pairs if source == START],
        "ends": [[source, n] for source, target, n in pairs if target == END],
        "median_seconds": [
            [source, target, times.loc[source, target].total_seconds()]
            for source, target, _ in pairs
            if START not in (source, target) and END not in (source, target)
        ],
    }


def main(folder: Path, out: Path) -> None:
    """Ask, and write what came back."""
    log = pd.read_parquet(folder / "log.parquet")
    stream = Eventstream(log, schema=SCHEMA)
    sessions = stream.split_sessions(timeout="30d")
    figures = {
        "whole": transitions_of(stream, "customer_id"),
        "sessions": transitions_of(sessions, sessions.schema.path_cols[-1]),
    }
    recorded = {
        "input": {
            "made_by": "tests/oracle_inputs.py",
            "seed": 20251101,
            "n_customers": 1500,
            "n_events": len(log),
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("retentioneering", "pandas", "duckdb")},
        },
        "script": f"tests/oracles/{Path(__file__).name}",
        "figures": figures,
    }
    out.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_suffix(".json"))
