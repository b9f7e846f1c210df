"""What does a user read when the file system refuses to write?"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxresearch.errors import RunError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_FOLDER = frozenset({errno.ENOENT, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL})
_LOOP = "Symlink loop"
"""What pathlib says, without an errno, where links lead to each other (until Python 3.12)."""
_CLOSED = _NO_FOLDER | {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EISDIR,
}


@contextmanager
def explain_writing(out: Path) -> Iterator[None]:
    """Turn a refusal of the file system to write under `out` into an error that says what to do.

    Raises
    ------
    RunError
        In place of the `OSError`.
    """
    try:
        with explain_full_disk(out):
            yield
    except OSError as error:
        if error.errno not in _CLOSED:
            raise
        raise _refused(f"cannot write {error.filename or out}: {error.strerror}") from error
    except RuntimeError as error:
        if _LOOP not in str(error):
            raise
        raise _refused(f"cannot write {out}: {error}") from error


def _refused(cause: str) -> RunError:
    return RunError(
        cause,
        allowed="a reports folder that this user may write to, and latest a link in it",
        next_step="mend its permissions, or choose another folder with --out",
    )


@contextmanager
def explain_full_disk(out: Path) -> Iterator[None]:
    """Turn a full disk into an error that says what to do.

    Raises
    ------
    RunError
        In place of the `OSError`, or of the error that polars makes of it.
    """
    try:
        yield
    except Exception as error:
        if not _says_full(error):
            raise
        raise RunError(
            f"no space left for {out}: {error}",
            allowed="room for the prepared tables and the pages of one run",
            next_step="free space, or choose another folder with --out; the last report stands",
        ) from error


def _says_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    return any(f"os error {number}" in str(error) for number in _FULL)
