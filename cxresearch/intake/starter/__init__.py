"""How does a study begin? With a commented starter, or from an export of your own.

`write_starter` writes a study to fill in; `propose_study` reads an export, guesses what each column
holds, says how sure it is and why, and writes a study that runs.
"""

from pathlib import Path

from cxresearch.errors import ParameterError
from cxresearch.intake.starter.files import write_starter
from cxresearch.intake.starter.proposal import Proposal, Reading, propose_study

__all__ = ["Proposal", "Reading", "propose_study", "start_study", "write_starter"]


def start_study(
    folder: Path | str, *, source: Path | str | None = None, preset: str | None = None
) -> Proposal | None:
    """Write a study from an export where one is given, otherwise a commented starter.

    Returns
    -------
    Proposal or None
        What was guessed; None for a starter.

    Raises
    ------
    ParameterError
        A preset is named without an export.
    StudyError, DataError
        As `write_starter` and `propose_study`.
    """
    if source is not None:
        return propose_study(source, folder, preset=preset)
    if preset is not None:
        raise ParameterError(
            f"the preset {preset} is named, but no export",
            allowed="a preset together with --from",
            next_step=f"cxresearch init {folder} --from EXPORT --preset {preset}",
        )
    write_starter(folder)
    return None
