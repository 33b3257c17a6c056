"""Who stands on which tier: the look at everybody every night, and the least tier that a person sets for somebody.

A sale lets its own account climb at once (rules/engine.py); what only time brings (a purchase that no longer counts, a
year that is over, points that a sale has earned) is seen at night. docs/algorithms/tiers.md tells it in prose.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.db import transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import JobProgress, enqueue_job, record_audit
from programs.errors import NoActiveProgram, TierUnknown
from programs.models import Account, Program, ProgramState, TierLook
from programs.queries.climbing import Stood, stood_next, stood_of, today_of
from programs.queries.standing import version_at
from programs.rules.basket import Facts
from programs.rules.documents import Compiled
from programs.rules.engine import tier_after
from programs.rules.ladder import Standing, look
from programs.services import ledger
from programs.services.programs import compiled_version
from programs.services.receipts import note_standings
from programs.services.tier_warnings import is_in_danger, start_sending, warn

LOOK = "programs.look_at_tiers"
CHUNK = 2000
# Why an account stands where it stands (TierStanding.reason); besides: spend, import, merge.
CLIMBED, LOST, BY_HAND = "climbed", "lost", "hand"


def start_looks(*, now: dt.datetime) -> int:
    """Begin the look of this night in every programme whose ladder needs one; how many began. Safe to repeat: a day of
    the programme's calendar has one look."""
    begun = 0
    for program in Program.objects.filter(state=ProgramState.ACTIVE).order_by("id"):
        row = version_at(program.pk, now)
        version = compiled_version(row.pk) if row else None
        if row is None or version is None or version.ladder.is_simple or not version.tiers:
            continue
        with transaction.atomic():
            looked, is_new = TierLook.objects.get_or_create(
                program=program,
                looked_on=today_of(version, now),
                defaults={"version": row, "started_at": now},
            )
            if is_new:
                enqueue_job(kind=LOOK, payload={"look": looked.pk}, now=now)
                begun += 1
    return begun


@transaction.atomic
def look_chunk(*, look: int, now: dt.datetime) -> JobProgress:
    """Look at the next CHUNK accounts; the handler of the job. Whoever stands as they should is not written.

    Safe to repeat: how far it got is written with what it changed, and a second look on the same day changes nothing.
    """
    state = (
        TierLook.objects.select_for_update(of=["self"])
        .select_related("program")
        .filter(pk=look, finished_at__isnull=True)
        .first()
    )
    if state is None:
        return JobProgress(0, None, is_finished=True)
    version = compiled_version(state.version_id)
    seen = stood_next(state.program_id, version, state.looked_on, after=state.after, limit=CHUNK)
    moved = _move([one for one in seen if _after(one, version, state.looked_on) != one.standing], state, now)
    state.warned += _warn([moved.get(one.account_id, one) for one in seen], version, state, now)
    failpoint("tiers.after_write")
    state.accounts += len(seen)
    if seen:
        state.after = seen[-1].account_id
    if len(seen) < CHUNK:
        state.finished_at = now
        start_sending(state, now=now)
    state.save()
    return JobProgress(state.accounts, None, is_finished=state.finished_at is not None)


def _move(moving: list[Stood], state: TierLook, now: dt.datetime) -> dict[int, Stood]:
    """Write how these accounts stand from today on, and how many climbed or lost a tier; {account: how it stands now}.
    Read again under their locks: one of them may have bought something since."""
    if not moving:
        return {}
    version = compiled_version(state.version_id)
    ids = [one.account_id for one in moving]
    ledger.lock_for_tiers(ids)
    stood = stood_of(ids, version, state.looked_on)
    found = {account: _after(one, version, state.looked_on) for account, one in stood.items()}
    changed = {account: after for account, after in found.items() if after != stood[account].standing}
    ledger.set_standings({account: (after.tier, after.below_since) for account, after in changed.items()})
    order = _order(version)
    up: dict[int, str] = {}
    down: dict[int, str] = {}
    for account, after in changed.items():
        before = stood[account].standing.tier
        if after.tier != before:
            (up if _place(order, after.tier) > _place(order, before) else down)[account] = after.tier
    note_standings(up, reason=CLIMBED, now=now, version_id=state.version_id)
    note_standings(down, reason=LOST, now=now, version_id=state.version_id)
    state.climbed += len(up)
    state.lost += len(down)
    return {account: replace(one, standing=found[account]) for account, one in stood.items()}


def _warn(seen: list[Stood], version: Compiled, state: TierLook, now: dt.datetime) -> int:
    days = state.program.tier_warning_days
    if not days:
        return 0
    endangered = [one for one in seen if is_in_danger(one, version, state.looked_on, days=days)]
    return warn(endangered, version, state, now=now)


def _after(one: Stood, version: Compiled, today: dt.date) -> Standing:
    return look(version.ladder, _order(version), one.standing, version.tier_for(one.counted), today)


def _order(version: Compiled) -> list[str]:
    return [tier.key for tier in version.tiers]


def _place(order: list[str], key: str) -> int:
    """-1 for no tier, and for one that the version does not have."""
    return order.index(key) if key in order else -1


def tier_now(version: Compiled, account: ledger.Locked, amount: int, *, now: dt.datetime) -> str:
    """The tier of a locked account after `amount` more minor money, by what counts at this moment. A sale that the rules
    were asked about before (a hold, a sale without a connection) climbs by this."""
    facts = Facts(account.tier_key, account.spend)
    if not version.climbs_by_spend:
        counted = stood_of([account.id], version, today_of(version, now))[account.id].counted
        facts = replace(facts, purchases=counted, windows={version.ladder.window.key: counted})
    return tier_after(version, facts, amount)


@transaction.atomic
def set_floor(*, account_id: int, tier_key: str, reason: str, actor: Principal, now: dt.datetime) -> str:
    """Set the least tier that an account stands on, or none (""); the tier it stands on now.

    Somebody below it climbs at once. Whom a hand had raised falls to what they reach when the hand is taken away; a tier
    that was reached otherwise is kept as the programme says. Raises NoActiveProgram or TierUnknown; nothing is written
    then.
    """
    account = ledger.lock_account(account_id)
    row = version_at(account.program_id, now)
    if row is None:
        raise NoActiveProgram
    version = compiled_version(row.pk)
    order = _order(version)
    if tier_key and tier_key not in order:
        raise TierUnknown(tier=tier_key)
    stood = stood_of([account_id], version, today_of(version, now))[account_id]
    reached = version.tier_for(stood.counted)
    least = max(reached, tier_key, key=lambda key: _place(order, key))
    is_by_hand = stood.reason == BY_HAND
    tier = least if is_by_hand or _place(order, least) > _place(order, account.tier_key) else account.tier_key
    ledger.set_floor(account_id, tier_key)
    if tier != account.tier_key:
        ledger.set_tiers({account_id: tier})
        note_standings({account_id: tier}, reason=BY_HAND, now=now, version_id=row.pk)
    record_audit(
        actor=actor,
        action="set_tier_floor",
        target="programs.account",
        target_id=account_id,
        now=now,
        reason=reason,
        details={"before": stood.standing.floor, "after": tier_key, "tier": tier},
    )
    return tier


def inherit_floor(*, from_id: int, to_id: int, now: dt.datetime) -> str | None:
    """The survivor of a merge keeps the higher of both floors; what theirs was before, or None when nothing changed. The
    caller holds both locks."""
    floors = dict(Account.objects.filter(pk__in=[from_id, to_id]).values_list("pk", "tier_floor"))
    row = (
        version_at(Account.objects.values_list("program_id", flat=True).get(pk=to_id), now) if floors[from_id] else None
    )
    order = _order(compiled_version(row.pk)) if row else []
    if _place(order, floors[from_id]) <= _place(order, floors[to_id]):
        return None
    ledger.set_floor(to_id, floors[from_id])
    return floors[to_id]
