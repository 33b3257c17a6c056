"""Asking for consent in the demonstration: once a person, with proof, and found again by a second run."""

from __future__ import annotations

import datetime as dt

from loyalty_site.demo.consents import ask, figures, find_forms, note_languages
from loyalty_site.demo.people import people
from loyalty_site.ground.policy import system
from members.models import Channel, Consent, CurrentConsent, Member, Purpose
from members.services import enrol_member
from tests.programs.shop import Shop, open_shop


def test_everybody_who_bought_is_asked_once(db):
    shop: Shop = open_shop()
    for number in range(12):
        member = shop.member(phone=f"+1212555{100 + number:04}")
        shop.sell({"A": "10.00"}, member)
        shop.sell({"A": "10.00"}, member)
    until = shop.now + dt.timedelta(days=90)
    assert ask(until=until)
    assert not ask(until=until)
    kept = Consent.objects.filter(purpose=Purpose.PROCESSING)
    assert kept.count() == 12
    assert all(consent.proof.startswith("receipt ") and consent.wording for consent in kept)
    offers = Consent.objects.filter(purpose=Purpose.MARKETING, action="granted").count()
    assert figures().startswith(f"{offers} agreed to offers")
    assert 0 < offers < 12


def test_signed_forms_are_found_once_and_only_of_those_whom_nobody_asked(db):
    shop: Shop = open_shop()
    everybody = people([])[:60]
    for person in everybody:
        keys = [("card", person.card), ("phone", person.phone_value)]
        keys += [("email", person.email)] if person.email else []
        enrol_member(name=person.name, identifiers=keys, region="US", actor=system("tests"), now=shop.now)
    refuser = next(person for person in everybody if person.consent == "yes" and person.email)
    shop.sell({"A": "10.00"}, Member.objects.get(identifiers__value=refuser.card))
    until = shop.now + dt.timedelta(days=1)
    ask(until=until)
    asked = CurrentConsent.objects.filter(purpose=Purpose.MARKETING).count()

    assert find_forms(everybody)
    assert not find_forms(everybody)
    signed = [person for person in everybody if person.consent == "yes" and person.email and person is not refuser]
    forms = Consent.objects.filter(method="paper", action="granted")
    assert forms.count() == len(signed) > 10
    assert all(form.proof.startswith("form signed on ") and form.channel == Channel.EMAIL for form in forms)
    assert CurrentConsent.objects.filter(purpose=Purpose.MARKETING).count() == asked + len(signed)


def test_everybody_has_a_language_and_it_stays(db):
    shop: Shop = open_shop()
    for number in range(40):
        shop.member(phone=f"+1212555{100 + number:04}", name=f"Person {number}")
    first = Member.objects.earliest("pk")
    Member.objects.filter(pk=first.pk).update(language="he")
    note_languages(now=shop.now)

    languages = dict(Member.objects.values_list("pk", "language"))
    assert set(languages.values()) == {"en", "ru", "he"}
    assert languages[first.pk] == "he"
    note_languages(now=shop.now)
    assert dict(Member.objects.values_list("pk", "language")) == languages
