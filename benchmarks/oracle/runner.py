"""One scenario after the other: translate it, run it in a transaction that is undone, compare what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.oracle import expectations
from benchmarks.oracle.acting import run
from benchmarks.oracle.planning import translate
from benchmarks.oracle.words import NotConfigurable

REPRODUCED, DIFFERS, NOT_CONFIGURABLE = "reproduced", "differs", "not configurable"


@dataclass(frozen=True)
class Result:
    """The answer for one scenario. `why` is empty when it is reproduced."""

    id: str
    outcome: str
    got: dict[str, Any] | None
    expected: Any
    why: str


def run_cases(cases: Iterable[dict[str, Any]]) -> list[Result]:
    return [run_case(case) for case in cases]


def run_case(case: dict[str, Any]) -> Result:
    """Needs a database; leaves nothing in it."""
    name, expected = str(case.get("id", "?")), case.get("then")
    try:
        plan = translate(case)
        seen = run(plan)
    except NotConfigurable as reason:
        return Result(name, NOT_CONFIGURABLE, None, expected, str(reason))
    except Exception as error:  # noqa: BLE001  one scenario that breaks must not hide the answers of the others
        return Result(name, DIFFERS, None, expected, f"the run broke: {type(error).__name__}: {error}")
    got = {key: expectations.shown(read(seen), case["then"][key]) for key, read in plan.readers.items()}
    why = [key for key, value in got.items() if not expectations.same(value, case["then"][key])]
    text = f"not as expected: {', '.join(why)}" if why else ""
    if seen.refusal and not got.keys() & expectations.EXPECT_REFUSALS:
        got |= {"error": seen.refusal, "error_at_step": seen.refused_at}
        text = f"step {seen.refused_at} was refused: {seen.sentence}"
    return Result(name, DIFFERS if text else REPRODUCED, got, expected, text)
