"""Each rule on the shape of a notebook refuses one that breaks it and accepts a good one."""

import json

import pytest

from tests import test_notebooks as rules


def code(source, *tags, outputs=(), number=None):
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": list(outputs),
        "execution_count": number,
    }


def prose(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


PARAMETERS = """study: str = "../data/demo"  # study folder
output: str = "../reports/.work"  # where results go
period: str = ""  # empty = last month
language: str = "en"  # en or it
months: int = 24  # how far back
"""
PRINTED = {"output_type": "stream", "name": "stdout", "text": ["NPS 31\n"]}
KEPT = code("print(nps)", "keep_output", "nbval-check-output", outputs=[PRINTED], number=1)
SAVED = code('save_results(output, notebook="10_metrics")')


def good():
    return {
        "metadata": {
            "kernelspec": {"name": "python3", "language": "python"},
            "cxresearch": {"needs": ["responses"], "reads": []},
        },
        "cells": [
            prose("# How do customers rate us?\n\nWho decides, `n=30` and [0%](x)."),
            code(PARAMETERS, "parameters"),
            code("from cxresearch.transforms.metrics import nps"),
            code("found = nps(tables.responses)"),
            prose("## Which touchpoint is rated lowest?\n\nThe 2 best grades of a 5-point scale."),
            code("plot_scores(found)"),
            prose("## What this does not show\n\nWhy."),
            SAVED,
            KEPT,
        ],
    }


RULES = [name for name in vars(rules) if name.startswith("test_")]


def judge(rule, notebook, folder):
    path = folder / "10_metrics.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    getattr(rules, rule)(path)


@pytest.mark.parametrize("rule", RULES)
def test_a_good_notebook_keeps_every_rule(rule, tmp_path):
    judge(rule, good(), tmp_path)


def with_cell(number, **changes):
    notebook = good()
    notebook["cells"][number] = notebook["cells"][number] | changes
    return notebook


def without_cell(number):
    notebook = good()
    del notebook["cells"][number]
    return notebook


def with_metadata(**changes):
    return good() | {"metadata": good()["metadata"] | changes}


def computing(source):
    return with_cell(3, source=source)


SHAPE = "test_it_opens_with_its_question_and_says_what_it_does_not_show"
KERNEL = "test_its_kernel_is_named_with_its_language"
TYPED = "test_its_parameters_are_typed_literals_with_help"
WIRED = "test_its_code_wires_calls_and_defines_nothing"
SHORT = "test_a_chart_cell_is_short"
FIGURES = "test_no_figure_is_typed_into_its_prose"
HANDED = "test_it_hands_on_its_results"
COMPARED = "test_its_kept_output_is_compared_when_it_runs_again"
CLEAN = "test_it_carries_no_other_output"
NEEDS = "test_it_declares_the_tables_and_notebooks_it_needs"

BROKEN = {
    "no question": (SHAPE, with_cell(0, source="# Scores")),
    "a question below the title": (SHAPE, with_cell(0, source="# Scores\n\n# How?")),
    "no limits": (SHAPE, without_cell(6)),
    "another kernel": (KERNEL, with_metadata(kernelspec={"name": "ir", "language": "R"})),
    "no parameters": (TYPED, without_cell(1)),
    "two cells of parameters": (TYPED, with_cell(2, metadata={"tags": ["parameters"]})),
    "an untyped parameter": (TYPED, with_cell(1, source=PARAMETERS + "top = 3  # how many\n")),
    "a parameter without help": (TYPED, with_cell(1, source=PARAMETERS + "top: int = 3\n")),
    "a parameter that is computed": (
        TYPED,
        with_cell(1, source=PARAMETERS + "top: int = min(3, 4)  # how many\n"),
    ),
    "another study": (TYPED, with_cell(1, source=PARAMETERS.replace("../data/demo", "mine"))),
    "a missing parameter": (TYPED, with_cell(1, source="".join(PARAMETERS.splitlines(True)[1:]))),
    "a function": (WIRED, computing("def nps(x):\n    return x")),
    "a class": (WIRED, computing("class Score:\n    pass")),
    "a loop": (WIRED, computing("for x in found:\n    show(x)")),
    "an endless loop": (WIRED, computing("while True:\n    pass")),
    "a lambda": (WIRED, computing("f = lambda x: x")),
    "a list made in a loop": (WIRED, computing("[x for x in found]")),
    "a join": (WIRED, computing("found.join(other, on='x')")),
    "pandas": (WIRED, computing("import pandas as pd")),
    "a part of sklearn": (WIRED, computing("from sklearn.linear_model import Ridge")),
    "altair": (WIRED, computing("import altair as alt")),
    "a regular expression": (WIRED, computing("import re")),
    "numpy": (WIRED, computing("import numpy as np")),
    "code that cannot be read": (WIRED, computing("plot_scores(")),
    "a long chart cell": (SHORT, with_cell(5, source="plot_scores(found)\n" * 11)),
    "a percentage in prose": (FIGURES, with_cell(4, source="Now 42% are satisfied.")),
    "a decimal percentage": (FIGURES, with_cell(4, source="Ora il 42,5 % è contento.")),
    "a signed figure": (FIGURES, with_cell(4, source="It fell by −4 points.")),
    "a number of answers": (FIGURES, with_cell(4, source="Few answered (n = 12).")),
    "nothing handed on": (HANDED, without_cell(7)),
    "no kept output": (COMPARED, without_cell(8)),
    "an output nobody compares": (COMPARED, with_cell(8, metadata={"tags": ["keep_output"]})),
    "a kept cell never run": (COMPARED, with_cell(8, execution_count=None)),
    "a kept cell without a figure": (COMPARED, with_cell(8, outputs=[])),
    "another output": (CLEAN, with_cell(5, outputs=[PRINTED])),
    "needs not declared": (NEEDS, with_metadata(cxresearch={"reads": []})),
    "reads not declared": (NEEDS, with_metadata(cxresearch={"needs": []})),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_notebook_that_breaks_a_rule_is_refused(case, tmp_path):
    rule, notebook = BROKEN[case]
    with pytest.raises((AssertionError, ValueError, SyntaxError)):
        judge(rule, notebook, tmp_path)


def test_every_rule_is_broken_at_least_once():
    assert {rule for rule, _ in BROKEN.values()} == set(RULES)


def test_there_are_notebooks_to_judge():
    assert [path.stem[:2] for path in rules.NOTEBOOKS[:2]] == ["00", "10"]
