"""What publishing a draft would mean: whom it touches and what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from programs.models import Account, Program, ProgramVersion


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people have an account, and how many versions they have lived under already."""

    accounts: int
    versions: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of the document: its path, what it was, what it becomes ('' when it is new or gone)."""

    path: str
    before: str
    after: str


def publishing_reach(program: Program) -> Reach:
    """The people whom the next version concerns."""
    return Reach(Account.objects.filter(program=program).count(), program.versions.count())


def draft_difference(program: Program, draft: dict[str, Any]) -> list[Difference]:
    """What `draft` (a document) changes against the newest published version, setting by setting."""
    newest = ProgramVersion.objects.filter(program=program).order_by("-number").first()
    before = _flat(newest.document) if newest else {}
    after = _flat(draft)
    paths = [*after, *(path for path in before if path not in after)]
    return [
        Difference(path, before.get(path, ""), after.get(path, ""))
        for path in paths
        if before.get(path, "") != after.get(path, "")
    ]


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """{'earning.points': '1', 'tiers.silver.name': 'Silver', ...}; rows of lists go by their key."""
    if isinstance(value, dict):
        found: dict[str, str] = {}
        for key, part in value.items():
            found |= _flat(part, f"{path}.{key}" if path else str(key))
        return found
    if isinstance(value, list) and value and all(isinstance(part, dict) and "key" in part for part in value):
        found = {}
        for part in value:
            found |= _flat({key: one for key, one in part.items() if key != "key"}, f"{path}.{part['key']}")
        return found
    return {path: str(value)}
