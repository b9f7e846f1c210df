"""Publishing: a reader meets the last good report or the new one, never half of one."""

import errno
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from cxresearch.errors import ParameterError, RunError
from cxresearch.report import publish as publishing
from cxresearch.report.publish import (
    KEPT_RUNS,
    find_kept_run,
    open_run_folder,
    publish,
    study_folder_name,
)

NOW = datetime(2025, 11, 3, 6, 0, tzinfo=UTC)


def run(out: Path, *, text: str = "report", is_good: bool = True, minutes: int = 0) -> Path:
    with open_run_folder(out, now=NOW + timedelta(minutes=minutes)) as folder:
        (folder.pages / "index.html").write_text(text)
        return publish(folder, study="demo", is_good=is_good)


@pytest.mark.parametrize("place", ["/proc/nope", "loop/reports", "loop", "x" * 300])
def test_a_reports_folder_that_cannot_be_made_is_told_with_what_to_do(tmp_path, place) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "pool")
    (tmp_path / "pool").symlink_to(tmp_path / "loop")
    with pytest.raises(RunError, match="cannot write") as caught:
        run(tmp_path / place)
    assert "--out" in caught.value.next_step


def test_a_good_run_is_published_and_both_links_are_relative_and_point_to_it(tmp_path) -> None:
    published = run(tmp_path)
    assert published == tmp_path / "demo" / "20251103T060000Z"
    assert (tmp_path / "demo" / "latest").readlink() == Path("20251103T060000Z")
    assert (tmp_path / "latest").readlink() == Path("demo/20251103T060000Z")
    assert (tmp_path / "latest" / "index.html").read_text() == "report"


def test_a_failed_run_is_published_and_neither_link_moves(tmp_path) -> None:
    run(tmp_path, text="good")
    failed = run(tmp_path, text="failed", is_good=False, minutes=1)
    assert (failed / "index.html").read_text() == "failed"
    assert (tmp_path / "latest" / "index.html").read_text() == "good"
    assert (tmp_path / "demo" / "latest" / "index.html").read_text() == "good"


def test_a_first_run_that_fails_makes_no_link(tmp_path) -> None:
    run(tmp_path, is_good=False)
    assert not (tmp_path / "latest").is_symlink()
    assert not (tmp_path / "demo" / "latest").is_symlink()


@pytest.mark.parametrize("fault", [ValueError("bug"), KeyboardInterrupt(), SystemExit(143)])
def test_an_exception_removes_the_runs_folder_and_publishes_nothing(tmp_path, fault) -> None:
    run(tmp_path, text="good")

    def stop_half_way() -> None:
        with open_run_folder(tmp_path, now=NOW + timedelta(minutes=1)) as folder:
            (folder.pages / "index.html").write_text("half")
            raise fault

    with pytest.raises(type(fault)):
        stop_half_way()
    assert not (tmp_path / ".work" / "20251103T060100Z").exists()
    assert [path.name for path in (tmp_path / "demo").iterdir() if not path.is_symlink()] == [
        "20251103T060000Z"
    ]
    assert (tmp_path / "latest" / "index.html").read_text() == "good"


def test_the_private_folder_is_kept_closed_to_others_and_never_linked(tmp_path) -> None:
    published = run(tmp_path)
    work = tmp_path / ".work"
    assert stat.S_IMODE(work.stat().st_mode) == 0o700
    assert (work / published.name / "published.txt").is_file()
    links = [path for path in tmp_path.rglob("*") if path.is_symlink()]
    assert links
    assert all(".work" not in link.readlink().parts for link in links)


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path) -> None:
    debris = tmp_path / ".work" / "20251101T000000Z"
    debris.mkdir(parents=True)
    (debris / "lock").touch()
    (tmp_path / ".latest.20251101T000000Z").symlink_to("nowhere")
    run(tmp_path)
    assert not debris.exists()
    assert not (tmp_path / ".latest.20251101T000000Z").is_symlink()


def test_a_run_that_is_still_at_work_is_left_alone_by_another(tmp_path) -> None:
    with open_run_folder(tmp_path, now=NOW) as first:
        second = run(tmp_path, text="second", minutes=1)
        assert first.pages.is_dir()
        assert (tmp_path / "latest").resolve() == second
        (first.pages / "index.html").write_text("first")
        assert publish(first, study="demo", is_good=True).is_dir()
    assert second.is_dir()


def test_two_runs_in_one_second_have_different_ids(tmp_path) -> None:
    first, second = run(tmp_path), run(tmp_path)
    assert [first.name, second.name] == ["20251103T060000Z", "20251103T060000Z-2"]


def test_private_folders_are_kept_for_the_last_runs_and_pages_for_all(tmp_path) -> None:
    runs = [run(tmp_path, minutes=minute) for minute in range(KEPT_RUNS + 3)]
    kept = sorted(path.name for path in (tmp_path / ".work").iterdir() if path.is_dir())
    # The sweep comes before a run: the newest is one more than was kept before it.
    assert kept == [path.name for path in runs[-KEPT_RUNS - 1 :]]
    assert all(path.is_dir() for path in runs)


def test_a_kept_run_is_found_by_id_by_path_and_by_link(tmp_path, monkeypatch) -> None:
    published = run(tmp_path)
    monkeypatch.chdir(tmp_path.parent)
    for name in (published.name, str(published), str(tmp_path / "latest"), "latest", "demo/latest"):
        folder, found = find_kept_run(tmp_path, name)
        assert found == published
        assert folder.path == tmp_path / ".work" / published.name


@pytest.mark.parametrize("name", ["20240101T000000Z", "../demo", "", "."])
def test_a_run_that_is_not_kept_is_refused_with_those_that_are(tmp_path, monkeypatch, name) -> None:
    published = run(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError) as refusal:
        find_kept_run(tmp_path, name)
    assert published.name in refusal.value.allowed


def test_a_file_in_place_of_the_reports_folder_is_refused(tmp_path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(RunError, match="cannot write") as refusal:
        run(tmp_path / "reports")
    assert "--out" in refusal.value.next_step


def test_a_folder_in_place_of_a_link_is_refused_and_left_as_it_is(tmp_path) -> None:
    (tmp_path / "latest").mkdir()
    (tmp_path / "latest" / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="latest"):
        run(tmp_path)
    assert (tmp_path / "latest" / "mine.txt").read_text() == "mine"
    assert not list(tmp_path.glob(".latest.*"))


def test_a_disk_that_is_full_while_publishing_leaves_the_last_report(tmp_path, monkeypatch) -> None:
    run(tmp_path, text="good")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publishing, "_point", full)
    with pytest.raises(RunError, match="no space left") as refusal:
        run(tmp_path, minutes=1)
    assert "the last report stands" in refusal.value.next_step
    assert (tmp_path / "latest" / "index.html").read_text() == "good"
    assert not (tmp_path / ".work" / "20251103T060100Z").exists()


def test_a_full_disk_is_recognised_in_what_polars_makes_of_it(tmp_path) -> None:
    def write() -> None:
        with open_run_folder(tmp_path, now=NOW):
            raise pl.exceptions.ComputeError("parquet: No space left on device (os error 28)")

    with pytest.raises(RunError, match="no space left"):
        write()


def test_a_fault_of_another_kind_is_not_disguised(tmp_path) -> None:
    with pytest.raises(FileNotFoundError), open_run_folder(tmp_path, now=NOW):
        (tmp_path / "absent").read_text()


@pytest.mark.parametrize("name", ["latest", ".work"])
def test_a_study_cannot_take_a_name_that_the_reports_folder_needs(tmp_path, name) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(ParameterError, match=name):
        study_folder_name(tmp_path / name)
    assert study_folder_name(tmp_path / "demo") == "demo"
