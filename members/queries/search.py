"""Finding people by anything a person can type: a phone in any spelling, a card, a code, an address, a part of a name."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q, QuerySet

from members.errors import IdentifierUnreadable
from members.models import Identifier, IdentifierKind, Member
from members.rules.identifiers import read_key
from members.rules.text import search_form

WORDS_MAX = 6
PIECE_MIN = 3


def search_members(members: QuerySet[Member], text: str, *, region: str) -> QuerySet[Member]:
    """Those of `members` that carry a key that `text` may be, or whose name has all its words.

    When nobody matches, names that sound like it (trigrams) are offered instead. `region` is the country of
    phones written without one, such as "RU". Every path is served by an index.
    """
    keys = Q()
    for kind, value in _keys(text, region):
        keys |= Q(kind=kind, value=value)
    by_key = Identifier.objects.filter(keys, ended_at__isnull=True) if keys else Identifier.objects.none()
    owners = list(by_key.values_list("member_id", flat=True)[:50])
    if owners:
        return members.filter(id__in=owners)
    wanted = search_form(text)
    words = wanted.split()[:WORDS_MAX]
    if not words:
        return members.none()
    named = members
    for word in words:
        named = named.filter(search_name__contains=word)
    if len(wanted) < PIECE_MIN or _is_anybody(named):
        return named
    return members.filter(search_name__trigram_word_similar=wanted)


def _is_anybody(named: QuerySet[Member]) -> bool:
    """Whether one of `named` exists. Asked for one row only, the planner would hope to meet it soon and read the whole
    table when there is none; of a materialized part it must take the cheapest way to all, which is the index."""
    sql, parameters = named.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"WITH found AS MATERIALIZED ({sql}) SELECT EXISTS (SELECT FROM found)", parameters)
        return bool(cursor.fetchone()[0])


def _keys(text: str, region: str) -> list[tuple[str, str]]:
    """(kind, value) that the text can be read as."""
    found: list[tuple[str, str]] = []
    for kind in IdentifierKind.values:
        try:
            found.append((kind, read_key(kind, text, region).value))
        except IdentifierUnreadable:
            continue
    return found
