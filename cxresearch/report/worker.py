"""Execute one notebook: the process that the runner starts for each.

`python -m cxresearch.report.worker job.json` reads a job {`notebook`, `executed`, `parameters`,
`cwd`, `outcome`}, runs it by papermill and writes the outcome: null, or what failed. The runner
holds this process's standard input open: when it ends, the runner is gone, and so is this process.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from cxresearch.report.imports import skip_address_grammar
from cxresearch.report.provenance import normalise_notebook, write_json

_GRACE_SECONDS = 5


def main(job_path: str) -> None:
    """Run the job and write its outcome.

    Parameters
    ----------
    job_path
        A JSON file as the module says.
    """
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    threading.Thread(target=_end_with_the_runner, daemon=True).start()
    skip_address_grammar()
    outcome = _execute(job)
    executed = Path(job["executed"])
    if executed.is_file():  # a kernel that died leaves none
        content = json.loads(executed.read_text(encoding="utf-8"))
        if outcome is not None:
            outcome["cell"] = _number_as_written(content["cells"])
        write_json(normalise_notebook(content), executed)
    write_json(outcome, Path(job["outcome"]))


def _execute(job: dict[str, Any]) -> dict[str, Any] | None:
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        papermill.execute_notebook(
            _literal(job["notebook"]),
            _literal(job["executed"]),
            parameters=job["parameters"],
            cwd=job["cwd"],
            progress_bar=False,
            request_save_on_cell_execute=False,
        )
    except PapermillExecutionError as error:
        return _failure("error", error.ename, error.evalue, error.source)
    except DeadKernelError as error:
        return _failure("died", type(error).__name__, str(error))
    except Exception as error:  # the runner must learn of any other fault, which ends this process
        return _failure("error", type(error).__name__, str(error))
    return None


def _number_as_written(cells: list[dict[str, Any]]) -> int | None:
    """Place of the failed cell, from 1, in the notebook before papermill put cells into it."""
    added = {"injected-parameters", "papermill-error-cell-tag"}
    written = [cell for cell in cells if not added & set(cell["metadata"].get("tags", []))]
    failed = [number for number, cell in enumerate(written, start=1) if _has_failed(cell)]
    return failed[0] if failed else None


def _has_failed(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("papermill", {}).get("exception")) or any(
        output["output_type"] == "error" for output in cell.get("outputs", [])
    )


def _literal(path: str) -> str:
    """Papermill reads a path as a format string."""
    return path.replace("{", "{{").replace("}", "}}")


def _failure(kind: str, error: str, text: str, source: str = "") -> dict[str, Any]:
    return {"kind": kind, "error": error, "message": text, "cell": None, "source": source}


def _end_with_the_runner() -> None:
    # os.read, because a thread waiting inside sys.stdin's buffer aborts the interpreter's exit.
    while os.read(0, 1):
        continue
    # nbclient answers SIGTERM by ending the kernel; give it a moment.
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
