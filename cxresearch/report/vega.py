"""How does a chart get into a page that loads nothing?

Two ways. The Vega bundle, written once into the page, draws the live charts; stills are SVG drawn
here, for pages where scripts are off. Both come from vl-convert, which carries Vega inside.
"""

import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert

from cxresearch.errors import RunError

STILL_MARKS = 500
"""Above this many rows a still weighs more than it is worth: 1,500 points are 468 KB."""


def cache_folder() -> Path:
    """Where bundles are kept between runs: `XDG_CACHE_HOME`, or `.cache` in the home folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cxresearch"


@cache
def read_bundle() -> str:
    """The JavaScript of Vega, Vega-Lite and Vega-Embed, safe inside a script element.

    Made once for each version of vl-convert and kept in `cache_folder()`; made anew where that
    folder cannot be written.
    """
    kept = cache_folder() / f"vega-{version('vl-convert-python')}.js"
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg] # its stub errs
    bundle = bundle.replace("</script", "<\\/script")
    _keep(bundle, kept)
    return bundle


def _keep(bundle: str, path: Path) -> None:
    # By rename, so that two runs at once never read half a file.
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False
        ) as file:
            file.write(bundle)
        Path(file.name).replace(path)
    except OSError:
        return  # a read-only home: the next run makes it again, which costs seconds and no answer


def draw_still(spec: dict[str, Any], *, width: int) -> str | None:
    """The chart as SVG text, or None where it has more than `STILL_MARKS` rows.

    Parameters
    ----------
    spec
        A Vega-Lite specification; `width: container` becomes `width`.
    width
        Pixels.

    Raises
    ------
    RunError
        Vega cannot draw it, or it would load data from an address.

    Examples
    --------
    >>> spec = {"mark": "bar", "data": {"values": [{"n": 3}]}, "width": "container",
    ...         "encoding": {"x": {"field": "n", "type": "quantitative"}}}
    >>> draw_still(spec, width=340)[:4]
    '<svg'
    """
    if _count_rows(spec) > STILL_MARKS:
        return None
    sized = {**spec, "width": width} if spec.get("width") == "container" else spec
    try:
        # No address is allowed: making a page must not call outside, as reading it does not.
        return vl_convert.vegalite_to_svg(
            {key: sized[key] for key in sized if key != "title"}, allowed_base_urls=[]
        )
    except ValueError as error:
        raise RunError(
            f"a chart cannot be drawn: {error}",
            allowed="a Vega-Lite specification that holds its own data",
            next_step="hand the plot function a table; it never loads an address",
        ) from error


def _count_rows(spec: dict[str, Any]) -> int:
    values = spec.get("data", {}).get("values", [])
    return len(values) + sum(len(rows) for rows in spec.get("datasets", {}).values())
