"""How well is the language of a comment told, and its touchpoint, and how fast?

Language: the halves of public sets that nobody looked at, by the words of a comment. Right is the
set's language; a set in Italian holds some comments in English, which count as wrong here. Routing:
three companies made from their own seeds, comments asked at a touchpoint with that hidden. Speed:
one thread, processor time. Writes aspects.md.
"""

import os

os.environ["POLARS_MAX_THREADS"] = "1"

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
from text_sets import SETS, read_set

from cxresearch.intake.sample import make_sample
from cxresearch.models.comment_routing import route_comments
from cxresearch.study import read_study
from cxresearch.transforms.text.aspects import tag_aspects
from cxresearch.transforms.text.language import MIXED, detect_language
from cxresearch.transforms.text.tone import score_clauses

ROOT = Path(__file__).resolve().parents[1]
BANDS = (2, 4, 8, 16)
SEEDS = (201, 202, 203)


def main() -> None:
    """Measure and write the table."""
    sets = {name: read_set(name, half="report").select(comment="text") for name in SETS}
    lines = ["# Language, aspects and touchpoints of comments", ""]
    lines += ["`python benchmarks/bench_aspects.py`", "", "## Language told", ""]
    lines += [
        "| set | words | n | told | right of told | mixed | not told |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += list(told(sets))
    lines += ["", "## Touchpoint given to comments asked at one, that hidden", ""]
    lines += ["| seed | language | way | n | coverage | right where given | 95 % | right of all |"]
    lines += ["|---|---|---|---|---|---|---|---|", *routed()]
    lines += [
        "",
        "## Comments a second, one thread",
        "",
        "| what | n | per second |",
        "|---|---|---|",
    ]
    lines += list(timed(pl.concat(sets.values())))
    text = "\n".join([*lines, ""])
    (ROOT / "benchmarks" / "aspects.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def told(sets: dict[str, pl.DataFrame]) -> Iterator[str]:
    """Language told, by set and number of words."""
    words = pl.col("comment").str.count_matches(r"\S+")
    for name, table in sets.items():
        found = detect_language(table).collect().with_columns(words=words)
        for low, high in zip((0, *BANDS), (*BANDS, None), strict=True):
            band = found.filter(
                pl.col("words") > low, pl.lit(True) if high is None else pl.col("words") <= high
            )
            language = band["language"]
            single = language.filter(language.is_in(["it", "en"]))
            right = (single == name[:2]).mean()
            label = f"{low + 1} to {high}" if high else f"{low + 1} and more"
            yield (
                f"| {name} | {label} | {band.height:,} | {single.len() / band.height:.3f} "
                f"| {right:.3f} | {(language == MIXED).sum() / band.height:.3f} "
                f"| {language.null_count() / band.height:.3f} |"
            )


def routed() -> Iterator[str]:
    """Accuracy and coverage of each way."""
    study = read_study(ROOT / "cxresearch" / "intake" / "sample")
    for seed in SEEDS:
        company = make_sample(seed=seed, n_customers=6_000)
        said = company.responses.filter(pl.col("comment").is_not_null(), voice="customer")
        for row in route_comments(said, study=study).tidy().iter_rows(named=True):
            yield (
                f"| {seed} | {row['language']} | {row['way']} | {row['n']:,} "
                f"| {row['coverage']:.3f} | {row['estimate']:.3f} "
                f"| {row['ci_low']:.3f} to {row['ci_high']:.3f} | {row['share_right']:.3f} |"
            )


def timed(table: pl.DataFrame) -> Iterator[str]:
    """Comments a second of processor time, the best of three."""
    table = table.with_row_index("response_id")
    clauses = score_clauses(table)
    work: dict[str, Callable[[], object]] = {
        "detect_language": lambda: detect_language(table).collect(),
        "tag_aspects (clauses at hand)": lambda: tag_aspects(clauses),
    }
    for name, run in work.items():
        took = []
        for _ in range(3):
            began = time.process_time()
            run()
            took.append(time.process_time() - began)
        yield f"| {name} | {table.height:,} | {table.height / min(took):,.0f} |"


if __name__ == "__main__":
    main()
