"""The part of programs in a merge: points, tiers, receipts, coupons, the PIN and the cashier's own card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from loyalty_site.ground.policy import Principal
from members.models import Merge
from programs.errors import MergeShared
from programs.models import Account, AccountAccess, Cashier, Coupon, CouponUse, Program
from programs.queries.standing import version_at
from programs.rules.basket import Facts
from programs.rules.documents import compile_document
from programs.rules.engine import tier_after
from programs.services import counters, ledger
from programs.services.accounts import end_access, give_access, hand_on
from programs.services.companies import give_ties_back, move_ties
from programs.services.merging.points import Pair, return_points, take_points
from programs.services.moving import give_presented_back, give_receipts_back, move_presented, move_receipts
from programs.services.pins import inherit_pin, return_pin
from programs.services.receipts import note_standing
from programs.services.tiers import inherit_floor

_TIER_REASON = "merge"


def merge_shopper(merge: Merge, pairs: Sequence[Pair], *, actor: Principal, now: dt.datetime) -> dict[str, Any]:
    """Give the survivor all that the other has in the programmes; JSON for the way back. Accounts locked by lock_pairs."""
    survivor_id, merged_id = merge.survivor_id, merge.merged_id
    accounts = []
    for pair in pairs:
        tiers = {"tier_before": pair.staying.tier_key, "tier_of_merged": pair.closing.tier_key}
        figures = take_points(pair, merge_id=merge.pk, now=now, actor_label=actor.label)
        floor = inherit_floor(from_id=pair.closing.id, to_id=pair.staying.id, now=now)
        accounts.append({**figures, **tiers, "tier": _higher_tier(pair, now=now), "floor_before": floor})
        end_access(merged_id, program_id=pair.closing.program_id, now=now)
        _own_account(pair.staying, survivor_id, now=now)
        hand_on(pair.closing.id, successor_id=pair.staying.id)
    coupons = list(Coupon.objects.filter(member=merged_id).values_list("pk", flat=True))
    uses = list(CouponUse.objects.filter(member=merged_id).values_list("pk", flat=True))
    cashiers = list(Cashier.objects.filter(member=merged_id).values_list("pk", flat=True))
    for table, ids in ((Coupon, coupons), (CouponUse, uses), (Cashier, cashiers)):
        table.objects.filter(pk__in=ids).update(member=survivor_id)
    receipts = move_receipts(from_id=merged_id, to_id=survivor_id)
    counters.recount([survivor_id, merged_id])
    return {
        "accounts": accounts,
        "receipts": receipts,
        "coupons": coupons,
        "uses": uses,
        "cashiers": cashiers,
        "pin": inherit_pin(from_id=merged_id, to_id=survivor_id),
        "presented": move_presented(from_id=merged_id, to_id=survivor_id),
        "ties": move_ties(from_id=merged_id, to_id=survivor_id, now=now),
    }


def _own_account(account: ledger.Locked, member_id: int, *, now: dt.datetime) -> None:
    """The survivor uses their own account, also when they had used the other's until now."""
    own = Account.objects.get(pk=account.id)
    live = AccountAccess.objects.filter(member=member_id, program=own.program_id, ended_at__isnull=True)
    if not live.filter(account=own).exists():
        give_access(own, member_id, now=now)


def _higher_tier(pair: Pair, *, now: dt.datetime) -> str:
    """The survivor stands on the highest of both tiers and of what both spent together; the tier key."""
    account = pair.staying
    version = version_at(account.program_id, now)
    if version is None:
        tier = account.tier_key or pair.closing.tier_key
    else:
        compiled = compile_document(version.document)
        mine = tier_after(compiled, Facts(account.tier_key, account.spend), 0)
        tier = tier_after(compiled, Facts(pair.closing.tier_key, account.spend), 0)
        order = [step.key for step in compiled.tiers]
        if mine in order and (tier not in order or order.index(mine) > order.index(tier)):
            tier = mine
    _set_tier(account, tier, version.pk if version else None, now=now)
    return tier


def _set_tier(account: ledger.Locked, tier: str, version_id: int | None, *, now: dt.datetime) -> None:
    if tier != account.tier_key:
        ledger.post(account, [], now=now, tier_key=tier)
        note_standing(account, version_id, reason=_TIER_REASON, now=now)


def unmerge_shopper(merge: Merge, parts: dict[str, Any], *, actor: Principal, now: dt.datetime) -> list[dict[str, Any]]:
    """Give back what the merge took and is still there; what is not, as [{"what": code, ...}]."""
    survivor_id, merged_id = merge.survivor_id, merge.merged_id
    locked = ledger.lock_accounts(
        [account for row in parts["accounts"] for account in (row["closing"], row["staying"])]
    )
    left: list[dict[str, Any]] = []
    for account_id in sorted(locked):
        ledger.roll_forward(locked[account_id], now=now)
    for row in parts["accounts"]:
        pair = Pair(locked[row["closing"]], locked[row["staying"]])
        if pair.staying.successor_id is not None:
            raise MergeShared
        hand_on(pair.closing.id, successor_id=None)
        gone = return_points(pair, row, merge_id=merge.pk, now=now, actor_label=actor.label)
        if gone:
            program = Program.objects.get(pk=pair.closing.program_id)
            left.append({"what": "points", "program": program.pk, "points": gone})
        if pair.staying.tier_key == row["tier"] != row["tier_before"]:
            version = version_at(pair.staying.program_id, now)
            _set_tier(pair.staying, row["tier_before"], version.pk if version else None, now=now)
        if row.get("floor_before") is not None:
            ledger.set_floor(pair.staying.id, row["floor_before"])
        give_access(Account.objects.get(pk=pair.closing.id), merged_id, now=now)
    for table, name in ((Coupon, "coupons"), (CouponUse, "uses"), (Cashier, "cashiers")):
        table.objects.filter(pk__in=parts[name], member=survivor_id).update(member=merged_id)
    give_receipts_back(parts["receipts"], from_id=merged_id, to_id=survivor_id)
    counters.recount([survivor_id, merged_id])
    give_presented_back(parts.get("presented", []), to_id=merged_id)
    give_ties_back(parts.get("ties", []), to_id=merged_id)
    if parts["pin"]:
        return_pin(from_id=merged_id, to_id=survivor_id)
    return left
