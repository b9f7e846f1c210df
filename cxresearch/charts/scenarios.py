"""What if so much were mended? A choice and a slider over scenarios that were worked out before.

The unit is one scenario: one touchpoint, or all together, and the share of its bad experiences that
would end well. The page moves between finished rows and computes nothing: every sentence, figure
and place of a mark comes from here. Where scripts are off, on paper and in JupyterLab, the figures
for mending all stand in a table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import polars as pl

from cxresearch.actions.what_if_sentences import (
    ALL_TOGETHER,
    JOINT,
    NAMES,
    list_measures,
    say_gains,
    write_gain,
)
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.marks import Labels
from cxresearch.charts.table import MIME, Column, table_as_html, tabulate
from cxresearch.language import (
    LANGUAGES,
    Message,
    format_value,
    in_every_language,
    mark,
    message,
    translate,
)

_SAID = mark("If {share:share} of the bad experiences at {place} ended well: {gains:list}.")
_SAID_ALL = mark(
    "If {share:share} of the bad experiences at all of them ended well together: {gains:list}."
)
_NOTHING = mark("Nothing is mended: all stays as it is.")
_EDGE = 0.02  # of the axis stays free at either end


@dataclass(frozen=True)
class Scenarios:
    """Scenarios to choose from, with what each is linked to.

    Parameters
    ----------
    name
        Short and unique on its page; names the CSV file and the anchor.
    title, subtitle
        What may be asked; what stands behind the answers.
    measures
        As `list_measures` returns them: a row a scenario, share and measure.
    table
        One row a scenario with all mended, and the columns shown of it.
    labels
        Names of the scenarios by language.
    """

    name: str
    title: Message
    subtitle: Message
    measures: pl.DataFrame
    table: pl.DataFrame
    columns: tuple[Column, ...]
    labels: Labels
    language: str = "en"

    def content(self, language: str) -> dict[str, Any]:
        """Everything as text in `language`; places of marks in per cent of an axis."""
        names = self.measures["measure"].unique(maintain_order=True).to_list()
        axes = {name: _axis(self.measures.filter(pl.col("measure") == name)) for name in names}
        ids = self.measures["touchpoint"].unique(maintain_order=True).to_list()
        ordered = sorted(ids, key=lambda id_: id_ != JOINT)
        return {
            "title": self.title.in_language(language),
            "subtitle": self.subtitle.in_language(language),
            "gauges": [
                {"label": translate(NAMES[name], language), "zero": _place(0.0, axes[name])}
                for name in names
            ],
            "scenarios": [self._scenario(id_, axes, language) for id_ in ordered],
            "table": tabulate(self.table, self.columns, language),
        }

    def _scenario(self, id_: str, axes: Mapping[str, Any], language: str) -> dict[str, Any]:
        own = self.measures.filter(pl.col("touchpoint") == id_)
        steps = own.partition_by("share_mended", as_dict=True)
        return {
            "label": format_value(self.labels.get(id_, id_), "", language),
            "steps": [
                _step(steps[share], axes, place=self.labels.get(id_, id_), language=language)
                for share in sorted(steps)
            ],
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        shown = self.content(self.language)
        title, subtitle = escape(shown["title"]), escape(shown["subtitle"])
        return {
            "text/plain": shown["scenarios"][0]["steps"][-1]["said"],
            "text/html": f"<h4>{title}</h4><p>{subtitle}</p>{table_as_html(shown['table'])}",
            MIME: {
                "kind": "scenarios",
                "name": self.name,
                "languages": {language: self.content(language) for language in LANGUAGES},
            },
        }


def show_scenarios(
    scenarios: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    name: str = "what-if",
    otherwise: Message | None = None,
    language: str = "en",
) -> Scenarios | Note:
    """Show scenarios with a choice of what is mended and a slider for how much of it.

    Parameters
    ----------
    scenarios
        Gains as `list_measures` takes them, with `share_mended` from 0 to 1.
    title, subtitle
        What may be asked; what stands behind the answers.
    labels
        Names of touchpoints by language.
    otherwise
        What is said where there is nothing to choose from.

    Raises
    ------
    DataError
        A column is missing.
    """
    measures = list_measures(scenarios)
    if measures.is_empty():
        missing = message("What mending would bring cannot be worked out here.")
        return show_note(otherwise or missing, tone="missing", language=language)
    known = {**(labels or {}), **in_every_language({JOINT: ALL_TOGETHER})}
    table, columns = tabulate_gains(measures, labels=known)
    return Scenarios(name, title, subtitle, measures, table, columns, known, language)


def tabulate_gains(
    measures: pl.DataFrame, *, labels: Labels
) -> tuple[pl.DataFrame, tuple[Column, ...]]:
    """One row a scenario with all mended, each measure with its interval in one cell.

    Parameters
    ----------
    measures
        As `list_measures` returns them; only the largest share is taken.
    """
    whole = measures.filter(pl.col("share_mended") == pl.col("share_mended").max())
    ids = whole["touchpoint"].unique(maintain_order=True).to_list()
    table = pl.DataFrame({"touchpoint": sorted(ids, key=lambda id_: id_ == JOINT)})
    columns = [Column("touchpoint", message("What is mended"), labels=labels)]
    for name in whole["measure"].unique(maintain_order=True):
        own = whole.filter(pl.col("measure") == name)
        figures = own.select("touchpoint", *_renamed(name))
        table = table.join(figures, on="touchpoint", how="left", maintain_order="left")
        column = Column(
            f"{name}_told",
            Message(NAMES[name]),
            labels={row["touchpoint"]: _with_interval(row) for row in own.rows(named=True)},
            align="right",
            raw=(name, f"{name}_low", f"{name}_high"),
        )
        known = pl.when(pl.col(name).is_not_null()).then("touchpoint")
        table = table.with_columns(known.alias(f"{name}_told"))
        columns.append(column)
    return table, tuple(columns)


def _renamed(name: str) -> list[pl.Expr]:
    ends = {"estimate": name, "ci_low": f"{name}_low", "ci_high": f"{name}_high"}
    return [pl.col(old).alias(new) for old, new in ends.items()]


def _with_interval(row: Mapping[str, Any]) -> dict[str, str]:
    told = message("{figure} ({interval})", **write_gain(row))
    return {language: told.in_language(language) for language in LANGUAGES}


def _step(
    rows: pl.DataFrame, axes: Mapping[str, Any], *, place: Any, language: str
) -> dict[str, Any]:
    """One stand of the slider: what is said, and where each mark stands."""
    told = rows.rows(named=True)
    share = told[0]["share_mended"]
    return {
        "share": format_value(share, "share", language),
        "said": _say(told, share, place).in_language(language),
        "gauges": {
            str(list(axes).index(row["measure"])): _gauge(row, axes[row["measure"]], language)
            for row in told
        },
    }


def _say(rows: Sequence[Mapping[str, Any]], share: float, place: Any) -> Message:
    if not share:
        return Message(_NOTHING)
    is_all = rows[0]["touchpoint"] == JOINT
    values = {"share": share, "place": place, "gains": say_gains(rows)}
    return Message(_SAID_ALL if is_all else _SAID, values)


def _gauge(row: Mapping[str, Any], axis: tuple[float, float], language: str) -> dict[str, Any]:
    written = {name: texts[language] for name, texts in write_gain(row).items()}
    ends = {"at": "estimate", "low": "ci_low", "high": "ci_high"}
    return written | {name: _place(row[column], axis) for name, column in ends.items()}


def _axis(rows: pl.DataFrame) -> tuple[float, float]:
    """The ends of an axis that holds every interval, and zero."""
    low = min(0.0, *rows["ci_low"].to_list(), *rows["estimate"].to_list())
    high = max(0.0, *rows["ci_high"].to_list(), *rows["estimate"].to_list())
    return low, high if high > low else low + 1.0


def _place(value: float, axis: tuple[float, float]) -> float:
    low, high = axis
    return round(100 * (_EDGE + (1 - 2 * _EDGE) * (value - low) / (high - low)), 2)
