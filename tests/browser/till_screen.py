"""The till page as its cashier has it before them: keys pressed, texts shown, and what the browser reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_public_pages import RULES

# The one field of selling: phone, card, sum, barcode or a name of goods.
ENTRY = "#entry"


def reach(page: Any, wanted: Any, key: str = "Tab", most: int = 20) -> None:
    """Press `key` until what is `wanted` (a locator, or a button's name) has the focus, as somebody does who looks where
    the ring is."""
    target = page.get_by_role("button", name=wanted).first if isinstance(wanted, str) else wanted
    target.wait_for()
    for _ in range(most):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{most} times {key}, and {wanted!r} has no focus")


@dataclass
class Screen:
    """The till page of one device: it notes what a browser reports, and how many keys besides digits were pressed."""

    page: Any
    home: str
    reported: list[str] = field(default_factory=list)
    pressed: int = 0

    def hear(self, told: Any) -> None:
        if told.type == "error" and "Failed to load resource" not in told.text:
            self.reported.append(told.text)

    def refuse(self, dialog: Any) -> None:
        self.reported.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def listen(self) -> None:
        # Refusals are answers of 4xx, and being without a line is part of the trade.
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.reported.append(str(error)))
        self.page.on("dialog", self.refuse)
        self.page.add_init_script(
            "document.addEventListener('securitypolicyviolation', event => console.error('CSP', event.violatedDirective, event.blockedURI))"
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def enter(self, text: str) -> None:
        self.type(text)
        self.press("Enter")

    def shows(self, text: str) -> None:
        expect(self.page.locator("#screen")).to_contain_text(text)

    def begins(self) -> None:
        """The field is there and has the focus: the next customer may come."""
        expect(self.page.locator(ENTRY)).to_be_focused()

    def violations(self) -> dict[str, list[str]]:
        found = Axe().run(self.page, options=RULES).response["violations"]
        return {one["id"]: [node["html"] for node in one["nodes"]] for one in found}

    def small_targets(self) -> list[str]:
        """Buttons and fields that a thumb misses."""
        small: list[str] = self.page.eval_on_selector_all(
            "#screen button, #screen input, #screen summary",
            "all => all.filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44).map(one => one.outerHTML)",
        )
        return small
