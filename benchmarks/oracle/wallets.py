"""Wallets and gift cards: money that was paid in, as a programme whose point is worth one unit of money.

The member's account of such a programme is the wallet, and a card is money on it that nobody else can spend. One
programme counts at a sale, so a scenario with points beside the money is not configurable.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from benchmarks.oracle.actions import Claim, Sale
from benchmarks.oracle.words import Words

if TYPE_CHECKING:
    from benchmarks.oracle.given import Setup

CARD = "gift card"


def _open(words: Words, setup: Setup) -> None:
    if setup.is_money or setup.is_unread:
        return
    if setup.earns or setup.pays:
        raise words.refuse("points beside a wallet of money: one programme counts at a sale")
    setup.is_money = setup.pays = True
    # Money that is sold earns nothing, and neither does what is paid with it.
    setup.program |= {"point_value": Decimal(1), "redeem_step": Decimal("0.01")}


def sold(words: Words, setup: Setup) -> Decimal:
    """Money that is paid in; who pays it gets as much on the card."""
    _open(words, setup)
    key = next(key for key in ("sell_gift_card", "top_up") if key in words)
    amount: Decimal = words.number(key)
    rule = {"type": "points_per_money", "points": "1", "per": "1"}
    conditions = [{"type": "product", "skus": [CARD]}]
    if (conditions, rule) not in setup.rules:
        setup.rules.append((conditions, rule))
    setup.earns = True
    return amount


def paid(sale: Sale, words: Words, setup: Setup) -> Sale:
    """The same sale, paid from a wallet or with cards as far as they go.

    "max" or true is all that is there, and so is a number of cards or the amount of the only one; another amount is
    what is taken.
    """
    for key in ("pay_wallet", "pay_gift_card"):
        if key not in words:
            continue
        _open(words, setup)
        raw, cards = words.take(key), setup.told.cards
        if isinstance(raw, list) and [str(one) for one in raw] == [str(card) for card in cards]:
            return replace(sale, claim=Claim.MOST)
        if raw in ("max", True) or (cards and raw == len(cards)) or _is_whole_card(raw, cards):
            return replace(sale, claim=Claim.MOST)
        if cards or not isinstance(raw, int | float | str):
            raise words.refuse(f"which of the cards {[str(card) for card in cards]} pay is not said: {raw!r}")
        return replace(sale, points=Decimal(str(raw)))
    return sale


def _is_whole_card(raw: object, cards: tuple[Decimal, ...]) -> bool:
    return len(cards) == 1 and isinstance(raw, int | float | str) and str(raw) == str(cards[0])
