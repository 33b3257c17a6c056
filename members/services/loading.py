"""People from a file: a chunk of a thousand in a handful of statements, inside the caller's transaction."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from members.models import Address, Identifier, Member
from members.rules.text import search_form

# Only what the file gave is written: an absent value keeps what is stored.
_UPDATE = """
    UPDATE members_member m SET
        name = coalesce(g.name, m.name), search_name = coalesce(g.search_name, m.search_name),
        sex = coalesce(g.sex, m.sex), note = coalesce(g.note, m.note),
        language = coalesce(g.language, m.language), source = coalesce(g.source, m.source),
        joined_on = coalesce(g.joined_on, m.joined_on),
        birth_year = coalesce(g.birth_year, m.birth_year), birth_month = coalesce(g.birth_month, m.birth_month),
        birth_day = coalesce(g.birth_day, m.birth_day), updated_at = %s
    FROM jsonb_to_recordset(%s::jsonb) AS g(
        id bigint, name text, search_name text, sex text, note text, language text, source text, joined_on date,
        birth_year smallint, birth_month smallint, birth_day smallint)
    WHERE m.id = g.id
"""


_ADDRESS = {"city", "street", "postcode"}


@dataclass(slots=True)
class PersonLoad:
    """One person to create (`member_id` None) or change. `values` may have name, birth_date (ISO, or --MM-DD when the
    year is not known) and joined_on (ISO), sex (f, m), language, source, note, city, street, postcode; what is not
    there stays. `keys` are (kind, value, as written), new for this person."""

    member_id: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    keys: list[tuple[str, str, str]] = field(default_factory=list)


def load_people(*, people: Sequence[PersonLoad], source: str, now: dt.datetime) -> list[int]:
    """Create and change people; their member ids in the order given.

    Must run inside a transaction. Raises IntegrityError when a key belongs to somebody else by now: the caller
    looks again and repeats.
    """
    new = [person for person in people if person.member_id is None]
    created = Member.objects.bulk_create([_member(person.values, source, now) for person in new])
    for person, member in zip(new, created, strict=True):
        person.member_id = member.pk
    is_new = {id(person) for person in new}
    ids = [person.member_id or 0 for person in people]
    # Whoever gets as much as a city or a card has been changed: their row's time says so to everybody who asks later.
    changes = [_change(person) for person in people if id(person) not in is_new and (person.values or person.keys)]
    if changes:
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, [now, json.dumps(changes)])
    Identifier.objects.bulk_create(
        Identifier(member_id=member_id, kind=kind, value=value, shown=shown, created_at=now)
        for member_id, person in zip(ids, people, strict=True)
        for kind, value, shown in person.keys
    )
    _load_addresses(zip(ids, people, strict=True))
    return ids


def _load_addresses(people: Iterable[tuple[int, PersonLoad]]) -> None:
    """Only the parts that a file gave are written; people with the same parts go together."""
    by_parts: dict[tuple[str, ...], list[Address]] = {}
    for member_id, person in people:
        given = {name: person.values[name] for name in sorted(_ADDRESS) if person.values.get(name)}
        if given:
            by_parts.setdefault(tuple(given), []).append(Address(member_id=member_id, **given))
    for parts, addresses in by_parts.items():
        Address.objects.bulk_create(
            addresses, update_conflicts=True, unique_fields=["member"], update_fields=list(parts)
        )


def _columns(values: dict[str, str]) -> dict[str, str | int]:
    found: dict[str, str | int] = {
        name: values[name] for name in ("name", "sex", "note", "joined_on", "language", "source") if name in values
    }
    if "name" in values:
        found["search_name"] = search_form(values["name"])
    if "birth_date" in values:
        year, month, day = values["birth_date"].rsplit("-", 2)
        found |= {"birth_month": int(month), "birth_day": int(day)}
        if year != "-":
            found["birth_year"] = int(year)
    return found


def _change(person: PersonLoad) -> dict[str, str | int | None]:
    return {"id": person.member_id, **_columns(person.values)}


def _member(values: dict[str, str], source: str, now: dt.datetime) -> Member:
    # Since when they are a member is known only where the file says so: a base brought in today is not new people.
    columns = {"source": source[:40], **_columns(values)}
    return Member(**columns, created_at=now, updated_at=now)
