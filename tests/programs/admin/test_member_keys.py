"""The member page's keys: issued, replaced, blocked, added and handed over with the mouse, and only by who may."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Audit, Role
from members.models import Identifier, IdentityPolicy, Member
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(client: Client) -> Client:
    client.force_login(UserFactory(username="sue", role=Role.SUPPORT))
    return client


@pytest.fixture
def anna(shop: Shop) -> Member:
    shop.now = timezone.now() - dt.timedelta(days=500)
    return shop.member()


def do(client: Client, member: Member, deed: str, **more: object) -> str:
    address = reverse("admin:members_member_key", args=[member.pk])
    return client.post(address, {"deed": deed, **more}, follow=True).content.decode()


def test_a_card_from_its_issue_to_its_end(support: Client, anna: Member):
    page = do(support, anna, "issue")
    card = Identifier.objects.get(kind="card")
    assert f"The card&#x27;s number: {card.shown}" in page
    assert "activeTab = 'keys'" in page
    assert "the till refuses it" in do(support, anna, "block", key=card.pk, reason="stolen")
    assert "blocked: stolen" in support.get(reverse("admin:members_member_change", args=[anna.pk])).content.decode()
    assert "can be used again" in do(support, anna, "unblock", key=card.pk)
    page = do(support, anna, "replace", key=card.pk)
    assert "replaced by a new one" in page
    assert Identifier.objects.filter(kind="card", ended_at__isnull=True).count() == 1
    assert "no longer in use" in do(support, anna, "replace", key=card.pk)
    acts = list(Audit.objects.filter(actor_label="sue").order_by("id").values_list("action", flat=True))
    assert acts == ["issue_card", "block_identifier", "unblock_identifier", "replace_card"]


def test_a_key_of_somebody_else_is_out_of_reach(support: Client, shop: Shop, anna: Member):
    other = shop.member("+12125550177", "Boris")
    key = Identifier.objects.get(member=other)
    assert "no longer in use" in do(support, anna, "end", key=key.pk)
    key.refresh_from_db()
    assert key.ended_at is None


def test_a_number_of_somebody_silent_is_offered_and_then_handed_over(support: Client, shop: Shop, anna: Member):
    boris = shop.member("+12125550177", "Boris")
    page = do(support, boris, "add", kind="phone", text="(212) 555-0123")
    assert "If the number has a new owner" in page
    assert 'name="hand_over"' in page
    do(support, boris, "add", kind="phone", text="(212) 555-0123", hand_over="1")
    assert Identifier.objects.get(value="+12125550123", ended_at__isnull=True).member == boris
    assert Identifier.objects.get(member=anna).ended_as == "handed_over"


def test_the_form_for_a_new_member_hands_over_too(support: Client, anna: Member):
    form = {"name": "Boris", "phone": "(212) 555-0123", "processing": "on"}
    add = reverse("admin:members_member_add")
    refused = support.post(add, form)
    assert "If the number has a new owner" in refused.content.decode()
    assert Member.objects.count() == 1
    assert support.post(add, {**form, "hand_over": "on"}).status_code == 302
    assert Identifier.objects.get(value="+12125550123", ended_at__isnull=True).member.name == "Boris"


def test_marketing_gives_out_no_cards(client: Client, anna: Member):
    client.force_login(UserFactory(username="mark", role=Role.MARKETING))
    assert client.post(reverse("admin:members_member_key", args=[anna.pk]), {"deed": "issue"}).status_code == 403
    assert not Identifier.objects.filter(kind="card").exists()


def test_the_rules_are_one_row(client: Client, shop: Shop):
    client.force_login(UserFactory(username="boss", role=Role.ADMINISTRATOR))
    add = reverse("admin:members_identitypolicy_add")
    few = {"card_prefix": "29", "card_length": "8", "silent_months": "6"}
    assert "at least 11 digits" in client.post(add, few).content.decode()
    assert client.post(add, {**few, "card_length": "12"}).status_code == 302
    rules = IdentityPolicy.objects.get()
    assert (rules.pk, rules.card_length, rules.silent_months) == (1, 12, 6)
    there = client.get(add)
    assert (there.status_code, there["Location"]) == (302, reverse("admin:members_identitypolicy_change", args=[1]))
