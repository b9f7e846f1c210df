"""How are touchpoints that nobody drew put on the map? As text to paste into experience.yml.

The unit is a touchpoint met but not drawn. The text holds what the data knows: id, a label made of
the id, the likely stage, the channels. Owner, promise and a better label are for people to add.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from cxresearch.study import Study

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NOT_PLAIN = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
_FIRST_STAGE = "journey"


def write_patch(undrawn: pl.DataFrame, study: Study) -> str:
    """Entries for the list `touchpoints` of experience.yml.

    Parameters
    ----------
    undrawn
        touchpoint, channels, likely_stage; see `drawn.compare_drawn`.
    study
        Whose experience.yml it is for: only stages and channels drawn there are named. Where it has
        no list of touchpoints or stages yet, the text brings the key along.

    Returns
    -------
    str
        YAML that can stand at the end of the list, or of the file; empty without touchpoints. A
        name that cannot be an id is left as a comment.

    Examples
    --------
    >>> sources = [{"table": "customers", "files": "customers.csv"}]
    >>> study = Study.model_validate({"name": "Acme", "sources": sources})
    >>> gate = {"touchpoint": ["access_gate"], "channels": [["station"]], "likely_stage": [None]}
    >>> print(write_patch(pl.DataFrame(gate), study))
    stages:
      - {id: journey, label: Journey}
    touchpoints:
      - id: access_gate
        label: Access gate
        stage: journey  # no stage is near: choose one
        channels: [station]
    <BLANKLINE>
    """
    rows = undrawn.rows(named=True)
    if not rows:
        return ""
    drawn = study.experience
    stages = [stage.id for stage in drawn.stages]
    lines = [] if stages else ["stages:", f"  - {{id: {_FIRST_STAGE}, label: Journey}}"]
    if not drawn.touchpoints:
        lines.append("touchpoints:")
    channels = {channel.id for channel in drawn.channels}
    for row in rows:
        lines += _entry(row, stages=stages or [_FIRST_STAGE], channels=channels)
    return "\n".join(lines) + "\n"


def _entry(row: Mapping[str, Any], *, stages: list[str], channels: set[str]) -> list[str]:
    name = row["touchpoint"]
    if not _ID.fullmatch(name):
        written = json.dumps(name, ensure_ascii=False)
        return [f"  # {written} cannot be an id: give it one in study.yml, under values"]
    stage = row["likely_stage"]
    beside = f"    stage: {_scalar(stage)}" if stage in stages else None
    chosen = beside or f"    stage: {_scalar(stages[0])}  # no stage is near: choose one"
    entry = [f"  - id: {_scalar(name)}", f"    label: {_scalar(_label(name))}", chosen]
    led = [
        channel
        for channel in row["channels"] or []
        if _ID.fullmatch(channel) and (not channels or channel in channels)
    ]
    if led:
        entry.append(f"    channels: [{', '.join(map(_scalar, led))}]")
    return entry


def _label(name: str) -> str:
    words = re.sub(r"[_.-]+", " ", name).strip()
    return words[:1].upper() + words[1:] or name


def _scalar(text: str) -> str:
    """Text that YAML reads as this text: plain where that is safe, else in quotes."""
    plain = all(_PLAIN.fullmatch(word) for word in text.split(" "))
    if plain and text.lower() not in _NOT_PLAIN:
        return text
    return json.dumps(text, ensure_ascii=False)
