"""Fields of the company's own in a real browser: on the member's page, in their list, and in the audience's rows."""

from __future__ import annotations

import json
import os

import pytest
from django.urls import reverse

from loyalty_site.ground.models import User
from members.models import CustomField, Member, ProfilePolicy
from tests.browser.conftest import Visitor
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
COLOURS = [
    {"code": "red", "labels": {"": "Red", "ru": "Красный", "he": "אדום"}, "is_archived": False},
    {"code": "blue", "labels": {"": "Blue", "ru": "Синий", "he": "כחול"}, "is_archived": False},
]


def picture(visitor: Visitor, name: str) -> None:
    """For whoever wants to look: SCREENS=/some/folder."""
    if folder := os.environ.get("SCREENS"):
        visitor.page.wait_for_timeout(500)
        visitor.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.fixture
def fields(world: World) -> Member:
    ProfilePolicy.objects.update_or_create(
        pk=1, defaults={"asked": ["social_status", "interests", "cares_about", "came_by", "wallet_share"]}
    )
    CustomField.objects.create(
        code="colour", name="Favourite colour", name_he="צבע אהוב", kind="choices", options=COLOURS, till="see"
    )
    CustomField.objects.create(code="vip", name="Knows the owner", name_he="מכיר את הבעלים", kind="yes_no")
    CustomField.objects.create(code="married", name="Wedding day", name_he="יום החתונה", kind="date")
    CustomField.objects.create(code="pet", name="Pet's name", name_he="שם החיה", kind="text")
    anna = Member.objects.get(name="Anna Petrova")
    Member.objects.filter(pk=anna.pk).update(
        custom={"shoe_size": 38.5, "colour": ["red", "blue"], "vip": True, "married": "2001-02-03"},
        interests=["tea", "yoga"],
        cares_about=["eco", "comfort"],
        came_by="friends",
        wallet_share="mostly",
    )
    return anna


def test_fields_are_filled_in_and_listed(visitor: Visitor, fields: Member):
    visitor.log_in("administrator")
    address = reverse("admin:members_member_change", args=[fields.pk])
    visitor.go(address)
    visitor.page.get_by_role("tab", name="Profile").click()
    visitor.page.fill("#id_own_pet", "Rex")
    picture(visitor, "member")
    visitor.page.click("button[name=_save]")
    fields.refresh_from_db()
    assert fields.custom["pet"] == "Rex"
    visitor.go(reverse("admin:members_customfield_changelist"))
    picture(visitor, "fields")
    visitor.go(reverse("admin:members_customfield_change", args=[CustomField.objects.get(code="colour").pk]))
    picture(visitor, "field")
    assert not visitor.complaints


def test_an_audience_asks_for_them(visitor: Visitor, fields: Member):
    fields.refresh_from_db()
    assert fields.interests
    visitor.log_in("administrator")
    visitor.go(reverse("admin:campaigns_audience_add"))
    for phrase in ("“Shoe size” is at least …", "“Favourite colour” is one of these", "is interested in one of these"):
        visitor.page.select_option("#audience-kind", label=phrase)
        visitor.page.click(".audience-add-button")
    rows = visitor.page.locator(".audience-row")
    rows.nth(0).locator("input").fill("38")
    rows.nth(1).get_by_label("Red").check()
    rows.nth(2).locator("input").fill("tea")
    rows.nth(2).locator("input").press("Enter")
    kept = json.loads(visitor.page.locator("[name=criteria_json]").input_value())
    assert [(row["type"], row["field"], row.get("asked"), row["values"]) for row in kept] == [
        ("field", "shoe_size", "at_least", ["38"]),
        ("field", "colour", "one_of", ["red"]),
        ("profile", "interests", None, ["tea"]),
    ]
    picture(visitor, "audience")
    assert not visitor.complaints


def test_the_same_in_hebrew(visitor: Visitor, fields: Member):
    User.objects.update(language="he")
    visitor.log_in("administrator")
    visitor.go(reverse("admin:members_member_change", args=[fields.pk]))
    assert "צבע אהוב" in visitor.page.content()
    visitor.page.locator(".regulars-tabs [role=tab]").last.click()
    picture(visitor, "member-he")
    visitor.go(reverse("admin:campaigns_audience_add"))
    visitor.page.select_option("#audience-kind", index=1)
    visitor.page.click(".audience-add-button")
    assert visitor.page.locator("#audience-kind option", has_text="צבע אהוב").count() > 0
    picture(visitor, "audience-he")
    assert not visitor.complaints
