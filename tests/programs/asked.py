"""What rules are told of a sale: a rule that asks, and the stored receipt asked again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from programs.models import Award, Purchase
from programs.queries.offline import past_of
from programs.rules.replaying import PastSale, ask_again
from programs.services.programs import compiled_version
from programs.services.sales import Sold
from tests.factories.configuration import RuleFactory, publish
from tests.programs.shop import NOW, Shop

TENFOLD = {"type": "multiply", "factor": "10"}
LONG_AGO = NOW - dt.timedelta(days=4000)


def add_rule(shop: Shop, *conditions: dict[str, Any]) -> None:
    """Ten times the points under these conditions, in the next version."""
    RuleFactory(program=shop.program, key="told", conditions=list(conditions), effect=TENFOLD)
    publish(shop.program)


def points(sold: Sold) -> int:
    assert sold.outcome
    return sold.outcome.points


def told(sold: Sold) -> dict[str, Any]:
    """What the receipt keeps."""
    facts: dict[str, Any] = Purchase.objects.get(pk=sold.purchase_id).facts
    return facts


def assert_answers_again(sold: Sold) -> None:
    """The stored receipt, asked again with nothing but what is stored, gives the awards that it has."""
    assert sold.account is not None
    past = [one for one in past_of(sold.account.id, LONG_AGO) if isinstance(one, PastSale)]
    receipt = next(one for one in past if one.purchase_id == sold.purchase_id)
    assert receipt.version_id is not None
    again = ask_again(compiled_version(receipt.version_id), receipt, receipt.facts)
    stored = Award.objects.filter(purchase=receipt.purchase_id).values_list(
        "line__position", "rule_key", "points", "money_minor"
    )
    asked = [(one.line + 1, one.rule, one.points, 0) for one in again.awards]
    asked += [(one.line + 1, one.rule, 0, one.money) for one in again.discounts]
    assert sorted(stored) == sorted(asked)
