# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["pm4py==2.7.23.11", "pyarrow"]
# ///
"""What pm4py counts on the sample's log: directly-follows pairs, median times, variants.

`make oracles ORACLE=paths_pm4py` calls it with the folder of inputs. Each customer is one case.
"""

import json
import platform
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pm4py

TOP_VARIANTS = 50


def main(folder: Path, out: Path) -> None:
    """Ask, and write what came back."""
    log = pd.read_parquet(folder / "log.parquet")
    cases = pm4py.format_dataframe(
        log, case_id="customer_id", activity_key="touchpoint", timestamp_key="at"
    )
    pairs, starts, ends = pm4py.discover_dfg(cases)
    times, _, _ = pm4py.discover_performance_dfg(cases, perf_aggregation_key="median")
    variants = Counter(
        {" > ".join(path): n for path, n in pm4py.get_variants_as_tuples(cases).items()}
    )
    figures = {
        "transitions": [[*pair, n] for pair, n in sorted(pairs.items())],
        "starts": sorted(starts.items()),
        "ends": sorted(ends.items()),
        "median_seconds": [[*pair, seconds] for pair, seconds in sorted(times.items())],
        "n_variants": len(variants),
        "variants": sorted(variants.items(), key=lambda item: (-item[1], item[0]))[:TOP_VARIANTS],
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
            **{name: version(name) for name in ("pm4py", "pandas")},
        },
        "script": f"tests/oracles/{Path(__file__).name}",
        "figures": figures,
    }
    out.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_suffix(".json"))
