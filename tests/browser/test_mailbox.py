"""The demonstration's mailbox in a real browser: read on a small phone, links work, nothing from a mail runs."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.loyalty_site.demo.mailbox.test_mailbox import Running, running

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
ATTACK = "<img src=/favicon.svg onerror=\"document.title='ran'\" onload=\"parent.document.title='ran'\">"
PAGES = ("/", "/mails/1", "/mails/1/text", "/mails/1/headers", "/?q=nobody", "/mails/9")


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as made:
        yield made


def mail(link: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Corner Market <news@example.com>", "מרים כהן <m1@example.com>"
    message["Subject"] = "איך אצלנו, מרים?"
    message.set_content(
        "שלום\n\nhttps://example.com/a-very-long-address-that-has-to-break-somewhere-on-a-small-screen/"
    )
    script = "<script>document.title='ran'; top.location='https://example.com/'</script>"
    message.add_alternative(
        f'<html lang="he" dir="rtl"><body style="background:url(https://example.com/spy.png)">{ATTACK}{script}'
        f'<link rel="stylesheet" href="https://example.com/spy.css"><p>שלום</p><a href="{link}">9</a></body></html>',
        "html",
    )
    return message


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_are_open_to_everybody(browser: Any, mailbox: Running, width: int, scheme: str):
    mailbox.send(mail("https://example.com/"))
    page = browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme)
    for path in PAGES:
        page.goto(mailbox.where.web_url + path)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, (path, found.generate_report())
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow == 0, path
    page.close()


def test_nothing_in_a_mail_runs_or_calls_home_and_its_links_open(browser: Any, mailbox: Running):
    target = f"{mailbox.where.web_url}/?q=opened"
    mailbox.send(mail(target))
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    failed: list[tuple[str, str]] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: failed.append((request.url, request.failure)))
    page.goto(f"{mailbox.where.web_url}/mails/1", wait_until="networkidle")

    with context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="9").click()

    opened.value.wait_for_load_state()
    assert opened.value.url == target
    assert opened.value.evaluate("window.opener") is None
    assert page.title() == "איך אצלנו, מרים? · Mailbox"
    assert page.url == f"{mailbox.where.web_url}/mails/1"
    strangers = {address for address in asked if not address.startswith(mailbox.where.web_url)}
    assert len(strangers) == 2
    assert {(address, "csp") for address in strangers} <= set(failed), "the policy stops them before they leave"
    context.close()
