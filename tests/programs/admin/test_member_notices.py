"""What the till should say, written and taken back on the member's page by those who serve members."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Role
from members.models import Member, Notice
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"


def act(client: Client, member: Member, **fields: str) -> str:
    address = reverse("admin:members_member_notices", args=[member.pk])
    return client.post(address, fields, follow=True).content.decode()


def test_support_writes_a_line_and_takes_it_back(client: Client, shop: Shop):
    anna, ben = shop.member(), shop.member("+12125550124", "Ben")
    client.force_login(UserFactory(username="sue", role=Role.SUPPORT))
    assert "Tills that see hints say it" in act(client, anna, text=SCRIPT, show_until="2999-12-31", is_once="1")
    notice = Notice.objects.get()
    assert (notice.member, notice.source, notice.is_once) == (anna, "sue", True)
    page = client.get(reverse("admin:members_member_change", args=[anna.pk])).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert SCRIPT not in page
    for fields, words in (
        ({"text": ""}, "Write what the till should say"),
        ({"text": "Hello", "show_until": "2020-01-01"}, "Choose today or a later day"),
        ({"text": "Hello", "show_until": "soon"}, "Enter a valid date"),
        ({"withdraw": "x"}, "not there any more"),
    ):
        assert words in act(client, anna, **fields)
    assert "not there any more" in act(client, ben, withdraw=str(notice.pk))
    assert "no till says it any more" in act(client, anna, withdraw=str(notice.pk))
    notice.refresh_from_db()
    assert notice.done_by == "sue"


def test_marketing_reads_and_does_not_write(client: Client, shop: Shop):
    anna = shop.member()
    Notice.objects.create(member=anna, text="Ask for the dog", source="sue", created_at=shop.now)
    client.force_login(UserFactory(role=Role.MARKETING))
    page = client.get(reverse("admin:members_member_change", args=[anna.pk])).content.decode()
    assert "Ask for the dog" in page
    assert "Write a line" not in page
    assert client.post(reverse("admin:members_member_notices", args=[anna.pk]), {"text": "x"}).status_code == 403
