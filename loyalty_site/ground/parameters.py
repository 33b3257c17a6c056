"""Parameters of our own long statements, as texts that PostgreSQL reads by the statement's own types.

psycopg gives every number the smallest type that holds it and looks at every element of every list. A statement with
thirty numbers is then prepared anew for almost every set of them, and half its time goes into the lists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import NoneType
from typing import Any


def as_texts(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`parameters` with whole numbers as texts and lists as PostgreSQL's array literals; the rest is untouched.

    The statement names the type of each list (`%(amounts)s::bigint[]`). Raises KeyError for a list with elements
    that are not numbers, texts, moments, booleans or None.
    """
    return {
        name: array(value) if type(value) is list else str(value) if type(value) is int else value
        for name, value in parameters.items()
    }


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


def one_line(sql: str) -> str:
    """`sql` with every run of white space as one blank; it must have no comments and no such runs in its strings.

    psycopg keeps what it has read of a statement only up to 4,096 characters, and reads longer ones anew each time.
    """
    return " ".join(sql.split())
