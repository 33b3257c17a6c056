"""Whose word a suppression is, when an address goes from one to another."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty_site.ground.policy import system
from loyalty_site.services.merging import merge_members, undo_merge
from members.models import Channel, Identifier, Member, Suppression
from members.services import add_identifier, end_identifier, enrol_member, preferences_of, set_channel_consent
from members.services.suppressions import suppressed_among

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
EMAIL = Channel.EMAIL.value
NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
ADDRESS = "a@example.com"


def person(name: str, email: str) -> Member:
    return enrol_member(name=name, identifiers=[("email", email)], region="US", actor=ACTOR, now=NOW)


def says(member: Member, *, yes: bool) -> None:
    set_channel_consent(member=member, channel=EMAIL, granted=yes, method="page", proof="", now=NOW)


def pass_on(address: str, one: Member, other: Member) -> None:
    key = Identifier.objects.get(member=one, value=address, ended_at=None)
    end_identifier(identifier_id=key.pk, actor=ACTOR, now=NOW)
    add_identifier(member_id=other.pk, kind="email", text=address, region="US", actor=ACTOR, now=NOW)


def is_suppressed(address: str = ADDRESS) -> bool:
    return suppressed_among(channel=EMAIL, addresses=[address]) == {address}


def test_a_no_said_as_one_is_not_taken_back_by_one_of_two():
    anna, anya = person("Anna", ADDRESS), person("Anya", "anya@example.com")
    merge = merge_members(anna.pk, anya.pk, actor=ACTOR, now=NOW)
    says(anna, yes=False)
    undo_merge(merge.pk, actor=ACTOR, now=NOW)
    says(anna, yes=True)
    assert not is_suppressed()
    assert is_suppressed("anya@example.com")


def test_who_had_an_address_before_does_not_speak_for_who_has_it_now():
    anna, ben = person("Anna", ADDRESS), person("Ben", "ben@example.com")
    says(anna, yes=False)
    pass_on(ADDRESS, anna, ben)
    says(ben, yes=False)
    says(anna, yes=True)
    assert is_suppressed()
    pass_on(ADDRESS, ben, person("Clara", "clara@example.com"))
    says(anna, yes=True)
    assert is_suppressed()
    assert Suppression.objects.get(address_hash=Suppression.objects.earliest("id").address_hash).member == ben


def test_what_one_said_about_an_address_of_long_ago_ends_with_their_yes():
    anna = person("Anna", ADDRESS)
    says(anna, yes=False)
    end_identifier(identifier_id=Identifier.objects.get().pk, actor=ACTOR, now=NOW)
    says(anna, yes=True)
    assert not is_suppressed()


def test_a_no_said_as_one_is_a_no_of_both_though_one_had_said_it_before():
    anna, anya = person("Anna", ADDRESS), person("Anya", "anya@example.com")
    says(anya, yes=True)
    says(anna, yes=True)
    says(anna, yes=False)
    merge = merge_members(anna.pk, anya.pk, actor=ACTOR, now=NOW)
    says(anna, yes=False)
    undo_merge(merge.pk, actor=ACTOR, now=NOW)
    assert preferences_of(anya)[EMAIL] is False
