"""Who might be one person twice: the records to compare, and whom to compare them with.

Two records are compared when they share a key (members/rules/duplicates.py makes them, DuplicateKey keeps them).
A key that very many share says nothing and is passed over, so a million members cost a million short look-ups.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Q

from members.models import DuplicatePair, Identifier, Member, Merge, PairState
from members.rules.duplicates import Person
from members.rules.folding import fold_words

# More than so many members under one key: it is passed over. Others catch the same pair.
BLOCK_MAX = 60
# Words of names that at least this share of the members bear are counted; all others are rare enough.
_SHARE_MIN = 0.002

# Changed are also those whose keys changed. A moment of overlap costs nothing: looking twice finds the same.
_NEXT = """
    SELECT m.id FROM members_member m
    WHERE m.id > %(after)s AND (
        %(since)s::timestamptz IS NULL OR m.updated_at >= %(since)s OR m.created_at >= %(since)s
        OR EXISTS (SELECT FROM members_identifier i WHERE i.member_id = m.id
                   AND (i.created_at >= %(since)s OR i.ended_at >= %(since)s)))
    ORDER BY m.id LIMIT %(limit)s
"""
_PEOPLE = """
    SELECT m.id, m.name, m.birth_year, m.birth_month, m.birth_day, coalesce(a.city, ''), coalesce(a.street, ''),
           coalesce(a.postcode, ''), m.sex, m.kind
    FROM members_member m LEFT JOIN members_address a ON a.member_id = m.id
    WHERE m.id = ANY(%s) AND m.status IN ('enrolled', 'contact')
"""
_SHARING = """
    SELECT k.key, other.member_id FROM unnest(%(keys)s::bigint[]) AS k(key)
    CROSS JOIN LATERAL (SELECT member_id FROM members_duplicatekey d WHERE d.key = k.key LIMIT %(limit)s) AS other
"""
_WORDS = """
    SELECT word, count(*)::float / greatest(1, (SELECT count(*) FROM members_member))
    FROM members_member, LATERAL unnest(string_to_array(search_name, ' ')) AS word
    WHERE word <> '' GROUP BY word
    HAVING count(*) >= %s * (SELECT count(*) FROM members_member) AND count(*) > 3
"""


def changed_members(*, since: dt.datetime | None, after: int, limit: int) -> list[int]:
    """The next `limit` members by number after `after` whose profile or keys changed since then (None: everybody)."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"since": since, "after": after, "limit": limit})
        return [member_id for (member_id,) in cursor.fetchall()]


def people_to_compare(member_ids: Iterable[int]) -> dict[int, Person]:
    """{member: what is compared of them}; without those who are erased or merged. Ended phones and addresses count."""
    ids = list(member_ids)
    keys: dict[int, set[tuple[str, str]]] = defaultdict(set)
    carried = Identifier.objects.filter(member__in=ids, kind__in=["phone", "email"])
    for member_id, kind, value in carried.values_list("member_id", "kind", "value"):
        keys[member_id].add((kind, value))
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [ids])
        return {
            row[0]: Person(
                name=row[1],
                birth=(row[2], row[3], row[4]),
                city=row[5],
                street=row[6],
                postcode=row[7],
                sex=row[8],
                kind=row[9],
                keys=frozenset(keys[row[0]]),
            )
            for row in cursor.fetchall()
        }


def members_by_key(keys: Iterable[int]) -> dict[int, list[int]]:
    """{key: who has it}, for keys that at least two and at most BLOCK_MAX members share."""
    found: dict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_SHARING, {"keys": list(keys), "limit": BLOCK_MAX + 1})
        for key, member_id in cursor.fetchall():
            found[key].append(member_id)
    return {key: members for key, members in found.items() if 1 < len(members) <= BLOCK_MAX}


def shares_of_words() -> dict[str, float]:
    """{folded word: share of the members whose name has it}, of the common ones."""
    shares: dict[str, float] = defaultdict(float)
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [_SHARE_MIN])
        for word, share in cursor.fetchall():
            for folded in fold_words(word):
                shares[folded] += share
    return dict(shares)


def survivor_of(member_id: str) -> int | None:
    """Who a merged member is now; None for everybody else and for what is no number."""
    if not member_id.isdecimal():
        return None
    return Member.objects.filter(pk=int(member_id)).values_list("survivor_id", flat=True).first()


def survivors_of(member_ids: Iterable[int]) -> dict[int, int]:
    """{one of these who was merged into somebody: whom}."""
    rows = Member.objects.filter(pk__in=list(member_ids), survivor__isnull=False)
    return {merged: survivor for merged, survivor in rows.values_list("pk", "survivor_id") if survivor}


def merges_into(member_id: int) -> list[tuple[Merge, DuplicatePair | None]]:
    """The merges of others into a member that were not undone, newest first, each with its pair."""
    merges = Merge.objects.filter(survivor=member_id, undone_at__isnull=True).select_related("merged").order_by("-id")
    rows = DuplicatePair.objects.filter(Q(first=member_id) | Q(second=member_id), state=PairState.MERGED)
    pairs = {(row.first_id, row.second_id): row for row in rows}
    return [(merge, pairs.get(pair_of(merge.survivor_id, merge.merged_id))) for merge in merges]


def pair_of(first: int, second: int) -> tuple[int, int]:
    """Two members in the order in which a pair is stored."""
    return (first, second) if first < second else (second, first)


def pairs_among(keys: dict[int, Sequence[int]] | dict[int, list[int]], changed: set[int]) -> set[tuple[int, int]]:
    """Every pair that shares one of the keys and has a changed member in it."""
    return {
        pair_of(one, other)
        for members in keys.values()
        for one in members
        if one in changed
        for other in members
        if other != one
    }


def merged_into(member_id: int) -> list[int]:
    """The records that are this member's now, however long the chain; by number."""
    return list(Member.objects.filter(survivor=member_id).order_by("pk").values_list("pk", flat=True))
