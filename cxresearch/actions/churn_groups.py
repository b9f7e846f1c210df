"""Which kinds of customers are held against each other, and which of them are shown?

The unit is one attribute of context that is written as text. Usage is as of the export and falls
when somebody leaves: such groups would be made by the leaving. All pairs of groups of all
attributes are corrected together; the attribute whose groups differ most is drawn, or everybody
where none is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.language import LANGUAGES, Message, in_every_language, mark, message
from cxresearch.models.durations import curve_by_group
from cxresearch.period import Period
from cxresearch.study import is_protected_name
from cxresearch.transforms.differences import q_values

_ALPHA = 0.05
_MOST_GROUPS = 8
_OTHER = {"other": mark("others")}


@dataclass(frozen=True)
class Stays:
    """Result of `compare_stays`.

    Attributes
    ----------
    attribute
        The attribute that is drawn; None: everybody in one curve.
    curves
        As `durations.curve_by_group(...).curves`.
    gaps
        Pairs of groups of every attribute, q_value and is_difference over all of them.
    """

    attribute: str | None
    curves: pl.DataFrame
    gaps: pl.DataFrame

    @property
    def own_gaps(self) -> pl.DataFrame:
        """The pairs of the attribute that is drawn."""
        return self.gaps.filter(pl.col("attribute").eq_missing(pl.lit(self.attribute, pl.String)))

    def names(self) -> dict[str, dict[str, str]]:
        """What groups are called where their own word is not enough."""
        return in_every_language(_OTHER)


def compare_stays(tables: StudyTables, leaving: pl.DataFrame, *, period: Period) -> Stays:
    """How long customers stay, by the attribute whose groups differ most.

    Parameters
    ----------
    tables
        A prepared study.
    leaving
        As `leaving.find_leaving` gives it for the window.
    period
        The window.
    """
    found = {
        name: curve_by_group(tables, leaving, period=period, by=name)
        for name in _attributes(tables)
    }
    gaps = [group.gaps for group in found.values()]
    if not gaps:
        everyone = curve_by_group(tables, leaving, period=period)
        return Stays(None, everyone.curves, everyone.gaps)
    pairs = pl.concat(gaps, how="vertical_relaxed")
    q = q_values(pairs["p_value"].cast(pl.Float64).fill_null(float("nan")).to_numpy())
    judged = pairs.with_columns(pl.Series("q_value", q).fill_nan(None)).with_columns(
        is_difference=(pl.col("q_value") <= _ALPHA).fill_null(value=False)
    )
    order = {name: number for number, name in enumerate(found)}
    first = judged.drop_nulls("p_value_all").sort(
        "p_value_all", pl.col("attribute").replace_strict(order, return_dtype=pl.Int64)
    )
    chosen = first["attribute"][0] if first.height else next(iter(found))
    return Stays(chosen, found[chosen].curves, judged)


def name_attribute(stays: Stays, *, labels: Mapping[str, Mapping[str, str]]) -> Message:
    """What the groups are, at the head of their column."""
    if stays.attribute is None:
        return message("Customers")
    name = labels.get(stays.attribute, dict.fromkeys(LANGUAGES, stays.attribute))
    return message("{name}", name=name)


def _attributes(tables: StudyTables) -> list[str]:
    """Attributes of context of few groups, none of them protected."""
    if tables.customers is None:
        return []
    schema = tables.customers.collect_schema()
    declared = [
        name
        for name, part in tables.study.attributes.items()
        if part.role == "context" and schema.get(name) == pl.String and not is_protected_name(name)
    ]
    if not declared:
        return []
    counts = tables.customers.select(pl.col(name).n_unique() for name in declared).collect()
    return [name for name in declared if 1 < counts[name].item() <= _MOST_GROUPS]
