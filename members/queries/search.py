"""Finding people by anything a person can type: a phone in any spelling, a card, a code, an address, a part of a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Reverse

from loyalty_site.ground.queries.estimates import expected_rows
from members.errors import IdentifierUnreadable
from members.models import Identifier, IdentifierKind, Member
from members.rules.folding import in_other_letters
from members.rules.identifiers import part_of_key, read_key, scanned
from members.rules.text import search_form

WORDS_MAX = 6
PIECE_MIN = 3
# Up to so many are found at once and kept as a list. More of them are a name that everybody has, and when the planner
# expects more they are not even counted.
COUNTED = 10_000
# Whom a part of a key leads to, at most.
FEW = 1000
# A card may be remembered by its beginning; fewer digits than these are those of every card.
BEGINNING_MIN = 6
# Of so many whose name only sounds like it, so many of the nearest.
ALIKE_READ, ALIKE = 2000, 100

_THREE_LETTERS = re.compile(r"[^\W_]{3}")
_MARKS_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found, and how many they are, above COUNTED: about how many. `ids`: of all of them, the best first; None of
    more than COUNTED."""

    members: QuerySet[Member]
    count: int
    ids: list[int] | None


def search_members(members: QuerySet[Member], text: str, *, region: str) -> QuerySet[Member]:
    """find_members without their number."""
    return find_members(members, text, region=region).members


def find_members(members: QuerySet[Member], text: str, *, region: str, with_parts: bool = False) -> Found:
    """Those of `members` that carry a key that `text` may be, or whose name has all its words,
    in Latin letters or in Russian ones. A word of one or two letters must begin a word of the name.

    With `with_parts`, for those who may see keys: also by the last four or more characters of a phone, card or code,
    by the first six or more digits of a card, and by the beginning of an e-mail. When nobody matches, names that sound
    like it (trigrams) are offered instead, the nearest first. `region` is the country of phones written without one,
    such as "RU". Every path is served by an index.
    """
    wanted = search_form(text)
    part = part_of_key(text) if with_parts else ""
    owners = _carriers(members, text, region) or (_partial(members, part) if not part.isalpha() else [])
    if owners:
        return _among(members, owners)
    spellings = [words for words in (_words(wanted), _words(in_other_letters(wanted))) if words]
    if not spellings:
        return _among(members, [])
    named = members.filter(reduce(or_, (_all_words(words) for words in spellings)))
    expected = expected_rows(named.values("pk"))
    if expected > COUNTED:
        return Found(named, expected, None)
    found, count = _ids(named)
    if count > COUNTED:
        return Found(named, count, None)
    found = found or (_partial(members, part) if part.isalpha() else [])
    if found or len(wanted) < PIECE_MIN:
        return _among(members, found)
    # Misspelt, and then perhaps in the other letters as well.
    alike = _alike(members, " ".join(spellings[0]))
    return alike if alike.count or len(spellings) == 1 else _alike(members, " ".join(spellings[1]))


def _words(name: str) -> list[str]:
    """The words of a folded name, without what the index of names does not hold: marks around them."""
    return [word for word in (_MARKS_AROUND.sub("", piece) for piece in name.split()) if word][:WORDS_MAX]


def _all_words(words: list[str]) -> Q:
    return reduce(and_, map(_word, words))


def _word(word: str) -> Q:
    """Of a word without three letters in a row the index of trigrams knows only where a word of the name begins so."""
    if _THREE_LETTERS.search(word):
        return Q(search_name__contains=word)
    return Q(search_name__startswith=word) | Q(search_name__contains=f" {word}") | Q(search_name__contains=f"-{word}")


def _alike(members: QuerySet[Member], wanted: str) -> Found:
    """Those whose name sounds like it, the nearest first."""
    alike = members.filter(search_name__trigram_word_similar=wanted)
    alike = alike.annotate(likeness=TrigramWordSimilarity(wanted, "search_name"))
    nearest = _ids(alike, "likeness", limit=ALIKE_READ)[0][:ALIKE]
    nearness = RawSQL("array_position(%s::bigint[], members_member.id)", [nearest])
    return Found(_among(members, nearest).members.order_by(nearness), len(nearest), nearest)


def _carriers(members: QuerySet[Member], text: str, region: str) -> list[int]:
    """Ids of those who carry a key that the text can be read as."""
    keys = Q()
    for kind, value in _keys(text, region):
        keys |= Q(kind=kind, value=value)
    if not keys:
        return []
    carried = Identifier.objects.filter(keys, ended_at__isnull=True)
    return _ids(members.filter(pk__in=set(carried.values_list("member_id", flat=True)[:50])))[0]


def _partial(members: QuerySet[Member], part: str) -> list[int]:
    """Ids of those with a key of which `part` is the end, or with an e-mail that begins so."""
    if not part:
        return []
    live = Identifier.objects.filter(ended_at__isnull=True)
    found: list[int] = []
    if not part.isalpha() and "@" not in part:
        ends = live.exclude(kind=IdentifierKind.EMAIL).annotate(tail=Reverse("value"))
        found = _ids(ends.filter(tail__startswith=part.upper()[::-1]), column="member_id", limit=FEW)[0]
        if not found and part.isdigit() and len(part) >= BEGINNING_MIN:
            begins = live.filter(kind=IdentifierKind.CARD, value__startswith=part, value__gte=part)
            if after := _after(part):
                begins = begins.filter(value__lt=after)
            found = _ids(begins, column="member_id", limit=FEW)[0]
    if not found:
        mails = live.filter(kind=IdentifierKind.EMAIL, value__startswith=part.casefold())
        found = _ids(mails, column="member_id", limit=FEW)[0]
    return _ids(_among(members, found).members)[0]


def _after(digits: str) -> str:
    """The first number that does not begin with `digits`, as texts are ordered; "" after nines only."""
    short = digits.rstrip("9")
    return short[:-1] + str(int(short[-1]) + 1) if short else ""


def _ids(rows: QuerySet[Any, Any], *best: str, column: str = "pk", limit: int = COUNTED + 1) -> tuple[list[int], int]:
    """(ids, how many) of the first `limit` rows that come, those with most of `best` first; no ids above COUNTED.

    Asked for a few rows only, the planner would hope to meet them soon and read the whole table when there are none;
    of a materialized part it must take the cheapest way to all, which is the index, and still stops at the limit.
    """
    try:
        sql, parameters = rows.order_by().values_list(column, *best).query.sql_with_params()
    except EmptyResultSet:
        return [], 0
    order = ", ".join(f"{name} DESC" for name in (*best, "id"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found ({', '.join(['id', *best])}) AS MATERIALIZED ({sql}) "
            f"SELECT CASE WHEN cardinality(ids) <= %s THEN ids END, cardinality(ids) "
            f"FROM (SELECT array_agg(id ORDER BY {order}) AS ids FROM (SELECT * FROM found LIMIT %s) AS first) AS all_ids",
            [*parameters, COUNTED, limit],
        )
        ids, count = cursor.fetchone()
    return ids or [], count or 0


def _among(members: QuerySet[Member], ids: list[int]) -> Found:
    """`ids` are of `members`, each once or more often; the newest are the best."""
    if not ids:
        return Found(members.none(), 0, [])
    newest = sorted(set(ids), reverse=True)
    return Found(members.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [newest])), len(newest), newest)


def _keys(text: str, region: str) -> list[tuple[str, str]]:
    """(kind, value) that the text can be read as."""
    found: list[tuple[str, str]] = []
    shown = scanned(text)
    for kind in IdentifierKind.values:
        try:
            found.append((kind, read_key(kind, shown if kind in {"card", "code"} else text, region).value))
        except IdentifierUnreadable:
            continue
    return found
