"""People taken back: those whom a file changed are as they were before, those whom it brought are nobody again.

Inside the caller's transaction. What somebody did with a person since is for the caller to find out first.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence

from django.db import connection

from loyalty_site.ground.queries.references import dependants, unreferenced
from members.models import Address, Identifier, Member, MemberStatus
from members.queries.pictures import Picture
from members.services.evidence import forget_evidence

# How a nameless row that the ledger still needs says that it was never anybody's (Member.source).
TAKEN_BACK = "import undone"

_LOCK = "SELECT id FROM members_member WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_END_KEYS = """
    UPDATE members_identifier i SET ended_at = greatest(%s, i.created_at)
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS g(member, kind, value)
    WHERE i.member_id = g.member AND i.kind = g.kind AND i.value = g.value AND i.ended_at IS NULL
    RETURNING i.id
"""


def lock_people(member_ids: Sequence[int]) -> None:
    """Nobody else changes these people until the transaction ends; by rising id."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted(member_ids)])


def restore_people(pictures: Mapping[int, Picture]) -> None:
    """Write back every column of these people, and their address, as `pictures_of` gave them."""
    columns = [field.column for field in Member._meta.concrete_fields if not field.primary_key]
    rows = [{**picture, "id": member_id} for member_id, picture in pictures.items()]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(f'g."{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE members_member m SET ({names}) = ROW({values}) "
            "FROM jsonb_populate_recordset(NULL::members_member, %s::jsonb) AS g WHERE m.id = g.id",
            [json.dumps(rows)],
        )
    Address.objects.filter(member__in=[key for key, picture in pictures.items() if not picture["address"]]).delete()
    addresses = {member_id: picture["address"] for member_id, picture in pictures.items() if picture["address"]}
    Address.objects.bulk_create(
        [Address(member_id=member_id, **address) for member_id, address in addresses.items()],
        update_conflicts=True,
        unique_fields=["member"],
        update_fields=[
            field.name for field in Address._meta.concrete_fields if not field.primary_key and field.name != "member"
        ],
    )


def take_keys_back(keys: Sequence[tuple[int, str, str]], *, now: dt.datetime) -> None:
    """Free keys (member id, kind, value) for whoever has them next. A row that a receipt cites ends; others go."""
    if not keys:
        return
    members, kinds, values = (list(column) for column in zip(*keys, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_END_KEYS, [now, members, kinds, values])
        ended = [identifier_id for (identifier_id,) in cursor.fetchall()]
        cursor.execute(
            f"DELETE FROM members_identifier i WHERE i.id = ANY(%s) AND {unreferenced(Identifier, 'i')}", [ended]
        )


def remove_people(member_ids: Sequence[int], *, now: dt.datetime) -> int:
    """Forget people whom only an import knew. Whom the ledger or a log still cites stays as a row without anything of a
    person in it, erased; returns how many such rows had to stay."""
    ids = list(member_ids)
    keys = Identifier.objects.filter(member__in=ids, ended_at__isnull=True).values_list("member_id", "kind", "value")
    take_keys_back(list(keys), now=now)
    forget_evidence(ids)
    with connection.cursor() as cursor:
        for table, column in dependants(Member):
            cursor.execute(f'DELETE FROM "{table}" WHERE "{column}" = ANY(%s)', [ids])
    Member.objects.filter(pk__in=ids).update(
        status=MemberStatus.ERASED,
        name="",
        search_name="",
        language="",
        sex="",
        birth_year=None,
        birth_month=None,
        birth_day=None,
        joined_on=None,
        source=TAKEN_BACK,
        note="",
        social_status="",
        interests=[],
        cares_about=[],
        preferred_channel="",
        came_by="",
        wallet_share="",
        custom={},
        updated_at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM members_member m WHERE m.id = ANY(%s) AND {unreferenced(Member, 'm')}", [ids])
        return len(ids) - int(cursor.rowcount)
