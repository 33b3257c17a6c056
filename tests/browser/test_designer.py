"""Rules without code: somebody who has never seen the designer clicks two rules together and sees what they give."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from django.utils import timezone

from loyalty_site.ground.models import Role
from programs.models import Category, Rule
from tests.browser.conftest import Visitor
from tests.factories.configuration import CategoryFactory, ProductFactory
from tests.world import TERMINAL, World


def test_every_tenth_coffee_free_and_double_points_on_mondays(visitor: Visitor, world: World):
    CategoryFactory(code="coffee", name="Coffee")
    program = world.shop.program
    Rule.objects.filter(program=program).delete()
    visitor.log_in(Role.MARKETING)
    page = visitor.page
    visitor.go(f"/admin/programs/program/{program.pk}/change/")
    page.get_by_role("link", name="Rules").and_(page.locator("a[href$='/design/']")).click()

    page.get_by_role("link", name="Add a rule").click()
    page.get_by_role("link", name="Every tenth piece free: a stamp card").click()
    page.get_by_label("Name of the rule").fill("Every tenth coffee free")
    assert page.get_by_label("The free piece is number").input_value() == "10"
    page.get_by_label("Add a condition:").select_option(label="the article is of a category")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Coffee", exact=True).check()
    page.get_by_role("button", name="Save the rule").click()

    page.get_by_role("link", name="Add a rule").click()
    page.get_by_role("link", name="Double points, or more").click()
    page.get_by_label("Name of the rule").fill("Double Mondays")
    page.get_by_label("Add a condition:").select_option(label="it is a certain day of the week")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Monday").check()
    page.keyboard.press("Enter")

    page.wait_for_selector(".designer-rows")
    said = page.locator(".designer-rows").first.inner_text()
    assert "Every piece number 10 is free, when the article is of Coffee." in said
    assert "Points times 2, when it is a Monday." in said

    page.get_by_label("Day", exact=True).fill("2026-03-09")
    page.get_by_label("Or any of the category").first.select_option(label="Coffee")
    page.get_by_label("Pieces").first.fill("10")
    page.get_by_label("Price of one").first.fill("3")
    page.get_by_role("button", name="What does it get?").click()
    answer = page.locator(".designer-answer").inner_text()
    assert "27.00" in answer
    assert "Every tenth coffee free" in answer
    assert "Double Mondays: points times 2" in answer
    assert visitor.complaints == []
    assert visitor.overflow() <= 0
    rules = list(Rule.objects.filter(program=program).values_list("key", "conditions", "effect"))
    assert rules == [
        (
            "every-tenth-coffee-free",
            [{"type": "category", "codes": ["coffee"]}],
            {"type": "stamp_card", "card": "every-tenth-coffee-free", "every": 10},
        ),
        ("double-mondays", [{"type": "weekday", "days": [1]}], {"type": "multiply", "factor": "2"}),
    ]

    page.get_by_role("link", name="Publish…").last.click()
    if page.locator("input[name=seen]").count():
        page.locator("input[name=seen]").check()
    page.get_by_role("button", name="Publish for").click()
    page.wait_for_url(f"**/{program.pk}/rules/")
    _sold_by_it(world)


def _sold_by_it(world: World) -> None:
    """What was clicked together is what a till gets."""
    ProductFactory(sku="espresso", category=Category.objects.get(code="coffee"))
    world.shop.member(phone="+12125550198")
    body = {
        "lines": [{"sku": "espresso", "quantity": "10", "amount": "30.00"}],
        "receipt_number": "coffee-1",
        "member": {"phone": "+12125550198"},
    }
    sold = world.client(TERMINAL).post(
        "/api/v1/sales",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": "the-first-coffee-sale"},
    )
    assert sold.status_code == 201, sold.content
    answer = sold.json()
    assert answer["to_pay"] == "27.00"
    day = timezone.now().astimezone(ZoneInfo(world.shop.terminal.store.time_zone)).isoweekday()
    assert ("Double Mondays: points times 2" in {one["why"] for one in answer["awards"]}) == (day == 1)


def test_every_kind_opens_in_hebrew_without_overflow(visitor: Visitor, world: World):
    program = world.shop.program
    world.person(Role.MARKETING).__class__.objects.update(language="he")
    visitor.log_in(Role.MARKETING)
    where = f"/admin/programs/program/{program.pk}"
    for path in (
        f"{where}/rules/",
        f"{where}/rules/add/",
        f"{where}/rules/add/?then=scale_off",
        f"{where}/rewards/add/",
    ):
        visitor.go(path)
        assert visitor.page.evaluate("document.documentElement.dir") == "rtl"
        assert visitor.overflow() <= 0, path
    visitor.page.set_viewport_size({"width": 390, "height": 800})
    visitor.go(f"{where}/rules/")
    assert visitor.overflow() <= 0
    assert visitor.complaints == []
