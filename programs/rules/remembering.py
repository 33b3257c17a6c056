"""What a receipt remembers of the basket that the rules saw, so that they can be asked about it again. Pure.

Lines, store and time are columns of the receipt. Beside its facts it keeps of the rest what the version asks for: an
article's labels change, a coupon is used up, a till moves to another shelf. It keeps the store and the time too where
those of the question are others than the receipt's: a hold is asked about when it is placed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from programs.rules.basket import Basket, Line

KEY = "basket"  # where it stands among the stored facts


def remembered(basket: Basket, needs: Collection[str], *, store: str, at: dt.datetime) -> dict[str, Any]:
    """{"basket": ...} for the stored facts, as JSON; {} where there is nothing that rules with these `needs` see.

    `store` (code) and `at` are those of the receipt.
    """
    kept: dict[str, Any] = {}
    if basket.store != store:
        kept["store"] = basket.store
    if basket.at != at:
        kept["at"] = basket.at.isoformat()
    if basket.coupons:
        kept["coupons"] = sorted(basket.coupons)
    if "partner" in needs:
        kept["partner"] = basket.partner
    if "channel" in needs:
        kept["channel"] = basket.channel
    if "payments" in needs:
        kept["payments"] = sorted(basket.payments)
    if "brand" in needs:
        kept["brands"] = [line.brand for line in basket.lines]
    if "labels" in needs:
        kept["labels"] = [sorted(line.labels) for line in basket.lines]
    return {KEY: kept} if kept else {}


def recalled(lines: Sequence[Line], facts: Mapping[str, Any], *, store: str, at: dt.datetime) -> Basket:
    """The basket of a stored receipt again: from its lines in their order, its stored facts, its store and its time (in
    the store's own)."""
    kept = facts.get(KEY, {})
    brands, labels = kept.get("brands"), kept.get("labels")
    if brands is not None:
        lines = [replace(line, brand=brand) for line, brand in zip(lines, brands, strict=True)]
    if labels is not None:
        lines = [replace(line, labels=frozenset(one)) for line, one in zip(lines, labels, strict=True)]
    return Basket(
        tuple(lines),
        kept.get("store", store),
        dt.datetime.fromisoformat(kept["at"]) if "at" in kept else at,
        coupons=frozenset(kept.get("coupons", ())),
        partner=kept.get("partner", ""),
        channel=kept.get("channel", ""),
        payments=frozenset(kept.get("payments", ())),
    )
