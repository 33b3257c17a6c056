"""A statement of our own behaves as the same SQL through a Django cursor, only cheaper."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DataError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from loyalty_site.ground.statements import Statement

pytestmark = pytest.mark.django_db

LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_parameters_go_by_name_and_a_percent_sign_stands_for_itself():
    statement = Statement("SELECT %(b)s::int - %(a)s::int, 7 % 4, %(a)s::int")
    assert statement.row({"a": 1, "b": 5}) == (4, 3, 1)
    assert statement.rows({"a": 1, "b": 5}) == [(4, 3, 1)]


def test_a_listener_sees_the_statement_and_hears_the_same_answer():
    """Whoever counts statements must count these too."""
    statement = Statement("SELECT %(when)s::timestamptz, %(sum)s::numeric, %(ids)s::bigint[], %(one)s::bigint, '%'")
    asked = {"when": LONG_AGO, "sum": Decimal("1.50"), "ids": [1, None], "one": 40_000_000_000}
    alone = statement.row(asked)
    with CaptureQueriesContext(connection) as seen:
        assert statement.row(asked) == alone == (LONG_AGO, Decimal("1.50"), [1, None], 40_000_000_000, "%")
    assert len(seen) == 1


def test_numbers_of_any_size_are_one_prepared_statement():
    statement = Statement("SELECT %(a)s::bigint AS told_apart_by_nothing")
    for number in (1, 70_000, 5_000_000_000, 1, 70_000, 5_000_000_000):
        assert statement.row({"a": number}) == (number,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%told_apart_by_nothing'")
        assert cursor.fetchone() == (1,)


def test_a_missing_parameter_is_named():
    with pytest.raises(KeyError, match="b"):
        Statement("SELECT %(b)s::int").row({"a": 1})


def test_errors_are_djangos_and_end_the_transaction():
    with pytest.raises(DataError), transaction.atomic():
        Statement("SELECT 1 / %(a)s::int").run({"a": 0})
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            Statement("SELECT %(a)s::int").run({"a": 0})
    with pytest.raises(ProgrammingError), transaction.atomic():
        Statement("SELECT nonsense FROM nowhere").run({})


def test_what_it_writes_belongs_to_the_transaction():
    insert = Statement(
        "INSERT INTO ground_counter (name, subject, window_at, value) VALUES (%(n)s, 'x', %(at)s, %(v)s)"
    )
    count = Statement("SELECT count(*) FROM ground_counter WHERE name = %(n)s")
    with transaction.atomic():
        insert.run({"n": "statements", "at": LONG_AGO, "v": 3})
        assert count.row({"n": "statements"}) == (1,)
        transaction.set_rollback(True)
    assert count.row({"n": "statements"}) == (0,)


def test_a_part_of_it_can_be_replaced_and_must_be_there():
    statement = Statement("SELECT %(a)s::int FOR UPDATE")
    assert "FOR UPDATE" in statement
    assert "FOR UPDATE" not in statement.replace("FOR UPDATE", "")
    with pytest.raises(ValueError, match="FOR SHARE"):
        statement.replace("FOR SHARE", "")
