"""What must nobody read? Personal data leaves the comments before anything else sees them.

`redact_tables` is what preparation calls; `redact_comments` does the same to a table of one's own.
"""

from cxresearch.privacy.comments import redact_comments
from cxresearch.privacy.redact import FREE_TEXT, KINDS, REDACTIONS, Redacted, redact_tables
from cxresearch.privacy.report import KIND_NAMES, redaction_sentence

__all__ = [
    "FREE_TEXT",
    "KINDS",
    "KIND_NAMES",
    "REDACTIONS",
    "Redacted",
    "redact_comments",
    "redact_tables",
    "redaction_sentence",
]
