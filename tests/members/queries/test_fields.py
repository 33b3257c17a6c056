"""Conditions on the company's own fields beside plain Python, and whether the index can serve them."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from members.models import CustomField, Member
from members.queries.fields import AT_LEAST, AT_MOST, KNOWN, ONE_OF, field_condition, fields_by_code, people_with
from members.queries.own_data import person_of
from members.rules.custom import value_text

pytestmark = pytest.mark.django_db
LISTED = [{"code": code, "labels": {"": code.upper()}, "is_archived": False} for code in ("red", "blue")]
VALUES: dict[str, list[Any]] = {
    "size": [42, 42.5, -1, 0, 1234],
    "word": ["tea", "Tea", "42", "2026-12-24"],
    "day": ["2026-12-24", "1999-01-01"],
    "vip": [True, False],
    "one": ["red", "blue"],
    "many": [["red"], ["red", "blue"]],
}
KINDS = {"size": "number", "word": "text", "day": "date", "vip": "yes_no", "one": "choice", "many": "choices"}


def make() -> list[Member]:
    for code, kind in KINDS.items():
        CustomField.objects.create(code=code, name=code, kind=kind, options=LISTED if "choice" in kind else [])
    rows = [{}, *({code: value} for code, values in VALUES.items() for value in values)]
    rows += [{"size": "spoilt", "day": 5, "vip": None}, {"size": 1, "word": "x", "many": ["blue"]}]
    return Member.objects.bulk_create(Member(name=str(number), custom=row) for number, row in enumerate(rows))


def test_every_condition_means_what_plain_python_says():
    people, fields = make(), fields_by_code()
    for code, field in fields.items():
        texts = [value_text(value) for value in VALUES[code]]
        if code == "many":
            texts = ["red", "blue"]
        checks = [(KNOWN, []), (ONE_OF, texts[:1]), (ONE_OF, texts)]
        if code in ("size", "day"):
            checks += [(bound, [text]) for bound, text in itertools.product((AT_LEAST, AT_MOST), texts)]
        for asked, values in checks:
            found = set(people_with(Member.objects.all(), field, asked, values).values_list("pk", flat=True))
            assert found == {one.pk for one in people if holds(one.custom, code, asked, values)}, (code, asked, values)


def holds(custom: dict[str, Any], code: str, asked: str, values: list[str]) -> bool:
    if code not in custom:
        return False
    value = custom[code]
    if asked == KNOWN:
        return True
    if asked == ONE_OF:
        said = value if isinstance(value, list) else [value]
        return any(one is not None and value_text(one) in values for one in said)
    if code == "size":
        if not isinstance(value, int | float):
            return False
        return value >= Decimal(values[0]) if asked == AT_LEAST else value <= Decimal(values[0])
    text = str(value)
    return text >= values[0] if asked == AT_LEAST else text <= values[0]


def test_the_index_serves_every_condition():
    make()
    field = fields_by_code()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for defined, asked, values in (
            (field["size"], ONE_OF, ["42", "43"]),
            (field["size"], AT_LEAST, ["42"]),
            (field["word"], KNOWN, []),
            (field["many"], ONE_OF, ["red"]),
        ):
            text, parameters = field_condition(defined, asked, values)
            cursor.execute(f"EXPLAIN SELECT m.id FROM members_member m WHERE {text}", parameters)
            assert "members_member_custom" in str(cursor.fetchall())


def test_people_read_their_fields_by_name():
    make()
    member = Member.objects.get(custom__many=["red", "blue"])
    member.interests, member.came_by = ["tea"], "friends"
    member.custom["gone"] = "kept"
    member.save()
    told = person_of(member.pk)
    assert told["custom_fields"] == {"many": "RED, BLUE", "gone": "kept"}
    assert (told["interests"], told["came_by"]) == (["tea"], "friends")
    assert "social_status" not in told
