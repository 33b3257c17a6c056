"""People from a file, a chunk at a time."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from members.models import Address, Identifier, Member
from members.queries import find_by_identifier
from members.services import PersonLoad, load_people

pytestmark = pytest.mark.django_db


def person(number, **values):
    return PersonLoad(values={"name": f"Person {number}", **values}, keys=[("phone", f"+7900000{number:04d}", "8 900")])


def test_people_are_created_with_what_the_file_gave(now):
    ids = load_people(
        people=[person(1, birth_date="1985-02-01", city="Тула", sex="f"), person(2)], source="import", now=now
    )
    first, second = (Member.objects.get(pk=pk) for pk in ids)
    assert (first.name, first.search_name, str(first.birth_date), first.sex) == (
        *("Person 1", "person 1", "1985-02-01", "f"),
    )
    assert (second.birth_date, second.joined_on, second.source) == (None, None, "import")
    assert Address.objects.get(member=first).city == "Тула"
    assert find_by_identifier("phone", "+79000000002") == second


def test_a_change_writes_what_is_given_and_keeps_the_rest(now):
    (pk,) = load_people(people=[person(1, note="old", city="Тула")], source="import", now=now)
    change = PersonLoad(pk, {"name": "Ёлкина", "city": "Псков"}, [("card", "77", "77")])
    assert load_people(people=[change], source="import", now=now) == [pk]
    member = Member.objects.get(pk=pk)
    assert (member.name, member.search_name, member.note) == ("Ёлкина", "елкина", "old")
    assert Address.objects.get(member=member).city == "Псков"
    assert Identifier.objects.filter(member=member).count() == 2


def test_a_key_of_somebody_else_stops_the_chunk(now):
    load_people(people=[person(1)], source="import", now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        load_people(people=[person(2), person(1)], source="import", now=now)
    assert Member.objects.count() == 1
