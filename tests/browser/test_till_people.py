"""People and past receipts at the till page, by the keyboard alone: joining, wishes, the own page, returns, cancelling."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from loyalty_site.ground.models import ConsentWording
from loyalty_site.ground.rules.qr import qr_drawing, qr_modules
from members.models import Consent, Member
from programs.models import Purchase, Terminal
from tests.browser.till_screen import Screen, reach
from tests.programs.shop import Shop, open_shop

PHONE = "2125550177"


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = open_shop(welcome_points=50)
    shop.now = timezone.now() - dt.timedelta(minutes=5)
    Terminal.objects.update(scopes=["lookup", "hints", "earn", "redeem", "return", "enrol", "own_page"])
    for purpose, text in (("processing", "We keep your phone and purchases."), ("marketing", "We may write to you.")):
        ConsentWording.objects.create(purpose=purpose, language="en", version=1, text=text)
        ConsentWording.objects.create(purpose=purpose, language="he", version=1, text="אנו שומרים את מספר הטלפון.")
    return shop


LOOK = """async ([picture, size]) => {
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    canvas.drawImage(bitmap, 0, 0);
    const middle = (place) => Math.floor((place + 0.5) * bitmap.width / size);
    const places = [...Array(size).keys()].map(middle);
    return places.map((y) => places.map((x) => canvas.getImageData(x, y, 1, 1).data[0] < 128));
}"""


def modules_on_screen(screen: Screen, size: int) -> list[list[bool]]:
    """The QR code as a camera would see it: dark or light in the middle of each module, its quiet edge included."""
    picture = base64.b64encode(screen.page.locator(".qr svg").screenshot()).decode()
    seen: list[list[bool]] = screen.page.evaluate(LOOK, [picture, size])
    return seen


def kept_by(screen: Screen) -> dict[str, list[Any]]:
    """All that is in the device's own storage, by the name of its store."""
    kept: dict[str, list[Any]] = screen.page.evaluate(
        """async () => {
            const { all } = await import("/static/till/store.js");
            const found = {};
            for (const name of ["queue", "receipts", "products", "settings"]) found[name] = await all(name);
            return found;
        }"""
    )
    return kept


def test_somebody_joins_and_buys(screen: Screen):
    page = screen.page
    page.emulate_media(color_scheme="dark")
    screen.enter(PHONE)
    expect(page.get_by_role("button", name="Enrol as a new member F2")).to_be_visible()
    screen.press("F2")
    expect(page.locator("#enrol-phone")).to_have_value(PHONE)
    expect(page.locator("#agreed-processing")).to_be_focused()
    assert screen.violations() == {}
    screen.press("Enter")
    screen.shows("When they say yes, press the space bar")
    screen.press("Space", "Tab", "Tab", "Space")  # yes to the words, and to offers by SMS
    with page.expect_response("**/api/v1/members") as heard:
        screen.press("Enter")
    screen.shows("50 points as a welcome gift")
    answer = heard.value.json()
    size, _ = qr_drawing(answer["own_page"])
    grid = qr_modules(answer["own_page"])
    quiet = (size - len(grid)) // 2
    shown = modules_on_screen(screen, size)
    assert [row[quiet:-quiet] for row in shown[quiet:-quiet]] == [list(map(bool, row)) for row in grid]
    assert not any(any(row[:quiet] + row[-quiet:]) for row in shown)
    assert Client().get(answer["own_page"][answer["own_page"].index("/m/") :]).status_code in {200, 302}
    assert screen.violations() == {}
    member = Member.objects.get(public_id=answer["member"]["id"])
    given = Consent.objects.filter(member=member).values_list("purpose", "channel", "wording__text")
    assert set(given) == {
        ("processing", "", "We keep your phone and purchases."),
        ("marketing", "sms", "We may write to you."),
    }
    screen.press("Enter")
    screen.begins()
    expect(page.locator(".hints")).to_contain_text("50")


def test_wishes_and_the_own_page_of_a_member(screen: Screen, shop: Shop):
    shop.member()
    page = screen.page
    screen.enter("2125550123")
    expect(page.locator(".hints")).to_contain_text("Anna")
    screen.press("F10")  # into the card of hints
    reach(page, "Offers and news", "ArrowDown")
    screen.press("Enter")
    expect(page.locator("input[name=offers-email]").first).to_be_focused()
    assert screen.violations() == {}
    screen.press("ArrowDown", "Tab", "ArrowDown", "ArrowDown", "Enter")
    screen.shows("Noted")
    expect(page.locator("ul.wishes li")).to_have_text(["By e-mailYes", "By SMSNo", "By phone callNo"])
    screen.press("Enter")  # on with the sale, and with its member
    expect(page.locator(".hints")).to_contain_text("Anna")
    screen.press("F10", "ArrowUp")
    expect(page.get_by_role("button", name="Not this member")).to_be_focused()  # the arrows go round
    reach(page, "Their own page", "ArrowLeft")
    screen.press("Enter")
    expect(page.locator("#member-pin")).to_be_focused()  # who is only known by their number proves who they are
    assert screen.violations() == {}
    screen.enter("1234")
    expect(page.locator("[role=alert]")).not_to_be_empty()


def test_goods_come_back_and_a_sale_is_cancelled(screen: Screen, shop: Shop):
    member = shop.member()
    sold = shop.sell({"A": "10.00", "C": "5.00"}, member, number="77")
    shop.sell({"C": "8.00"}, member, number="78")
    screen.press("F4")
    screen.press("Tab", "Tab", "Tab", "Enter")  # the camera, which this machine has none of
    expect(screen.page.locator("dialog.camera")).to_contain_text("The browser finds no camera.")
    assert screen.violations() == {}
    screen.press("Escape", "Shift+Tab", "Shift+Tab", "Shift+Tab")
    screen.enter("76")
    expect(screen.page.locator("[role=alert]")).not_to_be_empty()
    assert screen.violations() == {}
    screen.enter("77")
    expect(screen.page.locator("#piece-1")).to_be_focused()
    screen.press("Enter")
    screen.shows("Say how many pieces come back")
    assert (screen.violations(), screen.small_targets()) == ({}, [])
    screen.press("ArrowUp", "ArrowUp", "Enter")  # no more than there is
    screen.shows("$10.00 goes back in money.")
    screen.shows("20 points that were earned with it are taken back.")
    assert screen.violations() == {}
    assert not Purchase.objects.filter(kind="return").exists()
    screen.press("Enter")
    screen.shows("Give back $10.00")
    expect(screen.page.locator(".receipt")).to_contain_text("77")
    assert screen.violations() == {}
    back = Purchase.objects.get(kind="return")
    assert (back.original.public_id.hex, back.total_minor) == (sold.public_id.replace("-", ""), 1000)

    screen.press("F3")
    expect(screen.page.locator(".receipts li")).to_have_count(3)
    assert (screen.violations(), screen.small_targets()) == ({}, [])
    reach(screen.page, "Take goods back 78", "ArrowDown")
    screen.press("ArrowRight", "Enter")
    dialog = screen.page.locator("dialog")
    expect(dialog).to_contain_text("$8.00 goes back in money.")
    expect(dialog).to_contain_text("This cannot be undone.")
    assert screen.violations() == {}
    screen.press("Enter")  # Enter alone keeps the sale
    expect(dialog).to_have_count(0)
    screen.press("Enter")
    expect(dialog.get_by_role("button", name="Keep the sale")).to_be_focused()
    screen.press("Tab", "Enter")
    expect(screen.page.locator("#said")).to_contain_text("The sale is cancelled. Give back $8.00 in money.")
    assert Purchase.objects.filter(original__receipt_number="78", is_void=True).count() == 1


def test_without_a_line_somebody_joins_and_own_goods_come_back(screen: Screen):
    page = screen.page
    screen.enter("12")
    screen.press("Enter", "Enter")
    screen.shows("The sale is booked.")
    number = Purchase.objects.get().receipt_number
    page.context.set_offline(True)
    screen.press("F4")
    screen.enter("another")
    expect(page.locator("[role=alert]")).to_contain_text("only receipts of this till")
    screen.enter(number)
    expect(page.locator("#piece-1")).to_be_focused()
    screen.press("Enter")
    screen.shows("The goods cost $12.00")
    screen.press("Enter")
    screen.shows("waits in this device")
    screen.press("F4")
    screen.enter(number)
    screen.shows("has come back already")
    screen.press("F2")
    screen.shows("No connection: you can note")
    screen.enter(PHONE)
    screen.shows("When they say yes, press the space bar")
    screen.press("Space", "Enter")
    screen.shows("The new member waits in this device")
    screen.press("F8")
    reach(page, "Stop being a till")
    screen.press("Enter")
    expect(page.locator("#said")).to_contain_text("2 deeds still wait to be sent.")
    page.set_viewport_size({"width": 360, "height": 740})
    waits = page.get_by_role("button", name="2 wait to be sent")
    assert waits.inner_text() == "↑ 2"  # a phone's bar has room for no more
    page.evaluate("import('/static/till/queue.js').then(queue => queue.forgetAll())")  # and nothing of it gets lost
    page.context.set_offline(False)
    expect(page.locator("#deeds")).to_be_empty(timeout=20_000)
    assert Purchase.objects.filter(kind="return", original__receipt_number=number, is_offline=True).count() == 1
    assert Member.objects.count() == 1
    kept = kept_by(screen)
    assert kept["queue"] == []
    assert [one["number"] for one in kept["receipts"]] == [number]
    reach(page, "Stop being a till")
    screen.press("Enter")
    expect(page.locator("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    screen.press("Tab", "Enter")
    expect(page.locator("#code")).to_be_focused()
    assert kept_by(screen) == {"queue": [], "receipts": [], "products": [], "settings": [None]}  # no workplace
