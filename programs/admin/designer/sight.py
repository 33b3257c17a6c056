"""What the forms of a draft's parts can see: its money and points, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    """`cards` are the keys of the stamp cards that rules of the draft name, `goods` the categories they ask for."""

    program: Program
    units: Units
    choices: Choices
    cards: Sequence[str] = ()
    goods: Sequence[str] = ()

    @classmethod
    def of(cls, program: Program, document: Mapping[str, Any], parts: Sequence[Any]) -> Sight:
        """Of a draft; `parts` are all that the page will show of it, rules that are off included."""
        choices = choices_for(program)
        known = {**document, "rules": list(parts), "calendars": calendars_named(choices[CALENDARS])}
        named = list(_parts_in(list(parts)))
        cards = {part["card"] for part in named if isinstance(part.get("card"), str)} - {""}
        # Brands have codes as well.
        listed = [
            part["codes"] for part in named if isinstance(part.get("codes"), list) and part.get("type") != "brand"
        ]
        goods = {code for codes in listed for code in codes if isinstance(code, str)}
        return cls(program, units_of(known), choices, sorted(cards), sorted(goods))

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


def _parts_in(part: Any) -> Iterator[Mapping[str, Any]]:
    """The part and all that are within it."""
    if isinstance(part, Mapping):
        yield part
        part = list(part.values())
    if isinstance(part, list | tuple):
        for inner in part:
            yield from _parts_in(inner)
