"""The README's pictures, taken from the demonstration: `make browser-screens` (run make demo once before).

Writes docs/screens/*.png. Needs Chromium: the one on the PATH, or CHROMIUM naming another.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, sync_playwright

from loyalty_site.demo.browser import path_of
from loyalty_site.demo.mailbox import addresses
from loyalty_site.embedded import postgres
from loyalty_site.embedded.environment import setting
from loyalty_site.embedded.processes import EmbeddedError, var_folder
from loyalty_site.serve import HOST, installation, is_healthy

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screens"
MAX_BYTES = 150_000
DESK: ViewportSize = {"width": 1290, "height": 740}
PHONE: ViewportSize = {"width": 390, "height": 760}
# So much of a page full of sentences; all of it would be too many bytes.
CUT: FloatRect = {"x": 0, "y": 0, "width": DESK["width"], "height": 620}
TABLET: ViewportSize = {"width": 1024, "height": 740}
ON_PHONES = ("survey", "public")
# The member with most receipts, one of their receipts with a redemption, the import, the programme, its newest version,
# the draft that was tried on the past, the campaign.
FIND = {
    "member": "SELECT member_id FROM programs_purchasesummary ORDER BY purchase_count DESC, member_id LIMIT 1",
    "receipt": """
        SELECT p.id FROM programs_purchase p JOIN programs_purchaseline l ON l.purchase_id = p.id
        WHERE p.points_redeemed > 0 AND p.kind = 'sale' GROUP BY p.id
        HAVING count(*) BETWEEN 6 AND 9 ORDER BY p.occurred_at DESC LIMIT 1
    """,
    "batch": "SELECT id FROM programs_importbatch WHERE state = 'done' ORDER BY id LIMIT 1",
    "program": "SELECT id FROM programs_program WHERE state = 'active'",
    "version": "SELECT id FROM programs_programversion ORDER BY number DESC LIMIT 1",
    "trial": "SELECT id FROM programs_replayrun WHERE finished_at IS NOT NULL ORDER BY id LIMIT 1",
    "campaign": "SELECT id FROM campaigns_campaign WHERE state = 'done' ORDER BY id LIMIT 1",
    "terminal": "SELECT id FROM programs_terminal WHERE 'hints' = ANY (scopes) ORDER BY id LIMIT 1",
    # A phone number without its plus sign: of somebody of whom the till has something to say.
    "phone": """
        SELECT substr(i.value, 2) FROM members_identifier i JOIN members_notice n ON n.member_id = i.member_id AND n.done_at IS NULL
        JOIN programs_account a ON a.owner_id = i.member_id WHERE i.kind = 'phone' AND i.ended_at IS NULL
        ORDER BY a.available DESC LIMIT 1
    """,
}
# A mail of somebody who reads that language, has been in the shop, and has not answered yet.
FIND_MAIL = """
    SELECT m.id FROM members_message m JOIN members_member p ON p.id = m.member_id
    JOIN feedback_invitation i ON i.message_id = m.id AND NOT i.is_answered
    LEFT JOIN programs_purchasesummary s ON s.member_id = p.id
    WHERE m.source = 'campaign' AND m.state = 'sent' AND p.language = %s AND p.name <> upper(p.name)
    ORDER BY coalesce(s.purchase_count, 0) DESC, m.id LIMIT 1
"""


@dataclass(frozen=True)
class Shot:
    """One picture: of the back office (a path, in a language), of a public page, of the till page with a member and a
    basket, or of the mail or the survey of one reader."""

    name: str
    path: str = ""
    language: str = "en"
    what: str = "office"
    ready: str = ""  # what must stand on the page first, where a script builds it
    tries: bool = False  # a basket is put together beside the rules


SHOTS = [
    Shot("today", "/admin/"),
    Shot("today-he", "/admin/", "he"),
    Shot("member", "/admin/members/member/{member}/change/"),
    Shot("receipt", "/admin/programs/purchase/{receipt}/change/"),
    Shot("import", "/admin/programs/importbatch/{batch}/check/"),
    Shot("programme", "/admin/programs/program/{program}/change/"),
    Shot("starters", "/admin/programs/program/add/"),
    Shot("designer", "/admin/programs/program/{program}/rules/", tries=True),
    Shot("designer-he", "/admin/programs/program/{program}/rules/", "he", tries=True),
    Shot("replay", "/admin/programs/replayrun/{trial}/change/"),
    Shot("versions", "/admin/programs/programversion/{version}/compare/"),
    Shot("terms-he", "/terms/?lang=he", what="public"),
    Shot("till", "/till/en/", what="till"),
    Shot("till-he", "/till/he/", what="till"),
    Shot("campaign", "/admin/campaigns/campaign/{campaign}/change/"),
    Shot("campaign-he", "/admin/campaigns/campaign/{campaign}/change/", "he"),
    Shot("nps", "/admin/feedback/survey/nps/"),
    Shot("api", "/api/v1/docs", ready=".opblock"),
    Shot("mail", language="en", what="mail"),
    Shot("mail-he", language="he", what="mail"),
    Shot("survey", language="en", what="survey"),
    Shot("survey-he", language="he", what="survey"),
]


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The address of the running demonstration; started for us, with its mailbox, when nobody runs it."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        port = json.loads((var_folder() / "serve.lock").read_text())["port"]
        if is_healthy(HOST, port):
            yield f"http://{HOST}:{port}"
            return
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    mailbox = addresses.choose(var_folder())
    with installation(HOST, port, beside=[addresses.child(var_folder(), mailbox)]):
        yield f"http://{HOST}:{port}"


def found(query: str, *values: object) -> int:
    """The one number a query finds. Raises EmbeddedError when the demonstration has not been built."""
    with psycopg.connect(setting("DATABASE_URL") or postgres.url()) as connection:
        row = connection.execute(query, values).fetchone()
    if row is None:
        raise EmbeddedError(f"the demonstration has nothing to show for {query.split()[3]}. Run make demo first.")
    return int(row[0])


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """The administrator's language, for as long as the block runs."""
    change = "UPDATE ground_user SET language = %s WHERE username = 'admin'"
    try:
        with psycopg.connect(setting("DATABASE_URL") or postgres.url()) as connection:
            connection.execute(change, [language])
        yield
    finally:
        with psycopg.connect(setting("DATABASE_URL") or postgres.url()) as connection:
            connection.execute(change, ["en"])


def sign_in(page: Page, url: str) -> None:
    """As the administrator of the demonstration."""
    logins = dict(line.split() for line in (var_folder() / "demo-logins").read_text().splitlines())
    page.goto(f"{url}/admin/login/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", logins["admin"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{url}/admin/")


def mail_in(language: str) -> dict[str, Any]:
    """A mail in that language, as the mailbox tells it; "page" is its address there."""
    where = json.loads((var_folder() / addresses.FILE).read_text())["web_url"]
    wanted = f"<message.{found(FIND_MAIL, language)}@"
    with urllib.request.urlopen(f"{where}/api/mails") as answer:  # noqa: S310  our own address
        number = next(one["number"] for one in json.load(answer)["mails"] if one["message_id"].startswith(wanted))
    with urllib.request.urlopen(f"{where}/api/mails/{number}") as answer:  # noqa: S310  as above
        return {**json.load(answer), "page": f"{where}/mails/{number}"}


def address_of(shot: Shot, url: str, rows: dict[str, int]) -> str:
    """Where the picture is taken."""
    if shot.what in {"office", "public", "till"}:
        return url + shot.path.format(**rows)
    mail = mail_in(shot.language)
    if shot.what == "mail":
        return str(mail["page"])
    return url + next(path_of(link) for link in mail["links"] if link.endswith("?score=9"))


def try_basket(page: Page) -> None:
    """Ten pastries: what stands on the left shows what it does."""
    page.select_option("[name=basket-category0]", "pastry")
    page.fill("[name=basket-quantity0]", "10")
    page.fill("[name=basket-price0]", "4.50")
    page.click("button[name=try]")
    page.wait_for_selector(".designer-answer")
    page.evaluate("window.scrollTo(0, 0)")


def enrolment_code(office: Page, url: str, terminal: int) -> str:
    """A fresh code of a terminal, as the back office shows it."""
    office.goto(f"{url}/admin/programs/terminal/{terminal}/new-code/")
    office.click(".regulars-buttons button[type=submit]")
    return office.inner_text("#enrolment-code")


def sell(page: Page, phone: str) -> None:
    """Find a member and put two things into the basket, by the keyboard as a cashier does."""
    page.wait_for_selector("#entry")
    for text, sign in (
        (phone, ".hints .flags"),
        ("12.50", ".selling ol li"),
        ("2*4.20", ".selling ol li:nth-child(2)"),
    ):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        page.wait_for_selector(sign)


def take_one(page: Page, address: str, shot: Shot, phone: str = "") -> str:
    """Take a picture; a line with its size."""
    answer = page.goto(address, wait_until="networkidle")
    if answer is None or not answer.ok:
        raise EmbeddedError(f"the page {address} answered {answer.status if answer else 'nothing'}")
    if shot.ready:
        page.wait_for_selector(shot.ready)
    if shot.tries:
        try_basket(page)
    if shot.what == "till":
        sell(page, phone)
    page.wait_for_timeout(600)  # charts draw themselves in
    picture = FOLDER / f"{shot.name}.png"
    page.screenshot(path=picture, clip=CUT if shot.tries else None)
    size = picture.stat().st_size
    return f"{picture.name} {size // 1000} kB" + (" (too large)" if size > MAX_BYTES else "")


def take(browser: Browser, url: str) -> list[str]:
    """All pictures; a line for each with its size."""
    rows = {name: found(query) for name, query in FIND.items()}
    office = browser.new_page(viewport=DESK, color_scheme="light")
    sign_in(office, url)
    shown = []
    for shot in SHOTS:
        with speaking(shot.language if shot.what == "office" else "en"), contextlib.ExitStack() as stack:
            page = office
            if shot.what != "office":
                size = TABLET if shot.what == "till" else PHONE if shot.what in ON_PHONES else DESK
                page = browser.new_page(viewport=size, color_scheme="light")
                stack.callback(page.close)
            address = address_of(shot, url, rows)
            if shot.what == "till":
                address += f"#code={enrolment_code(office, url, rows['terminal'])}"
            shown.append(take_one(page, address, shot, str(rows["phone"])))
    return shown


def main() -> int:
    """0 when every picture was taken and is small enough."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with serving() as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"))
            shown = take(browser, url)
            browser.close()
    except (EmbeddedError, FileNotFoundError) as error:
        sys.stderr.write(f"regulars: {error}\n")
        return 1
    sys.stdout.write("\n".join(shown) + "\n")
    return int(any("too large" in line for line in shown))


if __name__ == "__main__":
    sys.exit(main())
