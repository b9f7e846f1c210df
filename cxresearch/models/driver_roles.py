"""Which drivers come from which, and which of them may be judged?

Unit of observation: a driver. What is declared in experience.yml is taken as said; a cause of a
cause is a cause.

It cannot find out by itself what causes what.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from cxresearch.errors import ParameterError, did_you_mean
from cxresearch.models.balance import Flags

ROLES = ("actionable", "context", "proxy")

Causes = Mapping[str, Sequence[str]]


def list_causes(downstream_of: Causes) -> dict[str, set[str]]:
    """All that each driver comes from, through whatever lies between.

    Examples
    --------
    >>> found = list_causes({"delay_news": ["punctuality"], "punctuality": ["boarding"]})
    >>> sorted(found["delay_news"])
    ['boarding', 'punctuality']
    """
    found: dict[str, set[str]] = {}
    for name, direct in downstream_of.items():
        causes, waiting = set[str](), list(direct)
        while waiting:
            cause = waiting.pop()
            if cause not in causes:
                causes.add(cause)
                waiting += downstream_of.get(cause, [])
        found[name] = causes
    return found


def flag_descendants(
    drivers: Sequence[str], downstream_of: Causes, *, context: Sequence[str] = ()
) -> Flags:
    """Drivers by drivers and context: whether the second comes from the first.

    Raises
    ------
    ParameterError
        A driver comes from itself.
    """
    causes = list_causes(downstream_of)
    comes = np.array(
        [[cause in causes.get(name, ()) for name in (*drivers, *context)] for cause in drivers],
        dtype=bool,
    ).reshape(len(drivers), len(drivers) + len(context))
    for name, circle in zip(drivers, np.diag(comes), strict=True):
        if circle:
            raise ParameterError(
                f"'{name}' is downstream of itself",
                allowed="causes before effects, without a circle",
                next_step="leave one of the links of downstream_of out",
            )
    return comes


def check_roles(roles: Mapping[str, str], drivers: Sequence[str]) -> None:
    """Refuse a role nobody knows, and a role of what is no driver.

    Raises
    ------
    ParameterError
        Either is the case.
    """
    for name, role in roles.items():
        if role not in ROLES:
            raise ParameterError(
                f"role '{role}' of '{name}'.{did_you_mean(role, ROLES)}", allowed=", ".join(ROLES)
            )
        if name not in drivers:
            raise ParameterError(
                f"'{name}' has a role and is no driver.{did_you_mean(name, drivers)}",
                allowed=", ".join(drivers),
            )
