"""Keys are shortened on every page; a look in full is a POST that the audit knows; erasing asks twice."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Audit, Role
from loyalty_site.ground.policy import system
from members.models import Address, Member
from members.queries.person import person_details
from members.services import enrol_member, lend_card
from programs.admin.member_keys import keys_beside_the_name
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db
SECRETS = ("2125550123", "anna@example.com", "Elm Street")


@pytest.fixture
def shop() -> Shop:
    made = open_shop()
    made.now = timezone.now()
    return made


@pytest.fixture
def member(shop: Shop) -> Member:
    keys = [("phone", "+12125550123"), ("email", "anna@example.com")]
    made = enrol_member(name="Anna Petrova", identifiers=keys, region="US", actor=system("tests"), now=shop.now)
    Address.objects.create(member=made, city="Springfield", street="Elm Street 5", postcode="12345")
    return made


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(username=f"a {role}", role=role))
    return client


def page_of(member: Member, client: Client) -> str:
    return client.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SUPPORT, Role.MARKETING])
def test_pages_and_lists_are_shortened(member: Member, role: str):
    client = client_of(role)
    pages = [page_of(member, client), client.get(reverse("admin:members_member_changelist")).content.decode()]
    for text in pages:
        assert not [secret for secret in SECRETS if secret in text]
    assert ("…0123" in pages[0]) == (role != Role.MARKETING)


def test_a_full_number_still_finds_them(member: Member):
    found = client_of(Role.SUPPORT).get(reverse("admin:members_member_changelist"), {"q": "(212) 555-0123"})
    assert "Anna Petrova" in found.content.decode()


def test_a_look_in_full_is_noted_and_lasts_for_one_page(member: Member):
    client = client_of(Role.SUPPORT)
    url = reverse("admin:members_member_reveal", args=[member.pk])
    assert client.get(url).status_code == 405
    assert not Audit.objects.filter(action="reveal").exists()
    shown = client.post(url)
    assert all(secret in shown.content.decode() for secret in SECRETS[1:])
    assert "no-store" in shown["Cache-Control"]
    act = Audit.objects.get(action="reveal")
    assert (act.actor_label, act.object_id) == ("a support", str(member.pk))
    page = page_of(member, client)
    assert SECRETS[1] not in page
    assert "looked at phone, e-mail and address" in page  # the member page tells who looked


def test_marketing_is_shown_nothing(member: Member):
    client = client_of(Role.MARKETING)
    assert client.post(reverse("admin:members_member_reveal", args=[member.pk])).status_code == 403
    assert client.get(reverse("members_member_erase", args=[member.pk])).status_code == 403
    assert "Who did what" not in page_of(member, client)
    assert not Audit.objects.filter(action="reveal").exists()


def test_erasing_says_what_goes_and_wants_the_number_typed(shop: Shop, member: Member):
    shop.sell({"C": "40.00"}, member)
    client = client_of(Role.SUPPORT)
    url = reverse("members_member_erase", args=[member.pk])
    assert url in page_of(member, client)
    assert "burn at once" in client.get(url).content.decode()
    for typed in ("", "yes", str(member.pk + 1)):
        assert client.post(url, {"reason": "in_person", "typed": typed}).status_code == 200
    # A reason that only they themselves can give.
    assert client.post(url, {"reason": "themselves", "typed": str(member.pk)}).status_code == 200
    member.refresh_from_db()
    assert member.status == "enrolled"
    assert client.post(url, {"reason": "in_person", "typed": f"# {member.pk}"}).status_code == 302
    member.refresh_from_db()
    assert member.status == "erased"
    act = Audit.objects.get(action="erase")
    assert (act.actor_label, act.reason) == ("a support", "in_person")
    assert client.get(url).status_code == 302
    page = page_of(member, client)
    assert "erased the person" in page
    assert url not in page
    # What is left is told, and nothing is offered to do for nobody.
    assert "by a support" in page
    assert "points times" in page or "Earned" in page
    for nothing in ("Issue a card", "Save the address", "PIN for spending", "The usual", "No points yet", "Give back"):
        assert nothing not in page


def test_a_lent_card_is_not_shown_beside_the_name(shop: Shop, member: Member):
    own = keys_beside_the_name(person_details(member.pk).identifiers)
    card = lend_card(member_id=member.pk, actor=system("tests"), now=timezone.now())
    assert card.lent_at is not None
    assert keys_beside_the_name(person_details(member.pk).identifiers) == own
    assert len({key.kind for key in own}) == len(own) > 0
