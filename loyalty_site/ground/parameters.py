"""Parameters of our own long statements, as texts that PostgreSQL reads by the statement's own types.

psycopg gives every number the smallest type that holds it and looks at every element of every list. A statement with
thirty numbers is then prepared anew for almost every set of them, and half its time goes into the lists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from types import NoneType
from typing import Any


def as_text(value: Any) -> Any:
    """A whole number as a text and a list as PostgreSQL's array literal; anything else is untouched.

    The statement names the type of a list (`%(amounts)s::bigint[]`). Raises KeyError for a list with elements
    that are not numbers, texts, moments, booleans or None.
    """
    kind = type(value)
    return str(value) if kind is int else array(value) if kind is list else value


def array(values: Sequence[Any]) -> str:
    """An array literal: [1, None] is {1,NULL}, ['a"b'] is {"a\\"b"}."""
    return "{" + ",".join([_ELEMENTS[type(value)](value) for value in values]) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_ELEMENTS: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _: "NULL",
    bool: lambda value: "t" if value else "f",
    int: str,
    Decimal: str,
    str: _quoted,
    dt.datetime: lambda moment: f'"{moment.isoformat()}"',
    dt.date: lambda day: day.isoformat(),
}
