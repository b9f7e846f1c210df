"""What matters? Adjusted effects as dots with intervals, in tiers that cannot be told apart inside.

The unit is one driver of one outcome. What is the company's to change stands first, by tiers; what
is given and what stands for something else come after. The worse stands on the left, whatever the
outcome is counted in. Nothing is computed here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.driver_sentences import (
    EFFECT_UNITS,
    describe_source,
    name_role,
    say_strength,
)
from cxresearch.charts import theme
from cxresearch.charts.figure import Figure
from cxresearch.charts.grid import pixels
from cxresearch.charts.map_layout import wrap
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.promise_rows import axis_of
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import (
    LANGUAGES,
    Message,
    format_value,
    in_every_language,
    mark,
    message,
    translate,
)

WAYS = {
    "leaving": (mark("← more leave"), mark("fewer leave →")),
    "nps": (mark("← lower score"), mark("higher score →")),
    "csat": (mark("← fewer satisfied"), mark("more satisfied →")),
    "ces": (mark("← harder"), mark("easier →")),
}
"""Which way is worse and which better, by outcome: the worse stands on the left."""

_LEFT, _RIGHT, _TOP, _STEP, _NARROW_STEP, _HEAD = 232.0, 62.0, 30.0, 32.0, 48.0, 30.0
_SOLE = mark("Ours to change: first")
_TIED = mark("Ours to change: first, and not to be told apart")
_NEXT = mark("Ours to change: next")
_NEXT_TIED = mark("Ours to change: next, and not to be told apart")
_UNCLEAR = mark("Ours to change: no link beyond chance")
_FLAGS = {"yes": mark("yes"), "no": ""}
_GIVEN = {
    "context": mark("Given: it explains and cannot be changed"),
    "proxy": mark("Stands for something else"),
}


def plot_effects(
    effects: pl.DataFrame,
    *,
    outcome: str,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    language: str = "en",
    is_headline: bool = False,
) -> Figure | None:
    """What a bad experience is linked to, adjusted: dots with intervals, tiers instead of ranks.

    Parameters
    ----------
    effects
        As `driver_answers.ask_drivers` gathers them.
    outcome
        `leaving`, `nps`, `csat` or `ces`.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of drivers by language.

    Returns
    -------
    Figure or None
        None where the outcome is not among them: why is said once for all (`note_of_outcomes`).
    """
    require_columns(effects, "outcome", "driver", "role", "estimate", "ci_low", "ci_high", "n")
    require_columns(effects, "unit", "is_clear", "tier", "tied", "e_value", "e_value_low")
    rows = effects.filter(pl.col("outcome") == outcome, pl.col("estimate").is_not_null())
    if rows.is_empty():
        return None
    known = labels or {}
    unit = rows["unit"][0]
    groups = _group(rows)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _Drawing(outcome, unit, known, language, width).draw(groups)

    table = pl.concat([part for _, part in groups])
    return Figure(
        f"matters-{outcome}",
        title=title,
        subtitle=subtitle,
        alt=_alt(table, title=title, labels=known),
        draw=draw,
        table=_with_words(table),
        columns=_columns(table, known, unit),
        language=language,
        is_headline=is_headline,
    )


def _group(rows: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """The rows below their heads, the strongest first."""
    largest = rows.sort(-pl.col("estimate").abs(), "driver", maintain_order=True)
    ours = largest.filter(pl.col("role") == "actionable")
    clear = ours.filter(pl.col("is_clear").fill_null(value=False))
    groups = []
    for number, tier in enumerate(sorted(clear["tier"].unique())):
        part = clear.filter(pl.col("tier") == tier)
        heads = (_NEXT, _NEXT_TIED) if number else (_SOLE, _TIED)
        groups.append((heads[part.height > 1], part))
    rest = ours.filter(~pl.col("is_clear").fill_null(value=False))
    groups.append((_UNCLEAR, rest))
    groups += [(head, largest.filter(pl.col("role") == role)) for role, head in _GIVEN.items()]
    return [(head, part) for head, part in groups if part.height]


@dataclass(frozen=True)
class _Drawing:
    """One drawing of effects, in pixels."""

    outcome: str
    unit: str
    labels: Labels
    language: str
    width: int

    @property
    def is_narrow(self) -> bool:
        return self.width < TURN_BELOW

    def draw(self, groups: Sequence[tuple[str, pl.DataFrame]]) -> alt.TopLevelMixin:
        heads, parts, y = [], [], _TOP
        step = _NARROW_STEP if self.is_narrow else _STEP
        for head, part in groups:
            heads.append({"text": translate(head, self.language), "y": y + 16.0, "rule": y + 2.0})
            y += _HEAD
            middle = step - 14.0 if self.is_narrow else step / 2
            places = [y + n * step + middle for n in range(part.height)]
            parts.append(part.with_columns(pl.Series("y", places)))
            y += part.height * step + 8.0
        rows = self._placed(pl.concat(parts))
        layers = [*self._ways(), *self._heads(heads), *self._rows(rows)]
        return alt.layer(*layers).properties(width=self.width, height=y)

    def _placed(self, rows: pl.DataFrame) -> pl.DataFrame:
        left = 6.0 if self.is_narrow else _LEFT
        right = self.width - _RIGHT
        drawn = rows.select("estimate", "ci_low", "ci_high")
        low, high, _ = axis_of(
            [{**row, "target": 0.0} for row in drawn.rows(named=True)], unit="deviations"
        )
        sign = -1.0 if self.outcome == "leaving" else 1.0
        first, last = sorted((sign * low, sign * high))
        scale = (right - left) / ((last - first) or 1.0)

        def at(column: str) -> pl.Expr:
            return left + (sign * pl.col(column) - first) * scale

        ends = ("ci_low", "ci_high") if sign > 0 else ("ci_high", "ci_low")
        is_clear = pl.col("is_clear").fill_null(value=False)
        is_bad = sign * pl.col("estimate") < 0
        colour = pl.when(is_bad).then(pl.lit(theme.BAD)).otherwise(pl.lit(theme.GOOD))
        lines, tall = (1, 22.0) if self.is_narrow else (2, _STEP)
        room = (self.width if self.is_narrow else _LEFT) - 14
        names = [
            wrap(format_value(self.labels.get(id_, id_), "", self.language), width=room, size=13,
                 lines=lines)
            for id_ in rows["driver"]
        ]  # fmt: skip
        return rows.select(
            "y",
            at("estimate").alias("x"),
            at(ends[0]).alias("x1"),
            at(ends[1]).alias("x2"),
            pl.lit(left - first * scale).alias("zero"),
            pl.when(is_clear).then(colour).otherwise(pl.lit(theme.GREY)).alias("colour"),
            is_clear.alias("is_clear"),
            pl.Series("label", names),
            pl.Series("value", [self._value(row) for row in rows.rows(named=True)]),
        ).with_columns(
            (pl.col("y") - (20 if self.is_narrow else 8.0 * pl.col("label").str.count_matches("\n"))
             ).alias("label_y"),
            (pl.col("y") - tall / 2).alias("top"),
            (pl.col("y") + tall / 2).alias("bottom"),
        )  # fmt: skip

    def _value(self, row: Mapping[str, Any]) -> str:
        change = format_value(row["estimate"], EFFECT_UNITS[self.unit], self.language)
        return message("{change} pts", change=change).in_language(self.language)

    def _rows(self, rows: pl.DataFrame) -> list[alt.Chart]:
        chart = theme.base(rows)
        y, colour = pixels("y", alt.Y), alt.Color("colour:N").scale(None).legend(None)
        weight = chart.transform_filter("datum.is_clear")
        return [
            chart.mark_rule(color=theme.PALE, strokeWidth=1).encode(
                x=pixels("zero"), y=pixels("top", alt.Y), y2="bottom:Q"
            ),
            chart.mark_text(align="left", fontSize=13, lineBreak="\n", lineHeight=15).encode(
                x=alt.value(0), y=pixels("label_y", alt.Y), text="label:N"
            ),
            chart.mark_rule(strokeWidth=3).encode(x=pixels("x1"), x2="x2:Q", y=y, color=colour),
            chart.mark_point(filled=True, size=90).encode(x=pixels("x"), y=y, color=colour),
            weight.mark_text(align="left", dx=8, fontWeight=600).encode(
                x=pixels("x2"), y=y, text="value:N", color=colour
            ),
        ]

    def _heads(self, heads: Sequence[Mapping[str, Any]]) -> list[alt.Chart]:
        chart = theme.base(pl.DataFrame(list(heads)))
        style: dict[str, Any] = {"align": "left", "fontSize": 12, "color": theme.SOFT}
        return [
            chart.mark_rule(color=theme.LINE, strokeWidth=1).encode(
                x=alt.value(0), x2=alt.value(self.width), y=pixels("rule", alt.Y)
            ),
            chart.mark_text(**style, fontWeight=600).encode(
                x=alt.value(0), y=pixels("y", alt.Y), text="text:N"
            ),
        ]

    def _ways(self) -> list[alt.Chart]:
        worse, better = (translate(text, self.language) for text in WAYS[self.outcome])
        one = theme.base(pl.DataFrame({"worse": [worse], "better": [better]}))
        style: dict[str, Any] = {"fontSize": 12, "fontWeight": 600, "color": theme.SOFT}
        left = 0.0 if self.is_narrow else _LEFT
        return [
            one.mark_text(align="left", **style).encode(
                x=alt.value(left), y=alt.value(12), text="worse:N"
            ),
            one.mark_text(align="right", **style).encode(
                x=alt.value(self.width), y=alt.value(12), text="better:N"
            ),
        ]


def _with_words(table: pl.DataFrame) -> pl.DataFrame:
    """Columns of ids whose labels are sentences."""
    flag = pl.when("is_clear").then(pl.lit("yes")).otherwise(pl.lit("no"))
    return table.with_columns(flag.alias("is_clear"), strength="driver", told_by="driver")


def _columns(table: pl.DataFrame, labels: Labels, unit: str) -> tuple[Column, ...]:
    spec = EFFECT_UNITS[unit]
    rows = table.rows(named=True)
    strengths = {row["driver"]: _in_all(say_strength(row)) for row in rows}
    sources = {row["driver"]: _in_all(describe_source(row.get("source"))) for row in rows}
    roles = {role: _in_all(name_role(role)) for role in table["role"].unique()}
    return (
        Column("driver", message("Driver"), labels=labels),
        Column("role", message("Role"), labels=roles),
        Column("told_by", message("Known from"), labels=sources, raw=()),
        Column("n", message("n"), "count"),
        Column("estimate", message("Change, points"), spec),
        Column("ci_low", message("95% interval"), spec, upper="ci_high"),
        Column("is_clear", message("Beyond chance"), labels=in_every_language(_FLAGS)),
        Column(
            "strength",
            message("An unseen factor would have to be"),
            labels=strengths,
            raw=("e_value", "e_value_low"),
        ),
    )


def _alt(table: pl.DataFrame, *, title: Message, labels: Labels) -> Message:
    clear = table.filter("is_clear", pl.col("role") == "actionable")["driver"]
    if clear.is_empty():
        return message(
            "Dots with intervals on both sides of no change, {n:count} drivers: none is more than "
            "chance. {title}",
            n=table.height,
            title=title,
        )
    return message(
        "Dots with intervals on both sides of no change, {n:count} drivers. More than chance: "
        "{names:list}. {title}",
        n=table.height,
        names=[labels.get(name, name) for name in clear],
        title=title,
    )


def _in_all(text: Message) -> dict[str, str]:
    return {language: text.in_language(language) for language in LANGUAGES}
