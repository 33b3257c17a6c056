"""Trying a draft: what one basket would get under it. Nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from members.models import Member
from programs.queries.shoppers import MemberKey, find_shopper
from programs.rules.basket import Basket, Facts, Line, Outcome
from programs.rules.buyer_conditions import Buyer
from programs.rules.checking import all_rules
from programs.rules.conditions import Condition
from programs.rules.documents import Compiled
from programs.rules.effects import CAPS, Exclude
from programs.rules.engine import evaluate
from programs.rules.matching import CompiledRule, matching_lines
from programs.rules.stamps import StampsHeld, stamps_held
from programs.services import ledger
from programs.services.accounts import open_accounts
from programs.services.facts import facts_of
from programs.services.programs import compile_draft


@dataclass(frozen=True, slots=True)
class Idle:
    """A rule that gave nothing: `failing` is the first condition that no line meets; without one, either it `fits` and
    still gives nothing, or no line meets all of its conditions at once."""

    rule: CompiledRule
    failing: Condition | None
    fits: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """What the basket gets, and which rules give nothing."""

    version: Compiled
    facts: Facts
    basket: Basket
    outcome: Outcome
    idle: tuple[Idle, ...]
    stamps: tuple[StampsHeld, ...]  # on each card afterwards


def ask_draft(
    *, document: dict[str, Any], program_id: int, member: Member | None, lines: Sequence[Line], store: str,
    at: dt.datetime, coupons: frozenset[str] = frozenset(), partner: str = "", channel: str = "",
    payments: frozenset[str] = frozenset(), redeem: int = 0, claim: Sequence[str] = (), now: dt.datetime,
) -> Tried:  # fmt: skip
    """What `lines` would get at `at` (in the store's own time) under a draft's document, when `redeem` minor points and the
    rewards with the keys `claim` pay. `member` None: somebody who joins today, and holds just the points that this takes.
    Raises DocumentError or ConditionError when the draft cannot be compiled, and what engine.evaluate raises when points
    may not pay so."""
    version = compile_draft(document)
    basket = Basket(tuple(lines), store, at, coupons, partner=partner, channel=channel, payments=payments)
    if member is None:
        costs = [reward.cost for reward in version.rewards for key in claim if reward.key == key]
        facts = replace(_newcomer(version, at), available=redeem + sum(costs))
    else:
        facts = _facts(version, program_id, member, at=at, now=now)
    outcome = evaluate(version, facts, basket, redeem=redeem, claim=claim)
    return Tried(
        version=version,
        facts=facts,
        basket=basket,
        outcome=outcome,
        idle=tuple(_idle(version, facts, basket, outcome)),
        stamps=stamps_held(version, facts.counters, outcome),
    )


def _newcomer(version: Compiled, at: dt.datetime) -> Facts:
    """Somebody who joins that day: nothing bought, nothing counted."""
    traits = version.asked.traits(Buyer(joined_on=at.date()), at.date())
    return Facts(purchases=0, traits=traits, windows={}, counters={})


def _facts(version: Compiled, program_id: int, member: Member, *, at: dt.datetime, now: dt.datetime) -> Facts:
    """What the rules see of a member, balance and tier as they stand now, of a new account where they have none in the
    programme; undone afterwards, as a quote is."""
    with transaction.atomic():
        shopper = find_shopper(MemberKey("id", str(member.public_id)), at=at)
        if shopper is None:  # forgotten a moment ago
            return _newcomer(version, at)
        if shopper.account_id is None or shopper.program_id != program_id:
            opened = open_accounts(program_id=program_id, member_ids=[shopper.member_id], now=now)
            shopper = replace(shopper, program_id=program_id, account_id=opened[shopper.member_id])
        assert shopper.account_id is not None
        account = ledger.lock_account(shopper.account_id)
        ledger.roll_forward(account, now=now)
        facts = facts_of(account, version, shopper, at=at)
        transaction.set_rollback(True)
    return facts


def _idle(version: Compiled, facts: Facts, basket: Basket, outcome: Outcome) -> Iterator[Idle]:
    gave = {one.rule for one in outcome.awards} | {one.rule for one in outcome.discounts}
    gave |= {one.rule for one in outcome.benefits}
    for rule in all_rules(version):
        if rule.key not in gave and not isinstance(rule.effect, (Exclude, *CAPS)):
            if matching_lines(rule, basket, facts):
                yield Idle(rule, None, fits=True)
            else:
                yield Idle(rule, _failing(rule, facts, basket), fits=False)


def _failing(rule: CompiledRule, facts: Facts, basket: Basket) -> Condition | None:
    for condition in (*rule.of_receipt, *rule.of_line):
        if not any(condition.holds(line, basket, facts) for line in basket.lines):
            return condition
    return None
