"""Every function the glossary names exists, and every metric is in the glossary."""

import re
from importlib import import_module
from operator import attrgetter

import pytest

from cxresearch.transforms.scales import METRICS


@pytest.fixture(scope="module")
def glossary(root):
    return (root / "docs" / "GLOSSARY.md").read_text("utf-8")


def test_every_function_named_exists(glossary):
    named = re.findall(r"`((?:transforms|models|period)\.\w+\.\w+|period\.\w+)`", glossary)
    assert len(named) > 20
    for name in named:
        module, _, function = name.rpartition(".")
        assert attrgetter(function)(import_module(f"cxresearch.{module}")), name


def test_every_metric_is_explained(glossary):
    missing = [name for name in METRICS if name not in ("share", "expectation")
               and f"`{name}`" not in glossary and f".{name}`" not in glossary]  # fmt: skip
    assert missing == []
