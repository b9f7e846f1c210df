"""What personal data stood in the free texts of a study, and how are the texts shown without it?

Unit of observation: a text; `base` counts rows that hold one. The same text is read only once.
It cannot find what only somebody who was there would know: "the woman with the red hat".
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from cxresearch.privacy.addresses import ADDRESSES
from cxresearch.privacy.codes import CODES
from cxresearch.privacy.emails import EMAILS
from cxresearch.privacy.names import name_finders
from cxresearch.privacy.numbers import NUMBERS
from cxresearch.privacy.orders import ORDERS
from cxresearch.privacy.scan import CLOSE, DIGIT_SIGNS, MASK, OPEN, Register, mask_found
from cxresearch.privacy.signs import show_signs

KINDS = (
    "email", "phone", "iban", "fiscal code", "vat number", "card", "address", "order", "name",
)  # fmt: skip
FREE_TEXT: Mapping[str, Sequence[str]] = {
    "customers": ("left_reason",),
    "interactions": ("message", "reason"),
    "responses": ("comment",),
}
"""Columns of the contract that people write freely, by table."""
REDACTIONS = {
    **dict.fromkeys(("table", "column", "kind"), pl.String),
    **dict.fromkeys(("n", "n_rows", "n_values", "base"), pl.UInt32),
}
_REGIONS = {"it": "IT", "en": "GB"}
_SLICE = 100_000
_PLACEHOLDER = re.compile(MASK)
_FROM_SIGNS = str.maketrans(
    {sign: digit for digit, sign in DIGIT_SIGNS.items()} | {OPEN: None, CLOSE: None}
)


class Redacted(NamedTuple):
    """Tables without personal data in their texts, and what was removed.

    Attributes
    ----------
    tables
        The tables by name, other columns as they were.
    redactions
        A row a column and kind: table, column, kind, n (places), n_rows, n_values (different
        ones), base (rows with text).
    """

    tables: dict[str, pl.DataFrame]
    redactions: pl.DataFrame


def redact_tables(
    tables: Mapping[str, pl.DataFrame],
    *,
    columns: Mapping[str, Sequence[str]] = FREE_TEXT,
    keep: Iterable[str] = (),
    country: str | None = None,
    language: str = "en",
) -> Redacted:
    """Replace personal data in free texts by placeholders such as `[email 3]`.

    The same value has the same number in every table. The numbers depend on the values alone, not
    on the order of rows, and say nothing about a value.

    Parameters
    ----------
    tables
        Tables by name; a `language` column tells in which country's way numbers are written.
    columns
        Columns of text by table; those a table does not have are passed over.
    keep
        Words that are never a name, an address or an order number, such as brands; and values
        that stay, such as the company's own address or number.
    country
        Country of telephone numbers without a country code (ISO 3166); default by language: Italy
        for `it`, the United Kingdom for `en`.
    language
        Language of texts that name none.

    Returns
    -------
    Redacted

    Examples
    --------
    >>> said = pl.DataFrame({"comment": ["write to anna@example.com", "ANNA@example.com!"]})
    >>> redacted = redact_tables({"responses": said})
    >>> redacted.tables["responses"]["comment"].to_list()
    ['write to [email 1]', '[email 1]!']
    >>> redacted.redactions.filter(pl.col("n") > 0).rows()
    [('responses', 'comment', 'email', 2, 2, 1, 2)]
    """
    places = [
        (name, column)
        for name, table in tables.items()
        for column in columns.get(name, ())
        if column in table.columns and table[column].dtype == pl.String
    ]
    cells = {place: _cells(tables[place[0]], place[1], country, language) for place in places}
    masked, register = _mask([*cells.values()], _kept(keep))
    numbers = _number(register)
    shown = masked.select("text", "region", _show("masked", masked["masked"], numbers))
    redacted = dict(tables)
    counted = [pl.DataFrame(schema=REDACTIONS)]
    kinds = [kind for kind, _ in register.masks]
    for (name, column), cell in cells.items():
        new = cell.join(shown, on=["text", "region"], how="left", maintain_order="left")["masked"]
        redacted[name] = redacted[name].with_columns(new.alias(column))
        counted.append(_count(cell, masked, kinds, name, column))
    return Redacted(redacted, pl.concat(counted))


def _kept(keep: Iterable[str]) -> frozenset[str]:
    words = {" ".join(word.casefold().split()) for word in keep}
    return frozenset(words | {"+" + re.sub(r"\D", "", w) for w in words if re.sub(r"\D", "", w)})


def _cells(table: pl.DataFrame, column: str, country: str | None, language: str) -> pl.DataFrame:
    """text and region of every row."""
    default = _REGIONS.get(language, "GB")
    if country or "language" not in table.columns:
        region = pl.lit(country or default)
    else:
        short = pl.col("language").str.head(2).str.to_lowercase()
        region = short.replace_strict(_REGIONS, default=default, return_dtype=pl.String)
        region = region.fill_null(default)
    return table.select(pl.col(column).alias("text"), region.alias("region"))


def _mask(cells: Sequence[pl.DataFrame], keep: frozenset[str]) -> tuple[pl.DataFrame, Register]:
    """Every different text with masks: text, region, masked."""
    register = Register(keep=keep)
    blank = pl.DataFrame(schema={"text": pl.String, "region": pl.String})
    texts = pl.concat([blank, *cells]).drop_nulls("text").unique(maintain_order=True)
    masked = [_mask_part(part, register) for part in texts.iter_slices(_SLICE)]
    empty = pl.Series("masked", [], dtype=pl.String)
    return texts.with_columns(pl.concat([empty, *masked])), register


def _mask_part(texts: pl.DataFrame, register: Register) -> pl.Series:
    part = texts.with_columns(show_signs(pl.col("text"))).with_row_index("_row")
    for finder in (EMAILS, CODES, ORDERS, NUMBERS, *ADDRESSES, *name_finders()):
        part = mask_found(part, finder, register)
    return part["text"].alias("masked")


def _number(register: Register) -> dict[int, str]:
    """Placeholder by mask.

    A plain hash could be tried against all telephone numbers. The key is therefore made of all
    values together: whoever lacks one of them cannot compute any rank.
    """
    digests = sorted(hashlib.sha256(f"{k}\0{v}".encode()).digest() for k, v in register.masks)
    key = hashlib.sha256(b"".join(digests)).digest()
    ranks = dict.fromkeys(KINDS, 0)
    placeholders = {}
    for (kind, _value), mask in sorted(
        register.masks.items(),
        key=lambda item: hashlib.blake2b("\0".join(item[0]).encode(), key=key).digest(),
    ):
        ranks[kind] += 1
        placeholders[mask] = f"[{kind} {ranks[kind]}]"
    return placeholders


def _show(name: str, masked: pl.Series, placeholders: Mapping[int, str]) -> pl.Series:
    """Texts with placeholders for masks; only those that hold a mask are touched."""
    places = masked.str.contains(OPEN, literal=True).arg_true()
    shown = [
        _PLACEHOLDER.sub(lambda m: placeholders[int(m[0].translate(_FROM_SIGNS))], text)
        for text in masked.gather(places)
    ]
    return (
        masked.scatter(places, pl.Series(shown, dtype=pl.String)).alias(name) if shown else masked
    )


def _count(
    cell: pl.DataFrame, masked: pl.DataFrame, kinds: Sequence[str], name: str, column: str
) -> pl.DataFrame:
    """A row a kind: places, rows and different values in one column."""
    signs = pl.col("masked").str.extract_all(MASK)
    held = masked.filter(pl.col("masked").str.contains(OPEN, literal=True))
    met = (
        cell.with_row_index("_cell")
        .join(held.with_columns(signs.alias("mask")), on=["text", "region"])
        .select("_cell", "mask")
        .explode("mask")
    )
    values = met["mask"].unique().to_list()
    of_kind = {value: kinds[int(value.translate(_FROM_SIGNS))] for value in values}
    kind = pl.col("mask").replace_strict(of_kind, default=None, return_dtype=pl.String)
    counts = (
        met.with_columns(kind.alias("kind"))
        .group_by("kind")
        .agg(n=pl.len(), n_rows=pl.col("_cell").n_unique(), n_values=pl.col("mask").n_unique())
    )
    base = cell["text"].count()
    return (
        pl.DataFrame({"kind": KINDS})
        .join(counts, on="kind", how="left", maintain_order="left")
        .with_columns(
            pl.lit(name).alias("table"), pl.lit(column).alias("column"), pl.lit(base).alias("base")
        )
        .fill_null(0)
        .select(*REDACTIONS)
        .cast(pl.Schema(REDACTIONS))
    )
