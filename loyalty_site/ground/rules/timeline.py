"""One thing that happened to somebody, as every room tells its part of the timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PAGE = 60


@dataclass(frozen=True, slots=True)
class Happening:
    """`what` and `detail` in the reader's words; parts of a detail and names within are set `apart`. `route` and `key` are the admin page behind it, where there is one;
    `needs` is the resource that the reader must be allowed to see to be told at all."""

    at: dt.datetime
    what: str
    detail: str = ""
    route: str = ""
    key: int | None = None
    needs: str = ""


def apart(text: str) -> str:
    """The text between marks that keep its direction its own: a store named in Latin letters among Hebrew words."""
    return f"\u2068{text}\u2069" if text else ""


def joined(*parts: str) -> str:
    """Parts of a detail, those that are there, each apart from the others and beginning where the reader's lines do."""
    return " · ".join(apart(part) for part in parts if part)


def newest_of(parts: Iterable[Sequence[Happening]]) -> tuple[list[Happening], dt.datetime | None]:
    """The PAGE newest of the parts, each of which gave its own PAGE newest, and before when to go on (None: the end).

    What happened at the moment with which a page ends is on it too, so that the next one loses nothing.
    """
    found = sorted((one for part in parts for one in part), key=lambda one: one.at, reverse=True)
    if len(found) <= PAGE:
        return found, None
    last = found[PAGE - 1].at
    return [one for one in found if one.at >= last], last
