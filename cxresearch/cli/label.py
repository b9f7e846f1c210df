"""Draw comments for people to label, write the sheet they fill in, and say how it comes back."""

import csv
import os
from pathlib import Path

import polars as pl
import typer

from cxresearch.errors import ParameterError
from cxresearch.intake import StudyTables, open_study
from cxresearch.language import Message, mark

INSTRUCTIONS = (
    mark("Read the comment alone: what does this person say of the experience, all in all?"),
    mark(
        "Write into the column label: positive, negative, neutral (it says something, but neither "
        "praise nor complaint) or mixed (praise and complaint both weigh)."
    ),
    mark("Where you cannot tell, leave label empty and say why in the column note."),
    mark("Do not look up the score, and do not talk about a comment before both have labelled it."),
    mark("Leave the columns response_id and weight as they are."),
    mark(
        "If two of you label, each fills a copy with their own name as the name of the file: then "
        "it can be measured how far people agree."
    ),
)
"""What a labeller is told, in the study's language."""

_SHEET = ("response_id", "language", "touchpoint", "comment", "label", "note", "weight")
_LONGEST = 5_000
_SEPARATORS = {"it": ";", "en": ","}
"""What a spreadsheet of each language takes a file to be parted by."""


def label_and_tell(
    study: Path, *, n: int, out: Path | None, seed: int, data: Path | None = None
) -> None:
    """Write the sheet and the instructions beside it; print both, and what to do next."""
    own = out is not None
    out = out or study / "labels" / "labels.csv"
    _refuse_filled(out)
    tables = open_study(study, data=data)
    language = tables.study.languages[0]
    drawn = _draw(tables, n=n, seed=seed)
    told = [Message(text).in_language(language) for text in INSTRUCTIONS]
    out.parent.mkdir(parents=True, exist_ok=True)
    _write_sheet(drawn, out, separator=_SEPARATORS[language])
    beside = out.with_suffix(".txt")
    beside.write_text("".join(f"- {line}\n" for line in told), encoding="utf-8")
    for line in told:
        typer.echo(f"- {line}")
    fewer = "" if drawn.height == n else f" (all there are; {n} were asked for)"
    typer.echo(f"wrote {out}: {drawn.height} comments to label{fewer}, and {beside.name} beside it")
    if tables.labels is None:
        root = data or study / (tables.study.data_root or "")
        sheets = out if own else out.parent / "*.csv"
        files = Path(os.path.relpath(sheets, root)).as_posix()
        typer.echo(
            f"Next: fill it in, then add to study.yml, under sources:  - {{table: labels, files: "
            f'"{files}"}}'
        )
    else:
        typer.echo(f"Next: fill it in, then cxresearch check {study}")


def _draw(tables: StudyTables, *, n: int, seed: int) -> pl.DataFrame:
    from cxresearch.models.gold import draw_gold
    from cxresearch.transforms.text import read_comments, score_tone

    comments = read_comments(tables).filter(pl.col("voice") == "customer")
    if tables.labels is not None:
        done = tables.labels.filter(pl.col("label").is_not_null())
        comments = comments.join(done, on="response_id", how="anti")
    return draw_gold(score_tone(comments), n=n, random_state=seed)


def _refuse_filled(out: Path) -> None:
    """Refuse to write over labels, or over a file that is no sheet of ours."""
    if not out.exists():
        return
    try:
        with out.open(encoding="utf-8-sig", newline="") as file:
            sample = file.readline()
            file.seek(0)
            sheet = csv.DictReader(file, delimiter=";" if ";" in sample else ",")
            is_ours = set(_SHEET) <= set(sheet.fieldnames or ())
            is_filled = is_ours and any((row["label"] or "").strip() for row in sheet)
    except (OSError, UnicodeDecodeError, csv.Error):
        is_ours = False
    if not is_ours or is_filled:
        raise ParameterError(
            f"{out} holds labels already, or is another file",
            allowed="a new file, or a sheet nobody has filled in",
            next_step="name another with --out; labels of several files are read together",
        )


def _write_sheet(drawn: pl.DataFrame, out: Path, *, separator: str) -> None:
    """The sheet as a spreadsheet opens it: no cell is a formula, every comment on one line."""
    from cxresearch.report.typeset import neutralise

    plain = pl.col("comment").str.replace_all(r"[\s\p{Cc}]+", " ").str.strip_chars()
    rows = drawn.with_columns(
        plain.str.head(_LONGEST), label=pl.lit(""), note=pl.lit(""), weight="weight"
    ).select(pl.col(_SHEET).cast(pl.String).fill_null(""))
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file, delimiter=separator)
        sheet.writerow(_SHEET)
        sheet.writerows([neutralise(cell) for cell in row] for row in rows.iter_rows())
