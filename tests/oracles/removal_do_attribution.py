# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["do-attribution==0.0.2", "pyarrow"]
# ///
"""What do-attribution calls the removal effect (`redirect_to_null`) on the sample and random logs.

`make oracles ORACLE=removal_do_attribution` calls it with the folder of inputs.
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from do_attribution import MarkovAttribution


def effects(log: pd.DataFrame, ends: pd.DataFrame) -> dict:
    """Removal effects and the chance of the outcome on one log."""
    paths = log.groupby("customer_id", sort=True)["touchpoint"].agg(" > ".join)
    known = ends.set_index("customer_id")["is_reached"].reindex(paths.index).dropna()
    model = MarkovAttribution(order=1, removal_strategy="redirect_to_null")
    found = model.fit(paths.loc[known.index].tolist(), known.astype(int).tolist())
    return {
        "n": len(known),
        "chance": found["total_conversion_probability"],
        "effects": {str(name): float(value) for name, value in found["removal_effects"].items()},
    }


def main(folder: Path, out: Path) -> None:
    """Ask, and write what came back."""
    log = pd.read_parquet(folder / "log.parquet")
    random_paths = pd.read_parquet(folder / "random_paths.parquet")
    figures = {"sample": effects(log, pd.read_parquet(folder / "ends.parquet"))}
    for number, paths in random_paths.groupby("log"):
        ends = paths[["customer_id", "is_reached"]].drop_duplicates()
        figures[f"random {number}"] = effects(paths, ends)
    recorded = {
        "input": {
            "made_by": "tests/oracle_inputs.py",
            "seed": 20251101,
            "n_events": len(log) + len(random_paths),
        },
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("do-attribution", "pandas")},
        },
        "script": f"tests/oracles/{Path(__file__).name}",
        "figures": figures,
    }
    out.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_suffix(".json"))
