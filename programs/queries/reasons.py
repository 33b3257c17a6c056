"""Why points were given or taken, in the reader's words. One place for the till, the receipt and the member page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from programs.models import Award
from programs.rules.discounting import DISCOUNT
from programs.rules.engine import BASE, FIXED, PER_MONEY, RULE, TIER

_ORDER = {DISCOUNT: 0, BASE: 1, PER_MONEY: 2, RULE: 3, FIXED: 4, TIER: 5}


def reason_order(reason: str) -> int:
    """Discounts, then base points, then what rules and the tier added."""
    return _ORDER.get(reason, len(_ORDER))


def sentence_of(award: Award) -> str:
    """The sentence of a stored award; one that takes points back gives the reason they were once given for."""
    given = award.reverses or award
    return award_sentence(given.reason, given.details)


def award_sentence(reason: str, details: dict[str, Any]) -> str:
    """The sentence of one award, in the active language. `details` are those that the engine stored with it."""
    sentence = _sentence(reason, {"name": "?", "rate": "?", "factor": "?"} | details)
    if "capped" in details:
        return _("%(sentence)s (cut by %(name)s)") % {"sentence": sentence, "name": details["capped"]}
    return sentence


def _sentence(reason: str, known: dict[str, Any]) -> str:
    if reason == BASE:
        return _("%(rate)s for every unit of money") % known
    if reason == TIER:
        return _("Tier %(name)s: points times %(factor)s") % known
    if reason == PER_MONEY:
        return _("%(name)s: %(rate)s for every unit of money") % known
    if reason == DISCOUNT and "percent" in known:
        return _("%(name)s: %(percent)s %% off") % known
    if reason in {FIXED, DISCOUNT}:
        return str(known["name"])
    return _("%(name)s: points times %(factor)s") % known
