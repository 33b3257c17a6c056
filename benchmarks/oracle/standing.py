"""Levels of a scenario: what climbs them and how they are lost, where the member stands, and the look of the night."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from benchmarks.oracle.actions import Action, Recalculate, Stand, Step
from benchmarks.oracle.words import NotConfigurable, Words

if TYPE_CHECKING:
    from benchmarks.oracle.given import Setup

# Points that are earned and not spent are both; points that are spent or burnt still count here (`read_recalculate`).
_BASES = {
    "transaction amount": "spend",
    "spent": "spend",
    "active points": "points",
    "earned points": "points",
    "points": "points",
}
# "after_x_days" does not say how many: a month, after which the scenario's recalculation comes.
_DOWNGRADES = {"none": None, "automatic": 0, "immediate": 0, "after_x_days": 1}


def read_ladder(config: Words, setup: Setup) -> None:
    """What climbs the levels, and what is lost again."""
    of = config.only("base", _BASES, "spend")
    keeps = config.only("downgrade", _DOWNGRADES, None)
    setup.program |= {"ladder_of": of, "ladder_keeps_months": keeps}
    config.only("manual_level_is_floor", {True: None}, None)
    if of == "points" and not setup.earns:
        # How they are earned does not matter to a level.
        setup.earns = True
        setup.program["earn_points"] = Decimal(1)


def told_standing(setup: Setup) -> list[Action]:
    """Where the sentence says that the member stands."""
    told = setup.told
    steps: list[Action] = []
    if told.given_level:
        steps.append(Stand(_known(told.given_level, setup), by_hand=True))
    if told.level and told.level != told.given_level:
        steps.insert(0, Stand(_known(told.level, setup), by_hand=False))
    return steps


def read_assigned(words: Words, setup: Setup, before: list[Step]) -> Stand:
    """Staff set the least level."""
    key = next(key for key in ASSIGNED if key in words)
    return Stand(_known(str(words.take(key)), setup), by_hand=True)


ASSIGNED = ("assign_level", "set_level", "manual_level", "assigned_level", "staff_assigns")


def read_recalculate(words: Words, setup: Setup, before: list[Step]) -> Recalculate:
    """The look of a night at who stands where; "active_points": with so many points on the account by then. The
    periodic recalculation comes when the time is over for which a level is kept, else it is the next night."""
    waits = words.flag("recalculate")
    points = words.number("active_points", Decimal(0))
    if points and any(not isinstance(step.action, Stand) for step in before):
        raise words.refuse("how many points there are before is not said")
    if points and setup.program.get("ladder_of") != "points":
        raise words.refuse("the levels do not go by points")
    return Recalculate(points, waits)


def _known(name: str, setup: Setup) -> str:
    names = {tier["name"]: f"tier-{number}" for number, tier in enumerate(setup.tiers)}
    if name not in names:
        raise NotConfigurable(f"given: there is no level {name!r}")
    return names[name]
