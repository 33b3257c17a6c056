"""Every kind of condition and effect, in the words of a shop: what it is called where it is offered, and its settings.

A kind without an entry here fails tests/programs/admin/designer/test_kinds.py; one whose facts or outcomes nobody serves
yet (programs/rules/served.py) is not offered until somebody does.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from programs.admin.designer.conditions import CONDITIONS as _CONDITIONS
from programs.admin.designer.effects import CAP_PER, WITHIN
from programs.admin.designer.effects import EFFECTS as _EFFECTS
from programs.admin.designer.kind import Kind
from programs.rules.benefits import BENEFITS
from programs.rules.conditions import CONDITIONS
from programs.rules.discounts import DISCOUNTS, PERSONAL
from programs.rules.effects import CAPS, EFFECTS, Exclude
from programs.rules.served import SERVED

__all__ = ["CAP_PER", "CONDITION_KINDS", "EFFECT_KINDS", "WITHIN", "Kind"]

CONDITION_KINDS = {kind.type: kind for kind in _CONDITIONS}
EFFECT_KINDS = {kind.type: kind for kind in _EFFECTS}
# What a reward may be: the same for everybody.
REWARD_TYPES = frozenset(one.type for one in DISCOUNTS if one not in PERSONAL)

# Which settings of a rule go with which effects.
_WITHOUT_LIMITS = (Exclude, *CAPS)
_ONLY_LIMITS = ("message", "stamps")


def takes_limits(effect: str) -> bool:
    """Whether what it gives can be limited."""
    return EFFECTS[effect] not in _WITHOUT_LIMITS


def takes_order(effect: str) -> bool:
    """Whether group and priority go with it."""
    return takes_limits(effect) and effect not in _ONLY_LIMITS


def ends_others(effect: str) -> bool:
    """Whether “stop after this rule” goes with it."""
    return takes_order(effect) and EFFECTS[effect] not in BENEFITS


def is_discount(effect: str) -> bool:
    """Whether it takes money off."""
    return EFFECTS[effect] in DISCOUNTS


def limit_sorts(effect: str) -> list[tuple[str, Any]]:
    """What its limits may count."""
    if EFFECTS[effect] in BENEFITS:
        return [("times", _("times"))]
    return (
        [("money", _("money off")), ("times", _("times"))]
        if is_discount(effect)
        else [("points", _("points")), ("times", _("times"))]
    )


def is_served(part: type[Any]) -> bool:
    """Whether somebody fills the facts, or carries out the outcome, that a kind always needs; what only some of its
    settings need is looked at setting by setting."""
    needs = getattr(part, "needs", ())
    if isinstance(needs, property):
        return True
    return {needs} <= SERVED if isinstance(needs, str) else set(needs) <= SERVED


def offered(kinds: dict[str, Kind], parts: dict[str, type[Any]]) -> list[tuple[Any, list[Kind]]]:
    """[(group, kinds)] that can be used now."""
    groups: dict[str, tuple[Any, list[Kind]]] = {}
    for kind in kinds.values():
        if is_served(parts[kind.type]):
            groups.setdefault(str(kind.group), (kind.group, []))[1].append(kind)
    return list(groups.values())


def offered_conditions() -> list[tuple[Any, list[Kind]]]:
    """What a rule may ask now, by groups."""
    return offered(CONDITION_KINDS, dict(CONDITIONS))


def offered_effects() -> list[tuple[Any, list[Kind]]]:
    """What a rule may give now, by groups."""
    return offered(EFFECT_KINDS, dict(EFFECTS))


def offered_rewards() -> list[tuple[Any, list[Kind]]]:
    """What points may buy now, by groups."""
    return offered({kind.type: kind for kind in _EFFECTS if kind.type in REWARD_TYPES}, dict(EFFECTS))
