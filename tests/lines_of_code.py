"""How much code is there to read? Prints the lines of code, and each module over 300 lines.

Blank lines, comments and docstrings are not counted: they are not what to save on.
"""

import ast
import io
import sys
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "cxresearch"
LONGEST_MODULE = 300
PLANNED = 6000


def lines_of_code(source: str) -> int:
    """Number of lines of `source` that hold code."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in skipped and token.type != tokenize.ENDMARKER:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def main() -> int:
    """Print the figures; 1 when a module is too long."""
    code = {path: lines_of_code(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}
    total = sum(code.values())
    print(f"lines of code: {total} (planned: {PLANNED}) in {len(code)} modules")
    length = {path: len(path.read_text("utf-8").splitlines()) for path in code}
    too_long = sorted(path for path in code if length[path] > LONGEST_MODULE)
    for path in too_long:
        print(f"  over {LONGEST_MODULE} lines: {path.relative_to(PACKAGE.parent)} ({length[path]})")
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
