"""The ladder of tiers: what climbs it, how long a tier is kept, and what a hand has set as the least. Pure.

    "ladder": {"of": "spend", "calendar": "year", "this_sale": false, "keeps_months": 12, "grace_days": 30,
               "falls": "to_reached"}

Without it tiers are climbed by all that was ever spent and kept for ever, and the sale counts from the next one on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Facts
from programs.rules.dates import add_months
from programs.rules.parsing import ConditionError, DocumentError, Units, count_of, flag_of, one_of, only_known
from programs.rules.windows import POINTS, SPEND, VISITS, WINDOW, Window

_EVER_SPENT = Window(SPEND)


@dataclass(frozen=True, slots=True)
class Ladder:
    """`window` is what is counted; `this_sale`: a sale that climbs already earns on the tier it reaches. `keeps_months`
    None: a tier is never lost; 0: with the night in which it is not reached any more; else it is kept for so many months, and when it is no longer reached then, for another
    `grace_days`. `one_step`: it is lost one at a time."""

    window: Window = _EVER_SPENT
    this_sale: bool = False
    keeps_months: int | None = None
    grace_days: int = 0
    one_step: bool = False

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        """“ladder” of a document. Raises DocumentError."""
        known = (*WINDOW, "this_sale", "keeps_months", "grace_days", "falls")
        only_known({"type": "ladder", **raw}, ("type", *known))
        try:
            window = Window.parse({"type": "ladder", **raw})
        except ConditionError as error:
            raise DocumentError("the ladder of tiers: %(problem)s", problem=error.said) from error
        keeps = raw.get("keeps_months")
        ladder = cls(
            window,
            flag_of(raw.get("this_sale", False), Said("“this_sale”")),
            None if keeps is None else count_of(keeps, Said("“keeps_months”"), least=0),
            count_of(raw.get("grace_days", 0), Said("“grace_days”"), least=0),
            one_of(raw.get("falls", "to_reached"), ("to_reached", "one_step"), Said("“falls”")) == "one_step",
        )
        if any(need not in units.served for need in ladder.needs):
            raise DocumentError(
                "tiers over a window, or lost again, cannot be used yet: nothing looks at them every night"
            )
        return ladder

    @property
    def is_simple(self) -> bool:
        """Climbed by all that was ever spent, and never fallen from."""
        return self.window == _EVER_SPENT and self.keeps_months is None

    @property
    def needs(self) -> tuple[str, ...]:
        return () if self.is_simple else ("ladder", self.window.needs)

    def decimals(self, units: Units) -> int:
        """How many decimals the thresholds have."""
        return {SPEND: units.money, POINTS: units.points, VISITS: 0}[self.window.of]

    def climbed(self, facts: Facts, amount: int) -> int | None:
        """What counts after `amount` more minor money (0: no sale); None where nobody knows. Points that the sale
        itself earns are counted at night."""
        before = self.window.before(facts)
        if before is None:
            return None
        return before + {SPEND: amount, VISITS: int(amount > 0), POINTS: 0}[self.window.of]


@dataclass(frozen=True, slots=True)
class Standing:
    """A tier ("" for none) and since when; `floor` is the least that a hand has set; `below_since`: the first day on which
    it was not reached any more and no longer kept."""

    tier: str
    since: dt.date
    floor: str = ""
    below_since: dt.date | None = None


def certain_until(ladder: Ladder, standing: Standing, today: dt.date) -> dt.date | None:
    """The last day on which somebody keeps a tier whatever they buy; None where nothing is certain any more (it is kept
    while it is reached), or no day is set."""
    if ladder.keeps_months is None or not standing.tier or standing.tier == standing.floor:
        return None
    ends = standing.below_since or add_months(standing.since, ladder.keeps_months)
    last = ends + dt.timedelta(days=ladder.grace_days - 1)
    return last if last >= today else None


def look(ladder: Ladder, order: list[str], standing: Standing, reached: str, today: dt.date) -> Standing:
    """How somebody stands after a look at the ladder on a day. `order` are the tiers, the lowest first; `reached` is what
    counts today. Looking again on the same day changes nothing; nobody falls below what is reached or below the floor."""
    places = {key: place for place, key in enumerate(order)}

    def place(key: str) -> int:
        return places.get(key, -1)

    least = max(place(reached), place(standing.floor))
    held = place(standing.tier)
    if least >= held:
        tier = order[least] if least >= 0 else ""
        return replace(standing, tier=tier, since=standing.since if tier == standing.tier else today, below_since=None)
    # Whatever is reached on a day is held to the end of it, or a second look would take another step.
    if (
        ladder.keeps_months is None
        or today <= standing.since
        or today < add_months(standing.since, ladder.keeps_months)
    ):
        return replace(standing, below_since=None)
    below = standing.below_since or today
    if today < below + dt.timedelta(days=ladder.grace_days):
        return replace(standing, below_since=below)
    falls_to = held - 1 if ladder.one_step else least
    return replace(standing, tier=order[falls_to] if falls_to >= 0 else "", since=today, below_since=None)
