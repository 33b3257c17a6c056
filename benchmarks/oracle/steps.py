"""`when` of a scenario as steps of a shop: sales, returns, balances, days that pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Any

from benchmarks.oracle.given import Setup
from benchmarks.oracle.promos import NOT_ELIGIBLE
from benchmarks.oracle.words import NotConfigurable, Words, category_code, number


@dataclass(frozen=True)
class Line:
    """A line of a receipt; `category` is the one trait of its article."""

    sku: str
    quantity: Decimal
    amount: Decimal
    category: str = ""
    tax_rate: Decimal | None = None


class Claim(Enum):
    """How many points pay: a stated number, as many as the product allows."""

    STATED = "stated"
    MOST = "most"


@dataclass(frozen=True)
class Sale:
    """`is_setup`: it only brings the member to where the scenario starts. `rewards` are keys, `coupons` codes."""

    lines: tuple[Line, ...]
    claim: Claim = Claim.STATED
    points: Decimal = Decimal(0)
    is_setup: bool = False
    rewards: tuple[str, ...] = ()
    coupons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """Does the discount apply? Asked of a basket of its own, after `purchases` sales; nothing of it stays."""

    amount: Decimal = Decimal(100)
    purchases: int = 0
    day: dt.date | None = None
    has_member: bool = True


@dataclass(frozen=True)
class Trials:
    trials: tuple[Trial, ...]


@dataclass(frozen=True)
class Return:
    """Of the `sale`-th sale: these (line, quantity); none means all of it. `amount` must be all of it then."""

    sale: int
    pieces: tuple[tuple[int, Decimal], ...] = ()


@dataclass(frozen=True)
class Opening:
    """A balance to start from, or more points beside what is there. No endpoint gives points without a sale."""

    points: Decimal
    mode: str


@dataclass(frozen=True)
class Manual:
    """Points given or taken by hand, with a reason."""

    points: Decimal
    reason: str


@dataclass(frozen=True)
class Cancel:
    """The `sale`-th sale never was."""

    sale: int


@dataclass(frozen=True)
class Burn:
    """The days of these lots pass (from 1, in the order in which they were given), and the night's job runs."""

    lots: tuple[int, ...]


@dataclass(frozen=True)
class Days:
    days: int
    run_expiry: bool


@dataclass(frozen=True)
class Retry:
    """The last request again, with the same key."""


Action = Sale | Trials | Return | Cancel | Opening | Manual | Burn | Days | Retry


@dataclass(frozen=True)
class Step:
    """`number` counts from 1 as the scenario does; `on` sets the day before the action."""

    number: int
    action: Action | None
    on: dt.date | None = None


def read_steps(raw: Any, setup: Setup) -> list[Step]:
    """Raises NotConfigurable with the first word of a step that nothing can do."""
    if not isinstance(raw, list) or not raw:
        raise NotConfigurable("when: a list of steps was expected")
    steps: list[Step] = []
    for position, part in enumerate(raw, start=1):
        words = Words(part, f"when[{position}]")
        kinds = [kind for kind in _READERS if kind in words and (kind != "on" or isinstance(part["on"], list))]
        if len(kinds) != 1:
            words.done()  # names the words that nobody knows
            raise words.refuse("the step does not say what is done" if not kinds else f"several actions: {kinds}")
        on = _day(words) if "on" in words and not isinstance(part["on"], list) else None
        action = _READERS[kinds[0]](words, setup, steps)
        words.done()
        steps.append(Step(position, action, on))
    if needs_clock(steps) and any(isinstance(step.action, Retry) for step in steps):
        raise NotConfigurable("when: a repeated request with a day given; keys live at the endpoint, on today's clock")
    return steps


def needs_clock(steps: list[Step]) -> bool:
    """Does the scenario need another day than today? The API reads the clock itself."""
    return any(
        step.on is not None
        or isinstance(step.action, Days | Burn)
        or (isinstance(step.action, Trials) and any(trial.day for trial in step.action.trials))
        for step in steps
    )


def sales(steps: list[Step]) -> list[Sale]:
    """The sales that a scenario is about."""
    return [step.action for step in steps if isinstance(step.action, Sale) and not step.action.is_setup]


def _day(words: Words) -> dt.date:
    try:
        return dt.date.fromisoformat(words.take("on"))
    except (TypeError, ValueError) as error:
        raise words.refuse(f"'on' is not one day ({error})") from error


def _sale(words: Words, setup: Setup, before: list[Step]) -> Sale:
    sale = _basket(tuple(_line(line, setup) for line in words.each("sale")), words, setup)
    claims = [key for key in ("claim", "claim_max", "redeem_points") if key in words]
    if not claims:
        return sale
    if len(claims) > 1:
        raise words.refuse(f"several ways to pay with points: {claims}")
    if not setup.pays:
        raise words.refuse("points pay here, but the scenario does not say what they are worth")
    if "redeem_points" in words:
        return replace(sale, points=words.number("redeem_points"))
    has_points = setup.program.get("redeem_own_points") or any(
        isinstance(step.action, Opening | Manual | Sale) for step in before
    )
    if not setup.is_unread and not has_points:
        raise words.refuse("points that a sale earns cannot pay for that same sale")
    if claims == ["claim"] and setup.rewards:
        return replace(sale, rewards=_claimed(words, setup))
    words.only(claims[0], {True: None})
    return replace(sale, claim=Claim.MOST)


def _claimed(words: Words, setup: Setup) -> tuple[str, ...]:
    """ "r1" is the first reward; true means the only one."""
    raw = words.take("claim")
    known = [f"r{number}" for number in range(1, len(setup.rewards) + 1)]
    names = raw if isinstance(raw, list) else known[:1]
    if raw is not True and not isinstance(raw, list):
        raise words.refuse(f"'claim' = {raw!r}")
    if (raw is True and len(known) > 1 and not setup.is_unread) or not all(name in known for name in names):
        raise words.refuse(f"which of the rewards {known} is claimed is not said: {raw!r}")
    return tuple(names)


def _basket(lines: tuple[Line, ...], words: Words, setup: Setup) -> Sale:
    """A sale of `lines` with what is presented: a code, or the coupon of the scenario."""
    if not lines:
        raise words.refuse("a sale without lines")
    coupons = []
    if "code" in words:
        coupons.append(str(words.take("code")))
    if words.flag("apply_coupon"):
        coupons.append("the coupon")
    unknown = [code for code in coupons if code not in setup.coupons]
    if unknown and not setup.is_unread:
        raise words.refuse(f"the code {unknown[0]!r} is not among what the scenario gives")
    return Sale(lines, coupons=tuple(coupons))


def _pieces(words: Words, setup: Setup, before: list[Step]) -> Sale:
    """A line for each piece: "120", or ["120", "X"] with the kind of article."""
    raw = words.take("sale_pieces")
    if not isinstance(raw, list) or not raw:
        raise words.refuse("'sale_pieces' is not a list of prices")
    lines = []
    for piece in raw:
        price, name = piece if isinstance(piece, list) else (piece, "piece")
        lines.append(Line(str(name), Decimal(1), number(price, f"{words.where}: a price")))
    return _basket(tuple(lines), words, setup)


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


def _line(words: Words, setup: Setup) -> Line:
    quantity = words.number("qty")
    amount = quantity * words.number("price") * setup.price_percent / 100
    sku = str(words.take("sku"))
    traits = []
    if "labels" in words:
        labels = words.take("labels")
        traits += [category_code(f"{key}:{value}") for key, value in labels.items()]
    if words.flag("delivery"):
        traits.append("delivery")
    if not words.only("eligible", {True: True, False: False}, default=True):
        traits.append(NOT_ELIGIBLE)
    if words.flag("tagged"):
        traits.append("tagged")
    if "category" in words:
        traits.append(category_code(words.take("category")))
    if len(traits) > 1:
        raise words.refuse(f"an article has one category, and these are several: {', '.join(traits)}")
    rate = None
    if "tax" in words:
        rate, amount = _taxed(words.inner("tax"), amount)
    words.done()
    return Line(sku, quantity, amount, traits[0] if traits else "", rate)


def _taxed(tax: Words, amount: Decimal) -> tuple[Decimal, Decimal]:
    """(rate, what the customer pays for the line): a till sends that, so it has put a tax on top already."""
    rate: Decimal = tax.number("rate")
    is_included = tax.only("included", {True: True, False: False}, default=False)
    tax.done()
    gross = amount if is_included else amount * (100 + rate) / 100
    if gross != gross.quantize(Decimal("0.01")):
        raise tax.refuse(f"the line costs {gross}, and how a till rounds that is not said")
    return rate, gross


def _plain_sale(amount: Decimal, *, is_setup: bool = False) -> Sale:
    return Sale((Line("goods", Decimal(1), amount),), is_setup=is_setup)


def _sale_amount(words: Words, setup: Setup, before: list[Step]) -> Sale:
    return _plain_sale(words.number("sale_amount"))


def _already_spent(words: Words, setup: Setup, before: list[Step]) -> Sale | None:
    amount = words.number("already_spent")
    return _plain_sale(amount, is_setup=True) if amount else None


def _balance(words: Words, setup: Setup, before: list[Step]) -> Opening:
    return Opening(words.number("balance"), "set")


def _add(words: Words, setup: Setup, before: list[Step]) -> Opening:
    return Opening(words.number("add"), "add")


def _manual(words: Words, setup: Setup, before: list[Step]) -> Manual:
    raw = words.take("manual_points")
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise words.refuse(f"'manual_points' is not a number: {raw!r}")
    return Manual(Decimal(str(raw)), str(words.take("reason", "")))


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


def _spend(words: Words, setup: Setup, before: list[Step]) -> Sale:
    """Points are spent on goods: on goods worth exactly those points."""
    points = words.number("spend" if "spend" in words else "redeem")
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
    if "amount" in words and words.number("amount") != sum(line.amount for line in sold[sale - 1].lines):
        raise words.refuse("goods come back by line and quantity, not by a part of the money")
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
    "sale": _sale,
    "sale_amount": _sale_amount,
    "sale_pieces": _pieces,
    "goods_total": _goods_total,
    "today": _trials,
    "totals": _trials,
    "on": _trials,
    "guest": _trials,
    "completed_before": _trials,
    "manual_points": _manual,
    **dict.fromkeys(_CANCELS, _cancel),
    "expire_lots": _burn,
    "already_spent": _already_spent,
    "balance": _balance,
    "add": _add,
    "spend": _spend,
    "redeem": _spend,
    "return_of_sale": _return,
    "return": _return,
    "advance_days": _days,
    "retry": _retry,
}


def point_numbers(steps: list[Step]) -> list[Decimal]:
    """Every number of points that the steps name."""
    return [step.action.points for step in steps if isinstance(step.action, Sale | Opening | Manual)]
