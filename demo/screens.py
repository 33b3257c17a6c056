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
from collections.abc import Iterator
from pathlib import Path

import psycopg
from playwright.sync_api import Page, sync_playwright

from loyalty_site.embedded import postgres
from loyalty_site.embedded.environment import setting
from loyalty_site.embedded.processes import EmbeddedError, var_folder
from loyalty_site.serve import HOST, installation, is_healthy

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screens"
MAX_BYTES = 150_000
# The member with most receipts, one of their receipts with a redemption, the import, the programme.
FIND = {
    "member": "SELECT member_id FROM programs_purchasesummary ORDER BY purchase_count DESC, member_id LIMIT 1",
    "receipt": """
        SELECT p.id FROM programs_purchase p JOIN programs_purchaseline l ON l.purchase_id = p.id
        WHERE p.points_redeemed > 0 AND p.kind = 'sale' GROUP BY p.id
        HAVING count(*) BETWEEN 6 AND 9 ORDER BY p.occurred_at DESC LIMIT 1
    """,
    "batch": "SELECT id FROM programs_importbatch WHERE state = 'done' ORDER BY id LIMIT 1",
    "program": "SELECT id FROM programs_program WHERE state = 'active'",
}
PAGES = {
    "today": "/admin/",
    "member": "/admin/members/member/{member}/change/",
    "receipt": "/admin/programs/purchase/{receipt}/change/",
    "import": "/admin/programs/importbatch/{batch}/check/",
    "programme": "/admin/programs/program/{program}/change/",
    "api": "/api/v1/docs",
}


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The address of the running demonstration; started for us when nobody runs it."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        port = json.loads((var_folder() / "serve.lock").read_text())["port"]
        if is_healthy(HOST, port):
            yield f"http://{HOST}:{port}"
            return
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    with installation(HOST, port):
        yield f"http://{HOST}:{port}"


def numbers() -> dict[str, int]:
    """Which rows to show. Raises EmbeddedError when the demonstration has not been built."""
    with psycopg.connect(setting("DATABASE_URL") or postgres.url()) as connection:
        found = {name: connection.execute(query).fetchone() for name, query in FIND.items()}
    if missing := [name for name, row in found.items() if row is None]:
        raise EmbeddedError(f"the demonstration has no {missing[0]} to show. Run make demo first.")
    return {name: row[0] for name, row in found.items() if row}


def sign_in(page: Page, url: str) -> None:
    """As the administrator of the demonstration."""
    logins = dict(line.split() for line in (var_folder() / "demo-logins").read_text().splitlines())
    page.goto(f"{url}/admin/login/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", logins["admin"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{url}/admin/")


def take(url: str) -> list[str]:
    """All pictures; a line for each with its size."""
    shown = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"))
        page = browser.new_page(viewport={"width": 1290, "height": 740}, color_scheme="light")
        sign_in(page, url)
        rows = numbers()
        for name, path in PAGES.items():
            answer = page.goto(url + path.format(**rows), wait_until="networkidle")
            if answer is None or not answer.ok:
                raise EmbeddedError(f"the page {path} answered {answer.status if answer else 'nothing'}")
            page.wait_for_timeout(600)  # charts draw themselves in
            picture = FOLDER / f"{name}.png"
            page.screenshot(path=picture)
            size = picture.stat().st_size
            shown.append(f"{picture.name} {size // 1000} kB" + (" (too large)" if size > MAX_BYTES else ""))
        browser.close()
    return shown


def main() -> int:
    """0 when every picture was taken and is small enough."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with serving() as url:
            shown = take(url)
    except (EmbeddedError, FileNotFoundError) as error:
        sys.stderr.write(f"regulars: {error}\n")
        return 1
    sys.stdout.write("\n".join(shown) + "\n")
    return int(any("too large" in line for line in shown))


if __name__ == "__main__":
    sys.exit(main())
