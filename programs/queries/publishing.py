"""What publishing a draft would mean: whom it touches and what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from programs.models import Account, Program, ProgramVersion
from programs.queries.naming import units_of
from programs.rules.differing import Change, changes


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people have an account, and how many versions they have lived under already."""

    accounts: int
    versions: int


def publishing_reach(program: Program) -> Reach:
    """The people whom the next version concerns."""
    return Reach(Account.objects.filter(program=program).count(), program.versions.count())


def draft_difference(program: Program, draft: Mapping[str, Any]) -> list[Change]:
    """What `draft` (a document) changes against the newest published version."""
    newest = ProgramVersion.objects.filter(program=program).order_by("-number").first()
    return documents_difference(newest.document if newest else None, draft)


def documents_difference(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Change]:
    """What `after` changes, said with names instead of codes; without a `before` all of it is new."""
    return changes(before, after, units=(units_of(before or after), units_of(after)))
