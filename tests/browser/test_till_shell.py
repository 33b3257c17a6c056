"""The till page's frame in a real browser: enrolled by a link, signed in by keyboard alone, in two directions."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from loyalty_site.ground.policy import system
from programs.models import Cashier, Program, ProgramState, Terminal, TillPolicy
from programs.services.cashiers import set_cashier_pin
from programs.services.tills import issue_enrolment_code, revoke_terminal
from tests.browser.conftest import Visitor
from tests.browser.till_screen import reach
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
# A browser itself complains of every answer that refuses.
REFUSED = "the server responded with a status of"


def terminal_of(world: World) -> Terminal:
    return Terminal.objects.select_related("store").get(pk=world.shop.terminal.pk)


def a_cashier(terminal: Terminal) -> None:
    TillPolicy.objects.update_or_create(
        program=Program.objects.get(state=ProgramState.ACTIVE), defaults={"cashier_pin_required": True}
    )
    anna = Cashier.objects.create(store=terminal.store, number="71", name="Anna Kassa")
    set_cashier_pin(cashier_id=anna.pk, pin="4071", actor=system("tests"), now=timezone.now())


def sign_in(page: Any, pin: str, number: str = "") -> None:
    """Type the number, unless it is still there, and the PIN."""
    if number:
        expect(page.locator("#cashier-number")).to_be_focused()
        page.keyboard.type(number)
        page.keyboard.press("Enter")  # not filled in yet: the browser leads to the PIN
    expect(page.locator("#cashier-pin")).to_be_focused()
    page.keyboard.type(pin)
    page.keyboard.press("Enter")


def test_a_tablet_becomes_a_till_and_a_cashier_signs_in(visitor: Visitor, world: World):
    terminal, page = terminal_of(world), visitor.page
    a_cashier(terminal)
    code = issue_enrolment_code(terminal=terminal, actor=system("tests"), now=timezone.now())
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"{visitor.home}/till/en/")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type("aaaa-bbbb-cccc")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=This code is wrong, used or too old.")
    page.goto(f"{visitor.home}/till/#code={code}")
    page.wait_for_selector("text=Sign in at this till")
    assert code not in page.url
    assert code[:4] not in page.evaluate("JSON.stringify(history.state)")
    assert page.evaluate("document.cookie") == ""
    sign_in(page, "9999", number="71")
    page.wait_for_selector("text=The number or the PIN is wrong.")
    sign_in(page, "4071")
    page.wait_for_selector("#cashier >> text=Anna Kassa")
    assert page.inner_text("#workplace").split("\n") == [terminal.store.name, terminal.name]
    assert page.inner_text("#line") == "Connected"
    # By keyboard alone: the menu, the settings in it, another language, and back out of the shift.
    page.keyboard.press("F9")
    page.wait_for_selector("#menu:not([hidden])")
    page.keyboard.press("Escape")
    page.wait_for_selector("#menu", state="hidden")
    assert page.evaluate("document.activeElement.id") == "menu-button"
    page.keyboard.press("F8")
    page.wait_for_selector("text=This till")
    reach(page, "עברית")
    page.keyboard.press("Enter")
    page.wait_for_url("**/till/he/")
    page.wait_for_selector("#cashier >> text=Anna Kassa")
    for width, height in ((1024, 768), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        assert visitor.overflow() == 0
    assert page.evaluate("document.documentElement.dir") == "rtl"
    page.goto(f"{visitor.home}/till/")
    page.wait_for_url("**/till/he/")
    page.goto(f"{visitor.home}/till/en/")
    page.wait_for_selector("#cashier >> text=Anna Kassa")
    page.keyboard.press("F7")
    page.wait_for_selector("text=Sign out")
    page.keyboard.press("F7")  # the key of that button, once it is there
    page.wait_for_selector("text=In this shop every cashier signs in")
    # A sale in the midst of which the server asks for a cashier goes on where it was.
    page.evaluate(
        """async () => {
            const { withCashier } = await import("/static/till/signin.js");
            const { call, freshKey } = await import("/static/till/api.js");
            const body = { lines: [{ sku: "A", quantity: "1", amount: "1.00" }], receipt_number: "X-1" };
            window.asked = withCashier(() => call("POST", "/api/v1/sales", { body, key: freshKey() }));
        }"""
    )
    page.wait_for_selector("dialog >> text=The sale stays as it is")
    expect(page.locator("#ask-number")).to_be_focused()
    page.keyboard.type("71")
    page.keyboard.press("Tab")
    page.keyboard.type("4071")
    page.keyboard.press("Enter")
    assert page.evaluate("window.asked.then(({ status }) => status)") == 201
    # Shut out by the back office: said, and a new code is asked for.
    revoke_terminal(terminal=terminal, actor=system("tests"), now=timezone.now())
    page.goto(f"{visitor.home}/till/en/")
    page.wait_for_selector("text=The server does not know this till any more")
    assert [one for one in visitor.complaints if REFUSED not in one] == []


def test_a_till_without_a_line_says_so_and_comes_back(visitor: Visitor, world: World):
    page = visitor.page
    code = issue_enrolment_code(terminal=terminal_of(world), actor=system("tests"), now=timezone.now())
    visitor.go(f"/till/he/#code={code}")
    page.wait_for_selector("#menu-button:not([hidden])")
    visitor.context.set_offline(True)
    page.evaluate("import('/static/till/frame.js').then(({ refresh }) => refresh()).catch(() => {})")
    page.wait_for_selector("#line.warn")
    visitor.context.set_offline(False)  # the browser tells the page, which looks by itself
    page.wait_for_selector("#line.good")
