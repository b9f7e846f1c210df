"""Who follows a run while it goes, and how long does each stage take?"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from cxresearch.report.execute import Outcome


class Watcher(Protocol):
    """Whoever follows a run: each method is called as it happens."""

    def stage(self, name: str) -> None:
        """A stage of the run begins: `intake`, `notebooks`, `pages`, `publish`."""

    def planned(self, names: Sequence[str]) -> None:
        """These notebooks will run, in this order."""

    def notebook(self, name: str, outcome: Outcome | None) -> None:
        """A notebook starts (None) or has ended."""


class Nobody:
    """Follows nothing."""

    def stage(self, name: str) -> None: ...
    def planned(self, names: Sequence[str]) -> None: ...
    def notebook(self, name: str, outcome: Outcome | None) -> None: ...


class Stopwatch:
    """Seconds a stage took, told to the watcher as it begins."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block and tell of it."""
        self._watcher.stage(name)
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began, 2)
