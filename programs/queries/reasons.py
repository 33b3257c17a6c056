"""Why points were given or taken, in the reader's words. One place for the till, the receipt and the member page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from programs.models import Award
from programs.rules.engine import BASE, RULE, TIER

_ORDER = {BASE: 0, RULE: 1, TIER: 2}


def reason_order(reason: str) -> int:
    """Base points first, then what rules and the tier added."""
    return _ORDER.get(reason, len(_ORDER))


def sentence_of(award: Award) -> str:
    """The sentence of a stored award; one that takes points back gives the reason they were once given for."""
    given = award.reverses or award
    return award_sentence(given.reason, given.details)


def award_sentence(reason: str, details: dict[str, Any]) -> str:
    """The sentence of one award, in the active language. `details` are those that the engine stored with it."""
    if reason == BASE:
        return _("%(rate)s point(s) for every unit of money") % {"rate": details.get("rate", "?")}
    if reason == TIER:
        return _("Tier %(name)s: points times %(factor)s") % {
            "name": details.get("name", "?"),
            "factor": details.get("factor", "?"),
        }
    return _("%(name)s: points times %(factor)s") % {
        "name": details.get("name", "?"),
        "factor": details.get("factor", "?"),
    }
