"""The back office in a browser, as each role: it opens, it complains about nothing, it asks no other host."""

from __future__ import annotations

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Role, User
from members.models import Member
from tests.browser.conftest import Visitor
from tests.world import World


@pytest.mark.parametrize("role", Role.values)
def test_each_role_logs_in_and_opens_its_rooms(visitor: Visitor, world: World, role: str):
    visitor.log_in(role)
    links = visitor.page.eval_on_selector_all("nav a[href^='/admin/']", "found => found.map(one => one.pathname)")
    rooms = sorted(set(links) - {"/admin/logout/", "/admin/password_change/"})
    assert len(rooms) >= 4
    for room in rooms:
        visitor.go(room)
    assert visitor.complaints == []


def the_buyer() -> Member:
    """Whom the world's receipts belong to."""
    return Member.objects.get(name="Anna Petrova")


def test_the_charts_of_today_are_drawn(visitor: Visitor, world: World):
    world.shop.now = timezone.now()
    world.shop.sell({"A": "10.00"}, the_buyer())
    visitor.log_in(Role.ADMINISTRATOR)
    drawn = visitor.page.evaluate(
        "[...document.querySelectorAll('canvas.chart')].map(one => Chart.getChart(one)?.data.datasets.length)"
    )
    assert drawn == [2, 2, 1, 1]
    assert visitor.page.locator("details table").count() == 5  # each picture, and a trend too short for one
    assert visitor.complaints == []


def test_the_tabs_of_the_member_page(visitor: Visitor, world: World):
    anna = the_buyer()
    visitor.log_in(Role.SUPPORT)
    visitor.go(f"/admin/members/member/{anna.pk}/change/")
    page = visitor.page
    assert page.get_by_text("Opening balance").first.is_visible()
    assert not page.locator("#id_name").is_visible()
    assert not page.get_by_role("button", name="Save", exact=True).is_visible()
    page.get_by_role("tab", name="Identifiers and address").click()
    assert not page.get_by_text("+12125550123").first.is_visible()
    page.get_by_role("button", name="Show in full").click()
    assert page.get_by_text("+12125550123").first.is_visible()
    visitor.go(f"/admin/members/member/{anna.pk}/change/")
    page.get_by_role("tab", name="Profile").click()
    page.fill("#id_name", "Anna Smith")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/members/member/")
    assert Member.objects.get(pk=anna.pk).search_name == "anna smith"
    assert visitor.complaints == []


def test_hebrew_reads_from_the_right_and_keeps_figures_whole(visitor: Visitor, world: World):
    User.objects.update(language="he")
    visitor.log_in(Role.ADMINISTRATOR)
    member = the_buyer()
    for path in ("/admin/", "/admin/members/member/", f"/admin/members/member/{member.pk}/change/"):
        visitor.go(path)
        assert visitor.page.evaluate("document.documentElement.dir") == "rtl"
        assert visitor.overflow() <= 0, path
    phone = visitor.page.locator("bdi[dir=ltr]", has_text="…0123").first
    assert phone.evaluate("one => getComputedStyle(one).direction") == "ltr"
    assert visitor.complaints == []


def test_hebrew_mirrors_what_unfold_does_not(visitor: Visitor, world: World):
    User.objects.update(language="he")
    visitor.log_in(Role.ADMINISTRATOR)
    page = visitor.page
    visitor.go(f"/admin/programs/program/{world.shop.program.pk}/publish/")
    field, icon = page.locator(".vDateField").bounding_box(), page.locator(".date-icon").first.bounding_box()
    assert icon["x"] - field["x"] < 60, "the calendar covers the beginning of the date"
    visitor.go("/admin/programs/purchase/")
    number = page.locator("bdi[dir=ltr]", has_text="-foreign-1").first
    assert number.evaluate("one => getComputedStyle(one).direction") == "ltr"
    visitor.context.clear_cookies()
    visitor.context.set_extra_http_headers({"Accept-Language": "he"})
    visitor.go("/admin/login/")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    arrow = page.locator("#login-form .material-symbols-outlined", has_text="arrow_forward")
    assert arrow.evaluate("one => getComputedStyle(one).transform") == "matrix(-1, 0, 0, 1, 0, 0)"
    assert visitor.complaints == []
