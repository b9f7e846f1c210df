"""How well does `fit_churn` foretell on real tables, with nothing but its defaults?

Four public tables of customers, kept outside the project: the telecom churn published by IBM, the
same customers with columns written after the outcome (Cognos), an artificial telecom churn
(mlc_churn) and airline passengers who were satisfied or not. Every figure is of cases foretold by a
model that had not seen them (5 folds). LightGBM's defaults read the same columns of the same cases
in the same folds, in an environment of their own. Writes churn.md.
"""

import json
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import polars as pl

from cxresearch.errors import CxWarning
from cxresearch.models.churn import fit_churn
from cxresearch.models.churn_fit import N_FOLDS
from cxresearch.models.churn_model import ChurnModel
from cxresearch.models.evaluation import measure_ranking
from cxresearch.models.plain_columns import read_columns
from cxresearch.models.split import order_rows, split_people_in_folds

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "shared" / "data" / "tabular"
UV = Path(sys.executable).with_name("uv")
COGNOS_LEAKS = {
    "Churn Label",
    "Churn Score",
    "Churn Category",
    "Churn Reason",
    "Customer Status",
    "Satisfaction Score",
}


def read_tables() -> dict[str, tuple[pl.DataFrame, str]]:
    """The tables, each with its outcome."""
    cognos = pl.read_csv(DATA / "ibm_telco_cognos" / "status.csv")
    for name in ("demographics", "location", "services"):
        other = pl.read_csv(DATA / "ibm_telco_cognos" / f"{name}.csv")
        cognos = cognos.join(other.drop("Count", "Quarter", strict=False), on="Customer ID")
    airline = pl.read_csv(DATA / "airline_satisfaction" / "airline_passenger_satisfaction.csv")
    return {
        "telco": (pl.read_csv(DATA / "ibm_telco" / "telco.csv"), "Churn"),
        "cognos": (cognos, "Churn Value"),
        "mlc_churn": (pl.read_csv(DATA / "mlc_churn" / "mlc_churn.csv"), "churn"),
        "airline": (
            airline.with_columns(is_satisfied=pl.col("Satisfaction") == "Satisfied").drop(
                "Satisfaction"
            ),
            "is_satisfied",
        ),
    }


def fit(table: pl.DataFrame, outcome: str) -> tuple[ChurnModel, float]:
    """The model with all defaults, and the seconds of CPU it took."""
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CxWarning)
        model = fit_churn(table, outcome=outcome)
    return model, time.process_time() - start


def ask_lightgbm(table: pl.DataFrame, outcome: str, model: ChurnModel) -> dict[str, object]:
    """Its ranking on the same columns and folds."""
    read, _, _ = read_columns(table, model.read["column"].to_list())
    left = table.select(pl.col(outcome).cast(pl.String).is_in(["Yes", "yes", "1", "true"]))
    known = left.to_series().cast(pl.Float64).to_numpy()
    order = order_rows(read, known, np.arange(known.size))
    fold = split_people_in_folds(known[order], np.arange(known.size), n=N_FOLDS, random_state=0)
    cases = read[order].with_columns(_left=pl.Series(known[order]), _fold=pl.Series(fold))
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "cases.parquet", Path(folder) / "risk.parquet"
        cases.write_parquet(given)
        script = HERE / "peers" / "churn_lightgbm.py"
        command = [UV, "run", "--quiet", "--no-project", "--script", script, given, out]
        asked = subprocess.run(
            [str(part) for part in command], check=True, capture_output=True, text=True
        )
        risk = pl.read_parquet(out)["risk"]
    told = json.loads(asked.stdout.splitlines()[-1])
    return measure_ranking(known[order], risk).row(0, named=True) | told


def row_of(name: str, program: str, found: dict[str, object]) -> str:
    """A line of the table."""
    return (
        f"| {name} | {program} | {found['n']:,} | {found['n_left']:,} | {found['auc']:.4f} "
        f"({found['ci_low']:.4f} to {found['ci_high']:.4f}) | {found['brier']:.4f} "
        f"| {found['log_loss']:.4f} | {found['ece']:.4f} | {found['seconds']:.0f} |"
    )


def main() -> None:
    """Fit every table and write what came out."""
    lines, checks = [], []
    for name, (table, outcome) in read_tables().items():
        model, seconds = fit(table, outcome)
        own = model.glance().row(0, named=True) | {"seconds": seconds}
        lines.append(row_of(name, f"cxresearch ({own['model']})", own))
        print(lines[-1], flush=True)
        other = ask_lightgbm(table, outcome, model)
        lines.append(row_of(name, f"LightGBM {other['version']}, defaults", other))
        print(lines[-1], flush=True)
        checks += check(name, model, own, other)
    text = (
        f"# Foretelling who leaves\n\n{__doc__.split('Writes')[0].strip()}\n\n"
        "| table | program | n | left | AUC (95 %) | Brier | log-loss | ECE | CPU s |\n"
        "|---|---|--:|--:|---|--:|--:|--:|--:|\n" + "\n".join(lines) + "\n\n"
        "| line | figure | aim | holds |\n|---|---|---|---|\n" + "\n".join(checks) + "\n\n"
        "CPU seconds of `fit_churn` hold the leak check, the choice among four kinds of model, the "
        "weight of every feature and the fit on all cases; those of LightGBM five fits. Python "
        f"{platform.python_version()}; protected columns, ids and possible leaks are left out for "
        "both.\n"
    )
    (HERE / "churn.md").write_text(text, encoding="utf-8")
    print(text)


def check(
    name: str, model: ChurnModel, own: dict[str, object], other: dict[str, object]
) -> list[str]:
    """What each table is to show."""
    auc = float(own["auc"])
    if name == "telco":
        found = model.leaks.height
        return [
            line("telco: AUC", auc, ".840 to .855", 0.840 <= auc <= 0.855),
            line("telco: Brier", own["brier"], "at most .137", own["brier"] <= 0.137),
            line("telco: ECE", own["ece"], "at most .02", own["ece"] <= 0.02),
            line("telco: columns called a leak", found, "none", found == 0),
        ]
    if name == "mlc_churn":
        gap = auc - float(other["auc"])
        return [line("mlc_churn: AUC less LightGBM's", gap, "at least -.005", gap >= -0.005)]
    if name == "airline":
        return [line("airline: AUC", auc, "at least .99", auc >= 0.99)]
    named = set(model.leaks.filter("is_excluded")["column"])
    text = f"{len(named & COGNOS_LEAKS)} of {len(COGNOS_LEAKS)}, {len(named - COGNOS_LEAKS)} others"
    holds = "yes" if named == COGNOS_LEAKS else "**no**"
    return [f"| cognos: leaks named | {text} | all, no other | {holds} |"]


def line(what: str, figure: float, aim: str, holds: bool) -> str:
    """A line of what is to hold."""
    return f"| {what} | {figure:.4g} | {aim} | {'yes' if holds else '**no**'} |"


if __name__ == "__main__":
    main()
