"""What a sale gives besides points, as the API's JSON: benefits and stamps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import translation

from programs.queries.reasons import benefit_sentence, stamps_sentence
from programs.rules.basket import Benefit
from programs.rules.benefits import Message
from programs.rules.stamps import StampsHeld


def benefits(given: Sequence[Benefit], language: str) -> list[dict[str, Any]]:
    """What the rules give; BenefitSerializer describes one. `language` is the member's: they are told why, but what is
    for the cashier is in the language that the till asks for."""
    return [_benefit(one, language) for one in given]


def stamps(held: Sequence[StampsHeld]) -> list[dict[str, Any]]:
    """Cards with their stamps; StampsSerializer describes one."""
    return [
        {"card": one.card, "name": one.name, "held": one.held, "needed": one.needed, "why": stamps_sentence(one)}
        for one in held
    ]


def _benefit(benefit: Benefit, language: str) -> dict[str, Any]:
    details = {
        key: value for key, value in benefit.details.items() if key in ("skus", "surcharge", "series", "codes", "card")
    }
    spoken = translation.get_language() if benefit.kind == Message.type else language or translation.get_language()
    with translation.override(spoken):
        why = benefit_sentence(benefit)
    return {"rule": benefit.rule, "kind": benefit.kind, "times": benefit.times, "why": why, **details}
