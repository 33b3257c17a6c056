"""The ladder of tiers in words: why somebody stands where, what is missing to the next tier, and the history of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext_lazy

from programs.models import TierStanding
from programs.queries.climbing import Ahead
from programs.rules.documents import Compiled
from programs.rules.windows import POINTS, VISITS

# Why an account came to its tier (TierStanding.reason).
_WHY: dict[str, Any] = {
    "spend": pgettext_lazy("why a tier changed", "by a purchase"),
    "import": pgettext_lazy("why a tier changed", "brought in by an import"),
    "import undone": pgettext_lazy("why a tier changed", "an import was undone"),
    "merge": pgettext_lazy("why a tier changed", "merged"),
    "hand": pgettext_lazy("why a tier changed", "set by hand"),
    "climbed": pgettext_lazy("why a tier changed", "reached"),
    "lost": pgettext_lazy("why a tier changed", "no longer reached"),
}
_MOVES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class TierMove:
    """From when on an account stood on a tier ("" for none), and why, in words."""

    at: dt.datetime
    tier: str
    why: Any


def tier_moves(account_id: int, version: Compiled | None) -> list[TierMove]:
    """The newest first; tiers by the name they have now, one that is gone by its key."""
    rows = TierStanding.objects.filter(account=account_id).order_by("-id")[:_MOVES_SHOWN]
    return [
        TierMove(row.from_at, version.tier_name(row.tier_key) if version else row.tier_key, _WHY.get(row.reason, ""))
        for row in rows
    ]


def missing_words(ahead: Ahead, currency: str) -> str:
    """What is missing to the next tier, with its unit, in the active language: "12.50 USD", "3 purchases"."""
    if ahead.of == VISITS:
        return ngettext("%(count)s purchase", "%(count)s purchases", ahead.missing) % {"count": ahead.text}
    if ahead.of == POINTS:
        return gettext("%(points)s points") % {"points": ahead.text}
    return f"{ahead.text} {currency}"
