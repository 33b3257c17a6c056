"""The sales of a scenario: lines, what is presented, and how points pay."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from benchmarks.oracle import wallets
from benchmarks.oracle.actions import DUTY, Claim, Line, Manual, Opening, Sale, Step
from benchmarks.oracle.given import Setup
from benchmarks.oracle.promos import NOT_ELIGIBLE, add_coupon
from benchmarks.oracle.words import Words, category_code, number


def read_sale(words: Words, setup: Setup, before: list[Step]) -> Sale:
    """Lines with what is presented and what pays."""
    lines = [one for line in words.each("sale") for one in _lines(line, setup)]
    sale = _basket(tuple(lines), words, setup)
    sale = wallets.paid(replace(sale, claims=_said_by_till(words)), words, setup)
    claims = [key for key in ("claim", "claim_max", "redeem_points") if key in words]
    if claims == ["claim"] and any(effect["type"] == "gift" for _, effect in setup.rules):
        words.only("claim", {True: None})  # what is given needs no claim
        return sale
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
        rewards = _claimed(words, setup)
        return replace(sale, rewards=rewards, lines=_with_articles(sale, rewards, words, setup))
    words.only(claims[0], {True: None})
    return replace(sale, claim=Claim.MOST)


def _pieces_of(line: Line, setup: Setup) -> list[Line]:
    """The line, or one for each of its pieces where lines are pieces."""
    if not setup.is_by_piece or line.quantity != int(line.quantity):
        return [line]
    return [replace(line, quantity=Decimal(1), amount=line.amount / line.quantity)] * int(line.quantity)


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


def _with_articles(sale: Sale, rewards: tuple[str, ...], words: Words, setup: Setup) -> tuple[Line, ...]:
    """An article that points buy comes on top of what is bought: the till sells one more, at its price."""
    lines = sale.lines
    for reward in rewards:
        if reward not in setup.taken_on_top:
            continue
        sku, pieces = setup.taken_on_top[reward]
        line = next((line for line in lines if line.sku == sku), None)
        if line is None:
            raise words.refuse(f"what the article {sku!r} costs that the points buy is not said")
        lines = (*lines, replace(line, quantity=Decimal(pieces), amount=line.amount / line.quantity * pieces))
    return lines


def _said_by_till(words: Words) -> tuple[tuple[str, Any], ...]:
    """ "client_says_cost": what the till claims of its own accord, which is for the server to work out."""
    claims = [key for key in words.left() if key.startswith("client_says_")]
    return tuple((key.removeprefix("client_says_"), words.take(key)) for key in claims)


def _basket(lines: tuple[Line, ...], words: Words, setup: Setup) -> Sale:
    """A sale of `lines` with what is presented."""
    if not lines:
        raise words.refuse("a sale without lines")
    return presented(Sale(lines), words, setup)


def presented(sale: Sale, words: Words, setup: Setup) -> Sale:
    """The same with a code, or the coupon of the scenario."""
    coupons = list(sale.coupons)
    if "code" in words:
        coupons.append(_known_code(str(words.take("code")), setup))
    if words.flag("apply_coupon"):
        coupons.append("the coupon")
    unknown = [code for code in coupons if code not in setup.coupons]
    if unknown and not setup.is_unread and not setup.may_be_refused:
        raise words.refuse(f"the code {unknown[0]!r} is not among what the scenario gives")
    return replace(sale, coupons=tuple(coupons))


def _known_code(code: str, setup: Setup) -> str:
    """A code that the configuration does not name is that of its only promotion."""
    if not setup.coupons and len(setup.rules) == 1 and setup.discounts:
        add_coupon(setup.rules[0][0], code, setup)
    return code


def read_pieces(words: Words, setup: Setup, before: list[Step]) -> Sale:
    """A line for each piece: "120", or ["120", "X"] with the kind of article."""
    raw = words.take("sale_pieces")
    if not isinstance(raw, list) or not raw:
        raise words.refuse("'sale_pieces' is not a list of prices")
    lines = []
    for piece in raw:
        price, name = piece if isinstance(piece, list) else (piece, "piece")
        lines.append(Line(str(name), Decimal(1), number(price, f"{words.where}: a price")))
    return _basket(tuple(lines), words, setup)


def _lines(words: Words, setup: Setup) -> list[Line]:
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
    rate, duty = setup.tax_rate, Decimal(0)
    if "tax" in words:
        for part in words.parts("tax"):
            if "fixed" in part:
                duty += quantity * part.number("fixed")
                part.done()
            elif rate != setup.tax_rate:
                raise words.refuse("several rates on one line")
            else:
                rate, amount = _taxed(part, amount)
    words.done()
    lines = _pieces_of(Line(sku, quantity, amount, tuple(traits), rate), setup)
    # A sum for each piece that no discount lowers is a line of its own at a till, like the deposit on a bottle.
    return [*lines, Line(f"{sku} {DUTY}", quantity, duty, (DUTY,))] if duty else lines


def _taxed(tax: Words, amount: Decimal) -> tuple[Decimal, Decimal]:
    """(rate, what the customer pays for the line): a till sends that, so it has put a tax on top already."""
    rate: Decimal = tax.number("rate")
    is_included = tax.only("included", {True: True, False: False}, default=False)
    tax.done()
    gross = amount if is_included else amount * (100 + rate) / 100
    if gross != gross.quantize(Decimal("0.01")):
        raise tax.refuse(f"the line costs {gross}, and how a till rounds that is not said")
    return rate, gross
