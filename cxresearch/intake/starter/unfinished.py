"""Which rows of an export are answers of nobody, or of somebody who stopped half-way?

Qualtrics exports them beside the others and says so in two columns of its own, as words or as
codes. They are never left out unasked: how many there are is told.
"""

from cxresearch.intake.starter.export import Export

_NOT_ANSWERS = {
    "Status": (("Survey Preview", "Survey Test", "1", "2"), "previews or tests of the survey"),
    "Finished": (("False", "FALSE", "0"), "of people who did not finish"),
}
_HOW = "; to leave them out, filter them in the survey tool and export again"


def find_unfinished(export: Export) -> tuple[str, ...]:
    """Sentences about rows that would be counted and perhaps should not."""
    if export.preset != "qualtrics":
        return ()
    counts = {
        name: int(export.rows[name].is_in(list(values)).sum())
        for name, (values, _) in _NOT_ANSWERS.items()
        if name in export.rows.columns
    }
    return tuple(
        f"{n:,} of {export.rows.height:,} rows are {_NOT_ANSWERS[name][1]} ({_said(export, name)})"
        f" and are counted as answers{_HOW}"
        for name, n in counts.items()
        if n
    )


def _said(export: Export, name: str) -> str:
    found = export.rows[name].filter(export.rows[name].is_in(list(_NOT_ANSWERS[name][0])))
    return f"{name} is {' or '.join(found.unique().sort().to_list())}"
