"""In which pieces are a notebook's words translated? A heading, a paragraph, a list: its blocks.

The same split serves Babel, which collects the blocks, and the page, which shows their translation.
"""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any


def markdown_blocks(text: str) -> list[str]:
    """Split markdown into its blocks (paragraph, heading, list), the units of translation.

    Examples
    --------
    >>> markdown_blocks("# Title" + chr(10) * 2 + "One" + chr(10) + "two")
    ['# Title', 'One two']
    """
    blocks = re.split(r"\n\s*\n", text.strip())
    return [_joined(block) for block in blocks if block.strip()]


def _joined(block: str) -> str:
    # A hard-wrapped paragraph is one text; list items and table rows keep their lines.
    lines = [line.rstrip() for line in block.splitlines()]
    keeps_lines = any(re.match(r"\s*([-*|#>]|\d+\.)", line) for line in lines)
    return "\n".join(lines) if keeps_lines else " ".join(line.strip() for line in lines)


def extract_notebook(
    fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[Any, ...]]:
    """Babel extractor: every markdown block of a notebook, and the messages of its code cells.

    The names of the parameters are Babel's.
    """
    from babel.messages.extract import extract_python

    for number, cell in enumerate(json.load(fileobj)["cells"], start=1):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for block in markdown_blocks(source):
                yield number, "mark", block, []
        elif cell["cell_type"] == "code":
            yield from extract_python(BytesIO(source.encode()), keywords, comment_tags, options)
