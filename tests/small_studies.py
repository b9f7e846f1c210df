"""Studies small enough to check in the head, written where a test asks for them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxresearch.study import Study, read_study

ANSWERS: dict[str, Any] = {
    "table": "responses",
    "files": "answers.csv",
    "columns": {"response_id": "id", "score": "vote", "at": "when"},
    "constants": {"metric": "csat", "touchpoint": "desk"},
    "scale": {"min": 1, "max": 5},
}
"""A source of satisfaction answers: columns id, vote, when."""

HEADER = "id,vote,when\n"


def write_study(
    folder: Path,
    files: Mapping[str, str | bytes],
    *sources: Mapping[str, Any],
    experience: Mapping[str, Any] | None = None,
    **keys: Any,
) -> Study:
    """Write a study and its data into `folder`, and read it; without sources, of answers."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    study = {
        "name": "Acme",
        "timezone": "Europe/Rome",
        "sources": list(sources or [ANSWERS]),
        **keys,
    }
    (folder / "study.yml").write_text(json.dumps(study, indent=1))
    if experience is not None:
        (folder / "experience.yml").write_text(json.dumps(experience, indent=1))
    return read_study(folder)


def answers(n: int, start: int = 0) -> str:
    """`n` good answers, a line each."""
    return "".join(
        f"R{i},{i % 5 + 1},2025-03-{i % 27 + 1:02d} 10:00\n" for i in range(start, start + n)
    )


def with_more(**more: Any) -> dict[str, Any]:
    """The source of answers with other keys."""
    return {**ANSWERS, **more}
