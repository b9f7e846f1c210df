# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["lifelines==0.30.0", "pandas<3", "scipy<1.15", "pyarrow"]
# ///
"""What lifelines says of curves of staying, of restricted means and of a Cox regression.

`make oracles ORACLE=survival_lifelines` calls it with the folder of inputs. Of the telecom set,
which is kept outside the project, only figures at a few times and one concordance are recorded.
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import restricted_mean_survival_time

TELCO = Path(__file__).resolve().parents[3] / "shared/data/tabular/ibm_telco/telco.csv"
TIMES = (1, 6, 12, 24, 36, 48, 60, 71)


def curve(stays: pd.DataFrame, *, entry: bool) -> dict:
    """Times, estimates and limits, median and restricted mean of one group."""
    fitter = KaplanMeierFitter()
    fitter.fit(stays["duration"], stays["event"], entry=stays["entry"] if entry else None)
    ends = fitter.confidence_interval_
    until = float(stays["duration"].quantile(0.8))
    mean = restricted_mean_survival_time(fitter, t=until)
    return {
        "time": [float(t) for t in fitter.survival_function_.index],
        "estimate": [float(s) for s in fitter.survival_function_.iloc[:, 0]],
        "ci_low": [float(s) for s in ends.iloc[:, 0]],
        "ci_high": [float(s) for s in ends.iloc[:, 1]],
        "median": float(fitter.median_survival_time_),
        "until": until,
        "restricted_mean": float(mean),
    }


def telco() -> dict:
    """A few figures of the telecom set by contract, and the concordance of Cox."""
    raw = pd.read_csv(TELCO)
    raw["event"] = raw["Churn"] == "Yes"
    found = {"n": len(raw), "times": list(TIMES), "curves": {}}
    for name, rows in raw.groupby("Contract"):
        fitter = KaplanMeierFitter().fit(rows["tenure"], rows["event"])
        found["curves"][name] = [float(s) for s in fitter.predict(list(TIMES))]
    test = multivariate_logrank_test(raw["tenure"], raw["Contract"], raw["event"])
    found["log_rank"] = float(test.test_statistic)
    used = [c for c in raw.columns if c not in NOT_USED]
    columns = pd.get_dummies(raw[used], drop_first=True, dtype=float)
    columns = columns.loc[:, ~columns.T.duplicated()]
    columns["tenure"], columns["event"] = raw["tenure"], raw["event"]
    cox = CoxPHFitter(penalizer=0.001).fit(columns, "tenure", "event")
    found["cox_concordance"] = float(cox.concordance_index_)
    return found


NOT_USED = (
    *("customerID", "gender", "SeniorCitizen", "Partner", "Dependents"),
    *("tenure", "TotalCharges", "Churn", "event"),
)


def main(folder: Path, out: Path) -> None:
    """Ask, and write what came back."""
    stays = pd.read_parquet(folder / "stays.parquet")
    made = {
        "all": curve(stays, entry=True),
        "all, from the start": curve(stays, entry=False),
        **{name: curve(rows, entry=True) for name, rows in stays.groupby("group")},
    }
    whole = multivariate_logrank_test(stays["duration"], stays["group"], stays["event"])
    figures = {"made": made, "log_rank": float(whole.test_statistic)}
    if TELCO.exists():
        figures["telco"] = telco()
    recorded = {
        "input": {"made_by": "tests/oracle_inputs.py", "seed": 20251101, "n_stays": len(stays)},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("lifelines", "pandas")},
        },
        "script": f"tests/oracles/{Path(__file__).name}",
        "figures": figures,
    }
    out.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_suffix(".json"))
