"""Audiences by what people told: optional fields of the profile, and the company's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from campaigns.admin.audience_words import PHRASES, sentence
from campaigns.admin.field_words import field_choices, offered
from campaigns.queries.audiences import company_frame, matched_people
from campaigns.rules.audiences import check_fields, criteria_document, parse_criteria
from campaigns.rules.criteria import (
    CriteriaError,
)
from members.models import CustomField, Member, ProfilePolicy
from members.queries.fields import fields_by_code

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
LISTED = [{"code": "red", "labels": {"": "Red", "he": "אדום"}, "is_archived": False}]
PEOPLE: dict[str, dict[str, Any]] = {
    "Ann": {
        "interests": ["Tea", "yoga"],
        "cares_about": ["eco", "comfort"],
        "came_by": "friends",
        "custom": {"size": 42.5, "colour": "red", "vip": True, "pet": "Rex", "since": "2020-01-01"},
    },
    "Bob": {"interests": ["chess"], "cares_about": [], "came_by": "", "custom": {"size": 38, "vip": False}},
    "Cid": {},
}


@pytest.fixture(autouse=True)
def people() -> None:
    for code, kind in {"size": "number", "colour": "choice", "vip": "yes_no", "pet": "text", "since": "date"}.items():
        options = LISTED if kind == "choice" else []
        CustomField.objects.create(code=code, name=code.title(), kind=kind, options=options)
    Member.objects.bulk_create(Member(name=name, **told) for name, told in PEOPLE.items())


def meant(row: dict[str, Any]) -> set[str]:
    criteria = parse_criteria([row])
    assert parse_criteria(criteria_document(criteria)) == criteria
    text, values = matched_people(criteria, company_frame(NOW))
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        found = [member_id for member_id, _reason in cursor.fetchall()]
    return set(Member.objects.filter(pk__in=found).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("row", "who", "said"),
    [
        ({"type": "profile", "field": "interests", "values": ["TEA"]}, {"Ann"}, "are interested in one of: TEA"),
        ({"type": "profile", "field": "cares_about", "values": ["eco", "fashion"]}, {"Ann"}, "value one of: ecological, fashion"),
        ({"type": "profile", "field": "came_by", "values": ["friends"]}, {"Ann"}, "were brought by: a recommendation"),
        ({"type": "field", "field": "size", "asked": "at_least", "values": ["40"]}, {"Ann"}, "have “Size” of 40 or more"),
        ({"type": "field", "field": "size", "asked": "at_most", "values": ["38"]}, {"Bob"}, "have “Size” of 38 or less"),
        ({"type": "field", "field": "size", "asked": "known"}, {"Ann", "Bob"}, "have told “Size”"),
        ({"type": "field", "field": "colour", "asked": "one_of", "values": ["red"]}, {"Ann"}, "have “Colour”: Red"),
        ({"type": "field", "field": "vip", "asked": "one_of", "values": ["no"]}, {"Bob"}, "have “Vip”: no"),
        ({"type": "field", "field": "pet", "asked": "one_of", "values": ["Rex"]}, {"Ann"}, "have “Pet”: Rex"),
        ({"type": "field", "field": "since", "asked": "at_most", "values": ["2020-01-01"]}, {"Ann"}, "have “Since” of Jan. 1, 2020 or less"),
        ({"type": "field", "field": "nobody", "asked": "known"}, set(), "have told “nobody”"),
    ],
)  # fmt: skip
def test_a_row_means_its_people_and_turned_round_everybody_else(row: dict[str, Any], who: set[str], said: str):
    assert meant(row) == who
    assert meant({**row, "is_not": True}) == set(PEOPLE) - who
    (one,) = parse_criteria([row])
    assert sentence(one, currency="", tiers={}, stages={}, fields=fields_by_code()) == said


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"type": "profile", "field": "name", "values": ["x"]}, "unknown_field"),
        ({"type": "profile", "field": "came_by", "values": ["moon"]}, "bad_value"),
        ({"type": "profile", "field": "interests", "values": [" "]}, "no_values"),
        ({"type": "field", "field": "gone", "asked": "known"}, "unknown_field"),
        ({"type": "field", "field": "size", "asked": "like", "values": ["1"]}, "unknown_field"),
        ({"type": "field", "field": "size", "asked": "at_least", "values": ["big"]}, "bad_value"),
        ({"type": "field", "field": "size", "asked": "at_least", "values": ["2020-01-01"]}, "bad_value"),
        ({"type": "field", "field": "size", "asked": "at_least", "values": []}, "no_values"),
        ({"type": "field", "field": "size", "asked": "one_of", "values": ["big"]}, "bad_value"),
        ({"type": "field", "field": "pet", "asked": "at_most", "values": ["5"]}, "bad_value"),
        ({"type": "field", "field": "colour", "asked": "one_of", "values": ["green"]}, "bad_value"),
        ({"type": "field", "field": "vip", "asked": "one_of", "values": ["maybe"]}, "bad_value"),
    ],
)
def test_a_row_that_cannot_be_is_named(row: dict[str, Any], code: str):
    kinds = {
        one.code: (one.kind, frozenset(option.code for option in one.options)) for one in fields_by_code().values()
    }
    with pytest.raises(CriteriaError) as refused:
        check_fields(parse_criteria([row]), kinds)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_only_what_is_kept_is_offered_in_the_readers_language():
    ProfilePolicy.objects.create(pk=1, asked=["came_by"])
    CustomField.objects.filter(code="pet").update(is_archived=True)
    with translation.override("he"):
        kinds = [(kind, fixed.get("field"), fixed.get("asked")) for kind, fixed, *_words in offered(PHRASES)]
        choices = field_choices()
    assert [field for kind, field, _asked in kinds if kind == "profile"] == ["came_by"]
    assert {field for kind, field, _asked in kinds if kind == "field"} == {"size", "colour", "vip", "since"}
    assert choices["own"]["colour"]["options"] == [("red", "אדום")]
