"""Tiers in a customer file: by the names of the programme's own, given with the reason "import", and taken back by an undo.

A tier once held is not lost by a file, as it is not lost by selling: only a higher one is given.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import connection

from programs.models import Account, ImportBatch, ImportRow, RowOutcome
from programs.queries.tiers import ladder_of
from programs.rules.importing.deciding import Decision
from programs.rules.importing.headings import heading_form
from programs.rules.importing.rows import Understood
from programs.services import ledger
from programs.services.accounts import accounts_of, open_accounts
from programs.services.receipts import note_standings

TIER = "tier"
REASON, UNDONE = "import", "import undone"
_KEEP = """
    UPDATE programs_importrow r SET values = r.values || g.values::jsonb
    FROM unnest(%s::bigint[], %s::text[]) AS g(id, values) WHERE r.id = g.id
"""


class Ladder:
    """The tiers of a batch's programme, the lowest first; none without a programme."""

    def __init__(self, batch: ImportBatch) -> None:
        found = ladder_of(batch.program, now=batch.created_at) if batch.program else []
        self.order = [key for key, _name in found]
        self._by_form = {heading_form(word): key for key, name in found for word in (key, name)}

    def key_of(self, text: str) -> str:
        """The tier that a cell names, "" for none of ours."""
        return self._by_form.get(heading_form(text), "")

    def is_higher(self, key: str, than: str) -> bool:
        """Is one tier above another? Any is above none; one that is not ours any more stays."""
        if not than:
            return True
        return than in self.order and self.order.index(key) > self.order.index(than)


def _tiers_held(batch: ImportBatch, member_ids: Iterable[int]) -> dict[int, str]:
    """{member: the tier of their account in the batch's programme}."""
    accounts = accounts_of(list(member_ids), program_id=batch.program_id) if batch.program_id else {}
    keys = dict(Account.objects.filter(pk__in=accounts.values()).values_list("pk", "tier_key"))
    return {member_id: keys[account] for member_id, account in accounts.items()}


def tiers_of_chunk(
    batch: ImportBatch, rows: Iterable[Understood], owners: Iterable[str]
) -> Callable[[Decision, Understood], Decision]:
    """What adds to a decision the tier that its row gives; `owners` are the tokens of those whom the rows may be."""
    if not any(row.tier for row in rows):
        return lambda decision, _row: decision
    members = [int(owner[1:]) for owner in owners if owner.startswith("m")]
    return partial(_with_tier, ladder=Ladder(batch), held=_tiers_held(batch, members))


def _with_tier(decision: Decision, row: Understood, *, ladder: Ladder, held: dict[int, str]) -> Decision:
    if not row.tier or not ladder.order or not decision.token:
        return decision
    key = ladder.key_of(row.tier)
    if not key:
        row.warnings.append("tier_unknown")
        return decision
    before = decision.state.get(TIER) or (held.get(int(decision.token[1:]), "") if decision.token[0] == "m" else "")
    if key == before:
        return decision
    if not ladder.is_higher(key, before):
        row.warnings.append("tier_lower")
        return decision
    decision = replace(decision, state={**decision.state, TIER: key}, tier=key)
    if decision.outcome == RowOutcome.CREATE:
        return decision
    return replace(decision, outcome=RowOutcome.UPDATE.value, changed=(*decision.changed, TIER))


def book_tiers(
    batch: ImportBatch, rows: Sequence[ImportRow], members: Sequence[int | None], now: dt.datetime
) -> dict[int, int]:
    """Give what these rows, which belong to these members by now, say; the first row of each keeps how it was before.
    {member: account} of those who were given one.

    Locks the accounts by rising id, together with those whose balances the rows name.
    """
    said = [
        (row, member)
        for row, member in zip(rows, members, strict=True)
        if member is not None and row.outcome != RowOutcome.REJECT and row.values.get(TIER)
    ]
    if not said or batch.program is None:
        return {}
    ladder = Ladder(batch)
    named = {member for row, member in zip(rows, members, strict=True) if member and row.values.get("opening")}
    accounts = open_accounts(
        program_id=batch.program.pk, member_ids=sorted({member for _row, member in said} | named), now=now
    )
    ledger.lock_and_roll(sorted(set(accounts.values())), now=now)
    held = dict(Account.objects.filter(pk__in=accounts.values()).values_list("pk", "tier_key"))
    given: dict[int, str] = {}
    kept: dict[int, dict[str, Any]] = {}
    for row, member in said:
        account, key = accounts[member], row.values[TIER][0]
        now_held = given.get(account, held[account])
        if key in ladder.order and ladder.is_higher(key, now_held) and key != now_held:
            given[account] = key
            row.values[TIER] = [key, account, held[account]]
            kept[row.pk] = {TIER: row.values[TIER]}
    _set(given, REASON, now)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(kept), [json.dumps(one) for one in kept.values()]])
    return {member: account for member, account in accounts.items() if account in given}


def _set(tiers: dict[int, str], reason: str, now: dt.datetime) -> None:
    ledger.set_tiers(tiers)
    note_standings(tiers, reason=reason, now=now)


def tier_accounts(rows: Iterable[ImportRow]) -> dict[int, tuple[str, str]]:
    """{account: (the tier before the first of these rows, the one that they gave)}."""
    found: dict[int, tuple[str, str]] = {}
    for row in rows:
        kept = row.values.get(TIER) or []
        if len(kept) == 3:
            key, account, before = kept
            found[account] = (found[account][0] if account in found else before, key)
    return found


def take_tiers_back(given: dict[int, tuple[str, str]], now: dt.datetime) -> None:
    """Put accounts that still stand where the import set them back to where they stood. The caller holds their locks."""
    held = dict(Account.objects.filter(pk__in=given).values_list("pk", "tier_key"))
    _set({account: before for account, (before, key) in given.items() if held.get(account) == key}, UNDONE, now)
