"""How tables look in a terminal, and in a log."""

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

_WIDTH = 120  # of a log or a pipe, which has none


def make_console() -> Console:
    """Standard output, as wide as the terminal."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH)


def make_table(title: str) -> Table:
    """A table with light lines."""
    return Table(title=title, title_justify="left", title_style="bold", box=SIMPLE)
