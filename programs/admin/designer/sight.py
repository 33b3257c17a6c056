"""What the forms of a draft's parts can see: its money and points, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from programs.models import Program
from programs.queries.calendars import calendars_named
from programs.queries.naming import units_of
from programs.queries.rule_choices import CALENDARS, Choices, choices_for
from programs.rules.parsing import Units
from programs.rules.served import SERVED


@dataclass(frozen=True, slots=True)
class Sight:
    """`cards` are the keys of the stamp cards that rules of the draft name."""

    program: Program
    units: Units
    choices: Choices
    cards: Sequence[str] = ()

    @classmethod
    def of(cls, program: Program, document: Mapping[str, Any], parts: Sequence[Any]) -> Sight:
        """Of a draft; `parts` are all that the page will show of it, rules that are off included."""
        choices = choices_for(program)
        known = {**document, "rules": list(parts), "calendars": calendars_named(choices[CALENDARS])}
        return cls(program, units_of(known), choices, sorted(_cards_in(list(parts))))

    @property
    def articles(self) -> Mapping[str, str]:
        """{SKU: name} of those that the draft names."""
        return (self.units.names or {}).get("product", {})

    @property
    def currency(self) -> str:
        return self.program.currency

    def serves(self, need: str) -> bool:
        """Whether a fact is filled, or an outcome carried out."""
        return not need or need in SERVED


def _cards_in(part: Any) -> set[str]:
    found = set()
    if isinstance(part, Mapping):
        card = part.get("card")
        if isinstance(card, str) and card:
            found.add(card)
        part = list(part.values())
    if isinstance(part, list | tuple):
        for inner in part:
            found |= _cards_in(inner)
    return found
