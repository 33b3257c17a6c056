"""Why points were given or taken, in the reader's words. One place for the till, the receipt and the member page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from programs.models import Award
from programs.rules.basket import Benefit
from programs.rules.benefits import Gift, NextCoupon, Service
from programs.rules.discounting import DISCOUNT
from programs.rules.engine import BASE, FIXED, PER_MONEY, RULE, TIER
from programs.rules.stamps import StampsHeld

_NUMBERS = {"rate", "factor", "percent"}
_NUMBER = re.compile(r"\d+\.\d+")
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


def benefit_sentence(benefit: Benefit) -> str:
    """What a benefit is, in the active language; texts of the shop in that, or in the one there is."""
    known = {"times": benefit.times} | benefit.details
    if "text" in known:
        known["text"] = text_in(known["text"], get_language() or "")
    if benefit.kind == Service.type:
        return _("%(text)s for free") % known
    if "text" in known:
        return str(known["text"])
    if benefit.kind == Gift.type:
        known["skus"] = ", ".join(known["skus"])
        if known["surcharge"]:
            return _("%(name)s: %(times)s of %(skus)s for %(surcharge)s") % known
        return _("%(name)s: %(times)s of %(skus)s as a gift") % known
    if "codes" in known:
        known["codes"] = ", ".join(known["codes"])
        return _("%(name)s, for the next visit: %(codes)s") % known
    if benefit.kind == NextCoupon.type:
        return _("%(name)s: coupons for the next visit: %(times)s") % known
    return _("%(name)s: stamps: %(times)s") % known


def text_in(texts: Mapping[str, str], language: str) -> str:
    """One of the shop's texts in a language, or else in English, or in whatever it was written in."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def stamps_sentence(stamps: StampsHeld) -> str:
    """How many stamps there are and how many it takes, in the active language."""
    known = {"name": stamps.name, "held": stamps.held, "needed": stamps.needed}
    if stamps.needed is None:
        return _("%(name)s: stamps: %(held)s") % known
    return _("%(name)s: %(held)s of %(needed)s stamps") % known


def _shown(value: object) -> object:
    text = str(value)
    return text.replace(".", get_format("DECIMAL_SEPARATOR")) if _NUMBER.fullmatch(text) else value


def _sentence(reason: str, known: dict[str, Any]) -> str:
    # Numbers are stored as they were computed, "1.50"; they are read with the reader's own decimal sign.
    known = {name: _shown(value) if name in _NUMBERS else value for name, value in known.items()}
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
