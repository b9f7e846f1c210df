"""The commands: `cxresearch init`, `check`, `sample`, `run`, `render`, `label`.

Exit codes: 0 done; 1 a fault of ours; 2 refused, with what was given, what is allowed and what to
do next; 3 published, but a notebook failed; 130 interrupted (143 when asked to end).
"""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from cxresearch.cli.app import run_app

    run_app()
