"""How known people stood before a chunk changed them: what undoing puts back, kept beside the rows that did it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from members.queries.pictures import Picture, pictures_of
from programs.models import Account, PurchaseSummary
from programs.services.accounts import accounts_of

# An act of the import's own that no column of a person's shows by itself.
_UNSEEN = {"id"}


@dataclass(frozen=True, slots=True)
class Before:
    """People as they were: their columns, their accounts in the programme, when those were last active, their visits."""

    pictures: dict[int, Picture] = field(default_factory=dict)
    accounts: dict[int, int] = field(default_factory=dict)
    active: dict[int, dt.datetime | None] = field(default_factory=dict)
    visits: dict[int, list[int]] = field(default_factory=dict)


def look_before(member_ids: Collection[int], program_id: int | None) -> Before:
    """Take the picture; nothing for nobody."""
    ids = list(member_ids)
    if not ids:
        return Before()
    accounts = accounts_of(ids, program_id=program_id) if program_id else {}
    active = dict(Account.objects.filter(pk__in=accounts.values()).values_list("pk", "active_at"))
    return Before(pictures_of(ids), accounts, active, visits_of(ids))


def visits_of(member_ids: Sequence[int]) -> dict[int, list[int]]:
    """{member id: [purchases, spent, returned]} of those who ever bought; a later receipt or return changes it."""
    rows = PurchaseSummary.objects.filter(member__in=member_ids)
    return {
        member_id: figures
        for member_id, *figures in rows.values_list("member", "purchase_count", "spend_minor", "returned_minor")
    }


def images(
    before: Before, *, keys: Mapping[int, Sequence[tuple[str, str]]], accounts: Mapping[int, int]
) -> dict[int, dict[str, Any]]:
    """What each of the known people had and now has otherwise, for ImportRow.values["before"].

    `keys` are those they got, `accounts` the ones whose points moved. {member id: {"fields", "after", "keys",
    "account": [id, was opened for it, last active before] or None, "visits"}}, without those nothing changed of.
    """
    found: dict[int, dict[str, Any]] = {}
    for member_id, after in pictures_of(list(before.pictures)).items():
        was = before.pictures[member_id]
        changed = [name for name in after if name not in _UNSEEN and after[name] != was[name]]
        account = accounts.get(member_id)
        if not changed and not keys.get(member_id) and account is None:
            continue
        active = before.active.get(account) if account else None
        found[member_id] = {
            "fields": {name: was[name] for name in changed},
            "after": {name: after[name] for name in changed},
            "keys": [list(key) for key in keys.get(member_id, ())],
            "account": [account, member_id not in before.accounts, active.isoformat() if active else None]
            if account
            else None,
            "visits": before.visits.get(member_id),
        }
    return found
