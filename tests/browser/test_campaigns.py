"""Audiences and campaigns in a browser: rows by keyboard, a count that moves, a page that watches and stops watching."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from campaigns.models import Audience, Campaign, CampaignState
from loyalty_site.ground.models import Role
from members.models import Address, Member
from tests.browser.conftest import Visitor
from tests.world import World


def test_an_audience_is_written_with_the_keyboard_alone(visitor: Visitor, world: World):
    Address.objects.create(member=Member.objects.get(name="Anna Petrova"), city="Boston")
    visitor.log_in(Role.MARKETING)
    visitor.go("/admin/campaigns/audience/add/")
    page = visitor.page
    count = page.locator("[data-part=reachable]")
    page.wait_for_function("document.querySelector('[data-part=matching]') && !document.querySelector('.is-counting')")
    page.fill("#id_name", "Boston")
    page.focus("#audience-kind")
    page.keyboard.type("lives in one")
    page.keyboard.press("Enter")
    page.wait_for_selector(".audience-row")
    page.wait_for_function("document.querySelector('.audience-problem').textContent !== ''")  # no city yet
    assert count.text_content() == "—"
    page.keyboard.type("Haifa")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('[data-part=reachable]').textContent === '0 people'")
    page.keyboard.press("Backspace")
    page.keyboard.type("Boston,")
    page.wait_for_selector("[data-part=left-out]:not([hidden])")  # somebody has no e-mail address
    page.focus("#id_note")
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/")
    assert Audience.objects.latest("id").criteria == [{"type": "city", "is_not": False, "values": ["Boston"]}]
    assert visitor.complaints == []


def test_every_row_can_be_chosen_turned_round_and_removed(visitor: Visitor, world: World):
    visitor.log_in(Role.MARKETING)
    visitor.go("/admin/campaigns/audience/add/")
    page = visitor.page
    choices = page.locator("#audience-kind option").count() - 1
    for number in range(choices):
        page.select_option("#audience-kind", index=number + 1)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator(".audience-row")).to_have_count(number + 1)
    assert choices == 44
    rows = json.loads(page.input_value("[name=criteria_json]"))
    assert [row["is_not"] for row in rows] == [False, True] * 22
    for _ in range(choices):
        page.locator(".audience-remove").first.click()
    assert page.input_value("[name=criteria_json]") == "[]"
    assert visitor.complaints == []
    assert visitor.overflow() <= 0


def test_the_page_of_a_campaign_on_its_way_follows_it_and_lets_go(visitor: Visitor, world: World):
    visitor.log_in(Role.MARKETING)
    campaign = Campaign.objects.get(name="Going out")
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url) if "/progress/" in request.url else None)
    with visitor.page.expect_request("**/progress/", timeout=10_000):
        visitor.go(f"/admin/campaigns/campaign/{campaign.pk}/change/")
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.DONE)
    campaign.runs.update(state="done", finished_at=campaign.approved_at)
    visitor.page.wait_for_selector("#campaign-result", timeout=10_000)  # it turned into the page of what is over
    asked.clear()
    visitor.page.wait_for_timeout(3000)
    assert asked == []
    assert visitor.complaints == []


def test_hebrew_has_no_overflow(visitor: Visitor, world: World):
    world.person(Role.MARKETING).__class__.objects.update(language="he")
    visitor.log_in(Role.MARKETING)
    campaign, audience = Campaign.objects.get(name="Going out"), Audience.objects.get()
    for path in (
        "/admin/campaigns/audience/",
        f"/admin/campaigns/audience/{audience.pk}/change/",
        "/admin/campaigns/campaign/",
        f"/admin/campaigns/campaign/{campaign.pk}/change/",
        f"/admin/campaigns/campaign/{campaign.pk}/cancel/",
        "/admin/campaigns/recipient/",
    ):
        visitor.go(path)
        assert visitor.page.evaluate("document.documentElement.dir") == "rtl"
        assert visitor.overflow() <= 0, path
    assert visitor.complaints == []
