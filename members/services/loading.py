"""People from a file: a chunk of a thousand in a handful of statements, inside the caller's transaction."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection

from members.models import Address, Identifier, IdentifierKind, Member
from members.queries.identity import issuer_finder
from members.rules.custom import Value
from members.rules.text import search_form
from members.services.copying import copy_rows, next_ids

_LIVING = """
    SELECT id FROM members_member WHERE id = ANY(%s) AND status NOT IN ('erased', 'merged') ORDER BY id FOR NO KEY UPDATE
"""
# Only what the file gave is written: an absent value keeps what is stored.
_UPDATE = """
    UPDATE members_member m SET
        name = coalesce(g.name, m.name), search_name = coalesce(g.search_name, m.search_name),
        sex = coalesce(g.sex, m.sex), note = coalesce(g.note, m.note),
        language = coalesce(g.language, m.language), source = coalesce(g.source, m.source),
        joined_on = coalesce(g.joined_on, m.joined_on),
        social_status = coalesce(g.social_status, m.social_status), interests = coalesce(g.interests, m.interests),
        cares_about = coalesce(g.cares_about, m.cares_about), came_by = coalesce(g.came_by, m.came_by),
        preferred_channel = coalesce(g.preferred_channel, m.preferred_channel),
        wallet_share = coalesce(g.wallet_share, m.wallet_share), custom = m.custom || coalesce(g.custom, '{}'),
        birth_year = coalesce(g.birth_year, m.birth_year), birth_month = coalesce(g.birth_month, m.birth_month),
        birth_day = coalesce(g.birth_day, m.birth_day), updated_at = %s
    FROM jsonb_to_recordset(%s::jsonb) AS g(
        id bigint, name text, search_name text, sex text, note text, language text, source text, joined_on date,
        birth_year smallint, birth_month smallint, birth_day smallint, social_status text, interests jsonb,
        cares_about jsonb, came_by text, preferred_channel text, wallet_share text, custom jsonb)
    WHERE m.id = g.id
"""


_ADDRESS = ("city", "street", "postcode")
_WORDS = ("social_status", "came_by", "preferred_channel", "wallet_share")
_LISTS = ("interests", "cares_about")
# The columns of a new person that a file may fill; every other has its default.
_PLAIN = (
    *("name", "search_name", "sex", "note", "joined_on", "language", "source"),
    *("birth_year", "birth_month", "birth_day"),
    *(*_WORDS, *_LISTS, "custom"),
)
_NEW = ("id", *_PLAIN, "created_at", "updated_at")
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("joined_on", "birth_year", "birth_month", "birth_day")),
    **{name: [] for name in _LISTS},
    "custom": {},
}


@dataclass(slots=True)
class PersonLoad:
    """One person to create (`member_id` None) or change. `values` may have name, birth_date (ISO, or --MM-DD when the
    year is not known) and joined_on (ISO), sex (f, m), language, source, note, city, street, postcode; what is not
    there stays. Of the optional profile: social_status, came_by, preferred_channel, wallet_share, and the lists interests
    and cares_about as text with ", " between. `custom` {code: typed value}. `keys` are (kind, value, as written), new for
    this person."""

    member_id: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    custom: dict[str, Value] = field(default_factory=dict)


def load_people(*, people: Sequence[PersonLoad], source: str, now: dt.datetime) -> list[int]:
    """Create and change people; their member ids in the order given.

    Must run inside a transaction. Raises IntegrityError when a key belongs to somebody else by now, or somebody is
    forgotten or merged: the caller looks again and repeats.
    """
    _lock_living([person.member_id for person in people if person.member_id is not None])
    new = [person for person in people if person.member_id is None]
    for person, member_id in zip(new, next_ids(Member, len(new)), strict=True):
        person.member_id = member_id
    copy_rows(Member, _NEW, [_member(person, source, now) for person in new])
    is_new = {id(person) for person in new}
    ids = [person.member_id or 0 for person in people]
    # Whoever gets as much as a city or a card has been changed: their row's time says so to everybody who asks later.
    changes = [
        _change(person)
        for person in people
        if id(person) not in is_new and (person.values or person.keys or person.custom)
    ]
    if changes:
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, [now, json.dumps(changes)])
    issuer = issuer_finder()
    keys = [
        (person.member_id, kind, value, shown, now, issuer(value) if kind == IdentifierKind.CARD else None)
        for person in people
        for kind, value, shown in person.keys
    ]
    copy_rows(Identifier, ["member_id", "kind", "value", "shown", "created_at", "issuer_id"], keys)
    lives = [(person.member_id, *(person.values.get(name, "") for name in _ADDRESS)) for person in new]
    copy_rows(Address, ["member_id", *_ADDRESS], [one for one in lives if any(one[1:])])
    _load_addresses((person.member_id or 0, person) for person in people if id(person) not in is_new)
    return ids


def _lock_living(member_ids: Sequence[int]) -> None:
    """So that nobody is forgotten or merged between this and the end of the chunk; who has been is not written to."""
    with connection.cursor() as cursor:
        cursor.execute(_LIVING, [sorted(set(member_ids))])
        if len(cursor.fetchall()) != len(set(member_ids)):
            raise IntegrityError("somebody of this chunk has been erased or merged")


def _load_addresses(people: Iterable[tuple[int, PersonLoad]]) -> None:
    """Only the parts that a file gave are written; people with the same parts go together."""
    by_parts: dict[tuple[str, ...], list[Address]] = {}
    for member_id, person in people:
        given = {name: person.values[name] for name in _ADDRESS if person.values.get(name)}
        if given:
            by_parts.setdefault(tuple(given), []).append(Address(member_id=member_id, **given))
    for parts, addresses in by_parts.items():
        Address.objects.bulk_create(
            addresses, update_conflicts=True, unique_fields=["member"], update_fields=list(parts)
        )


def _columns(person: PersonLoad) -> dict[str, Any]:
    values = person.values
    plain = ("name", "sex", "note", "joined_on", "language", "source", *_WORDS)
    found: dict[str, Any] = {name: values[name] for name in plain if name in values}
    found |= {name: values[name].split(", ") for name in _LISTS if name in values}
    if person.custom:
        found["custom"] = person.custom
    if "name" in values:
        found["search_name"] = search_form(values["name"])
    if "birth_date" in values:
        year, month, day = values["birth_date"].rsplit("-", 2)
        found |= {"birth_month": int(month), "birth_day": int(day)}
        if year != "-":
            found["birth_year"] = int(year)
    return found


def _change(person: PersonLoad) -> dict[str, Any]:
    return {"id": person.member_id, **_columns(person)}


def _member(person: PersonLoad, source: str, now: dt.datetime) -> tuple[object, ...]:
    # Since when they are a member is known only where the file says so: a base brought in today is not new people.
    columns = {**_EMPTY, "source": source[:40], **_columns(person)}
    return (person.member_id, *(columns.get(name, "") for name in _PLAIN), now, now)
