"""Rules on fields of the company's own: what a sale earns, what its receipt keeps, what a draft may ask."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty_site.ground.policy import system
from members.models import CustomField, Member
from programs.errors import DraftInvalid
from programs.models import Purchase
from programs.services.programs import publish_program
from tests.factories.configuration import RuleFactory, publish
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db


def add_rule(shop: Shop, **condition: object) -> None:
    RuleFactory(
        program=shop.program,
        key="own",
        conditions=[{"type": "field", **condition}],
        effect={"type": "multiply", "factor": "10"},
    )


def test_a_rule_asks_the_buyers_field_without_one_more_statement(shop: Shop):
    CustomField.objects.create(code="allergy", name="Allergy", kind="text")
    anna, bob = shop.member(), shop.member("+12125550124", "Bob")
    Member.objects.filter(pk=anna.pk).update(custom={"allergy": "qzcanary"})
    shop.sell({"C": "10.00"}, anna)
    with CaptureQueriesContext(connection) as before:
        shop.sell({"C": "10.00"}, anna)
    add_rule(shop, field="allergy", one_of=["qzcanary"])
    publish(shop.program)
    with CaptureQueriesContext(connection) as after:
        sold = shop.sell({"C": "10.00"}, anna)
    # The version is compiled once in a process: its one statement is not the sale's.
    asked = [one["sql"] for one in after.captured_queries if "programs_programversion" not in one["sql"][:60]]
    assert len(asked) <= len(before.captured_queries)
    assert sold.outcome
    assert sold.outcome.points == 100
    other = shop.sell({"C": "10.00"}, bob)
    assert other.outcome
    assert other.outcome.points == 10
    # The receipt keeps that the condition held, and not the value, which the person may want forgotten.
    facts = Purchase.objects.get(pk=sold.purchase_id).facts
    assert len(facts["traits"]) == 1
    assert "qzcanary" not in json.dumps(facts)
    assert "traits" not in Purchase.objects.get(pk=other.purchase_id).facts


def test_the_receipt_is_taken_back_by_what_held_at_its_sale(shop: Shop):
    CustomField.objects.create(code="size", name="Size", kind="number")
    anna = shop.member()
    Member.objects.filter(pk=anna.pk).update(custom={"size": 44})
    add_rule(shop, field="size", at_least="42")
    publish(shop.program)
    sold = shop.sell({"C": "10.00"}, anna)
    Member.objects.filter(pk=anna.pk).update(custom={})
    shop.give_back(sold, {1: "1"})
    assert shop.account(anna).available == 0


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ({"field": "size", "known": True}, "there is no custom field “size”"),
        ({"field": "word", "at_least": "5"}, "cannot be compared"),
        ({"field": "gone", "known": True}, "there is no custom field “gone”"),
    ],
)
def test_a_draft_that_asks_what_cannot_be_answered_is_not_published(shop: Shop, condition: dict, says: str):
    CustomField.objects.create(code="word", name="Word", kind="text")
    CustomField.objects.create(code="gone", name="Gone", kind="text", is_archived=True)
    add_rule(shop, **condition)
    with pytest.raises(DraftInvalid, match=says):
        publish_program(program=shop.program, actor=system("tests"), effective_from=NOW, now=NOW)
