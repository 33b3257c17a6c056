"""Expected words that are read off one answer: money on cards, tax, pieces, limits, whether something was done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from benchmarks.oracle.actions import DUTY, Cancel, Claim, Step, Uses, sales, versions
from benchmarks.oracle.given import Setup
from benchmarks.oracle.seen import Maker, Read, Seen
from benchmarks.oracle.words import NotConfigurable


def _after_paying(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """The bill of the first basket that is paid from a wallet or with a card."""
    paid = [place for place, sale in enumerate(versions(steps)) if sale.claim is Claim.MOST or sale.points]
    if not (setup.is_money and paid):
        raise NotConfigurable("then: no card and no wallet pays")
    return lambda seen: seen.asked[paid[0]]["to_pay"] if len(seen.asked) > paid[0] else None


def _money_left(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """What is left in the wallet or on the cards: of each card in a list, or of them together."""
    if not setup.is_money:
        raise NotConfigurable("then: there is no card and no wallet")
    if isinstance(expected, list):
        return lambda seen: seen.after[-1][2]
    return lambda seen: seen.balance


def each_step(setup: Setup, steps: list[Step], expected: Any) -> Read:
    return lambda seen: [balance for step, balance, _ in seen.after if step.number]


def _answer_kind(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """Done or refused: systems choose other numbers for both (200, 201, 204; 400, 403, 409, 422)."""
    kind = int(expected) // 100
    if kind not in (2, 4):
        raise NotConfigurable(f"then: an answer {expected!r} means neither done nor refused")
    return lambda seen: expected if (seen.status or 200) // 100 == kind else seen.status


def _entry_state(setup: Setup, steps: list[Step], expected: Any) -> Read:
    if not any(isinstance(step.action, Cancel) for step in steps):
        raise NotConfigurable("then: no entry is cancelled")
    return lambda seen: "cancelled" if seen.is_cancelled else "active"


def _of_uses(which: int) -> Maker:
    """What is used or left of a limit: of the last measurement, or of each."""

    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        if not any(isinstance(step.action, Uses) for step in steps):
            raise NotConfigurable("then: no step uses anything up")
        if isinstance(expected, list):
            return lambda seen: [one[which] for one in seen.uses]
        return lambda seen: seen.uses[-1][which] if seen.uses else None

    return make


def _available(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """Whether a limit leaves anything."""
    left = _of_uses(1)(setup, steps, expected)
    if isinstance(expected, list):
        return lambda seen: [one > 0 for one in left(seen)]
    return lambda seen: left(seen) > 0


def _tax(part: str) -> Maker:
    """The tax in the bill, its net or its gross, of all rates together, with the duties that have lines of their own."""

    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        sold = sales(steps)
        if len(sold) != 1:
            raise NotConfigurable(f"then: the tax of one sale, but there are {len(sold)}")
        if all(line.tax_rate is None for line in sold[0].lines):
            raise NotConfigurable("then: the tax is asked for, but no line says a rate")
        duty = (
            Decimal(0)
            if part == "net"
            else sum((line.amount for line in sold[0].lines if DUTY in line.traits), Decimal(0))
        )

        def tax(seen: Seen) -> Decimal | None:
            return sum((Decimal(one[part]) for one in seen.sold[0]["taxes"]), duty) if seen.sold else None

        return tax

    return make


def _pieces(word: str) -> Maker:
    """The pieces of all discounts together, of each version of the basket in a list."""

    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        def pieces(answer: dict[str, Any]) -> int:
            return sum({one["rule"]: int(one[word]) for one in answer["discounts"]}.values())

        if not setup.discounts:
            raise NotConfigurable("then: a discount is asked for, but the scenario does not say what comes off")
        if isinstance(expected, list):
            return lambda seen: [pieces(answer) for answer in seen.asked]
        if len(sales(steps)) != 1:
            raise NotConfigurable("then: the pieces of one sale")
        return lambda seen: pieces(seen.sold[0]) if seen.sold else None

    return make


def _coupon_day(which: int) -> Maker:
    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        if not setup.next_coupon:
            raise NotConfigurable("then: the scenario does not say what coupon is given out")
        return lambda seen: seen.coupon_days[which]

    return make


def free_pieces(sku: str = "") -> Maker:
    """Gifts that the only sale brings: of an article (one whose name begins so), or all."""

    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        if len(sales(steps)) != 1:
            raise NotConfigurable("then: the gifts of one sale")

        def gifts(answer: dict[str, Any]) -> int:
            found = [one for one in answer["benefits"] if one["kind"] == "gift"]
            return sum(one["times"] for one in found if not sku or {sku, sku.removesuffix("s")} & set(one["skus"]))

        if isinstance(expected, list):
            return lambda seen: [gifts(answer) for answer in seen.asked]
        return lambda seen: gifts(seen.sold[0]) if seen.sold else None

    return make


READERS: dict[str, Maker] = {
    **dict.fromkeys(("wallet_after", "wallet_left", "wallet_balance"), _money_left),
    **dict.fromkeys(("gift_card_left", "gift_card_after", "gift_card_balance", "cards_left"), _money_left),
    **dict.fromkeys(("card_balance", "card_balance_after"), _money_left),
    **dict.fromkeys(("card_balance_after_each", "wallet_after_each", "balance_after_each"), each_step),
    **dict.fromkeys(("after_gift_card", "after_wallet"), _after_paying),
    **dict.fromkeys(("used", "used_after"), _of_uses(0)),
    **dict.fromkeys(("uses_left", "left", "budget_left"), _of_uses(1)),
    **dict.fromkeys(("available", "is_available"), _available),
    **{part: _tax(part) for part in ("tax", "net", "gross")},
    **dict.fromkeys(("pieces_used", "pieces_used_after_each"), _pieces("pieces_counted")),
    **dict.fromkeys(("pieces_discounted", "pieces_discounted_after_each"), _pieces("pieces")),
    **dict.fromkeys(("usable_from", "valid_from"), _coupon_day(0)),
    **dict.fromkeys(("usable_to", "usable_until", "valid_until", "valid_to", "expires_on"), _coupon_day(1)),
    "ledger_entries_added": lambda setup, steps, expected: lambda seen: seen.entries,
    "http": _answer_kind,
    "entry_state": _entry_state,
}
