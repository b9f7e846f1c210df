# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["lightgbm==4.6.0", "pandas", "pyarrow", "scikit-learn"]
# ///
"""Chances that LightGBM's defaults give: `churn_lightgbm.py CASES OUT`.

CASES has a column `_left` (0 or 1) and `_fold`; every other one is a feature, text being a
category. Each fold is foretold by a model of the others; OUT has the column `risk`.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier


def main(path: str, out: str) -> None:
    """Foretell every fold; print the seconds it took and the version."""
    cases = pd.read_parquet(path)
    left, fold = cases.pop("_left"), cases.pop("_fold")
    for name in cases.select_dtypes(exclude="number"):
        cases[name] = cases[name].astype("category")
    risk = np.empty(len(cases))
    start = time.process_time()
    for k in sorted(fold.unique()):
        model = LGBMClassifier(n_jobs=1, verbose=-1).fit(cases[fold != k], left[fold != k])
        risk[fold == k] = model.predict_proba(cases[fold == k])[:, 1]
    seconds = time.process_time() - start
    pd.DataFrame({"risk": risk}).to_parquet(out)
    print(json.dumps({"seconds": seconds, "version": version("lightgbm")}))


if __name__ == "__main__":
    main(*sys.argv[1:])
