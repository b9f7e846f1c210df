"""What should a reader doubt before trusting a figure? Faults of exports that no rule can prove."""

from collections.abc import Sequence

from cxresearch.intake.check import CheckedTable
from cxresearch.intake.map import MappedTable
from cxresearch.intake.read import RawTable
from cxresearch.intake.verdict import Doubt
from cxresearch.language import message
from cxresearch.study import Study


def find_doubts(
    table: CheckedTable, mapped: Sequence[MappedTable], raw: Sequence[RawTable], study: Study
) -> list[Doubt]:
    """Everything to doubt about one table."""
    if table.rows.height == 0:
        return [
            Doubt(
                "nothing_accepted",
                "refusal",
                table.name,
                message("No row of {table} was accepted.", table=table.name),
            )
        ]
    return []
