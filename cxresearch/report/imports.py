"""Why do nbformat and Altair load in one second here, and not in three?

Both import jsonschema, which builds a grammar of international web addresses whenever the package
`rfc3987_syntax` (which comes with JupyterLab) can be imported: 1.5 seconds in each process, for a
format that no notebook and no chart holds. A run starts a process and a kernel for each notebook,
so it tells Python that this package is absent.
"""

import sys
from pathlib import Path

_GRAMMAR = "rfc3987_syntax"
_STARTUP = f'import sys\n\nsys.modules.setdefault("{_GRAMMAR}", None)\n'


def skip_address_grammar() -> None:
    """Keep this process from building the grammar; to be called before the imports it slows."""
    # Python reads None as "cannot be imported"; the type of sys.modules does not know it.
    sys.modules.setdefault(_GRAMMAR, None)  # type: ignore[arg-type]


def write_kernel_profile(folder: Path) -> None:
    """Write an IPython folder whose kernels skip the grammar and load nothing of the user's."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "00-imports.py").write_text(_STARTUP, encoding="utf-8")
