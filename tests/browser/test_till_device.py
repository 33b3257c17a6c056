"""The till page on its device: a new version comes when nobody is selling, paper has the receipt alone, other languages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from loyalty_site.till import installing
from programs.models import Purchase, Terminal
from tests.browser.till_screen import Screen
from tests.programs.shop import Shop, open_shop

PHONE = "2125550123"
# What ink would be spent on outside the receipt. What is for screen readers only has no extent.
INK = """() => [...document.querySelectorAll("body *")].filter((one) => !one.closest(".receipt") && !one.querySelector(".receipt"))
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().height > 1).map((one) => one.outerHTML)"""


@pytest.fixture
def shop(transactional_db: None) -> Shop:
    shop = open_shop()
    shop.now = timezone.now() - dt.timedelta(hours=1)
    Terminal.objects.update(scopes=["lookup", "hints", "earn", "redeem", "return"])
    return shop


def until(page: Any, truth: str) -> None:
    """Ask again and again, which the page's own clock cannot: it stands still."""
    for _ in range(200):
        if page.evaluate(truth):
            return
        page.wait_for_timeout(50)
    raise AssertionError(truth)


def test_a_new_version_comes_when_nobody_is_selling(screen: Screen, monkeypatch: pytest.MonkeyPatch):
    page = screen.page
    page.evaluate("navigator.serviceWorker.ready.then((one) => one.unregister())")
    page.clock.install()  # hours and the pauses between two looks pass at a word
    page.reload()  # as on its first day, and it is left open ever after
    screen.begins()
    until(page, "Boolean(navigator.serviceWorker.controller)")
    page.evaluate("window.isSame = true")
    # A new release is a new process: it has another version, and remembers nothing of the one before.
    monkeypatch.setattr(installing, "version", lambda: "f" * 16)
    monkeypatch.setattr(installing, "_remembered", installing.script)
    screen.enter("12")
    page.clock.fast_forward("01:00:01")
    until(page, "navigator.serviceWorker.getRegistration().then((one) => Boolean(one.waiting))")
    for _ in range(3):
        page.clock.run_for(6_000)
    assert page.evaluate("window.isSame")  # somebody is in the middle of a sale
    page.get_by_role("button", name="Start afresh").focus()
    screen.press("Enter")
    screen.begins()
    screen.type("21255")
    page.clock.run_for(6_000)
    assert page.evaluate("window.isSame")  # or has begun to type
    screen.press(*["Backspace"] * 5)
    page.clock.run_for(6_000)
    until(
        page,
        "navigator.serviceWorker.getRegistration().then((one) => one.active.state === 'activated' && !one.waiting)",
    )
    with page.expect_navigation():
        page.clock.run_for(6_000)
    screen.begins()
    assert page.evaluate("window.isSame") is None
    assert set(page.evaluate("caches.keys()")) == {f"till-{'f' * 16}", "till-last"}


def test_paper_has_the_receipt_and_nothing_else(screen: Screen):
    page = screen.page
    screen.enter("12")
    screen.press("Enter", "Enter")
    screen.shows("The sale is booked.")
    number = Purchase.objects.get().receipt_number
    assert page.evaluate(INK) != []
    page.emulate_media(media="print")
    assert page.evaluate(INK) == []
    expect(page.locator(".receipt")).to_contain_text("$12.00")
    page.emulate_media(media="screen")
    screen.press("F4")
    screen.enter(number)
    expect(page.locator("#piece-1")).to_be_focused()
    screen.press("Enter")
    screen.shows("$12.00 goes back in money.")
    screen.press("Enter")
    screen.shows("Give back $12.00")
    page.emulate_media(media="print")
    assert page.evaluate(INK) == []
    expect(page.locator(".receipt")).to_contain_text(number)


@pytest.mark.parametrize(("language", "shown"), [("ru", "12,50\u00a0$"), ("he", "12.50")])
def test_selling_in_another_language(screen: Screen, shop: Shop, language: str, shown: str):
    member = shop.member()
    page = screen.page
    screen.press("F8")
    page.locator(f"button[lang={language}]").focus()
    screen.press("Enter")
    page.wait_for_url(f"**/till/{language}/")
    screen.begins()
    screen.enter(PHONE)
    expect(page.locator(".hints h2")).to_have_text("Anna P.")
    screen.enter("12,50")
    expect(page.locator(".lines .amount")).to_contain_text(shown)
    screen.press("Enter", "Enter")
    with translation.override(language):
        screen.shows(gettext("The sale is booked."))
    expect(page.locator(".receipt")).to_contain_text(shown)
    sold = Purchase.objects.get()
    assert (sold.member, sold.total_minor) == (member, 1250)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [
        language,
        "rtl" if language == "he" else "ltr",
    ]
    assert screen.violations() == {}
