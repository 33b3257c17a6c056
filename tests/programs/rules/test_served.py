"""What rules need is served or waits, by name: a misspelt name would wait for ever."""

from __future__ import annotations

from programs.rules.benefits import Takes
from programs.rules.conditions import inner, parse_condition
from programs.rules.effects import parse_effect
from programs.rules.ladder import Ladder
from programs.rules.limits import Limit
from programs.rules.served import AWAITED, EVERYTHING, SERVED, needs_of
from tests.programs.rules.test_conditions import ALL, CONDITION_TABLE
from tests.programs.rules.test_effect_words import SAID_TABLE


def test_every_need_has_its_name_in_one_of_the_lists():
    parts: list[object] = [inner(parse_condition({"type": row[0], **row[1]}, ALL)) for row in CONDITION_TABLE]
    parts += [parse_effect(effect, ALL) for effect, _ in SAID_TABLE]
    parts += [Takes("tea", 5), Limit.read({"per": "member"}, "points", "5", ALL), Ladder.parse({"days": 90}, ALL)]

    assert {need for part in parts for need in needs_of(part)} == EVERYTHING
    assert not SERVED & AWAITED
