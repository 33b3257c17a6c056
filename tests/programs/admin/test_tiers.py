"""The tier on the member page, and the page that sets the least one."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Audit, Role
from programs.models import Calendar, Program
from tests.factories.configuration import UserFactory, publish
from tests.programs.admin.test_pages import text_of
from tests.programs.services.test_tiers import night, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.ADMINISTRATOR))
    return client


class TestMemberPage:
    def test_the_page_says_how_the_tier_is_kept_and_how_it_came(self, admin: Client):
        shop = opened(ladder_of="visits", ladder_keeps_months=1)
        shop.program.tiers.filter(key="silver").update(threshold=1)
        publish(shop.program, at=shop.now)
        anna = shop.member()
        shop.sell({"C": "1.00"}, anna)
        page = text_of(admin, "members_member_change", anna.pk)
        assert "Gold after 499 more purchases" in page
        assert "(by a purchase)" in page

    def test_the_least_tier_is_set_with_a_reason(self, admin: Client):
        shop = opened(ladder_keeps_months=1)
        anna = shop.member()
        shop.sell({"C": "1.00"}, anna)
        url = reverse("admin:members_member_tier", args=[anna.pk])
        assert b"Set the least tier" in admin.get(reverse("admin:members_member_change", args=[anna.pk])).content
        page = admin.get(url)
        assert page.status_code == 200
        assert b"Silver" in page.content
        assert admin.post(url, {"tier": "gold", "reason": ""}).status_code == 200  # the reason is wanted
        assert shop.account(anna).tier_key == ""
        answer = admin.post(url, {"tier": "gold", "reason": "Our baker"})
        assert answer.status_code == 302, answer.content[:500]
        assert (shop.account(anna).tier_key, shop.account(anna).tier_floor) == ("gold", "gold")
        assert Audit.objects.get(action="set_tier_floor").reason == "Our baker"
        night(shop, days=60)
        page = text_of(admin, "members_member_change", anna.pk)
        assert "at least Gold: set by hand" in page
        assert "(set by hand)" in page

    def test_who_may_not_is_not_offered_it(self):
        shop = opened()
        anna = shop.member()
        shop.sell({"C": "1.00"}, anna)
        client = Client()
        client.force_login(UserFactory(role=Role.SUPPORT))
        assert "Set the least tier" not in text_of(client, "members_member_change", anna.pk)
        assert client.get(reverse("admin:members_member_tier", args=[anna.pk])).status_code == 403


@pytest.mark.parametrize(
    ("ladder", "said"),
    [
        ({"ladder_window": "days"}, "Say how many"),
        ({"ladder_grace_days": 5}, "else it is never lost"),
        ({"tier_warning_days": 5}, "else it is never lost"),
    ],
)
def test_a_ladder_that_says_too_little_is_not_saved(ladder: dict, said: str):
    with pytest.raises(ValidationError, match=said):
        Program(name="x", code="x", currency="USD", **ladder).clean()


def test_a_calendar_is_made_with_its_days(admin: Client):
    form = {"name": "Holidays", "key": "holidays", "days-TOTAL_FORMS": "1", "days-INITIAL_FORMS": "0"}
    day = {"days-0-day": "25", "days-0-month": "12", "days-0-year": "", "days-0-name": "Christmas"}
    assert admin.post(reverse("admin:programs_calendar_add"), {**form, **day}).status_code == 302
    made = Calendar.objects.get()
    assert [str(one) for one in made.days.all()] == ["12-25"]
    assert "Holidays" in text_of(admin, "programs_calendar_changelist")
