"""What does a run take over from the one before it?"""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from cxresearch.report.carry import EARLIER, bring_earlier, keep_for_later
from cxresearch.report.publish import open_run_folder, publish


def run(out: Path, *, word: str | None, hour: int, is_good: bool = True) -> str | None:
    """A run that finds `word` for its theme (None: its notebook failed); what it was given."""
    with open_run_folder(out, now=datetime(2026, 1, 1, hour, tzinfo=UTC)) as folder:
        bring_earlier(folder, study="hotel")
        brought = folder.path / EARLIER / "50_voice" / "terms.parquet"
        earlier = pl.read_parquet(brought)["word"][0] if brought.is_file() else None
        if word is not None:
            own = folder.results / "50_voice"
            own.mkdir(parents=True)
            pl.DataFrame({"word": [word]}).write_parquet(own / "terms.parquet")
        keep_for_later(folder)
        publish(folder, study="hotel", is_good=is_good)
    return earlier


def test_a_run_is_given_the_themes_of_the_latest_good_run(tmp_path) -> None:
    given = [run(tmp_path, word="queue", hour=1), run(tmp_path, word="till", hour=2)]
    given.append(run(tmp_path, word="bad", hour=3, is_good=False))
    given.append(run(tmp_path, word="bar", hour=4))
    assert given == [None, "queue", "till", "till"]


def test_themes_outlast_a_run_that_did_not_look_at_comments(tmp_path) -> None:
    given = [run(tmp_path, word=word, hour=hour) for hour, word in enumerate(("a", None, "c"), 1)]
    assert given == [None, "a", "a"]


def test_another_studys_themes_are_not_taken(tmp_path) -> None:
    run(tmp_path, word="queue", hour=1)
    with open_run_folder(tmp_path, now=datetime(2026, 1, 1, 5, tzinfo=UTC)) as folder:
        bring_earlier(folder, study="bank")
        assert not (folder.path / EARLIER).exists()
