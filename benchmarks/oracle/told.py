"""The state before the first step, where a scenario tells it in its sentence only.

A small grammar of clauses, looked for anywhere in the sentence; N, M and R are numbers, LEVEL is a name:

    wallet holds N | wallet of N                a wallet with so much money
    gift card[s] [of|holds|with] N[, M][ and R] one or more cards with so much money
    sale of N earned M points                   a first sale, and by it how points are earned
    [and] R were already revoked                of those points, by goods that came back
    ledger has an earning entry                 a sale that earned points
    now LEVEL | staff assigned LEVEL            where the member stands, and what staff have set as the least

A clause counts only where a step refers to what no step before it makes (`Told.of`), so a sentence that tells once more
what the steps say changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_N = r"\d+(?:\.\d+)?"
_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}
_WALLET = re.compile(rf"\be?-?wallet (?:holds|of|with) ({_N})")
_CARDS = re.compile(
    rf"\b(?:(\w+) )?gift card(?:s(?: (?:of|hold|with|over))? ({_N}(?:(?:, | and |, and ){_N})*)|(?: (?:of|holds|with|over))? ({_N}))"
)
_SOLD = re.compile(rf"\bsale of ({_N}) earned ({_N}) points?")
_REVOKED = re.compile(rf"\b({_N}) (?:points )?were already revoked")
_ENTRY = re.compile(r"\bledger has an? earning entry")
_NOW = re.compile(r"^now ([\w-]*[\d_-][\w-]*|level [\w-]+)")
_GIVEN = re.compile(r"\bstaff assigned ([\w-]+)")


@dataclass(frozen=True)
class Sold:
    """A first sale: its money, the points it earned, and how many of them were taken back."""

    amount: Decimal
    points: Decimal
    revoked: Decimal


@dataclass(frozen=True)
class Told:
    """What the sentence tells. None and () for what it does not."""

    wallet: Decimal | None = None
    cards: tuple[Decimal, ...] = ()
    sold: Sold | None = None
    has_entry: bool = False
    level: str = ""
    given_level: str = ""

    @classmethod
    def of(cls, sentence: str, steps: Any) -> Told:
        """What counts of it for these steps (the raw `when` of a scenario)."""
        said = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
        words = {word for step in said for word in step}
        is_loose = bool(said) and bool({"return_of_sale", "return"} & said[0].keys())
        sold, revoked = _SOLD.search(sentence), _REVOKED.search(sentence)
        wallet = _WALLET.search(sentence) if "pay_wallet" in words else None
        now, given = _NOW.search(sentence), _GIVEN.search(sentence)
        return cls(
            wallet=Decimal(wallet[1]) if wallet else None,
            cards=_cards(sentence) if "pay_gift_card" in words else (),
            sold=Sold(Decimal(sold[1]), Decimal(sold[2]), Decimal(revoked[1] if revoked else 0))
            if sold and is_loose
            else None,
            has_entry="api_cancel_entry" in words and bool(_ENTRY.search(sentence)),
            level=now[1].removeprefix("level ") if now else "",
            given_level=given[1] if given else "",
        )


def _cards(sentence: str) -> tuple[Decimal, ...]:
    found = _CARDS.search(sentence)
    if found is None:
        return ()
    amounts = tuple(Decimal(one) for one in re.findall(_N, found[2] or found[3]))
    count = int(found[1]) if (found[1] or "").isdigit() else _COUNTS.get(found[1] or "", 0)
    return amounts * count if len(amounts) == 1 and count else amounts
