# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["doubleml==0.10.1", "pyarrow", "pandas<3", "scikit-learn==1.5.2"]
# ///
"""What DoubleML's partially linear model says of planted drivers, one driver at a time.

`make oracles ORACLE=drivers_doubleml` calls it with the folder of inputs.
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from doubleml import DoubleMLData, DoubleMLPLR
from sklearn.linear_model import LinearRegression

N_REPEATS = 5  # splits; their spread is the Monte-Carlo error


def effects(cases: pd.DataFrame, drivers: list, context: list, comes_from: dict) -> dict:
    """Estimate, standard error and the spread over splits of each driver."""
    beside = pd.get_dummies(cases[context], drop_first=True, dtype=float)
    flags = pd.get_dummies(cases[drivers].astype(int).astype(str), dtype=float)
    figures = {}
    for driver in drivers:
        others = [d for d in drivers if d != driver and driver not in comes_from.get(d, [])]
        cut = flags[[c for c in flags.columns if any(c.startswith(f"{d}_") for d in others)]]
        adjusted = pd.concat([beside, cut], axis=1)
        adjusted.columns = [f"x{i}" for i in range(adjusted.shape[1])]
        table = pd.concat([cases[["leaves", driver]], adjusted], axis=1)
        data = DoubleMLData(table, y_col="leaves", d_cols=driver, x_cols=list(adjusted.columns))
        np.random.seed(1)
        model = DoubleMLPLR(
            data, LinearRegression(), LinearRegression(), n_folds=5, n_rep=N_REPEATS
        )
        model.fit()
        figures[driver] = {
            "estimate": float(model.coef[0]),
            "standard_error": float(model.se[0]),
            "spread": float(np.std(model.all_coef)),
        }
    return figures


def main(folder: Path, out: Path) -> None:
    """Ask, and write what came back."""
    cases = pd.read_parquet(folder / "drivers.parquet")
    named = json.loads((folder / "drivers.json").read_text(encoding="utf-8"))
    recorded = {
        "input": {"made_by": "tests/oracle_inputs.py", "seed": named["seed"], "n": len(cases)},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("doubleml", "scikit-learn", "pandas")},
        },
        "script": f"tests/oracles/{Path(__file__).name}",
        "figures": effects(cases, named["drivers"], named["context"], named["downstream_of"]),
    }
    out.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_suffix(".json"))
