"""Lists and numbers reach PostgreSQL as they were, however odd."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from loyalty_site.ground.parameters import as_text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("type_name", "values"),
    [
        ("bigint", [1, -2, None, 9_223_372_036_854_775_807]),
        ("numeric", [Decimal("1.500"), None, Decimal("1E+3"), Decimal("-0.001")]),
        ("boolean", [True, False, None]),
        ("text", ['a"b', "back\\slash", "{braces}", "com,ma", "NULL", "", " sp ace ", "'quote'", "ירוק", None]),
        ("timestamptz", [dt.datetime(2026, 3, 10, 12, 0, 0, 5, dt.UTC), None]),
        ("date", [dt.date(2026, 3, 10), None]),
        ("bigint", []),
    ],
)
def test_a_list_arrives_as_it_was(type_name: str, values: list[Any]):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %(values)s::{type_name}[]", {"values": as_text(values)})
        assert cursor.fetchone()[0] == values


def test_numbers_keep_one_type_and_the_rest_is_left_alone():
    moment = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
    assert [as_text(value) for value in (1, True, "1", None, moment)] == ["1", True, "1", None, moment]


def test_an_element_of_an_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        as_text([object()])
