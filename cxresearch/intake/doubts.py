"""What should a reader doubt before trusting a figure? Faults of exports that no rule can prove.

Each doubt looks at one table as accepted, or at its sources as mapped, and says in one sentence
what was met and what it may mean. Which line of study.yml would mend it is in `hints`.
"""

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from cxresearch.contract import describe_rule
from cxresearch.intake.check import CheckedTable
from cxresearch.intake.hints import find_hints
from cxresearch.intake.map import MappedTable
from cxresearch.intake.read import RawTable
from cxresearch.intake.verdict import Doubt, linkable
from cxresearch.language import mark, message
from cxresearch.study import Study

MANY_QUARANTINED = 0.05
MOSTLY = 0.5
LONELY_DAYS = 92
ENOUGH = 30
LISTED = 8
_ONE_PERCENT_NORMAL = 2.326  # one-sided
_RARE = 0.01


def find_doubts(
    table: CheckedTable, mapped: Sequence[MappedTable], raw: Sequence[RawTable], study: Study
) -> list[Doubt]:
    """Everything to doubt about one table, in the order in which it is looked for."""
    found = [*_of_quarantine(table), *find_hints(table, study)]
    for origin, source in zip(raw, mapped, strict=True):
        found += _of_columns(origin, source)
        found += _of_zones(source, study)
        found += _of_zeros(source)
    if table.rows.height:
        found += [*_of_links(table, study), *_of_touchpoints(table, study), *_of_time(table, study)]
    return found


def _of_quarantine(table: CheckedTable) -> Iterator[Doubt]:
    for row in table.conservation.iter_rows(named=True):
        n, n_rows = row["n_quarantined"], row["n_mapped"]
        if n == 0 or n <= MANY_QUARANTINED * n_rows:
            continue
        values = {"n": n, "n_rows": n_rows, "share": n / n_rows, "source": row["source"]}
        values |= _commonest_reason(table, row["source"])
        if n == n_rows and table.rows.height == 0:
            sentence = message(
                "None of the {n_rows:count} rows of {table} from {source} was accepted. The "
                "commonest reason, {n_reason:count} times: {reason}. The first is in {file}, "
                "row {row}.",
                table=table.name,
                **values,
            )
            yield Doubt("nothing_accepted", "refusal", table.name, sentence)
        else:
            sentence = message(
                "{n:count} of {n_rows:count} rows of {source} ({share:share1}) are quarantined. "
                "The commonest reason, {n_reason:count} times: {reason}. The first is in {file}, "
                "row {row}.",
                **values,
            )
            yield Doubt("many_quarantined", "warning", table.name, sentence)


def _commonest_reason(table: CheckedTable, source: str) -> dict[str, Any]:
    lines = table.quarantine.filter(pl.col("source") == source)
    counts = lines["rule"].value_counts().sort("count", "rule", descending=[True, False])
    rule, n = counts.row(0)
    first = lines.filter(pl.col("rule") == rule).row(0, named=True)
    reason = describe_rule(rule, table=table.name)
    return {"reason": reason, "n_reason": n, "file": first["file"], "row": first["row"]}


def _of_columns(origin: RawTable, source: MappedTable) -> Iterator[Doubt]:
    table = source.source.table
    for file in origin.without_rows:
        yield Doubt(
            "file_without_rows",
            "warning",
            table,
            message("{file} has a header but no rows.", file=file),
        )
    if origin.unused:
        yield Doubt(
            "unused_columns",
            "note",
            table,
            message(
                "Columns of {source} that are not used: {columns:list}.",
                source=source.name,
                columns=list(origin.unused[:LISTED]) + (["…"] if origin.unused[LISTED:] else []),
            ),
        )
    empty = [name for name, text in source.text.items() if text.null_count() == text.len()]
    if empty and source.rows.height:
        yield Doubt(
            "empty_columns",
            "note",
            table,
            message(
                "Columns of {source} that hold nothing: {columns:list}.",
                source=source.name,
                columns=empty[:LISTED],
            ),
        )


def _of_zones(source: MappedTable, study: Study) -> Iterator[Doubt]:
    for column, (with_zone, without_zone) in source.zones.items():
        if with_zone and without_zone:
            yield Doubt(
                "mixed_time_zones",
                "warning",
                source.source.table,
                message(
                    "In {source}, {column} carries a time zone {n_with:count} times and none "
                    "{n_without:count} times; these are read as time in {timezone}.",
                    n_with=with_zone,
                    n_without=without_zone,
                    column=column,
                    source=source.name,
                    timezone=source.source.dates.timezone or study.timezone,
                ),
            )


def _of_zeros(source: MappedTable) -> Iterator[Doubt]:
    """Zeros written as blanks.

    Were 0 as frequent as each of 1, 2 and 3 together, m answers of 1 to 3 would come without a
    single 0 with probability (3/4)^m; below 1 % that is not chance. The blanks match when they
    are enough to hold the zeros expected: m/3, less what chance takes away in 99 of 100 samples
    (variance m/3 + m/9, both counts being Poisson).
    """
    if source.source.table != "responses":
        return
    asked = source.rows.select("metric", "score", "scale_min", "scale_max").filter(
        (pl.col("scale_min") == 0) & (pl.col("scale_max") == 10)
    )
    score = pl.col("score")
    counted = asked.group_by("metric", maintain_order=True).agg(
        n=score.count(),
        n_blank=score.null_count(),
        n_zero=(score == 0).sum(),
        n_low=score.is_between(1, 3).sum(),
    )
    for row in counted.iter_rows(named=True):
        m = row["n_low"]
        expected = m / 3
        least = expected - _ONE_PERCENT_NORMAL * sqrt(expected * 4 / 3)
        if row["n_zero"] == 0 and 0.75**m < _RARE and row["n_blank"] >= max(least, 1):
            yield Doubt(
                "zeros_as_blanks",
                "warning",
                "responses",
                message(
                    "Not one of {n:count} {metric} answers in {source} is 0, though {n_low:count} "
                    "are 1 to 3 and {n_blank:count} are blank: the export may have written zeros "
                    "as blanks, which makes the score look better than it is.",
                    n=row["n"],
                    n_low=m,
                    n_blank=row["n_blank"],
                    metric=row["metric"],
                    source=source.name,
                ),
            )


def _of_links(table: CheckedTable, study: Study) -> Iterator[Doubt]:
    declared = {source.table for source in study.sources}
    if table.name != "customers" and "customers" in declared:
        who = linkable(table)["customer_id"]
        n, n_without = who.len(), who.null_count()
        if n_without:
            yield Doubt(
                "link_coverage",
                "note" if n_without < MOSTLY * n else "warning",
                table.name,
                message(
                    "Of {n:count} rows of {table} that come from customers, {n_linked:count} "
                    "({share:share}) name the customer; the others are left out of every figure "
                    "across channels.",
                    n_linked=n - n_without,
                    n=n,
                    share=1 - n_without / n,
                    table=table.name,
                ),
            )
    known = {"unknown_customer": mark("a customer"), "unknown_interaction": mark("an interaction")}
    for rule, what in known.items():
        n_aside = table.set_aside.filter(pl.col("rule") == rule).height
        if n_aside:
            yield Doubt(
                "link_set_aside",
                "note",
                table.name,
                message(
                    "Rows of {table} that name {what} nobody knows: {n:count}. They are kept "
                    "without it.",
                    n=n_aside,
                    table=table.name,
                    what=message(what),
                ),
            )


def _of_touchpoints(table: CheckedTable, study: Study) -> Iterator[Doubt]:
    drawn = {touchpoint.id for touchpoint in study.experience.touchpoints}
    if not drawn or "touchpoint" not in table.rows.columns:
        return
    met = table.rows["touchpoint"].drop_nulls().value_counts(sort=True)
    undrawn = met.filter(~pl.col("touchpoint").is_in(list(drawn)))
    if undrawn.height:
        listed = undrawn.sort("count", "touchpoint", descending=[True, False])["touchpoint"]
        yield Doubt(
            "touchpoints_not_drawn",
            "note",
            table.name,
            message(
                "{n:count} rows of {table} are at touchpoints that experience.yml does not draw: "
                "{touchpoints:list}.",
                n=int(undrawn["count"].sum()),
                table=table.name,
                touchpoints=listed.head(LISTED).to_list(),
            ),
        )


def _of_time(table: CheckedTable, study: Study) -> Iterator[Doubt]:
    if "at" not in table.rows.columns:
        return
    at = table.rows["at"]
    zones = {s.dates.timezone or study.timezone for s in study.sources if s.table == table.name}
    if at.len() > 1 and any(_all_midnight(at, zone) for zone in zones):
        yield Doubt(
            "days_only",
            "note",
            table.name,
            message(
                "Every instant of {table} is a midnight: days are known, times of day are not.",
                table=table.name,
            ),
        )
    # The largest thousandth is found many times faster than a quantile.
    last = pl.col("at").top_k(at.len() // 1_000 + 2)
    latest, usual = table.rows.select(latest=last.max(), usual=last.min()).row(0)
    if study.data_until or at.len() < ENOUGH:
        return
    gap = latest - usual
    if gap.days > LONELY_DAYS:
        yield Doubt(
            "lonely_end",
            "warning",
            table.name,
            message(
                "The latest instant of {table}, {latest:day}, comes {n:count} days after 999 in "
                "1,000 of the others, and the last month is taken from it. If it is a mistake, "
                "write data_until with the first day without data in study.yml.",
                table=table.name,
                latest=latest.astimezone(ZoneInfo(study.timezone)).date().isoformat(),
                n=gap.days,
            ),
        )


def _all_midnight(at: pl.Series, zone: str) -> bool:
    # A thousand instants settle it nearly always, and cost nothing.
    return all(_midnights(part, zone) for part in (at.head(1_000), at))


def _midnights(at: pl.Series, zone: str) -> bool:
    local = at.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return bool((local == local.dt.truncate("1d")).all())
