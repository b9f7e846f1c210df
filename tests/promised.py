"""Small studies with promises: tables made in memory, with every column that promises look at."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.intake import StudyTables
from cxresearch.period import parse_period
from cxresearch.study import Study
from cxresearch.study.experience import Experience
from tests.asked import answers

YEAR = parse_period("2025")
UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = [{"id": name, "label": name.title()} for name in ("buy", "travel", "resolve")]
TEAMS = [{"id": "stations", "label": "Stations"}]


def place(id_: str, *, stage: str = "buy", **more: Any) -> dict[str, Any]:
    """A touchpoint of experience.yml."""
    return {"id": id_, "label": id_.title(), "stage": stage, **more}


def pledge(id_: str, **promise: Any) -> dict[str, Any]:
    """A pledge of the statement."""
    return {"id": id_, "text": {"en": f"We {id_}.", "it": f"Noi {id_}."}, "promise": promise}


def satisfied(at_least: float, **more: Any) -> dict[str, Any]:
    """A promise that so large a share gives one of the two best grades."""
    return {"measure": "csat", "statistic": "share", "at_least": at_least, **more}


def waits(statistic: str = "median", **more: Any) -> dict[str, Any]:
    """A promise about waiting."""
    return {"measure": "wait_minutes", "statistic": statistic, **more}


def study_of(*places: dict[str, Any], pledges: Any = (), **study: Any) -> Study:
    """A study whose experience.yml holds these touchpoints and pledges."""
    drawn = {"stages": STAGES, "teams": TEAMS, "touchpoints": list(places)}
    if pledges:
        drawn["statement"] = {"text": "We care.", "pledges": list(pledges)}
    written = {"name": "x", "sources": [{"table": "responses", "files": "r.csv"}], **study}
    return Study.model_validate(written).model_copy(
        update={"experience": Experience.model_validate(drawn)}
    )


def tables_of(study: Study, *parts: pl.DataFrame, contacts: pl.DataFrame | None = None) -> Any:
    """The study's tables: answers (`tests.asked.answers` with a touchpoint) and contacts."""
    responses = None
    if parts:
        channel = pl.lit(None, pl.String).alias("channel")
        responses = pl.concat(
            [part if "channel" in part.columns else part.with_columns(channel) for part in parts],
            how="diagonal",
        ).lazy()
    return StudyTables(
        study=study,
        folder=Path(),
        customers=None,
        interactions=None if contacts is None else as_log(contacts, study).lazy(),
        responses=responses,
        invitations=None,
        verdict=None,  # type: ignore[arg-type]
        data_until=UNTIL,
        fingerprint="",
        where={},
    )


def rated(good: int, bad: int, touchpoint: str | None = "desk", **more: Any) -> pl.DataFrame:
    """So many answers of 5 and of 1 about a touchpoint, one person each."""
    return answers([5] * good + [1] * bad, metric="csat", touchpoint=touchpoint, **more)


def contacts(touchpoint: str = "desk", n: int = 0, **columns: Any) -> pl.DataFrame:
    """Contacts of one touchpoint, an own customer each; a column is a list or one value."""
    lengths = [len(value) for value in columns.values() if isinstance(value, list)]
    n = lengths[0] if lengths else n
    base = {
        "interaction_id": [f"{touchpoint}{i}" for i in range(n)],
        "customer_id": [f"c{touchpoint}{i}" for i in range(n)],
        "at": [datetime(2025, 6, 5, tzinfo=UTC)] * n,
        "touchpoint": [touchpoint] * n,
        "channel": ["phone"] * n,
        "kind": ["contact"] * n,
        "direction": ["inbound"] * n,
    }
    given = {k: v if isinstance(v, list) else [v] * n for k, v in columns.items()}
    floats = ("wait_minutes", "duration_minutes")
    flags = ("is_resolved", "is_context_known")
    kinds = {**dict.fromkeys(floats, pl.Float64), **dict.fromkeys(flags, pl.Boolean)}
    table = pl.DataFrame({**base, **given}, strict=False)
    missing = [pl.lit(None, kind).alias(k) for k, kind in kinds.items() if k not in given]
    known = {k: kind for k, kind in kinds.items() if k in given}
    return table.with_columns(*missing).cast(
        {**known, "at": pl.Datetime("us", "UTC"), "customer_id": pl.String}  # type: ignore[dict-item]
    )


def as_log(table: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Contacts as intake prepares them: in order, touchpoint, channel and stage as Enum."""
    drawn = study.experience
    stages = {each.id: each.stage for each in drawn.touchpoints}
    places = [*stages, *sorted(set(table["touchpoint"]) - set(stages))]
    stage = pl.col("touchpoint").replace_strict(stages, default=None, return_dtype=pl.String)
    kinds = {
        "touchpoint": pl.Enum(places),
        "channel": pl.Enum(sorted(set(table["channel"]))),
        "stage": pl.Enum([each.id for each in drawn.stages]),
    }
    logged = table.with_columns(stage.alias("stage")).cast(kinds)  # type: ignore[arg-type]
    return logged.sort("customer_id", "at", "interaction_id", nulls_last=True)
