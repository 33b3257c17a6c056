"""How many stamps a member holds on the cards of a version, for whoever wants to tell them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from programs.rules.basket import Outcome
from programs.rules.benefits import BenefitEffect, Stamps, stamps_of
from programs.rules.discounts import StampCard
from programs.rules.documents import Compiled


@dataclass(frozen=True, slots=True)
class StampsHeld:
    """`held` of the stamps on a card; `needed` of them bring something (None: nothing takes them). `name` is that of the
    rule that gives it. Never below nought: what is owed for goods that came back is not shown."""

    card: str
    name: str
    held: int
    needed: int | None

    @property
    def is_full(self) -> bool:
        return self.needed is not None and self.held >= self.needed


def has_cards(version: Compiled) -> bool:
    """Whether the rules know stamps at all."""
    return bool(version.stamp_cards) or any(isinstance(rule.effect, Stamps) for rule in version.benefits)


def stamps_held(
    version: Compiled, counters: Mapping[str, int] | None, outcome: Outcome | None = None
) -> tuple[StampsHeld, ...]:
    """Every card once, by the counters before a sale and what came of it."""
    if counters is None:
        return ()
    moved = {one.key: one.amount for one in outcome.counts} if outcome else {}
    cards: dict[str, tuple[str, int | None]] = {}
    for rule in version.stamp_cards:
        card = cast(StampCard, rule.effect)
        cards.setdefault(card.card, (rule.name, card.every - 1))  # the free piece is a stamp too
    for rule in version.benefits:
        takes = cast(BenefitEffect, rule.effect).takes
        if takes is not None:
            _, least = cards.get(takes.card, ("", None))
            if least is None or takes.stamps < least:
                cards[takes.card] = (rule.name, takes.stamps)
    for rule in version.benefits:
        if isinstance(rule.effect, Stamps):
            cards.setdefault(rule.effect.card, (rule.name, None))
    return tuple(
        StampsHeld(card, name, max(0, counters.get(stamps_of(card).key, 0) + moved.get(stamps_of(card).key, 0)), needed)
        for card, (name, needed) in cards.items()
    )
