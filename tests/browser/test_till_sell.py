"""Selling at the till page by the keyboard alone: a known phone, goods, points, refusals, and names that are no programs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from loyalty_site.ground.policy import system
from members.models import Member
from members.services import write_notice
from programs.models import Product, Purchase, Terminal, TillPolicy
from programs.services.pins import set_pin
from tests.browser.till_screen import ENTRY, Screen, reach
from tests.factories.configuration import RewardFactory, publish
from tests.programs.shop import Shop, open_shop

PHONE = "2125550123"
PAYLOADS = [
    "<script>document.title='run'</script>",
    '"><img src=x onerror="document.title=\'run\'">',
    "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
]


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = open_shop(redeem_minimum=Decimal(10), redeem_step=Decimal(5))
    shop.now = timezone.now() - dt.timedelta(hours=1)
    Terminal.objects.update(scopes=["lookup", "hints", "earn", "redeem", "return"])
    Product.objects.filter(sku="A").update(name="Green tea", price=Decimal("4.50"), barcodes=["4600000000017"])
    RewardFactory(program=shop.program, key="cake", name="A cake", cost=50)
    publish(shop.program)
    Product.objects.filter(sku="B").update(name=PAYLOADS[0], price=Decimal("2.00"))
    return shop


@pytest.fixture
def anna(shop: Shop) -> Member:
    member = shop.member()
    for _ in range(2):
        shop.sell({"A": "50.00"}, member)
    return member


def test_a_sale_to_a_known_phone_takes_four_keys_besides_digits(screen: Screen, anna: Member):
    screen.enter(PHONE)
    screen.enter("1250")  # a short number is a sum
    screen.press("Enter", "Enter")
    screen.shows("The sale is booked.")
    assert screen.pressed <= 5
    assert (screen.violations(), screen.small_targets()) == ({}, [])
    sold = Purchase.objects.latest("pk")
    assert (sold.total_minor, sold.member_id) == (125000, anna.pk)
    screen.press("Enter")
    screen.begins()
    assert screen.page.locator(ENTRY).input_value() == ""


def test_goods_by_name_and_barcode_and_a_number_that_is_no_sum(screen: Screen, anna: Member):
    screen.enter("2*tea")
    screen.shows("9.00")
    screen.enter("4600000000017")  # the same article: three of it now
    screen.shows("3 × $4.50")
    screen.enter("5550199")  # seven digits: somebody's phone, and never 5,550,199.00
    expect(screen.page.locator(".message")).to_contain_text("No member")
    expect(screen.page.locator(".lines li")).to_have_count(1)
    screen.enter("55501")  # far above the usual: asked once more
    expect(screen.page.locator(".message")).to_contain_text("far more than usual")
    screen.press(*["Backspace"] * 5)
    screen.enter("SPRING-26")  # nobody's card
    expect(screen.page.get_by_role("button", name="It is a coupon F10")).to_be_visible()
    screen.press("F10")
    expect(screen.page.get_by_role("button", name="Take out: SPRING-26")).to_be_visible()
    screen.press("ArrowUp", "ArrowDown", "Enter")  # which this shop has not
    expect(screen.page.locator(".sums")).not_to_contain_text("SPRING-26")
    screen.begins()
    screen.press("ArrowUp", "Enter")  # into the basket: one less of the newest line
    screen.shows("2 × $4.50")
    screen.press("ArrowRight", "Enter", "Escape")
    screen.shows("3 × $4.50")
    screen.begins()
    screen.page.route("**/api/v1/sales", lambda route: route.abort())
    screen.enter("1.50")
    screen.press("Enter", "Enter")
    screen.shows("Nobody knows yet")
    screen.press("Enter")
    screen.shows("kept on this device")
    screen.page.unroute("**/api/v1/sales")
    screen.page.context.set_offline(True)
    screen.press("Enter")
    screen.enter("2125550123")
    screen.shows("points are decided when it is sent")
    screen.enter("3")
    screen.shows("this is the plain sum")
    screen.press("Enter", "Enter")
    screen.shows("Nothing is lost")
    waits = screen.page.locator("#deeds button")
    expect(waits).to_be_visible()  # the bar tells it in a moment, and "nothing waits" must not be seen before
    screen.page.context.set_offline(False)
    expect(waits).to_have_count(0, timeout=20_000)
    sold = Purchase.objects.order_by("total_minor").values_list("total_minor", "member_id")
    assert list(sold) == [(300, anna.pk), (1500, None), (5000, anna.pk), (5000, anna.pk)]


def test_points_pay_within_their_bounds_and_a_refusal_keeps_the_basket(screen: Screen, shop: Shop, anna: Member):
    set_pin(member_id=anna.pk, pin="4711", actor=system("tests"), now=shop.now)
    TillPolicy.objects.update_or_create(
        program=shop.program, defaults={"step_up_points": 1, "step_up_contact_hours": None}
    )
    screen.enter(PHONE)
    screen.enter("20")
    expect(screen.page.locator(".hints")).to_contain_text("The usual")
    screen.press("ArrowDown", "Enter")
    expect(screen.page.locator(".lines li")).to_have_count(2)
    screen.press("F10")
    reach(screen.page, "A cake", "ArrowDown")
    screen.press("Enter")
    screen.shows("−$1.00")
    screen.begins()
    screen.press("Enter")
    points = screen.page.locator("#points")
    expect(points).to_be_focused()
    assert (screen.violations(), screen.small_targets()) == ({}, [])
    screen.enter("7")
    screen.shows("That many points cannot pay.")
    screen.press("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown")  # 10 at least, in steps of 5
    expect(points).to_have_value("15")
    screen.press("Tab", "ArrowLeft")  # the slider
    expect(points).to_have_value("10")
    screen.press("ArrowRight", "Shift+Tab")
    expect(points).to_have_value("15")
    screen.shows("They pay")
    screen.press("Enter")
    screen.shows("the member confirms it with their PIN")
    screen.press("Escape")
    expect(screen.page.locator(".lines li")).to_have_count(2)
    screen.begins()
    screen.press("Enter", "Enter")
    screen.shows("the member confirms it with their PIN")
    screen.enter("4712")
    screen.shows("This PIN is wrong")
    screen.enter("4711")
    screen.shows("The sale is booked.")
    assert Purchase.objects.latest("pk").points_redeemed == 15 + 50  # as money, and for the cake


def test_what_people_wrote_is_shown_and_never_run(screen: Screen, shop: Shop):
    mallory = shop.member(phone="+12125550777", name=PAYLOADS[1])
    now = timezone.now()
    for text in PAYLOADS:
        write_notice(member_id=mallory.pk, text=text, is_once=True, actor=system("tests"), today=now.date(), now=now)
    screen.enter("2125550777")
    for text in PAYLOADS:
        expect(screen.page.locator(".hints")).to_contain_text(text)
    screen.enter("<script")
    screen.shows(PAYLOADS[0])
    assert (screen.violations(), screen.small_targets()) == ({}, [])
    screen.press("Escape", *["Backspace"] * 7)
    screen.enter("3")
    screen.press("F10", "Enter")
    expect(screen.page.get_by_role("button", name="Said it")).to_have_count(2)
    screen.begins()
    screen.press("Enter", "Enter")
    screen.shows("The sale is booked.")
    assert screen.page.title() == "Till"
    for size in ({"width": 360, "height": 740}, {"width": 1024, "height": 768}):
        screen.page.set_viewport_size(size)
        assert screen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
