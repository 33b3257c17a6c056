"""Asking the rules about a sale, and what of the question and the answer stays with the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loyalty_site.ground.rules.money import to_minor
from programs.errors import GiftNotOffered, GiftsTooMany, MemberRequired, NoActiveProgram, TooFinePoints
from programs.queries.products import UNKNOWN, Products
from programs.rules.basket import Basket, Facts, Outcome
from programs.rules.benefits import Gift
from programs.rules.counted import Counted
from programs.rules.documents import Compiled
from programs.rules.engine import evaluate
from programs.rules.remembering import remembered
from programs.services.receipts import LineRow

if TYPE_CHECKING:
    from programs.services.sales import OrderLine, SaleOrder  # which asks us


def ask(order: SaleOrder, version: Compiled | None, facts: Facts, basket: Basket) -> Outcome | None:
    """What the rules say; None where there are none.

    Raises MemberRequired, NoActiveProgram or TooFinePoints where points or rewards are to pay, a refusal of the
    redemption, or GiftNotOffered or GiftsTooMany.
    """
    wants_to_pay = bool(order.redeem or order.rewards)
    if order.member is None and wants_to_pay:
        raise MemberRequired
    if version is None:
        if wants_to_pay:
            raise NoActiveProgram
        return None
    try:
        redeem = to_minor(order.redeem, version.point_decimals)
    except ValueError as error:
        raise TooFinePoints(field="redeem_points") from error
    gifts = None if order.offers or not version.benefits else _gifts_taken(order, version)
    outcome = evaluate(version, facts, basket, redeem=redeem, claim=order.rewards, gifts=gifts)
    if gifts and order.late is None:
        _refuse_gifts(gifts, outcome)
    return outcome


def _gifts_taken(order: SaleOrder, version: Compiled) -> dict[str, int]:
    """Pieces of the lines that are gifts, by the rule that offers them. Raises GiftNotOffered for another article."""
    taken: dict[str, int] = {}
    offers = {rule.key: rule.effect for rule in version.benefits if isinstance(rule.effect, Gift)}
    for line in order.lines:
        if not line.gift_of:
            continue
        gift = offers.get(line.gift_of)
        if (gift is None or line.sku not in gift.skus) and order.late is None:
            raise GiftNotOffered(rule=line.gift_of, sku=line.sku)
        taken[line.gift_of] = taken.get(line.gift_of, 0) + int(line.quantity)
    return taken


def _refuse_gifts(taken: Mapping[str, int], outcome: Outcome) -> None:
    given = {one.rule: one.times for one in outcome.benefits}
    for rule, pieces in taken.items():
        if pieces > given.get(rule, 0):
            raise GiftsTooMany(rule=rule, most=given.get(rule, 0))


def stored_facts(
    order: SaleOrder, version: Compiled | None, facts: Facts, basket: Basket, counted: Sequence[Counted]
) -> dict[str, Any]:
    """What a repetition of the question needs besides the receipt's own columns, and what the answer counted."""
    stored = facts.to_json() | ({"rewards": list(order.rewards)} if order.rewards else {})
    if version is not None:
        stored |= remembered(basket, version.asked.needs, store=order.till.store_code, at=order.occurred_at)
    return stored | ({"counts": [one.to_json() for one in counted]} if counted else {})


def line_row(line: OrderLine, products: Products, exponent: int) -> LineRow:
    """A line of an order on its way into the database. Raises TooFinePoints for more decimals than the currency has."""
    try:
        amount, discount = to_minor(line.amount, exponent), to_minor(line.discount, exponent)
    except ValueError as error:
        raise TooFinePoints(field="amount") from error
    article = products.get(line.sku, UNKNOWN)
    return LineRow(
        sku=line.sku,
        product_id=article.product_id,
        category_id=article.category_id,
        category=article.category,
        quantity=line.quantity,
        amount=amount,
        discount=discount,
        tax_rate=line.tax_rate,
        tax_included=line.tax_included,
        brand=article.brand,
        labels=article.labels,
    )
