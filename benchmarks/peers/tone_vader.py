# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["vaderSentiment==3.3.2", "pyarrow"]
# ///
"""Tones that VADER gives: `tone_vader.py TEXTS OUT` reads a column `text`, writes `compound`."""

import sys
import time
from importlib.metadata import version

import pyarrow as pa
import pyarrow.parquet as pq
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


def main(path: str, out: str) -> None:
    """Score every text; print the seconds it took and the version."""
    texts = pq.read_table(path)["text"].to_pylist()
    analyser = SentimentIntensityAnalyzer()
    start = time.perf_counter()
    scores = [analyser.polarity_scores(text)["compound"] for text in texts]
    seconds = time.perf_counter() - start
    pq.write_table(pa.table({"compound": scores}), out)
    print(f'{{"seconds": {seconds}, "version": "{version("vaderSentiment")}"}}')


if __name__ == "__main__":
    main(*sys.argv[1:])
