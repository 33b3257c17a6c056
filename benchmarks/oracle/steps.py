"""`when` of a scenario as steps of a shop: sales, returns, balances, days that pass."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from benchmarks.oracle import limited, standing, wallets
from benchmarks.oracle.actions import (
    Action,
    Burn,
    Cancel,
    Days,
    Enrol,
    Line,
    Manual,
    Opening,
    Retry,
    Return,
    Sale,
    Step,
    Trial,
    Trials,
    needs_clock,
    sales,
)
from benchmarks.oracle.baskets import presented, read_pieces, read_sale
from benchmarks.oracle.given import JOINING, Setup
from benchmarks.oracle.words import NotConfigurable, Words, number, plain


def read_steps(raw: Any, setup: Setup) -> list[Step]:
    """Raises NotConfigurable with the first word of a step that nothing can do."""
    if not isinstance(raw, list) or not raw:
        raise NotConfigurable("when: a list of steps was expected")
    steps = _prelude(setup)
    for position, part in enumerate(raw, start=1):
        words = Words(part, f"when[{position}]")
        kinds = [kind for kind in _READERS if kind in words and (kind != "on" or isinstance(part["on"], list))]
        kinds = ["used"] if "used" in words else kinds
        if "recalculate" in words and setup.tiers:
            kinds = ["active_points"]
        kinds = kinds or [kind for kind in _CHANGES if kind in words][:1]
        if len(kinds) != 1:
            words.done()  # names the words that nobody knows
            raise words.refuse("the step does not say what is done" if not kinds else f"several actions: {kinds}")
        on = _day(words, "on") if "on" in words and not isinstance(part["on"], list) else None
        if kinds == ["issue_on"]:
            on = _day(words, "issue_on")
        action = _READERS.get(kinds[0], _change)(words, setup, steps)
        words.done()
        steps.append(Step(position, action, on))
    if needs_clock(steps) and any(isinstance(step.action, Retry) for step in steps):
        raise NotConfigurable("when: a repeated request with a day given; keys live at the endpoint, on today's clock")
    return steps


def _prelude(setup: Setup) -> list[Step]:
    """What the sentence of the scenario tells to have been before its first step."""
    told = setup.told
    steps: list[Any] = []
    if told.wallet is not None or told.cards:
        steps = [Opening(amount, "add") for amount in (told.cards or (told.wallet,)) if amount]
    if told.sold is not None:
        if setup.earns:
            raise NotConfigurable("given: the sentence and the configuration both say what a sale earns")
        setup.earns = True
        setup.program |= {"earn_points": told.sold.points, "earn_per": told.sold.amount}
        steps = [_plain_sale(told.sold.amount)]
        if told.sold.revoked:
            steps.append(Return(1, share=Fraction(told.sold.revoked) / Fraction(told.sold.points)))
    if told.has_entry:
        if not setup.earns:
            setup.earns = True
            setup.program["earn_points"] = Decimal(1)
        steps = [_plain_sale(Decimal(100))]
    return [Step(0, action) for action in (*standing.told_standing(setup), *steps)]


def _day(words: Words, key: str) -> dt.date:
    try:
        return dt.date.fromisoformat(words.take(key))
    except (TypeError, ValueError) as error:
        raise words.refuse(f"{key!r} is not one day ({error})") from error


def _goods_total(words: Words, setup: Setup, before: list[Step]) -> Sale:
    return _plain_sale(words.number("goods_total"))


def _trials(words: Words, setup: Setup, before: list[Step]) -> Trials:
    """Steps that only ask whether the discount applies."""
    if not setup.is_probe and not setup.is_unread:
        raise words.refuse("whether what applies is not said")
    if "today" in words:
        words.only("today", {True: None})
        return Trials((Trial(),))
    if "totals" in words:
        return Trials(tuple(Trial(number(one, words.where)) for one in words.take("totals")))
    if "on" in words:
        return Trials(tuple(Trial(day=dt.date.fromisoformat(day)) for day in words.take("on")))
    if "guest" in words:
        words.only("guest", {True: None})
        return Trials((Trial(has_member=False),))
    return Trials((Trial(purchases=words.whole("completed_before")),))


def _plain_sale(amount: Decimal, *, is_setup: bool = False) -> Sale:
    return Sale((Line("goods", Decimal(1), amount),), is_setup=is_setup)


def _sale_amount(words: Words, setup: Setup, before: list[Step]) -> Sale:
    return _plain_sale(words.number("sale_amount"))


def _already_spent(words: Words, setup: Setup, before: list[Step]) -> Sale | None:
    amount = words.number("already_spent")
    return _plain_sale(amount, is_setup=True) if amount else None


_EVENTS = ("api_event", "event")
_LOCKED_DAYS = 30


def _event(words: Words, setup: Setup, before: list[Step]) -> Enrol:
    """What another system tells: of all that happens besides sales only joining brings points."""
    key = next(key for key in _EVENTS if key in words)
    words.only(key, dict.fromkeys(JOINING))
    setup.earns = setup.earns or bool(setup.program.get("welcome_points"))
    return Enrol()


def _unlock(words: Words, setup: Setup, before: list[Step]) -> Days:
    """The days pass after which points can be spent."""
    words.only("unlock", {True: None})
    return Days(setup.program.get("activation_days", _LOCKED_DAYS), run_expiry=False)


def _edited(words: Words, basket: Sale) -> Sale:
    """The same goods in other quantities."""
    raw = words.take("set_qty")
    if not isinstance(raw, dict) or not raw.keys() <= {line.sku for line in basket.lines}:
        raise words.refuse(f"'set_qty' names what is not in the basket: {raw!r}")
    lines = []
    for line in basket.lines:
        quantity = number(raw.get(line.sku, line.quantity), f"{words.where}: a quantity")
        lines.append(replace(line, quantity=quantity, amount=line.amount / line.quantity * quantity))
    return replace(basket, lines=tuple(line for line in lines if line.quantity))


def _balance(words: Words, setup: Setup, before: list[Step]) -> Opening:
    return Opening(words.number("balance"), "set")


def _add(words: Words, setup: Setup, before: list[Step]) -> Opening | Sale:
    """Points beside what is there. Such as cannot be spent yet come by a sale, of which one unit of money brings one."""
    if not words.flag("locked"):
        return Opening(words.number("add"), "add")
    if setup.earns and not setup.is_unread and setup.program.get("activation_days") is None:
        raise words.refuse("locked points, and the points of sales are not locked")
    setup.earns = True
    setup.program |= {"earn_points": Decimal(1), "activation_days": setup.program.get("activation_days", _LOCKED_DAYS)}
    return _plain_sale(words.number("add"), is_setup=True)


def _manual(words: Words, setup: Setup, before: list[Step]) -> Manual:
    raw = words.take("manual_points")
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise words.refuse(f"'manual_points' is not a number: {raw!r}")
    return Manual(Decimal(str(raw)), str(words.take("reason", "")))


def _api_points(words: Words, setup: Setup, before: list[Step]) -> Manual:
    key = next(key for key in ("api_add", "api_add_points") if key in words)
    return Manual(words.number(key), str(words.take("reason", "")))


def _cancel_entry(words: Words, setup: Setup, before: list[Step]) -> Cancel:
    """The entry that a sale made is cancelled with its sale."""
    words.only("api_cancel_entry", {"earning": None})
    if not sales(before):
        raise words.refuse("no sale has made the entry that is cancelled")
    return Cancel(len(sales(before)))


def _sell_card(words: Words, setup: Setup, before: list[Step]) -> Sale:
    return Sale((Line(wallets.CARD, Decimal(1), wallets.sold(words, setup)),))


def _issue(words: Words, setup: Setup, before: list[Step]) -> Sale:
    """A sale that brings a coupon for the next visit."""
    if not setup.next_coupon and not setup.is_unread:
        raise words.refuse("what coupon is given out is not said")
    return _plain_sale(Decimal(100))


def _candidates(words: Words, setup: Setup, before: list[Step]) -> Sale:
    """Discounts of one stage, of which the product chooses on a basket that is worth more than any of them."""
    raw = words.take("candidates")
    if not isinstance(raw, list) or not raw or setup.rules:
        raise words.refuse("'candidates' is a list of sums, and all that comes off")
    sums = [number(str(one).removeprefix("-"), f"{words.where}: a candidate") for one in raw]
    if not all(sums):
        raise words.refuse("a discount of nothing is no discount")
    setup.discounts = True
    for one in sums:
        setup.rules.append(([], {"type": "amount_off", "amount": plain(one), "group": "stage"}))
    return _plain_sale(10 * max(sums))


def _change(words: Words, setup: Setup, before: list[Step]) -> Sale:
    """A basket that is not paid yet is asked about again: as it is, at other prices, or with something presented."""
    if not before or not isinstance(before[-1].action, Sale) or before[-1].action.is_setup:
        raise words.refuse("there is no basket that this could change")
    basket = before[-1].action
    before[-1] = replace(before[-1], action=replace(basket, is_asked=True))
    for key in ("recalculate", "apply_again"):
        words.only(key, {True: None}, None)
    if "pricelist" in words:
        share = _price_share(words)
        basket = replace(basket, lines=tuple(replace(line, amount=line.amount * share) for line in basket.lines))
    if "set_qty" in words:
        basket = _edited(words, basket)
    basket = presented(basket, words, setup)
    return wallets.paid(basket, words, setup)


def _price_share(words: Words) -> Decimal:
    """ "half price", "20% off", "20%"."""
    raw = str(words.take("pricelist"))
    off = re.fullmatch(r"(\d+(?:\.\d+)?) ?%(?: off)?", raw)
    if raw in {"half price", "half the price"}:
        return Decimal("0.5")
    if off is None:
        raise words.refuse(f"what the prices {raw!r} are is not said")
    return 1 - Decimal(off[1]) / 100


_CANCELS = ("cancel", "cancel_sale", "cancel_order", "cancel_invoice", "void")


def _cancel(words: Words, setup: Setup, before: list[Step]) -> Cancel:
    key = next(key for key in _CANCELS if key in words)
    raw, sold = words.take(key), sales(before)
    sale = len(sold) if raw is True else raw
    if type(sale) is not int or not 1 <= sale <= len(sold):
        raise words.refuse("the sale that is cancelled is not among the steps")
    return Cancel(sale)


def _burn(words: Words, setup: Setup, before: list[Step]) -> Burn:
    lots = words.take("expire_lots")
    if not isinstance(lots, list) or not lots or not all(type(lot) is int and lot >= 1 for lot in lots):
        raise words.refuse(f"'expire_lots' is not a list of lots: {lots!r}")
    return Burn(tuple(lots))


_SPENDS = ("spend", "redeem", "api_spend", "api_spend_points")


def _spend(words: Words, setup: Setup, before: list[Step]) -> Sale:
    """Points are spent on goods: on goods worth exactly those points."""
    points = words.number(next(key for key in _SPENDS if key in words))
    worth = points * setup.program["point_value"]
    return Sale((Line("goods", Decimal(1), worth),), points=points)


def _return(words: Words, setup: Setup, before: list[Step]) -> Return:
    sold = sales(before)
    if "return" in words:
        words.only("return", {True: None})
        sale = len(sold)
    else:
        sale = words.whole("return_of_sale")
    if not 1 <= sale <= len(sold):
        raise words.refuse("the sale that comes back is not among the steps, only told in a sentence")
    if "lines" in words:
        pieces = []
        for line in words.each("lines"):
            pieces.append((line.whole("line"), line.number("qty")))
            line.done()
        return Return(sale, tuple(pieces))
    if "amount" in words:
        # Goods come back by line and quantity: of every line the part of it that the money is of the bill.
        whole = sum((line.amount for line in sold[sale - 1].lines), Decimal(0))
        share = Fraction(words.number("amount")) / Fraction(whole) if whole else Fraction(1)
        if not 0 < share <= 1:
            raise words.refuse("more money comes back than was paid")
        return Return(sale, share=share)
    return Return(sale)


def _days(words: Words, setup: Setup, before: list[Step]) -> Days:
    days = words.whole("advance_days")
    return Days(days, words.flag("run_expiry"))


def _retry(words: Words, setup: Setup, before: list[Step]) -> Retry:
    words.only("retry", {True: None})
    if not before or not isinstance(before[-1].action, Sale | Return):
        raise words.refuse("only a sale or a return has a key to repeat")
    return Retry()


_READERS: dict[str, Callable[[Words, Setup, list[Step]], Action | None]] = {
    "sale": read_sale,
    "sale_amount": _sale_amount,
    "sale_pieces": read_pieces,
    "goods_total": _goods_total,
    "today": _trials,
    "totals": _trials,
    "on": _trials,
    "guest": _trials,
    "completed_before": _trials,
    "manual_points": _manual,
    "api_add": _api_points,
    "api_add_points": _api_points,
    "api_cancel_entry": _cancel_entry,
    "sell_gift_card": _sell_card,
    "top_up": _sell_card,
    "candidates": _candidates,
    **dict.fromkeys(standing.ASSIGNED, standing.read_assigned),
    "active_points": standing.read_recalculate,
    "issue_on": _issue,
    "used": limited.read_uses,
    "discounts": limited.read_uses,
    **dict.fromkeys(_CANCELS, _cancel),
    "expire_lots": _burn,
    "already_spent": _already_spent,
    "balance": _balance,
    "add": _add,
    **dict.fromkeys(_SPENDS, _spend),
    **dict.fromkeys(_EVENTS, _event),
    "unlock": _unlock,
    "return_of_sale": _return,
    "return": _return,
    "advance_days": _days,
    "retry": _retry,
}
# Words that change a basket when they stand in a step of their own.
_CHANGES = (
    *("recalculate", "apply_again", "pricelist", "set_qty"),
    *("code", "apply_coupon", "pay_gift_card", "pay_wallet"),
)


def point_numbers(steps: list[Step]) -> list[Decimal]:
    """Every number of points that the steps name."""
    return [step.action.points for step in steps if isinstance(step.action, Sale | Opening | Manual)]
