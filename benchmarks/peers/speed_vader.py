# /// script
# requires-python = ">=3.11,<3.14"
# dependencies = ["vaderSentiment==3.3.2"]
# ///
"""Seconds that vaderSentiment takes: `speed_vader.py TEXTS` prints JSON for each line it is sent.

TEXTS is a JSON file with a list of texts.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


def main(path: str) -> None:
    """Set up once; score all texts and tell the time for every line that comes in."""
    texts = json.loads(Path(path).read_text(encoding="utf-8"))
    analyzer = SentimentIntensityAnalyzer()
    print(json.dumps({"vaderSentiment": version("vaderSentiment")}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        n = sum(1 for text in texts if analyzer.polarity_scores(text))
        print(json.dumps({"seconds": time.perf_counter() - start, "n": n}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
