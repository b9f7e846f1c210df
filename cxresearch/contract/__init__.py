"""Which tables does every analysis start from, and what must hold in them?

The columns and rules of each are in `tables`; what a broken rule means is a sentence in `rules`.
Whatever passes here is the only thing transforms and models ever see.
"""

from cxresearch.contract.rules import (
    COLUMN_RULES,
    RULE_COLUMNS,
    RULES,
    TYPE_NAMES,
    describe_rule,
)
from cxresearch.contract.tables import (
    ATTRIBUTE_TYPES,
    DIRECTIONS,
    EVIDENCE,
    FINDING_KINDS,
    FINDING_POLARITIES,
    KEYS,
    KINDS,
    METRICS,
    POLARITIES,
    SCHEMAS,
    TABLES,
    TONES,
    VOICES,
    Customers,
    Findings,
    Interactions,
    Invitations,
    Labels,
    Responses,
    build_schema,
)

__all__ = [
    "ATTRIBUTE_TYPES",
    "COLUMN_RULES",
    "DIRECTIONS",
    "EVIDENCE",
    "FINDING_KINDS",
    "FINDING_POLARITIES",
    "KEYS",
    "KINDS",
    "METRICS",
    "POLARITIES",
    "RULES",
    "RULE_COLUMNS",
    "SCHEMAS",
    "TABLES",
    "TONES",
    "TYPE_NAMES",
    "VOICES",
    "Customers",
    "Findings",
    "Interactions",
    "Invitations",
    "Labels",
    "Responses",
    "build_schema",
    "describe_rule",
]
