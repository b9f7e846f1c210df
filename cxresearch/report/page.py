"""How does an executed notebook become one HTML file that a stakeholder can trust and open?

The unit is one notebook in one language. nbconvert reads it and drops the cells a reader has no
use for; what is left becomes blocks, and one template sets them. Only our own output type, markdown
and source are read: HTML that a cell printed never reaches the page. Nothing is executed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.ansi import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from traitlets.config import Config

from cxresearch.charts.table import MIME
from cxresearch.charts.theme import NARROW, WIDE
from cxresearch.report import vega
from cxresearch.report.cover import describe_failure, notebook_row, page_resources
from cxresearch.report.typeset import (
    TEMPLATES,
    Heading,
    equip,
    read_asset,
    render_markdown,
    translate_markdown,
)

DROPPED_CELLS = frozenset({"injected-parameters", "papermill-error-cell-tag"})
FOLDS_CODE = frozenset({"figure", "table", "listing", "quotes", "scenarios"})
"""Blocks that have a line of tools beneath, where the code folds away."""


@dataclass
class Page:
    """What stands on a page, in the order of reading."""

    title: str = ""
    answer: dict[str, Any] | None = None
    about: Markup | None = None
    blocks: list[dict[str, Any]] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    specs: dict[str, dict[str, Any]] = field(default_factory=dict)


def render_page(
    notebook: Path,
    *,
    language: str,
    out_path: Path,
    run: Mapping[str, Any],
    index_href: str = "index.html",
) -> Path:
    """Write the page of an executed notebook.

    Parameters
    ----------
    notebook
        The executed notebook; its stem is its name in `run`.
    language
        `en` or `it`.
    out_path
        The HTML file to write.
    run
        The record of the run, as `report.provenance` describes `run.json`.
    index_href
        Address of the index, relative to the page.

    Returns
    -------
    Path
        `out_path`.
    """
    row = notebook_row(run, notebook.stem)
    resources = page_resources(run, row, language=language, index_href=index_href)
    return _write(notebook, out_path, resources)


def render_failure(
    notebook: Path,
    *,
    language: str,
    out_path: Path,
    run: Mapping[str, Any],
    index_href: str = "index.html",
) -> Path:
    """Write the page of a notebook that failed: what failed, where, the words, what to do next.

    The cells that ran before are still shown; the file may be absent where none ran. Parameters
    are those of `render_page`; the failure is read from the notebook's row in `run`.
    """
    row = notebook_row(run, notebook.stem)
    resources = page_resources(run, row, language=language, index_href=index_href)
    return _write(notebook, out_path, {**resources, "failure": describe_failure(row, language)})


def _write(notebook: Path, out_path: Path, resources: dict[str, Any]) -> Path:
    content = new_notebook()  # type: ignore[no-untyped-call]
    if notebook.exists():
        content = nbformat.read(notebook, as_version=4)  # type: ignore[no-untyped-call]
    html, _ = PageExporter().from_notebook_node(content, resources)
    out_path.write_text(html, encoding="utf-8")
    return out_path


class PageExporter(TemplateExporter):
    """nbconvert's exporter with our template, escaping on, and blocks instead of cells."""

    def __init__(self) -> None:
        drop = {"enabled": True, "remove_cell_tags": set(DROPPED_CELLS)}
        super().__init__(  # type: ignore[no-untyped-call]
            config=Config(TagRemovePreprocessor=drop),
            extra_template_basedirs=[str(TEMPLATES.parent)],
            template_name=TEMPLATES.name,
            template_file="page.html.j2",
        )

    def _create_environment(self) -> Environment:
        return equip(super()._create_environment())  # type: ignore[no-untyped-call]

    def from_notebook_node(  # type: ignore[override] # the base class returns a notebook
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, Any]:
        """Read the notebook's blocks, then set the template."""
        resources = self._init_resources(resources)  # type: ignore[no-untyped-call]
        kept, resources = self._preprocess(nb, resources)  # type: ignore[no-untyped-call]
        page = read_page(kept, language=resources["language"])
        scripts = [Markup(vega.read_bundle()), read_asset("page.js")] if page.specs else []  # noqa: S704 - ours
        if any(block["kind"] == "scenarios" for block in page.blocks):
            scripts.append(read_asset("scenarios.js"))
        html = self.template.render(page=page, scripts=scripts, **resources)
        return html, resources


def read_page(notebook: NotebookNode, *, language: str) -> Page:
    """The blocks of a notebook in `language`.

    The first answer goes to the top and its question is the page's title; where there is none the
    first heading is. Code is folded under the output it leads to.
    """
    page = Page()
    pending: list[dict[str, str]] = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            _add_markdown(page, cell.source, language=language, anchor=f"part-{number}")
        elif cell.cell_type == "code":
            pending.append({"source": cell.source, "printed": _printed(cell)})
            shown = list(_contents(cell, language))
            before = len(page.blocks)
            for content in shown:
                _add_content(page, content)
            if shown:
                _fold_code(page, pending, after=before)
                pending = []
    if pending:
        _fold_code(page, pending, after=len(page.blocks))
    return page


def _fold_code(page: Page, cells: list[dict[str, str]], *, after: int) -> None:
    # Into the tools of the last figure or table just added, else on a line of its own.
    for block in reversed(page.blocks[after:]):
        if block["kind"] in FOLDS_CODE:
            block["code"] = cells
            return
    page.blocks.append({"kind": "code", "cells": cells})


def _add_markdown(page: Page, source: str, *, language: str, anchor: str) -> None:
    is_first = not page.title and not page.about and not page.blocks
    text = translate_markdown(source, language)
    title, rest = _split_title(text) if is_first else ("", text)
    html, headings = render_markdown(rest, anchor=anchor)
    page.headings += headings
    if not is_first:
        page.blocks.append({"kind": "markdown", "html": html})
        return
    page.about = html
    if title:
        _, (heading,) = render_markdown(title)
        page.title = heading.text


def _split_title(source: str) -> tuple[str, str]:
    found = re.match(r"\s*(#+[ \t].*)(?:\n|$)", source)
    return (found[1], source[found.end() :]) if found else ("", source)


def _contents(cell: NotebookNode, language: str) -> Iterator[dict[str, Any]]:
    for output in cell.get("outputs", []):
        content = output.get("data", {}).get(MIME)
        if content:
            languages = content["languages"]
            chosen = languages.get(language) or next(iter(languages.values()))
            yield {
                "kind": content["kind"],
                "name": content.get("name", ""),
                "is_headline": content.get("is_headline", False),
                **chosen,
            }


def _printed(cell: NotebookNode) -> str:
    # What a cell printed for itself belongs with its code, as text.
    texts = [
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
        if output.output_type != "error" and MIME not in output.get("data", {})
    ]
    return str(strip_ansi("".join(texts))).strip()  # type: ignore[no-untyped-call]


def _add_content(page: Page, content: dict[str, Any]) -> None:
    if content["kind"] == "answer" and page.answer is None:
        page.answer, page.title = content, content["question"]
        return
    if content["kind"] == "figure":
        content = {**content, "id": _unique(content["name"], page.specs)}
        forms = ("spec", "spec_narrow")
        page.specs[content["id"]] = {form: content[form] for form in forms if form in content}
        content["stills"] = _stills(content) if content["is_headline"] else []
    page.blocks.append(content)


def _unique(name: str, taken: Mapping[str, Any]) -> str:
    base = re.sub(r"[^a-z0-9-]+", "-", name.lower()) or "figure"
    number = 2
    unique = base
    while unique in taken:
        unique, number = f"{base}-{number}", number + 1
    return unique


def _stills(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    places = {"wide": (content["spec"], WIDE), "narrow": (content.get("spec_narrow"), NARROW)}
    stills = []
    for place, (spec, width) in places.items():
        drawn = vega.draw_still(spec or content["spec"], width=width)
        if drawn:
            renamed = partial(re.sub, r'(id="|url\(#)(clip|gradient)', rf"\1{place}-\2")
            stills.append({"place": place, "svg": Markup(renamed(drawn))})  # noqa: S704 - Vega's
    return stills
