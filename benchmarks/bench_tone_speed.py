"""How fast is the tone of comments read? Against vaderSentiment, and for a million comments.

One run on one core: `score_tone`, language detection included, and vaderSentiment (in its own
environment) read the same tweets, round by round in turn. Then a million comments in a process of
its own: seconds and peak memory. Last, how the time grows with texts and with their length. Prints
and writes `benchmarks/tone_speed.md`.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"  # read once, when polars is first imported

import polars as pl
from text_sets import read_set

from cxresearch.transforms.text import read_lexicon, score_tone

HERE = Path(__file__).parent
UV = Path(sys.executable).with_name("uv")
MILLION = 1_000_000
ROUNDS = 5
CORE = 0
RATIO, MINUTES, GIGABYTES = 3.0, 5.0, 2.0


def pin() -> None:
    """Leave this process, and those it starts, one core."""
    os.sched_setaffinity(0, {CORE})


def read_tweets() -> list[str]:
    """All tweets: nothing is looked at or measured but the time they take."""
    halves = [read_set("en_airline_tweets", half=half) for half in ("look", "report")]
    return pl.concat([half.select("text") for half in halves])["text"].to_list()


def seconds_of(texts: pl.DataFrame) -> float:
    """How long `score_tone` takes."""
    start = time.perf_counter()
    score_tone(texts)
    return time.perf_counter() - start


def ask_in_turn(tweets: list[str], folder: Path) -> dict[str, list[float]]:
    """Seconds of both programs: the second of two readings a turn, after a turn to warm up."""
    path = folder / "texts.json"
    path.write_text(json.dumps(tweets), encoding="utf-8")
    script = [UV, "run", "--quiet", "--no-project", "--script", HERE / "peers" / "speed_vader.py"]
    peer = subprocess.Popen(
        [*map(str, script), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert peer.stdin
    assert peer.stdout
    told = json.loads(peer.stdout.readline())
    table = pl.DataFrame({"comment": tweets})
    taken: dict[str, list[float]] = {"cxresearch": [], "vaderSentiment": []}
    for number in range(ROUNDS + 1):
        # The first reading of a turn warms up what the other program has cooled.
        peer.stdin.write("go\ngo\n")
        peer.stdin.flush()
        other = [json.loads(peer.stdout.readline())["seconds"] for _ in range(2)][-1]
        own = [seconds_of(table) for _ in range(2)][-1]
        if number:
            taken["cxresearch"].append(own)
            taken["vaderSentiment"].append(other)
    peer.communicate()
    return {f"vaderSentiment {told['vaderSentiment']}" if k != "cxresearch" else k: v
            for k, v in taken.items()}  # fmt: skip


def read_million() -> dict[str, float]:
    """Seconds and peak memory (GB) of a million comments, half Italian, each one different."""
    sets = [read_set(name, half="look")["text"] for name in
            ("en_airline_tweets", "it_amazon_scraped")]  # fmt: skip
    half = MILLION // 2
    texts = [
        pl.select(
            comment=pl.concat_str(
                pl.lit(said).gather(pl.int_range(half) % len(said)),
                pl.lit(" nr. "),
                pl.int_range(half).cast(pl.String),
            )
        )
        for said in sets
    ]
    comments = pl.concat(texts)
    n_bytes = comments["comment"].str.len_bytes().sum()
    seconds = seconds_of(comments)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MILLION
    return {"n": comments.height, "megabytes": n_bytes / MILLION, "seconds": seconds,
            "gigabytes": memory}  # fmt: skip


def growth(tweets: list[str]) -> list[tuple[str, float]]:
    """Seconds of a tenth of the tweets, of all, and of ten copies of each in one comment."""
    tables = {
        "a tenth of the tweets": tweets[::10],
        "all tweets": tweets,
        "all tweets, each ten times in one comment": [f"{text}\n" * 10 for text in tweets],
    }
    return [
        (name, min(seconds_of(pl.DataFrame({"comment": texts})) for _ in range(3)))
        for name, texts in tables.items()
    ]


def report(
    taken: dict[str, list[float]], n: int, million: dict[str, float], grown: list[tuple[str, float]]
) -> str:
    """The tables, in Markdown."""
    own = statistics.median(taken["cxresearch"])
    lines = [
        "# How fast the tone of comments is read",
        "",
        f"One core. {n:,} airline tweets, {ROUNDS} turns each, the second of two "
        "readings a turn; languages detected, nothing declared.",
        "",
        "| | seconds (median) | least | most | texts a second |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, seconds in taken.items():
        middle = statistics.median(seconds)
        spread = f"{min(seconds):.2f} | {max(seconds):.2f}"
        lines.append(f"| {name} | {middle:.2f} | {spread} | {n / middle:,.0f} |")
    other = next(statistics.median(v) for k, v in taken.items() if k != "cxresearch")
    ratio = other / own
    fits = million["seconds"] <= 60 * MINUTES and million["gigabytes"] <= GIGABYTES
    entries = ", ".join(
        f"{name} {read_lexicon(name).entries.height:,}" for name in ("it", "en", "emoji")
    )
    lines += [
        "",
        f"{ratio:.1f} times as fast; target {RATIO:.0f}: {'met' if ratio >= RATIO else 'missed'}.",
        "",
        f"{million['n']:,} comments ({million['megabytes']:,.0f} MB, half English, half Italian): "
        f"{million['seconds']:.0f} s, {million['gigabytes']:.2f} GB at most; target "
        f"{MINUTES:.0f} minutes and {GIGABYTES:.0f} GB: {'met' if fits else 'missed'}.",
        "",
        "| | seconds (least of 3) |",
        "|---|--:|",
        *(f"| {name} | {seconds:.2f} |" for name, seconds in grown),
        "",
        f"Entries of the lexicons: {entries}. Python {platform.python_version()}, polars "
        f"{pl.__version__}, {platform.machine()}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the tables."""
    pin()
    tweets = read_tweets()
    with tempfile.TemporaryDirectory() as name:
        taken = ask_in_turn(tweets, Path(name))
    done = subprocess.run(
        [sys.executable, __file__, "million"], check=True, capture_output=True, text=True
    )
    million = json.loads(done.stdout.strip().splitlines()[-1])
    text = report(taken, len(tweets), million, growth(tweets))
    print(text)
    (HERE / "tone_speed.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["million"]:
        pin()
        print(json.dumps(read_million()))
    else:
        main()
