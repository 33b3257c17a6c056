"""The rules and rewards of a draft: written, moved, switched off, thrown away. Nothing changes at the tills until the
draft is published; each act is noted with the programme's name for it, never with what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from programs.models import Program, Reward, Rule

_KEY_LENGTH = 36
_RULE, _REWARD = "programs.rule", "programs.reward"


@dataclass(frozen=True, slots=True)
class RuleWish:
    """What a rule is to say: conditions and effect as a document has them."""

    name: str
    conditions: list[dict[str, Any]]
    effect: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RewardWish:
    """What a reward is to cost (points) and to take off, and when."""

    name: str
    cost: Decimal
    effect: dict[str, Any]
    conditions: list[dict[str, Any]] = field(default_factory=list)


def key_from(name: str, taken: Collection[str], *, otherwise: str) -> str:
    """A key made of a name, which nobody of `taken` has: receipts and limits cite it for ever, so it never changes."""
    stem = slugify(name)[:_KEY_LENGTH].strip("-") or otherwise
    key, number = stem, 1
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key


def add_rule(*, program: Program, wish: RuleWish, key: str, actor: Principal, now: dt.datetime) -> Rule:
    """One more rule at the end of the draft. `key` is one of key_from."""
    with transaction.atomic():
        Program.objects.select_for_update().get(pk=program.pk)
        last = Rule.objects.filter(program=program).order_by("-position").values_list("position", flat=True).first()
        rule = Rule.objects.create(
            program=program,
            key=key,
            name=wish.name,
            conditions=wish.conditions,
            effect=wish.effect,
            position=(last or 0) + 1,
        )
        _note(actor, "add", _RULE, rule.pk, {"program": program.code, "key": rule.key}, now)
    return rule


def change_rule(*, rule: Rule, wish: RuleWish, actor: Principal, now: dt.datetime) -> None:
    """The rule says something else from the next publication on; it keeps its key and place."""
    with transaction.atomic():
        Rule.objects.filter(pk=rule.pk).update(name=wish.name, conditions=wish.conditions, effect=wish.effect)
        _note(actor, "change", _RULE, rule.pk, {"key": rule.key}, now)


def switch_rule(*, rule: Rule, is_active: bool, actor: Principal, now: dt.datetime) -> None:
    """A rule that is off stays in the draft and is not published."""
    with transaction.atomic():
        Rule.objects.filter(pk=rule.pk).update(is_active=is_active)
        _note(actor, "change", _RULE, rule.pk, {"key": rule.key, "is_active": is_active}, now)


def move_rule(*, rule: Rule, by: int, actor: Principal, now: dt.datetime) -> None:
    """One place up (-1) or down (1) among the rules of its draft; at the ends nothing happens."""
    with transaction.atomic():
        Program.objects.select_for_update().get(pk=rule.program_id)
        order = list(Rule.objects.filter(program_id=rule.program_id).values_list("pk", flat=True))
        if rule.pk not in order:  # somebody deleted it meanwhile
            return
        before = order.index(rule.pk)
        after = before + by
        if not 0 <= after < len(order):
            return
        order[before], order[after] = order[after], order[before]
        Rule.objects.bulk_update(
            [Rule(pk=pk, position=place) for place, pk in enumerate(order, start=1)], fields=["position"]
        )
        _note(actor, "change", _RULE, rule.pk, {"key": rule.key, "position": after + 1}, now)


def remove_rule(*, rule: Rule, actor: Principal, now: dt.datetime) -> None:
    """Out of the draft; published versions keep theirs."""
    with transaction.atomic():
        _note(actor, "delete", _RULE, rule.pk, {"key": rule.key}, now)
        rule.delete()


def add_reward(*, program: Program, wish: RewardWish, key: str, actor: Principal, now: dt.datetime) -> Reward:
    """One more thing that points buy."""
    with transaction.atomic():
        reward = Reward.objects.create(program=program, key=key, **asdict(wish))
        _note(actor, "add", _REWARD, reward.pk, {"program": program.code, "key": reward.key}, now)
    return reward


def change_reward(*, reward: Reward, wish: RewardWish, actor: Principal, now: dt.datetime) -> None:
    """It costs or takes off something else from the next publication on."""
    with transaction.atomic():
        Reward.objects.filter(pk=reward.pk).update(**asdict(wish))
        _note(actor, "change", _REWARD, reward.pk, {"key": reward.key}, now)


def switch_reward(*, reward: Reward, is_active: bool, actor: Principal, now: dt.datetime) -> None:
    """A reward that is off stays in the draft and is not published."""
    with transaction.atomic():
        Reward.objects.filter(pk=reward.pk).update(is_active=is_active)
        _note(actor, "change", _REWARD, reward.pk, {"key": reward.key, "is_active": is_active}, now)


def remove_reward(*, reward: Reward, actor: Principal, now: dt.datetime) -> None:
    """Out of the draft; published versions keep theirs."""
    with transaction.atomic():
        _note(actor, "delete", _REWARD, reward.pk, {"key": reward.key}, now)
        reward.delete()


def _note(actor: Principal, action: str, target: str, pk: int, details: dict[str, Any], now: dt.datetime) -> None:
    record_audit(actor=actor, action=action, target=target, target_id=pk, now=now, details=details)
