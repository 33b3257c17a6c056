"""A real Chromium in front of the real installation."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from loyalty_site.ground.policy import system
from programs.models import Terminal, TerminalState
from programs.services.tills import issue_enrolment_code
from tests.browser.till_screen import Screen
from tests.programs.shop import Shop
from tests.world import World, build_world

PASSWORD = "a-long-enough-pass-phrase"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


def chromium_path() -> str:
    """Where Chromium is; the test is skipped, by name, where there is none."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("Chromium is not installed")
    return path


@contextmanager
def chromium() -> Iterator[Any]:
    """A running Chromium."""
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop of its own in this thread; Django's ORM is used beside it, not inside it, and keeps
    # connections for this while that nobody else would ever close.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield running
        running.close()
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of this folder."""
    with chromium() as running:
        yield running


@pytest.fixture
def world(transactional_db: None) -> World:
    """Committed rows, because the browser's requests come in by other connections."""
    from loyalty_site.ground.models import User

    world = build_world()
    for person in User.objects.all():
        person.set_password(PASSWORD)
        person.save()
    return world


class Visitor:
    """A browser window that notes whatever a careful person would be told: errors, and requests to strangers."""

    def __init__(self, browser: Any, home: str) -> None:
        self.home = home
        self.complaints: list[str] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"{self.page.url} asks {request.url}")

    def log_in(self, username: str) -> None:
        self.go("/admin/login/")
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(f"{self.home}/admin/")

    def go(self, path: str) -> Any:
        response = self.page.goto(f"{self.home}{path}")
        assert response.status == 200, (path, response.status)
        return response

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width


@pytest.fixture
def visitor(browser: Any, live_server: Any, world: World) -> Iterator[Visitor]:
    visitor = Visitor(browser, live_server.url)
    yield visitor
    visitor.context.close()


@pytest.fixture
def screen(browser: Any, live_server: Any, shop: Shop) -> Iterator[Screen]:
    """A tablet that has just become the till of the file's own `shop`."""
    Terminal.objects.update(state=TerminalState.NEW)
    code = issue_enrolment_code(terminal=shop.terminal, actor=system("tests"), now=timezone.now())
    context = browser.new_context(viewport={"width": 1024, "height": 768})
    screen = Screen(context.new_page(), live_server.url)
    screen.listen()
    screen.page.goto(f"{live_server.url}/till/en/#code={code}")
    screen.begins()
    yield screen
    context.close()
    assert screen.reported == []
