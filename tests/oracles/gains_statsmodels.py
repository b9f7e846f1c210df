# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["statsmodels==0.14.5", "pandas<3", "pyarrow"]
# ///
"""What the plain g-formula with statsmodels' logit says of grades lifted to 4, one and all.

`make oracles ORACLE=gains_statsmodels` calls it with the folder of inputs. No cross-fitting, no
correction: one logistic regression on all cases, standardised over the cases as they are; standard
errors over 20 samples of cases drawn with replacement.
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

N_RESAMPLES = 20
TARGET = 4


def gain(cases: pd.DataFrame, mended: list[str], left_out: list[str], told: dict) -> float:
    """Change in the mean chance to leave if `mended` were at least 4."""
    drivers = [name for name in told["drivers"] if name not in left_out]

    def design(table: pd.DataFrame) -> pd.DataFrame:
        region = pd.get_dummies(table["region"], drop_first=True, dtype=float)
        return sm.add_constant(pd.concat([table[[*drivers, "years"]], region], axis=1))

    model = sm.GLM(cases["leaves"], design(cases), family=sm.families.Binomial()).fit()
    lifted = cases.assign(**{name: cases[name].clip(lower=TARGET) for name in mended})
    return float(model.predict(design(lifted)).mean() - cases["leaves"].mean())


def main(folder: Path, out: Path) -> None:
    """Ask, and write what came back."""
    cases = pd.read_parquet(folder / "drivers.parquet")
    told = json.loads((folder / "drivers.json").read_text())
    comes_of = {
        name: [other for other, causes in told["downstream_of"].items() if name in causes]
        for name in told["drivers"]
    }
    rng = np.random.default_rng(told["seed"])
    draws = [rng.integers(0, len(cases), len(cases)) for _ in range(N_RESAMPLES)]
    figures = {}
    for name in [*told["drivers"], "all"]:
        mended = told["drivers"] if name == "all" else [name]
        left_out = [] if name == "all" else comes_of[name]
        drawn = [gain(cases.iloc[rows], mended, left_out, told) for rows in draws]
        figures[name] = {
            "estimate": gain(cases, mended, left_out, told),
            "standard_error": float(np.std(drawn, ddof=1)),
        }
    recorded = {
        "input": {"made_by": "tests/oracle_inputs.py", "seed": told["seed"], "n": len(cases)},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("statsmodels", "pandas")},
        },
        "script": f"tests/oracles/{Path(__file__).name}",
        "figures": figures,
    }
    out.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_suffix(".json"))
