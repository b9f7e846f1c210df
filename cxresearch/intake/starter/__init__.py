"""How does a study begin? With a commented starter, or from an export of your own.

`write_starter` writes a study to fill in; `propose_study` reads an export, guesses what each column
holds, says how sure it is and why, and writes a study that runs.
"""

from cxresearch.intake.starter.files import write_starter
from cxresearch.intake.starter.proposal import Proposal, Reading, propose_study

__all__ = ["Proposal", "Reading", "propose_study", "write_starter"]
