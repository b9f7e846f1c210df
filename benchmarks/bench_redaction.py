"""How long does redaction take, how much memory, and what does it find?

A million different comments in two languages: plain sentences, and in 15 of 100 one comment of the
made set of the tests. Seconds of wall clock, seconds of processor (which a busy machine does not
lengthen) and the peak memory of the process; then the made set, by kind and part.
"""

import platform
import random
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cxresearch.privacy import KINDS, redact_tables
from tests.redacted import Score, read_planted, redact_planted, score

N_ROWS = 1_000_000
SEED = 20_251_101
SHARE_MADE = 0.15
PLAIN = {
    "it": (
        "la fila era lunga",
        "nessuno ci ha aiutato",
        "personale gentile e preparato",
        "il treno era pulito",
        "ho aspettato {n} minuti",
        "pagato {n},90 euro",
        "alle {n}:30 era ancora chiuso",
        "non tornerò",
        "consigliatissimo",
    ),
    "en": (
        "the queue was long",
        "nobody helped us",
        "kind and competent staff",
        "the room was clean",
        "I waited {n} minutes",
        "paid {n}.90 for it",
        "still closed at {n}:30",
        "never again",
        "highly recommended",
    ),
}
PARTS = (
    *("first", "second", "third", "fourth", "fourth without cues", "fifth", "fifth without cues"),
)
MOST_SECONDS, MOST_GB = 120, 3


def make_comments(n: int) -> pl.DataFrame:
    """Different comments in both languages."""
    rng = random.Random(SEED)  # noqa: S311
    made = {language: [one.text for one in read_planted(language)] for language in PLAIN}
    rows = []
    for number in range(n):
        language = "it" if number % 2 else "en"
        parts = rng.sample(PLAIN[language], 4)
        if rng.random() < SHARE_MADE:
            parts[rng.randrange(4)] = rng.choice(made[language])
        text = ". ".join(part.replace("{n}", str(rng.randint(2, 22))) for part in parts)
        rows.append((f"{text} {number}", language))
    return pl.DataFrame(rows, schema=["comment", "language"], orient="row")


def by_part(language: str) -> dict[str, Score]:
    """The made set of a language, part by part."""
    parts = {name: read_planted(language, name) for name in PARTS}
    return {name: score(made, redact_planted(made, language)) for name, made in parts.items()}


def report(seconds: float, of_processor: float, n_chars: int, n_redacted: int, peak: float) -> str:
    """The tables, in Markdown."""
    lines = [
        "# What redaction costs and finds",
        "",
        f"{N_ROWS:,} different comments, {n_chars / N_ROWS:.0f} characters on average, "
        f"{n_redacted:,} with something removed.",
        "",
        "| | figure | target |",
        "|---|--:|--:|",
        f"| seconds of wall clock | {seconds:.0f} | |",
        f"| seconds of processor, both threads | {of_processor:.0f} | {MOST_SECONDS} |",
        f"| comments a second of processor | {N_ROWS / of_processor:,.0f} | |",
        f"| peak memory of the process, GB | {peak:.1f} | {MOST_GB} |",
        "",
        "Found of planted, by kind; the made set of the tests, with the code as it is.",
        "",
        "| language, part | comments | " + " | ".join(KINDS) + " | precision |",
        "|---|--:|" + "--:|" * (len(KINDS) + 1),
    ]
    for language in PLAIN:
        for part, found in by_part(language).items():
            cells = " | ".join(f"{found.found[k]}/{found.planted[k]}" for k in KINDS)
            n = len(read_planted(language, part))
            right = f"{found.right.total()}/{found.removed.total()}"
            lines.append(f"| {language}, {part} | {n} | {cells} | {right} |")
    lines += [
        "",
        f"Python {platform.python_version()}, polars {pl.__version__}, "
        f"phonenumbers {version('phonenumbers')}, {pl.thread_pool_size()} threads, "
        f"{platform.machine()}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the tables."""
    table = make_comments(N_ROWS)
    n_chars = int(table["comment"].str.len_chars().sum())
    start, busy = time.perf_counter(), time.process_time()
    redacted = redact_tables({"responses": table})
    seconds, of_processor = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    changed = int((table["comment"] != redacted.tables["responses"]["comment"]).sum())
    text = report(seconds, of_processor, n_chars, changed, peak)
    print(text)
    Path(__file__).with_name("redaction.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
