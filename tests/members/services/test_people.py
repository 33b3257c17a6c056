"""Enrolling, finding and consenting on a real database."""

from __future__ import annotations

import pytest

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from members.errors import IdentifierTaken, IdentifierUnreadable
from members.models import Consent, CurrentConsent, Member
from members.queries import find_by_identifier
from members.services import enrol_member, guess_identifiers, read_identifier, record_consent

pytestmark = pytest.mark.django_db
ACTOR = system("tests")


def enrol(now, **changes):
    details = {
        "name": " Анна  Петрова ",
        "identifiers": [("phone", "8 900 123-45-02"), ("card", "0012 345")],
        "region": "RU",
        "actor": ACTOR,
        "now": now,
    }
    return enrol_member(**details | changes)


def test_an_enrolled_person_is_found_by_any_spelling_of_the_phone(now):
    member = enrol(now)
    assert member.name == "Анна Петрова"
    for text in ("+7 (900) 123-45-02", "9001234502", "7 900 123 45 02"):
        value = read_identifier(kind="phone", text=text, region="RU")
        assert find_by_identifier("phone", value) == member
    assert find_by_identifier("card", "0012345") == member
    assert find_by_identifier("card", "12345") is None
    assert Audit.objects.filter(action="enrol", object_id=str(member.pk)).count() == 1


def test_one_free_field_tries_the_phone_first():
    assert guess_identifiers(text="8 900 123 45 02", region="RU")[0] == ("phone", "+79001234502")
    assert guess_identifiers(text="A@B.ru", region="RU") == [("email", "a@b.ru")]
    assert guess_identifiers(text=" ", region="RU") == []
    link = guess_identifiers(text="https://shop.example/c/K9F2-77QX?lang=ru", region="RU")
    assert link == [("card", "K9F277QX"), ("code", "K9F277QX")]


def test_a_key_belongs_to_one_person(now):
    enrol(now)
    with pytest.raises(IdentifierTaken):
        enrol(now, identifiers=[("phone", "9001234502")])
    assert Member.objects.count() == 1


def test_an_unreadable_key_enrols_nobody(now):
    with pytest.raises(IdentifierUnreadable):
        enrol(now, identifiers=[("phone", "123")])
    assert not Member.objects.exists()


def test_consent_is_logged_and_the_newest_act_is_current(now):
    member = enrol(now, consents=[("marketing", "email", "granted")], source="terminal")
    assert CurrentConsent.objects.get(member=member).is_granted
    withdrawn = record_consent(
        member=member,
        purpose="marketing",
        channel="email",
        action="withdrawn",
        method="admin",
        proof="asked at the till",
        actor=ACTOR,
        now=now,
    )
    assert [consent.action for consent in Consent.objects.order_by("id")] == ["granted", "withdrawn"]
    current = CurrentConsent.objects.get(member=member)
    assert (current.is_granted, current.consent) == (False, withdrawn)
