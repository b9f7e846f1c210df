"""From the sources of a study to accepted tables, in the order in which they refer to each other.

Customers come first, since the others name them; then interactions, responses, invitations, labels.
A filter on customers is applied last: rows of nobody known cannot be told to match and are left
out, which the verdict counts. Personal data leaves the free texts before a row is handed on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from cxresearch.contract import KEYS, TABLES
from cxresearch.engine import sort_log
from cxresearch.errors import DataError, ParameterError, did_you_mean
from cxresearch.intake.check import CheckedTable, check_table
from cxresearch.intake.doubts import find_doubts
from cxresearch.intake.map import choose_columns, map_source
from cxresearch.intake.read import read_source
from cxresearch.intake.sentences import Doubt, doubt
from cxresearch.intake.verdict import Verdict, make_verdict
from cxresearch.privacy import FREE_TEXT, redact_tables
from cxresearch.study import Study

_NAMED = ("customers", "interactions", "responses")
"""Tables whose ids others name."""


_TEXT = "_text"


@dataclass(frozen=True)
class Built:
    """Accepted tables of a study, as they are written."""

    tables: dict[str, pl.DataFrame]
    verdict: Verdict
    quarantine: pl.DataFrame
    set_aside: pl.DataFrame
    data_until: datetime


def build_tables(
    study: Study, *, data: Path | str | None = None, where: Mapping[str, str] | None = None
) -> Built:
    """Read, map, check and limit every table of a study.

    Raises
    ------
    DataError
        A source cannot be read or mapped.
    ParameterError
        `where` names no attribute of the study, or a value that no customer has.
    """
    declared = _midnight(study, study.data_until) if study.data_until else None
    checked: dict[str, CheckedTable] = {}
    doubts: list[Doubt] = []
    for name in TABLES:
        sources = [source for source in study.sources if source.table == name]
        if not sources:
            continue
        raw = [
            read_source(part, study=study, choose=partial(choose_columns, part, study), data=data)
            for part in sources
        ]
        mapped = [map_source(table, study) for table in raw]
        known = {t: checked[t].rows[KEYS[t]] for t in _NAMED if t in checked}
        checked[name] = check_table(name, mapped, study=study, data_until=declared, **known)
        doubts += find_doubts(checked[name], mapped, study)
    accepted = {name: table.rows for name, table in checked.items()}
    limited, left_out = _limit(accepted, study, where or {})
    lines = {
        "quarantine": pl.concat([table.quarantine for table in checked.values()]),
        "set_aside": pl.concat([table.set_aside for table in checked.values()]),
    }
    tables, redactions = _redact({**limited, **_split_texts(lines)}, study)
    if "interactions" in tables:
        tables["interactions"] = _make_log(tables["interactions"], study)
    return Built(
        tables={name: tables[name] for name in limited},
        verdict=make_verdict(list(checked.values()), _told_once(doubts) + left_out, redactions),
        quarantine=_join_texts(tables["quarantine"]),
        set_aside=_join_texts(tables["set_aside"]),
        data_until=declared or _end_of_data(accepted, study),
    )


def _redact(
    tables: Mapping[str, pl.DataFrame], study: Study
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The tables without personal data in their free texts, and what was removed from the rows."""
    found = redact_tables(
        tables,
        columns={**FREE_TEXT, "quarantine": [_TEXT], "set_aside": [_TEXT]},
        keep=[study.name, *study.privacy.keep],
        country=study.privacy.country,
        language=study.languages[0],
    )
    return found.tables, found.redactions.filter(pl.col("table").is_in(list(TABLES)))


def _split_texts(lines: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Values that are whole lines or free text in a column of their own; ids and scores stay."""
    free = {column for columns in FREE_TEXT.values() for column in columns}
    is_text = pl.col("column").is_null() | pl.col("column").is_in(free)
    return {
        name: table.with_columns(pl.when(is_text).then("value").alias(_TEXT))
        for name, table in lines.items()
    }


def _join_texts(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(pl.coalesce(_TEXT, "value").alias("value")).drop(_TEXT)


def _told_once(doubts: Sequence[Doubt]) -> list[Doubt]:
    """Several sources of one file meet the same lines: what says the same is told once."""
    return list({d.message.in_language("en"): d for d in reversed(doubts)}.values())[::-1]


def _make_log(interactions: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The event log: sorted, with touchpoint, channel and stage in the order they are drawn."""
    drawn = study.experience
    stages = {touchpoint.id: touchpoint.stage for touchpoint in drawn.touchpoints}
    orders = {"touchpoint": list(stages), "channel": [channel.id for channel in drawn.channels]}
    enums = {
        name: pl.Enum([*order, *sorted(set(interactions[name].unique()) - set(order))])
        for name, order in orders.items()
    }
    kinds = pl.Enum([stage.id for stage in drawn.stages])
    stage = pl.col("touchpoint").replace_strict(stages, default=None, return_dtype=pl.String)
    return sort_log(interactions.with_columns(stage.cast(kinds).alias("stage"))).cast(
        pl.Schema(enums)
    )


def _limit(
    tables: Mapping[str, pl.DataFrame], study: Study, where: Mapping[str, str]
) -> tuple[dict[str, pl.DataFrame], list[Doubt]]:
    if not where:
        return dict(tables), []
    if "customers" not in tables:
        raise ParameterError(
            "the study has no customers table, so it cannot be limited to some of them",
            next_step="leave out --where, or add a source of customers to study.yml",
        )
    customers = tables["customers"]
    chosen = customers.filter(_matches(customers, *limit, study) for limit in where.items())
    limits = ", ".join(f"{attribute} = {value}" for attribute, value in where.items())
    kept: dict[str, pl.DataFrame] = {}
    doubts = []
    for name, rows in tables.items():
        # Labels name no customer: they go with the answers, which come before them.
        by = "customer_id" if "customer_id" in rows.columns else "response_id"
        names = (chosen if by == "customer_id" else kept.get("responses", rows)).select(by)
        kept[name] = rows.join(names, on=by, how="semi", maintain_order="left")
        told = {"n": rows.height, "n_kept": kept[name].height, "limits": limits}
        doubts.append(doubt("limited", name, **told, n_nobody=rows[by].null_count()))
    return kept, doubts


def _matches(customers: pl.DataFrame, name: str, value: str, study: Study) -> pl.Expr:
    if name not in study.attributes:
        raise ParameterError(
            f"'{name}' is not an attribute of the study.{did_you_mean(name, study.attributes)}",
            allowed=", ".join(study.attributes) or "study.yml declares none",
            next_step="declare it under `attributes` in study.yml, or name another",
        )
    written = customers[name].cast(pl.String)
    known = written.drop_nulls().unique().sort().to_list()
    if value not in known:
        raise ParameterError(
            f"no customer has {name} = '{value}'.{did_you_mean(value, known)}",
            allowed=", ".join(known[:20]) + (" ..." if len(known) > 20 else ""),
            next_step="name one of these",
        )
    return pl.col(name).cast(pl.String) == value


def _midnight(study: Study, day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(study.timezone)).astimezone(UTC)


def _end_of_data(tables: Mapping[str, pl.DataFrame], study: Study) -> datetime:
    """Midnight after the latest thing that happened, in the study's time zone."""
    happened = [rows["at"] for rows in tables.values() if "at" in rows.columns]
    if not any(column.len() for column in happened) and "customers" in tables:
        happened = [tables["customers"]["joined_at"], tables["customers"]["left_at"]]
    latest = pl.concat(happened).max()
    if isinstance(latest, datetime):
        return _midnight(study, latest.astimezone(ZoneInfo(study.timezone)).date() + timedelta(1))
    if any(rows.height == 0 for rows in tables.values()):
        return datetime(1970, 1, 1, tzinfo=UTC)  # refused anyway: nothing was accepted
    raise DataError(
        "no row carries an instant, so the end of the data is not known",
        allowed="an instant in at, joined_at or left_at, or `data_until` in study.yml",
        next_step="write `data_until: 2025-11-01` (the first day without data) in study.yml",
    )
