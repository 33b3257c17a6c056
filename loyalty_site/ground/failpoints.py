"""Named places where a test may make us die, wait or fail. Nothing happens unless FAILPOINTS says so.

FAILPOINTS="name:kill|raise|sleep=SECONDS[:nth],..." is read once, at import. Without it `failpoint`
is an empty function. A test that forks loads everything once and arms each child with `arm`.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter


class FailpointError(RuntimeError):
    """Raised by a failpoint whose action is `raise`."""


def parse(text: str) -> dict[str, tuple[str, int]]:
    """{name: (action, nth)}; `nth` counts from 1, and 0 means every time. Raises ValueError on nonsense."""
    plan: dict[str, tuple[str, int]] = {}
    for part in filter(None, text.split(",")):
        name, action, *rest = part.split(":")
        if action.partition("=")[0] not in {"kill", "raise", "sleep"}:
            raise ValueError(f"FAILPOINTS: {action!r} is not kill, raise or sleep=SECONDS")
        plan[name] = (action, int(rest[0]) if rest else 0)
    return plan


_PLAN = parse(os.environ.get("FAILPOINTS", ""))
_passed: Counter[str] = Counter()


def arm(text: str) -> None:
    """Replace the plan by that of `text`, in the form of FAILPOINTS, and count from the start; "" disarms. For tests."""
    plan = parse(text)
    _PLAN.clear()
    _PLAN.update(plan)
    _passed.clear()


def failpoint(name: str) -> None:
    """Mark a place. Costs one look-up in an empty dictionary in production."""
    if name not in _PLAN:
        return
    action, nth = _PLAN[name]
    _passed[name] += 1
    if nth and _passed[name] != nth:
        return
    kind, _, argument = action.partition("=")
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "sleep":
        time.sleep(float(argument or 1))
    if kind == "raise":
        raise FailpointError(name)
