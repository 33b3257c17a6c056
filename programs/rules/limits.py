"""Limits of what a rule gives: on a receipt, to one member, or of the whole programme; for ever, or in a day, month or
year of the programme's calendar. Pure.

    "limits": [{"of": "points", "per": "member", "within": "day", "most": "500"},
               {"of": "times", "per": "program", "most": 100}]

What was given before is counted outside, under the limit's key (Facts.counters); the outcome says what a sale adds
(Outcome.counts). A limit keeps its key from version to version, so a raised limit goes on counting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Facts
from programs.rules.parsing import (
    DocumentError,
    Units,
    above_nought,
    count_of,
    listed,
    minor_of,
    money_text,
    one_of,
    only_known,
    points_text,
)

POINTS, MONEY, TIMES = "points", "money", "times"
RECEIPT, MEMBER, PROGRAM = "receipt", "member", "program"
EVER = "ever"
_WITHIN = (EVER, "day", "month", "year")


class Counter(NamedTuple):
    """Something counted outside: `per` member or program, `within` ever, or the day, month or year of the sale."""

    key: str
    per: str
    within: str = EVER


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` minor points, minor money or times; `key` is "" on a receipt, where nothing is counted outside."""

    of: str
    per: str
    within: str
    most: int
    key: str = ""

    @classmethod
    def parse(cls, raw: object, kinds: tuple[str, ...], units: Units) -> Self:
        """One of “limits”; `kinds` are those that its effect gives. Raises DocumentError."""
        if not isinstance(raw, Mapping):
            raise DocumentError("“limits” must be a list of objects with “of”, “per” and “most”")
        only_known({"type": "limits", **raw}, ("type", "of", "per", "within", "most"))
        return cls.read(raw, one_of(raw.get("of"), kinds, Said("“of”")), raw.get("most"), units)

    @classmethod
    def read(cls, raw: Mapping[str, Any], of: str, most: object, units: Units) -> Self:
        """A limit of the kind `of` with “per” and “within” of `raw`. Raises DocumentError."""
        per = one_of(raw.get("per", RECEIPT), (RECEIPT, MEMBER, PROGRAM), Said("“per”"))
        within = one_of(raw.get("within", EVER), _WITHIN, Said("“within”"))
        if per == RECEIPT and within != EVER:
            raise DocumentError("a limit of a receipt has no “within”")
        return cls(of, per, within, _amount(of, most, units))

    def named(self, rule: str) -> Self:
        """As a limit of that rule."""
        if self.per == RECEIPT:
            return self
        return replace(self, key=f"limit:{rule}:{self.of}:{self.per}:{self.within}")

    @property
    def needs(self) -> tuple[str, ...]:
        return () if self.per == RECEIPT else ("counters",)

    @property
    def counter(self) -> Counter | None:
        """What must be counted for it."""
        return Counter(self.key, self.per, self.within) if self.key else None

    def left(self, facts: Facts) -> int:
        """How much may still be given."""
        if not self.key or facts.counters is None:
            return self.most
        return max(0, self.most - facts.counters.get(self.key, 0))

    def words(self, units: Units) -> Said:
        """The limit itself, to stand behind what it limits."""
        known = {"most": _most_words(self, units), "when": _WHEN[self.within]}
        if self.per == RECEIPT:
            return Said("at most %(most)s on a receipt", **known)
        if self.per == MEMBER:
            return Said("at most %(most)s for a member %(when)s", **known)
        return Said("at most %(most)s for everybody together %(when)s", **known)


_WHEN = {
    EVER: Said("in all"),
    "day": Said("a day"),
    "month": Said("a month"),
    "year": Said("a year"),
}


def left_of(limits: Sequence[Limit], of: str, facts: Facts) -> int | None:
    """The least that the limits of this kind leave; None where there are none."""
    return min([limit.left(facts) for limit in limits if limit.of == of], default=None)


def _amount(of: str, most: object, units: Units) -> int:
    name = Said("“most”")
    if of == TIMES:
        return count_of(most, name)
    return above_nought(minor_of(most, units.points if of == POINTS else units.money, name), name)


def _most_words(limit: Limit, units: Units) -> Said:
    if limit.of == TIMES:
        return Said("%(count)s times", count=limit.most)
    if limit.of == POINTS:
        return Said("%(points)s points", points=points_text(limit.most, units))
    return listed([money_text(limit.most, units)])
