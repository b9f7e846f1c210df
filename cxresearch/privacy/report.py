"""How is told what was removed from the free texts? One sentence; the table tells it by column."""

from collections.abc import Mapping

import polars as pl

from cxresearch.language import Message, mark, message

KIND_NAMES: Mapping[str, str] = {
    "email": mark("e-mail addresses"),
    "phone": mark("telephone numbers"),
    "iban": mark("IBANs"),
    "fiscal code": mark("Italian fiscal codes"),
    "vat number": mark("VAT numbers"),
    "card": mark("card numbers"),
    "address": mark("addresses"),
    "order": mark("order and customer numbers"),
    "name": mark("names"),
}
"""What readers call each kind of personal data."""


def redaction_sentence(redactions: pl.DataFrame) -> Message | None:
    """What was removed from the free texts of a study; None where it has no texts.

    Examples
    --------
    >>> row = ("responses", "comment", "email", 3, 2, 1, 10)
    >>> names = ["table", "column", "kind", "n", "n_rows", "n_values", "base"]
    >>> table = pl.DataFrame([row], schema=names, orient="row")
    >>> redaction_sentence(table).in_language("en")
    'Personal data removed from the 10 texts people wrote: e-mail addresses 3.'
    """
    base = int(redactions.unique(["table", "column"])["base"].sum())
    if not base:
        return None
    counts = redactions.group_by("kind", maintain_order=True).agg(pl.col("n").sum())
    met = counts.filter(pl.col("n") > 0).sort("n", descending=True, maintain_order=True)
    if met.is_empty():
        return message(
            "No personal data was found in the {base:count} texts people wrote.", base=base
        )
    kinds = [
        message("{what} {n:count}", what=Message(KIND_NAMES[kind]), n=n)
        for kind, n in met.iter_rows()
    ]
    return message(
        "Personal data removed from the {base:count} texts people wrote: {kinds:list}.",
        base=base,
        kinds=kinds,
    )
