"""The report: one JSON file for machines, one last line for people."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.oracle.runner import DIFFERS, NOT_CONFIGURABLE, REPRODUCED, Result


def totals(results: list[Result]) -> dict[str, int]:
    counted = Counter(result.outcome for result in results)
    return {
        "cases": len(results),
        "reproduced": counted[REPRODUCED],
        "differs": counted[DIFFERS],
        "not_configurable": counted[NOT_CONFIGURABLE],
    }


def document(results: list[Result]) -> dict[str, Any]:
    return {"totals": totals(results), "cases": [asdict(result) for result in results]}


def write(results: list[Result], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(results), indent=1, ensure_ascii=False) + "\n")


def lines(results: list[Result]) -> list[str]:
    """Every scenario that is not reproduced, then the totals."""
    said = [f"{result.id}  {result.outcome}: {result.why}" for result in results if result.outcome == NOT_CONFIGURABLE]
    said += [
        f"{result.id}  {result.outcome}: {result.why}; got {result.got}, expected {result.expected}"
        for result in results
        if result.outcome == DIFFERS
    ]
    said += [f"{result.id}  {result.outcome}: {result.got}" for result in results if result.outcome == REPRODUCED]
    count = totals(results)
    return [
        *said,
        f"ORACLE cases {count['cases']} reproduced {count['reproduced']} differs {count['differs']} "
        f"not-configurable {count['not_configurable']}",
    ]
