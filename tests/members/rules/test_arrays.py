"""Array literals: what we send is what PostgreSQL would have got from the driver."""

from __future__ import annotations

import datetime as dt

import pytest

from members.rules.arrays import array_text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "{}"),
        ([1, -2, 3], "{1,-2,3}"),
        (["sent", "no_reply", ""], '{sent,no_reply,""}'),
        ([None, "a1"], "{NULL,a1}"),
        ([True, False], "{True,False}"),
        ([dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)], '{"2026-03-10T12:00:00+00:00"}'),
    ],
)
def test_values_are_written_as_postgresql_reads_them(values: list, text: str) -> None:
    assert array_text(values) == text


@pytest.mark.parametrize("text", ['a"b', "a,b", "{", "a b", "\\", "null", "дом", "a;b"])
def test_what_would_need_quoting_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="plain codes"):
        array_text([text])
