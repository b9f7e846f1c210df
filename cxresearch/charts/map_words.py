"""Which words and sizes does a station of the journey map carry?

The unit is one touchpoint of a `map_table`, made ready for drawing in one language: its names, the
gap beside its dot, what a pointer shows. A colour never stands alone: what it says is written too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from cxresearch.actions.findings import UNITS
from cxresearch.charts import theme
from cxresearch.language import Message, format_value, mark, message, translate

Labels = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Names by kind (`touchpoint`, `channel`, `team`, `stage`), id and language."""

FILLS = {"broken": theme.BAD, "kept": theme.GOOD, "open": theme.GREY, "none": theme.PALE}
VERDICTS = {
    "broken": mark("promise broken"),
    "kept": mark("promise kept"),
    "open": mark("cannot tell yet"),
    "none": mark("no promise"),
}
"""What the colour of a dot says."""

MEASURED = {
    "wait_minutes": mark("waiting"),
    "duration_minutes": mark("duration"),
    "resolved": mark("solved at once"),
    "context_known": mark("told once"),
    "ces": mark("ease"),
    "nps": mark("NPS"),
    "csat": mark("satisfaction"),
}
"""What a promise is about, in a word beneath its gap."""

_GAPS = {
    "share": mark("{gap:gap} pts"),
    "points": mark("{gap:signed} pts"),
    "scale": mark("{gap:signed1}"),
}
_LATE, _EARLY = mark("{size:minutes} min over"), mark("{size:minutes} min under")
_HIDDEN, _NOBODY, _FEW = mark("hidden"), mark("no score"), mark("few answers")
_SHORT = {"share": "gap", "points": "signed"}
_TIGHT = 56.0  # pixels of a column in which a gap with its unit touches the next
SMALLEST, LARGEST = 8.0, 30.0
"""Diameters in pixels of a touchpoint nobody and everybody meets."""


def write_stations(
    table: pl.DataFrame, *, unit: str, labels: Labels, language: str, column: float
) -> pl.DataFrame:
    """The stations as they are drawn: no list, no figure that is not shown.

    Parameters
    ----------
    table
        As `map_table.map_table` returns it.
    column
        Pixels there are for one dot.
    """
    rows = table.rows(named=True)
    is_scored = bool((table["estimate"].is_not_null() | table["is_suppressed"]).any())
    values = [
        _value(row, unit, language)
        if is_scored
        else format_value(row["n_contacts"], "count", language)
        for row in rows
    ]
    verdict = pl.col("verdict").fill_null("none")
    has_verdicts = bool(table["verdict"].is_not_null().any())
    return table.select(
        "position", "stage", "is_drawn", "estimate", "ci_low", "ci_high", "is_moment", "believed",
        "is_drop_off",
        theme.named("touchpoint", labels.get("touchpoint", {}), language).alias("name"),
        pl.when("is_on_axis", pl.col("estimate").is_not_null()).then("target").alias("target"),
        verdict.alias("verdict"),
        _colour(has_verdicts=has_verdicts).alias("colour"),
        _fill(is_scored=is_scored, has_verdicts=has_verdicts).alias("fill"),
        _diameters(table["n_contacts"], column).alias("diameter"),
        pl.Series("value", values),
        pl.Series("gap", [_beside(row, language, is_tight=column < _TIGHT) for row in rows]),
        pl.Series("about", [_about(row, language) for row in rows]),
        pl.Series("leaves", [_leaves(row, language, is_tight=column < _TIGHT) for row in rows]),
        pl.Series("channel", [_names(row["channels"], "channel", labels, language)
                              for row in rows]),
        pl.Series("owner", [_names([row["owner"]], "team", labels, language) for row in rows]),
        pl.Series("behind", [_names(row["supported_by"], "team", labels, language)
                             for row in rows]),
        *(pl.Series(name, [_told(row, name, unit, language) for row in rows])
          for name in ("score_told", "promise_told", "contacts_told")),
    )  # fmt: skip


def write_gap(row: Mapping[str, Any], language: str) -> str:
    """The gap to the promise in its own unit; empty where it is no more than chance.

    Examples
    --------
    >>> write_gap({"gap": -0.31, "promise_unit": "share", "verdict": "broken"}, "en")
    '−31 pts'
    >>> write_gap({"gap": -8.0, "promise_unit": "minutes", "verdict": "broken"}, "it")
    '8 min oltre'
    """
    gap = row["gap"]
    if gap is None or row["verdict"] not in ("broken", "kept"):
        return ""
    if row["promise_unit"] == "minutes":
        # Late is worse only where at most so many minutes were promised.
        is_late = (gap < 0) == (row.get("is_at_most") is not False)
        return Message(_LATE if is_late else _EARLY, {"size": abs(gap)}).in_language(language)
    return Message(_GAPS[row["promise_unit"] or "share"], {"gap": gap}).in_language(language)


def _beside(row: Mapping[str, Any], language: str, *, is_tight: bool) -> str:
    """The gap as it stands in the picture: where columns are tight, a kept one without its unit."""
    if is_tight and row["verdict"] == "kept" and row["promise_unit"] in _SHORT:
        return format_value(row["gap"], _SHORT[row["promise_unit"]], language)
    return write_gap(row, language)


def tooltips(language: str) -> Sequence[tuple[str, str]]:
    """Columns a pointer shows, with their heads: all of it stands in the table as well."""
    heads = {
        "name": message("Touchpoint"),
        "score_told": message("Score"),
        "promise_told": message("Promise"),
        "contacts_told": message("Contacts"),
        "owner": message("Owner"),
        "channel": message("Channels"),
        "behind": message("Behind the scenes"),
    }
    return [(name, head.in_language(language)) for name, head in heads.items()]


def _colour(*, has_verdicts: bool) -> pl.Expr:
    """The colour of the verdict; one grey for all where there is none."""
    if not has_verdicts:
        return pl.lit(theme.GREY)
    return pl.col("verdict").fill_null("none").replace_strict(FILLS)


def _fill(*, is_scored: bool, has_verdicts: bool) -> pl.Expr:
    """Hollow where few or none answered, or where nobody drew the touchpoint."""
    is_solid = pl.col("is_drawn")
    if is_scored:
        is_solid &= pl.col("is_reliable").fill_null(value=True) & pl.col("estimate").is_not_null()
    colour = _colour(has_verdicts=has_verdicts)
    return pl.when(is_solid).then(colour).otherwise(pl.lit(theme.PAPER))


def _diameters(contacts: pl.Series, column: float) -> pl.Expr:
    largest = min(LARGEST, column * 0.62)
    if contacts.is_null().all() or not contacts.max():
        return pl.lit(min(14.0, largest))
    # The area, not the diameter, grows with the number of contacts.
    share = pl.col("n_contacts").fill_null(0) / contacts.max()
    return pl.max_horizontal(share.sqrt() * largest, pl.lit(SMALLEST))


def _value(row: Mapping[str, Any], unit: str, language: str) -> str:
    if row["is_suppressed"]:
        return translate(_HIDDEN, language)
    if row["estimate"] is None:
        return translate(_NOBODY, language)
    return format_value(row["estimate"], UNITS[unit][0], language)


def _about(row: Mapping[str, Any], language: str) -> str:
    """Of what the gap is, where it is not the gap of the score that is drawn."""
    if not write_gap(row, language) or row["is_on_axis"]:
        return ""
    return translate(MEASURED.get(row["promise_measure"], ""), language)


def _leaves(row: Mapping[str, Any], language: str, *, is_tight: bool) -> str:
    if not row["is_drop_off"] or row["drop_off"] is None:
        return ""
    if is_tight:
        return format_value(row["drop_off"], "gap", language)
    return message("{gap:gap} pts", gap=row["drop_off"]).in_language(language)


def _names(ids: Sequence[str | None] | None, kind: str, labels: Labels, language: str) -> str:
    known = labels.get(kind, {})
    return ", ".join(
        format_value(known.get(id_, id_), "", language) for id_ in ids or () if id_ is not None
    )


def _told(row: Mapping[str, Any], name: str, unit: str, language: str) -> str:
    spec = UNITS[unit][0]
    if name == "contacts_told":
        return format_value(row["n_contacts"], "count", language)
    if name == "promise_told":
        if row["target"] is None:
            return "–"
        target = format_value(row["target"], UNITS[row["promise_unit"] or "share"][0], language)
        about = translate(MEASURED.get(row["promise_measure"], ""), language)
        verdict = translate(VERDICTS[row["verdict"] or "none"], language)
        return f"{target} {about}: {verdict}"
    if row["estimate"] is None:
        return _value(row, unit, language)
    low, high, value = (
        format_value(row[key], spec, language) for key in ("ci_low", "ci_high", "estimate")
    )
    told = message("{value} ({low} to {high}), n {n:count}", value=value, low=low, high=high,
                   n=row["n"]).in_language(language)  # fmt: skip
    few = translate(_FEW, language)
    return told if row["is_reliable"] is not False else f"{told}, {few}"
