"""Rewards, coupons, gifts, a code instead of a PIN, the own page and own fields, at the till page by the keyboard alone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from loyalty_site.ground.policy import system
from members.models import CustomField, Member
from members.services import enrol_member, issue_card
from programs.models import Coupon, Product, Purchase, SpendingCode, Terminal, TillPolicy
from programs.services.codes import _code
from programs.services.coupons import issue_coupons
from programs.services.pins import set_pin
from tests.browser.till_screen import Screen, reach
from tests.factories.configuration import CouponSeriesFactory, ProductFactory, RewardFactory, RuleFactory, publish
from tests.programs.shop import Shop, open_shop

PHONE = "2125550123"
BOSS = system("tests")


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    """A cake for 50 points, a coupon for a tenth off, and a cup for 1.00 with every purchase."""
    shop = open_shop()
    shop.now = timezone.now() - dt.timedelta(hours=1)
    Terminal.objects.update(scopes=["lookup", "hints", "earn", "redeem", "return", "enrol", "own_page"])
    Product.objects.filter(sku="A").update(name="Green tea", price=Decimal("10.00"))
    ProductFactory(sku="CUP", name="A cup", price=Decimal("7.00"), category=None)
    RewardFactory(
        program=shop.program, key="cake", name="A cake", cost=50, effect={"type": "amount_off", "amount": "3.50"}
    )
    CouponSeriesFactory(program=shop.program, key="tenth", name="A tenth off")
    for key, conditions, effect in (
        ("tenth", [{"type": "coupon", "series": ["tenth"]}], {"type": "percent_off", "percent": "10"}),
        ("cup", [], {"type": "gift", "skus": ["CUP"], "surcharge": "1.00"}),
    ):
        RuleFactory(program=shop.program, key=key, name=key.title(), conditions=conditions, effect=effect)
    publish(shop.program)
    return shop


@pytest.fixture
def anna(shop: Shop) -> Member:
    """With 500 points, and an e-mail that she has had for long."""
    member = enrol_member(
        name="Anna Petrova",
        identifiers=[("phone", f"+1{PHONE}"), ("email", "anna@example.com")],
        region="US",
        actor=BOSS,
        now=shop.now - dt.timedelta(days=30),
    )
    shop.sell({"C": "500.00"}, member)
    return member


def press(screen: Screen, name: str, way_in: str = "F10") -> None:
    """A button of the member's card, or of the basket by the arrow up: arrows lead to it."""
    screen.page.get_by_role("button", name=name).first.wait_for()
    screen.press(way_in)
    reach(screen.page, name, "ArrowDown")
    screen.press("Enter")


def test_a_reward_a_coupon_and_a_gift_go_into_one_sale(screen: Screen, shop: Shop, anna: Member):
    series = CouponSeriesFactory._meta.model.objects.get()
    mine, theirs = (
        issue_coupons(series=series, count=1, member=one, actor=BOSS, now=shop.now)[0] for one in (anna, None)
    )
    page, sums, hints = screen.page, screen.page.locator(".sums"), screen.page.locator(".hints")
    screen.enter(PHONE)
    screen.enter("2*tea")
    expect(sums.locator(".total")).to_contain_text("$20.00")
    press(screen, "A cake")
    expect(hints.get_by_role("button", name="A cake")).to_have_attribute("aria-pressed", "true")
    expect(sums.locator(".total")).to_contain_text("$16.50")
    screen.begins()
    press(screen, "A tenth off")
    expect(sums.locator(".total")).to_contain_text("$14.50")
    expect(sums).to_contain_text("−$2.00")
    expect(sums).to_contain_text("−$3.50")
    press(screen, "A tenth off")  # not this one: another is in their hand, and typed as it is printed
    expect(sums.locator(".total")).to_contain_text("$16.50")
    screen.enter(str(theirs))
    expect(sums.locator(".total")).to_contain_text("$14.50")
    press(screen, "Put in the gift: A cup", "ArrowUp")
    expect(sums.locator(".total")).to_contain_text("$15.40")  # its surcharge of 1.00, a tenth off too
    assert (screen.violations(), screen.small_targets()) == ({}, [])
    screen.begins()
    screen.press("Enter")
    expect(page.locator("#points")).to_be_focused()
    screen.press("Enter")
    screen.shows("The sale is booked.")
    expect(page.locator(".receipt")).to_contain_text("A cup")
    sold = Purchase.objects.latest("pk")
    assert (sold.member, sold.total_minor) == (anna, 2100)
    assert shop.account(anna).available == 500 - 50 + sold.points_earned
    assert set(Coupon.objects.values_list("code", "uses_left")) == {(mine.code, 1), (theirs.code, 0)}
    # Used: the next sale hears it, and goes on without.
    screen.press("Enter")
    screen.enter("1*tea")
    screen.enter(str(theirs))
    screen.shows("To use a coupon, find the member first.")
    screen.enter(PHONE)
    screen.shows("has been used")
    press(screen, f"Take out: {theirs.code}", "ArrowUp")
    expect(sums.locator(".total")).to_contain_text("$10.00")


def test_a_code_instead_of_a_pin_and_the_own_page_by_either_proof(screen: Screen, shop: Shop, anna: Member):
    TillPolicy.objects.update_or_create(
        program=shop.program, defaults={"step_up_points": 1, "step_up_contact_hours": None, "member_receipts_day": None}
    )
    page = screen.page
    screen.enter(PHONE)
    screen.enter("20")
    screen.press("Enter")
    expect(page.locator("#points")).to_be_focused()
    screen.enter("100")
    screen.shows("the member confirms it with")
    reach(page, "Send the member a code")
    screen.press("Enter")
    screen.shows("A code is on its way")
    screen.enter("000000")
    screen.shows("This code")
    code = _code(SpendingCode.objects.get().code_hash.partition("$")[0])  # as the mail has it
    screen.enter(code)
    screen.shows("The sale is booked.")
    assert Purchase.objects.latest("pk").points_redeemed == 100
    screen.press("Enter")

    set_pin(member_id=anna.pk, pin="4711", actor=BOSS, now=shop.now)
    screen.enter(PHONE)
    press(screen, "Their own page")
    expect(page.locator("#member-pin")).to_be_focused()
    screen.enter("4712")
    expect(page.locator("[role=alert]")).to_contain_text("PIN")
    expect(page.locator("#member-pin")).to_have_value("")
    screen.enter("4711")
    expect(page.locator(".qr svg")).to_be_visible()
    screen.shows("Anna P.")
    screen.press("Enter")
    screen.begins()
    card = issue_card(member_id=anna.pk, actor=BOSS, now=shop.now)
    screen.enter(card.shown)
    expect(page.locator(".hints")).to_contain_text("Anna P.")
    press(screen, "Their own page")  # who shows their card is asked for no PIN
    expect(page.locator(".qr svg")).to_be_visible()
    assert screen.violations() == {}


def test_own_fields_are_filled_in_once_and_shown_ever_after(screen: Screen, shop: Shop):
    listed = [{"code": code, "labels": {"": code.title()}, "is_archived": False} for code in ("nuts", "milk")]
    for position, (code, kind, options, till) in enumerate(
        [
            ("child", "text", [], "set"), ("size", "number", [], "set"), ("since", "date", [], "set"), ("vip", "yes_no", [], "set"),
            ("one", "choice", listed, "set"), ("all", "choices", listed, "set"), ("secret", "text", [], ""),
        ]
    ):  # fmt: skip
        CustomField.objects.create(
            code=code, name=f"The {code}", kind=kind, options=options, till=till, position=position
        )
    page = screen.page
    page.reload()  # the fields are new to this till
    screen.begins()
    screen.press("F2")
    screen.enter("2125550177")
    screen.shows("When they say yes, press the space bar")
    screen.press("Space")
    reach(page, page.locator("summary"))
    screen.press("Enter", "Tab")
    screen.type("Lea")
    screen.press("Tab")
    screen.type("42,5")
    screen.press("Tab")
    screen.type("02292024")
    for name, key in (("vip", "Y"), ("one", "M")):
        reach(page, page.locator(f"#own-{name}"))
        screen.press(key)
    screen.press("Tab", "Space", "Tab", "Space")
    assert screen.violations() == {}
    screen.press("Enter")
    screen.shows("Welcome, new member")
    assert Member.objects.get().custom == {
        "child": "Lea",
        "size": 42.5,
        "since": "2024-02-29",
        "vip": True,
        "one": "milk",
        "all": ["nuts", "milk"],
    }
    screen.press("Enter")
    fields = page.locator(".hints dl.fields")
    expect(fields).to_contain_text("The child")
    assert [one.strip() for one in fields.locator("dd").all_inner_texts()][:2] == ["Lea", "42.5"]
    expect(fields).to_contain_text("Nuts")
    assert "secret" not in page.locator(".hints").inner_text()
