"""What can be told of a version before anything is in the basket: what the points would buy, and the privileges that
somebody has whatever they buy. Pure.

The version is cut down to that, and then asked as always; a condition on goods is left for the basket to decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from programs.rules.asking import Asked
from programs.rules.basket import Basket, Benefit, Facts, Line
from programs.rules.benefits import Privilege, Service
from programs.rules.conditions import Condition, inner, is_of_receipt
from programs.rules.counting import benefits_of
from programs.rules.documents import Compiled, Reward
from programs.rules.history_conditions import Accumulated
from programs.rules.ladder import Ladder
from programs.rules.matching import Conditioned, matching_lines
from programs.rules.receipt_conditions import AmountAtLeast, PaidBy, QuantityAtLeast, WithCoupon

# Of the whole receipt, and still nothing that is known before there is one.
_OF_BASKET = (AmountAtLeast, QuantityAtLeast, PaidBy, WithCoupon)
# A receipt needs a line to be asked about; no condition that is left looks at it.
_NOTHING = (Line("", Decimal(0), 0),)


def asks_basket(condition: Condition) -> bool:
    """Whether only a basket can answer it."""
    asked = inner(condition)
    if isinstance(asked, Accumulated):
        return asked.with_this
    return isinstance(asked, _OF_BASKET) or not is_of_receipt(condition)


def before_basket(version: Compiled) -> Compiled:
    """The version with its privileges and free services that ask nothing of a basket, and with its rewards, which ask
    only what is known by then; `asked` is what these need."""
    benefits = tuple(
        rule
        for rule in version.benefits
        if isinstance(rule.effect, (Privilege, Service)) and not any(map(asks_basket, _conditions(rule)))
    )
    rewards = tuple(_freed(one) for one in version.rewards)
    asked = Asked.of(benefits, rewards, Ladder())
    return replace(version, benefits=benefits, rewards=rewards, asked=asked)


def told_before(version: Compiled, facts: Facts, empty: Basket) -> tuple[tuple[Reward, ...], tuple[Benefit, ...]]:
    """(rewards that the points buy, privileges) of a version that `before_basket` has cut; `empty` says where and when."""
    if not facts.tier and version.first_tier:
        facts = replace(facts, tier=version.first_tier)
    basket = empty.holding(_NOTHING, None)
    rewards = () if facts.debt else version.rewards
    bought = tuple(one for one in rewards if one.cost <= facts.available and matching_lines(one, basket, facts))
    return bought, benefits_of(version, facts, basket)


def _freed(reward: Reward) -> Reward:
    known = tuple(one for one in reward.of_receipt if not asks_basket(one))
    return replace(reward, of_receipt=known, of_line=())


def _conditions(rule: Conditioned) -> Sequence[Condition]:
    return (*rule.of_receipt, *rule.of_line)
