"""What people tell the staff about offers: noted on the member's page, with who, how and by which words."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Audit, ConsentWording, Role
from members.models import Consent, CurrentConsent, Member
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def support(client: Client) -> Client:
    client.force_login(UserFactory(username="sue", role=Role.SUPPORT))
    return client


def say(client: Client, member: Member, **words: str) -> str:
    address = reverse("admin:members_member_consents", args=[member.pk])
    return client.post(address, words, follow=True).content.decode()


def test_a_yes_and_a_no_by_telephone(support: Client, shop: Shop):
    anna = shop.member()
    words = ConsentWording.objects.create(purpose="marketing", language="en", version=1, text="Mails, twice a month.")
    page = support.get(reverse("admin:members_member_change", args=[anna.pk])).content.decode()
    assert "Mails, twice a month." in page
    assert f"before a yes: {words}" in page
    page = say(support, anna, offers_email="yes", offers_phone="", agrees="1", said="by_phone")
    assert "Noted. It counts from now on" in page
    assert "activeTab = 'consents'" in page
    yes = Consent.objects.get(member=anna, purpose="marketing")
    assert (yes.channel, yes.method, yes.actor_label, yes.wording) == ("email", "by_phone", "sue", words)
    say(support, anna, offers_email="no", said="in_writing")
    assert CurrentConsent.objects.get(member=anna, purpose="marketing").is_granted is False
    assert CurrentConsent.objects.get(member=anna, purpose="processing").is_granted is True
    acts = Audit.objects.filter(action="note_wishes").order_by("id").values_list("details", flat=True)
    assert [act["offers"] for act in acts] == [{"email": True}, {"email": False}]


def test_without_how_or_what_nothing_is_noted(support: Client, shop: Shop):
    anna = shop.member()
    assert "Say how they told you" in say(support, anna, offers_email="yes")
    assert "Nothing was chosen" in say(support, anna, said="in_person")
    assert not Consent.objects.filter(member=anna).exists()


def test_marketing_cannot_say_yes_for_anybody(client: Client, shop: Shop):
    anna = shop.member()
    client.force_login(UserFactory(role=Role.MARKETING))
    address = reverse("admin:members_member_consents", args=[anna.pk])
    assert client.post(address, {"offers_email": "yes", "said": "in_person"}).status_code == 403
    assert (
        "What they told you" not in client.get(reverse("admin:members_member_change", args=[anna.pk])).content.decode()
    )
