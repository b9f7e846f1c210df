"""What of the comments is not read, doubted or taken out, and how right is what is read?

The unit is one language, or one kind of personal data. Nothing here is compared across languages.
"""

import polars as pl

from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.table import Column, Table, show_table
from cxresearch.language import Message, in_every_language, mark, message
from cxresearch.models.gold_scores import GoldScores
from cxresearch.transforms.text.unread import UNDETERMINED

_LANGUAGES = {"it": mark("Italian"), "en": mark("English"), "mixed": mark("Italian and English"),
              "other": mark("another language"), UNDETERMINED: mark("cannot be told")}  # fmt: skip
_KINDS = {
    "email": mark("e-mail addresses"),
    "phone": mark("telephone numbers"),
    "iban": mark("bank accounts (IBAN)"),
    "fiscal code": mark("Italian fiscal codes"),
    "vat number": mark("VAT numbers"),
    "card": mark("payment cards"),
    "address": mark("postal addresses"),
    "order": mark("order and booking numbers"),
    "name": mark("names of people"),
}
"""What is redacted, by kind."""

_HOW_TO_LABEL = mark(
    "How often the reading is right is not known for this study. To find out, let people label a "
    "sample: cxresearch label STUDY --n 200."
)
_HOW_RIGHT = mark(
    "Of {n:count} comments labelled by people the reading calls {accuracy:share} as they do "
    "({low:share} to {high:share}); one left unknown counts as wrong. {by_language:list}."
)
_AMONG_PEOPLE = mark(
    "people among themselves: {share:share} (n {n:count} that two or more labelled)"
)
_IN_LANGUAGE = mark("{language}: {accuracy:share} ({low:share} to {high:share}, n {n:count})")


def table_of_reading(
    unread: pl.DataFrame, *, subtitle: Message, language: str = "en"
) -> Table | Note:
    """A row a language: how many comments, and how many are unknown, mixed or meant otherwise.

    Parameters
    ----------
    unread
        As `measure_unread` gives it.
    subtitle
        Of which comments.
    """
    if unread.is_empty():
        nothing = message("No comment to read here: nothing is drawn.")
        return show_note(nothing, tone="missing", language=language)
    return show_table(
        unread,
        Column("language", message("Language"), labels=in_every_language(_LANGUAGES)),
        Column("n", message("Comments"), "count"),
        Column("n_unknown", message("Unknown"), "count"),
        Column("estimate", message("Share unknown"), "share1"),
        Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
        Column("n_mixed", message("Mixed"), "count"),
        Column("n_sarcastic", message("Marked as irony"), "count"),
        name="unknown",
        title=message("What the reading does not know"),
        subtitle=subtitle,
        language=language,
    )


def table_of_redactions(redactions: pl.DataFrame, *, language: str = "en") -> Table | Note:
    """What was taken out of the comments before anything read them, by kind.

    Parameters
    ----------
    redactions
        `StudyTables.redactions`: table, column, kind, n, n_rows, n_values, base.
    """
    of_comments = redactions.filter(table="responses", column="comment")
    found = of_comments.filter(pl.col("n") > 0).sort("n", "kind", descending=[True, False])
    if found.is_empty():
        nothing = message("No personal data was found in the comments.")
        return show_note(nothing, language=language)
    return show_table(
        found,
        Column("kind", message("Taken out"), labels=in_every_language(_KINDS)),
        Column("n", message("Places"), "count"),
        Column("n_rows", message("Comments with it"), "count"),
        Column("n_values", message("Different ones"), "count"),
        Column("base", message("of all"), "count"),
        name="redacted",
        title=message("Personal data was taken out in {n:count} places", n=int(found["n"].sum())),
        subtitle=message("All comments of the study, before anything read them, by kind"),
        language=language,
    )


def note_on_accuracy(gold: GoldScores | None, *, language: str = "en") -> Note:
    """How right the reading is where people labelled comments, else how to find out.

    Parameters
    ----------
    gold
        As `measure_gold` gives it; None where nobody labelled any.
    """
    if gold is None:
        return show_note(Message(_HOW_TO_LABEL), tone="missing", language=language)
    rows = {row["language"]: row for row in gold.tidy().rows(named=True)}
    names = in_every_language(_LANGUAGES)
    said = [
        Message(_IN_LANGUAGE, {"language": names.get(name, name), **_figures(row)})
        for name, row in rows.items()
        if name != "all"
    ]
    said += [
        Message(_AMONG_PEOPLE, {"share": row["share_agreed"], "n": row["n"]})
        for row in gold.agreement.rows(named=True)
    ]
    return show_note(
        Message(_HOW_RIGHT, {**_figures(rows["all"]), "by_language": said}), language=language
    )


def _figures(row: dict[str, float]) -> dict[str, float]:
    names = {"accuracy": "accuracy", "low": "accuracy_low", "high": "accuracy_high"}
    return {place: row[name] for place, name in names.items()} | {"n": row["n_comments"]}
