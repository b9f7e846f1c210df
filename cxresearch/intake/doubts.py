"""What should a reader doubt before trusting a figure? Faults of exports that no rule can prove.

Each doubt looks at one table as accepted, or at its sources as mapped, and says in one sentence
what was met and what it may mean; the words are in `sentences`. A hint is a guess from the values
that were quarantined: it names the line of study.yml to write, and when it is right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from cxresearch.contract import KEYS, describe_rule
from cxresearch.intake.check import CheckedTable
from cxresearch.intake.instants import INSTANT
from cxresearch.intake.map import MappedTable, contract_columns
from cxresearch.intake.sentences import Doubt, doubt
from cxresearch.language import mark, message
from cxresearch.privacy import redact_comments
from cxresearch.study import Study

MANY_QUARANTINED = 0.05
MOSTLY = 0.5
LONELY_DAYS = 92
ENOUGH = 30
LISTED = 8
FEW_CODES = 3
OFTEN = 5
MOST_REASONS = 20
MANY_UNREADABLE = 0.02  # fewer are slips of single rows, not a way of writing
_MORE = mark("{n:count} more")
_COMMA = r"^[+-]?[\d.]+,\d+$"
_ONE_PERCENT_NORMAL = 2.326  # one-sided
_RARE = 0.01


def find_doubts(table: CheckedTable, mapped: Sequence[MappedTable], study: Study) -> list[Doubt]:
    """Everything to doubt about one table, in the order in which it is looked for."""
    found = [*_of_quarantine(table), *_hints(table, study)]
    for source in mapped:
        found += [*_of_columns(source), *_of_zones(source, study), *_of_zeros(source)]
    if table.rows.height:
        found += [*_of_links(table, study), *_of_touchpoints(table, study), *_of_time(table, study)]
        found += _of_reasons(table, study)
    return found


def _of_quarantine(table: CheckedTable) -> Iterator[Doubt]:
    many = table.conservation.filter(
        pl.col("n_quarantined") > MANY_QUARANTINED * pl.col("n_mapped")
    )
    for source, n_rows, n in many.select("source", "n_mapped", "n_quarantined").iter_rows():
        is_all = n == n_rows and table.rows.height == 0
        told = {"n": n, "n_rows": n_rows, "share": n / n_rows, "source": source}
        told |= _commonest_reason(table, source)
        yield doubt("nothing_accepted" if is_all else "many_quarantined", table.name, **told)


def _commonest_reason(table: CheckedTable, source: str) -> dict[str, Any]:
    lines = table.quarantine.filter(pl.col("source") == source)
    counts = lines["rule"].value_counts().sort("count", "rule", descending=[True, False])
    rule, n = counts.row(0)
    first = lines.filter(pl.col("rule") == rule).row(0, named=True)
    reason = describe_rule(rule, table=table.name)
    return {"reason": reason, "n_reason": n, "file": first["file"], "row": first["row"]}


def _hints(table: CheckedTable, study: Study) -> Iterator[Doubt]:
    types = contract_columns(study, table.name)
    n_mapped = dict(table.conservation.select("source", "n_mapped").iter_rows())
    for (source,), lines in table.quarantine.group_by("source", maintain_order=True):
        outside = lines.filter(pl.col("rule") == "score_on_scale")["value"].drop_nulls()
        yield from _hint_codes(table, str(source), outside)
        unreadable = lines.filter(pl.col("rule").str.ends_with("|dtype"))
        for (column,), cells in unreadable.group_by("column", maintain_order=True):
            is_word = cells.height >= OFTEN and cells["value"].n_unique() <= FEW_CODES
            if is_word or cells.height >= MANY_UNREADABLE * n_mapped[str(source)]:
                told = {"source": source, "column": column}
                yield _hint_cells(table.name, told, cells["value"], types[str(column)])


def _hint_codes(table: CheckedTable, source: str, outside: pl.Series) -> Iterator[Doubt]:
    codes = outside.unique().sort()
    if not 0 < codes.len() <= FEW_CODES:
        return
    # A code that is a good answer to another question must not be mapped to a blank.
    answers = {f"{score:g}" for score in table.rows["score"].unique().drop_nulls()}
    if not answers & set(codes):
        line = f"values: {{score: {_as_blank(codes)}}}"
        told = {"n": outside.len(), "source": source, "codes": codes.to_list(), "line": line}
        yield doubt("codes_outside_scale", table.name, **told)


def _hint_cells(table: str, told: dict[str, Any], cells: pl.Series, dtype: pl.DataType) -> Doubt:
    commas = cells.filter(cells.str.contains(_COMMA))
    if dtype.is_numeric() and commas.len():
        hint, cells, line = "decimal_comma", commas, "csv: {decimal_comma: true}"
    elif dtype in (INSTANT, pl.Date):
        hint, line = "unreadable_dates", "dates: {format: '%d/%m/%Y %H:%M'}"
    else:
        words = _as_blank(_shown(cells.unique(maintain_order=True).head(FEW_CODES)))
        hint, line = "unreadable_values", f"values: {{{told['column']}: {words}}}"
    return doubt(hint, table, **told, n=cells.len(), value=_shown(cells.head(1))[0], line=line)


def _shown(cells: pl.Series) -> pl.Series:
    """Cells as they may be quoted: a line out of step puts a comment where a date should be."""
    return redact_comments(cells.alias("cell").to_frame(), columns=["cell"])["cell"]


def _as_blank(words: pl.Series) -> str:
    return "{" + ", ".join(f"'{word}': null" for word in words) + "}"


def _of_columns(source: MappedTable) -> Iterator[Doubt]:
    origin, table = source.raw, source.raw.source.table
    for file in origin.without_rows:
        yield doubt("file_without_rows", table, file=file)
    for short in origin.short_lines:
        told = {k: v for k, v in vars(short).items() if k != "is_one_cell"}
        yield doubt("short_last_cell" if short.is_one_cell else "short_lines", table, **told)
    for file, n in origin.copies.items():
        yield doubt("exact_copies", table, file=file, n=n, key=KEYS[table])
    if origin.unused:
        n_more = len(origin.unused) - LISTED
        more = [message(_MORE, n=n_more)] if n_more > 0 else []
        listed = [*origin.unused[:LISTED], *more]
        yield doubt("unused_columns", table, source=source.raw.name, columns=listed)
    empty = [name for name, text in source.text.items() if text.null_count() == text.len()]
    if empty and source.rows.height:
        yield doubt("empty_columns", table, source=source.raw.name, columns=empty[:LISTED])


def _of_zones(source: MappedTable, study: Study) -> Iterator[Doubt]:
    zone = source.raw.source.dates.timezone or study.timezone
    for column, (n_with, n_without) in source.zones.items():
        if n_with and n_without:
            told = {"n_with": n_with, "n_without": n_without, "timezone": zone}
            name = source.raw.source.table
            yield doubt("mixed_time_zones", name, column=column, source=source.raw.name, **told)


def _of_zeros(source: MappedTable) -> Iterator[Doubt]:
    """Zeros written as blanks.

    Were 0 as frequent as each of 1, 2 and 3 together, m answers of 1 to 3 would come without a
    single 0 with probability (3/4)^m; below 1 % that is not chance. The blanks match when they
    are enough to hold the zeros expected: m/3, less what chance takes away in 99 of 100 samples
    (variance m/3 + m/9, both counts being Poisson).
    """
    if source.raw.source.table != "responses":
        return
    score = pl.col("score")
    counted = (
        source.rows.lazy()
        .filter(pl.col("scale_min") == 0, pl.col("scale_max") == 10)
        .group_by("metric", maintain_order=True)
        .agg(
            n=score.count(),
            n_blank=score.null_count(),
            n_zero=(score == 0).sum(),
            n_low=score.is_between(1, 3).sum(),
        )
        .collect()
    )
    for row in counted.iter_rows(named=True):
        m = row["n_low"]
        least = m / 3 - _ONE_PERCENT_NORMAL * sqrt(m * 4 / 9)
        if row.pop("n_zero") == 0 and 0.75**m < _RARE and row["n_blank"] >= max(least, 1):
            yield doubt("zeros_as_blanks", "responses", source=source.raw.name, **row)


def _of_links(table: CheckedTable, study: Study) -> Iterator[Doubt]:
    if "customer_id" in table.links.columns and any(
        part.table == "customers" for part in study.sources
    ):
        who = table.links["customer_id"]
        n, n_linked = who.len(), who.count()
        if n_linked < n:
            share = n_linked / n
            told = doubt("link_coverage", table.name, n=n, n_linked=n_linked, share=share)
            yield replace(told, severity="warning") if share <= 1 - MOSTLY else told
    known = {"unknown_customer": mark("a customer"), "unknown_interaction": mark("an interaction")}
    for rule, what in known.items():
        n_aside = (table.set_aside["rule"] == rule).sum()
        if n_aside:
            yield doubt("link_set_aside", table.name, what=message(what), n=n_aside)


def _of_touchpoints(table: CheckedTable, study: Study) -> Iterator[Doubt]:
    drawn = [touchpoint.id for touchpoint in study.experience.touchpoints]
    if not drawn or "touchpoint" not in table.rows.columns:
        return
    met = table.rows["touchpoint"].drop_nulls().value_counts()
    undrawn = met.filter(~pl.col("touchpoint").is_in(drawn))
    if undrawn.height:
        listed = undrawn.sort("count", "touchpoint", descending=[True, False])["touchpoint"]
        n, first = int(undrawn["count"].sum()), listed.head(LISTED).to_list()
        yield doubt("touchpoints_not_drawn", table.name, n=n, touchpoints=first)


def _of_reasons(table: CheckedTable, study: Study) -> Iterator[Doubt]:
    if "left_reason" not in table.rows.columns:
        return
    given = table.rows["left_reason"].drop_nulls()
    unmapped = given.filter(~given.is_in(list(study.left_reasons))).value_counts()
    is_coded = study.left_reasons or unmapped.height <= MOST_REASONS  # else people wrote freely
    if unmapped.height and is_coded:
        codes = unmapped.sort("count", "left_reason", descending=[True, False])["left_reason"]
        n = int(unmapped["count"].sum())
        yield doubt(
            "reasons_not_mapped", table.name, codes=_shown(codes.head(LISTED)).to_list(), n=n
        )


def _of_time(table: CheckedTable, study: Study) -> Iterator[Doubt]:
    if "at" not in table.rows.columns:
        return
    at = table.rows["at"]
    zones = {s.dates.timezone or study.timezone for s in study.sources if s.table == table.name}
    # A thousand instants settle it nearly always, and cost nothing.
    if at.len() > 1 and any(
        _all_midnight(at.head(1_000), zone) and _all_midnight(at, zone) for zone in zones
    ):
        yield doubt("days_only", table.name)
    if study.data_until or at.len() < ENOUGH:
        return
    # The largest thousandth is found many times faster than a quantile.
    last = at.top_k(at.len() // 1_000 + 2).sort()
    gap = last[-1] - last[0]
    if gap.days > LONELY_DAYS:
        latest = last[-1].astimezone(ZoneInfo(study.timezone)).date().isoformat()
        yield doubt("lonely_end", table.name, latest=latest, n=gap.days)


def _all_midnight(at: pl.Series, zone: str) -> bool:
    local = at.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return bool((local == local.dt.truncate("1d")).all())
