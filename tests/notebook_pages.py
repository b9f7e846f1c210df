"""Run a notebook's cells as they are, in one process, and read what they show."""

import ast
import json

from cxresearch.charts.table import MIME


def run_page(root, notebook, study, output, **parameters):
    """What every cell shows, in English: kind and content."""
    cells = json.loads((root / "notebooks" / f"{notebook}.ipynb").read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    given = {"study": study, "output": output, **parameters}
    space, shown = {}, []
    for number, source in enumerate(sources):
        tree = ast.parse(source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), space)  # noqa: S102 - the notebook is ours
        if number == 0:
            space |= {name: str(value) for name, value in given.items()}
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), space)  # noqa: S307
            if hasattr(value, "_repr_mimebundle_"):
                bundle = value._repr_mimebundle_()[MIME]
                shown.append((bundle["kind"], bundle["languages"]["en"]))
    return shown
