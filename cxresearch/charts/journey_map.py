"""Where does the journey break? One picture: stages, stations, scores, promises, owners.

The unit is one touchpoint. Height is the score with its interval, the mark beside it the promise,
the size of a dot its contacts, the ring a moment of truth; colour says whether the promise is kept
and words say it again. Everything comes from a `map_table`; a study without answers shows where
contacts are, one without contacts shows scores. It cannot say why a promise is broken.
"""

from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.findings import UNITS
from cxresearch.actions.scores import unit_of
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.map_narrow import draw_narrow
from cxresearch.charts.map_wide import MARGIN, draw_wide
from cxresearch.charts.map_words import VERDICTS, Labels, write_stations
from cxresearch.charts.marks import TURN_BELOW
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import (
    LANGUAGES,
    Message,
    format_value,
    in_every_language,
    mark,
    message,
)
from cxresearch.transforms.map_table import COLUMNS

UNDRAWN = 3
"""At most so many touchpoints that nobody drew stand on the picture; the table has them all."""

_NARROW_ROW = 60.0
_FLAGS = {"yes": mark("yes"), "no": ""}
_MOMENTS = {
    "found": mark("found"),
    "both": mark("found, and believed to be one"),
    "believed": mark("only believed to be one"),
    "no": "",
}


def plot_journey_map(
    table: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    unit: str = "",
    labels: Labels | None = None,
    name: str = "journey-map",
    language: str = "en",
    is_headline: bool = True,
) -> Figure | Note:
    """The journey as a picture: what each touchpoint promises, delivers, and to how many.

    Parameters
    ----------
    table
        As `map_table.map_table` returns it.
    title, subtitle
        The finding; what is drawn.
    unit
        Of the scores: `share`, `points` or `scale`; empty: that of their metric.
    labels
        Names by kind, ``{"touchpoint": study.labels("touchpoint"), "channel": ..., "team": ...,
        "stage": ...}``.
    name, is_headline
        See `Figure`.

    Returns
    -------
    Figure or Note
        A note where there is no touchpoint at all.

    Raises
    ------
    DataError
        A column of `map_table.COLUMNS` is missing.
    """
    require_columns(table, *COLUMNS)
    if table.is_empty():
        return show_note(
            message(
                "No journey to draw: it takes touchpoints in experience.yml, or contacts or "
                "answers that name one."
            ),
            tone="missing",
            language=language,
        )
    known = labels or {}
    unit = unit or unit_of(next(iter(table["metric"].drop_nulls()), "csat"))

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        shown = _shown(table)
        is_narrow = width < TURN_BELOW
        column = _NARROW_ROW if is_narrow else (width - MARGIN) / shown.height
        stations = write_stations(shown, unit=unit, labels=known, language=language, column=column)
        stages = {
            id_: format_value(text, "", language) for id_, text in known.get("stage", {}).items()
        }
        form: Any = draw_narrow if is_narrow else draw_wide
        drawn: alt.TopLevelMixin = form(
            stations, unit=unit, width=width, stages=stages, language=language
        )
        return drawn

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=_alt(table, title=title, unit=unit, labels=known),
        draw=draw,
        table=_raw(table),
        columns=_columns(table, unit=unit, labels=known),
        language=language,
        is_headline=is_headline,
    )


def _shown(table: pl.DataFrame) -> pl.DataFrame:
    number = (~pl.col("is_drawn")).cum_sum()
    return table.filter(pl.col("is_drawn") | (number <= UNDRAWN)).with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("position")
    )


def _raw(table: pl.DataFrame) -> pl.DataFrame:
    """The table beside the picture: lists and figures of several units as text."""
    unit = pl.col("promise_unit")
    moment = (
        pl.when(pl.col("is_moment") & pl.col("believed"))
        .then(pl.lit("both"))
        .when("is_moment")
        .then(pl.lit("found"))
        .when("believed")
        .then(pl.lit("believed"))
        .otherwise(pl.lit("no"))
    )
    return table.with_columns(
        pl.col("channels", "supported_by").list.join(" "),
        pl.concat_str("target", pl.lit(" "), unit, pl.lit(" "), "promise_measure").alias(
            "promised"
        ),
        pl.concat_str("gap", pl.lit(" "), unit).alias("gap_in_unit"),
        pl.concat_str("gap_low", pl.lit(" "), "gap_high", pl.lit(" "), unit).alias("gap_interval"),
        pl.col("verdict").fill_null("none"),
        moment.alias("moment"),
        pl.when("is_drawn").then(pl.lit("yes")).otherwise(pl.lit("no")).alias("is_drawn"),
        pl.when("is_drop_off").then("drop_off").alias("drop_off"),
    )


def _columns(table: pl.DataFrame, *, unit: str, labels: Labels) -> tuple[Column, ...]:
    raw = _raw(table)
    level = UNITS[unit][0]
    exact = {"share": "share1", "points": "points1"}.get(level, level)
    written = {
        name: _written(table, raw, name) for name in ("promised", "gap_in_unit", "gap_interval")
    }
    several = {
        name: _joined(raw[name], labels.get(kind, {}))
        for name, kind in (("channels", "channel"), ("supported_by", "team"))
    }
    all_ = (
        Column("touchpoint", message("Touchpoint"), labels=labels.get("touchpoint", {})),
        Column("stage", message("Stage"), labels=labels.get("stage", {})),
        Column("is_drawn", message("Drawn"), labels=in_every_language(_FLAGS)),
        Column("owner", message("Owner"), labels=labels.get("team", {})),
        Column("channels", message("Channels"), labels=several["channels"]),
        Column("supported_by", message("Behind the scenes"), labels=several["supported_by"]),
        Column("n_contacts", message("Contacts"), "count"),
        Column("n_customers", message("Customers"), "count"),
        Column("n", message("Answers"), "count"),
        Column("estimate", message("Score"), exact),
        Column("ci_low", message("95% interval"), exact, upper="ci_high"),
        Column("promised", message("Promise"), labels=written["promised"], align="right",
               raw=("target", "promise_unit", "promise_measure")),
        Column("gap_in_unit", message("Gap"), labels=written["gap_in_unit"], align="right",
               raw=("gap",)),
        Column("gap_interval", message("95% interval of the gap"),
               labels=written["gap_interval"], align="right", raw=("gap_low", "gap_high")),
        Column("verdict", message("Verdict"), labels=in_every_language(VERDICTS)),
        Column("moment", message("Moment of truth"), labels=in_every_language(_MOMENTS)),
        Column("drop_off", message("More leavers than elsewhere"), "gap"),
    )  # fmt: skip
    always = ("touchpoint", "estimate", "verdict")
    return tuple(c for c in all_ if c.name in always or _is_told(raw[c.name]))


def _is_told(values: pl.Series) -> bool:
    """Whether a column says anything: none of its cells, or all of them "no", is left out."""
    told = values.drop_nulls()
    if values.name == "is_drawn":
        return bool((told == "no").any())
    if values.dtype == pl.String:
        return bool((~told.is_in(["", "no"])).any())
    return not told.is_empty()


def _written(table: pl.DataFrame, raw: pl.DataFrame, name: str) -> dict[str, dict[str, str]]:
    """Promises and gaps, each in its own unit, in every language."""
    texts = {}
    for key, row in zip(raw[name], table.rows(named=True), strict=True):
        if key is None:
            continue
        level, difference = UNITS[row["promise_unit"] or "share"]
        parts = {
            "promised": [(row["target"], level)],
            "gap_in_unit": [(row["gap"], difference)],
            "gap_interval": [(row["gap_low"], difference), (row["gap_high"], difference)],
        }[name]
        texts[str(key)] = {str(language): _range(parts, language) for language in LANGUAGES}
    return texts


def _range(parts: list[tuple[float, str]], language: str) -> str:
    ends = [format_value(value, spec, language) for value, spec in parts]
    if len(ends) == 1:
        return ends[0]
    return message("{low} to {high}", low=ends[0], high=ends[1]).in_language(language)


def _joined(values: pl.Series, labels: Any) -> dict[str, dict[str, str]]:
    """Several names in one cell, by the ids that the file has there."""
    return {
        str(raw): {
            str(language): ", ".join(
                format_value(labels.get(id_, id_), "", language) for id_ in raw.split(" ") if id_
            )
            for language in LANGUAGES
        }
        for raw in values.drop_nulls().unique()
    }


def _alt(table: pl.DataFrame, *, title: Message, unit: str, labels: Labels) -> Message:
    names = labels.get("touchpoint", {})
    n_stages = table["stage"].drop_nulls().n_unique()
    scored = table.filter(pl.col("estimate").is_not_null())
    is_broken = pl.col("verdict") == "broken"
    broken = [names.get(id_, id_) for id_ in table.filter(is_broken)["touchpoint"]]
    found = [names.get(id_, id_) for id_ in table.filter("is_moment")["touchpoint"]]
    parts = [
        message("{title}.", title=title),
        message(
            "Map of the journey. Touchpoints: {n:count}; stages: {stages:count}.",
            n=table.height,
            stages=n_stages,
        ),
    ]
    if scored.height > 1:
        low, high = (scored.sort("estimate").row(place, named=True) for place in (0, -1))
        values = {
            "lowest": names.get(low["touchpoint"], low["touchpoint"]),
            "highest": names.get(high["touchpoint"], high["touchpoint"]),
            "low": Message(_LEVELS[unit], {"value": low["estimate"]}),
            "high": Message(_LEVELS[unit], {"value": high["estimate"]}),
        }
        parts.append(message("Scores from {lowest} ({low}) to {highest} ({high}).", **values))
    if broken:
        parts.append(message("Promise broken at: {names:list}.", names=broken))
    if found:
        parts.append(message("Moments of truth found: {names:list}.", names=found))
    return Message(
        " ".join(f"{{part{n}}}" for n in range(len(parts))),
        {f"part{n}": part for n, part in enumerate(parts)},
    )


_LEVELS = {
    "share": mark("{value:share}"),
    "points": mark("{value:points}"),
    "scale": mark("{value:score}"),
}
