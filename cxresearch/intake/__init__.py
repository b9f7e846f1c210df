"""From any export to tables that keep the contract: read, map, check, prepare.

`read` turns files and queries into raw tables with the place of every row, `map` turns those into
contract columns, `check` parts good rows from broken ones, `prepare` writes both and opens them.
"""

from cxresearch.intake.prepare import check_study, open_study, prepare_study
from cxresearch.intake.tables import StudyTables
from cxresearch.intake.verdict import Verdict

__all__ = ["StudyTables", "Verdict", "check_study", "open_study", "prepare_study"]
