"""The company's past receipts as a stream: member after member, each in the order of time, with their lines.

COPY sends the rows as they are found, so a million receipts take no more memory than one; a receipt's lines come in one
column, because a row of its own for each line would cost as much again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from members.models import Address, Member, MemberKind
from members.queries.segments import segments_of
from programs.models import Category, Product, Store
from programs.rules.basket import Line
from programs.rules.buyer_conditions import Buyer

HALVES = 2
# Most have bought more than once, so few are looked at in vain.
_MEMBERS_AT_ONCE = 1_000
# Lines that were met already are not read again; as many as fit into some tens of megabytes.
_LINES_KEPT = 100_000
# What Past(...) does, in half its time.
_new = tuple.__new__
_UNMARKED: tuple[str, frozenset[str]] = ("", frozenset())
_LINE, _PART = "\x1e", "\x1f"

_COUNT = """
    SELECT hashint8(member_id) & 1, sum(purchase_count)::bigint FROM programs_purchasesummary GROUP BY 1
"""
_NEXT = """
    SELECT member_id, purchase_count FROM programs_purchasesummary
    WHERE member_id > %(after)s AND hashint8(member_id) & 1 = %(half)s ORDER BY member_id LIMIT %(most)s
"""
# (somebody, whose account they share): their receipts are played as the owner's. Only where the owner buys as well, so
# that the owner's turn comes.
_SHARED = """
    SELECT x.member_id, a.owner_id FROM programs_accountaccess x JOIN programs_account a ON a.id = x.account_id
    JOIN programs_purchasesummary s ON s.member_id = a.owner_id
    WHERE x.program_id = %(program)s AND x.ended_at IS NULL AND x.buyer_id IS NULL AND x.member_id <> a.owner_id
      AND (x.member_id = ANY(%(members)s) OR a.owner_id = ANY(%(members)s))
"""
# Of a sale its lines as article, quantity, amount, category and what else is asked; of a return the place on its receipt
# and the quantity.
_READ = """
    COPY (
        SELECT g.key, p.id, CASE WHEN p.kind = 'sale' THEN 's' WHEN p.is_void THEN 'v' ELSE 'r' END, p.occurred_at,
               p.store_id, p.total_minor, coalesce(p.original_id, 0),
               {channel}, CASE WHEN p.kind = 'sale' THEN (
                   SELECT string_agg(concat_ws(E'\\x1f', l.sku, l.quantity, l.amount_minor, {line}), E'\\x1e')
                   FROM (SELECT * FROM programs_purchaseline l WHERE l.purchase_id = p.id ORDER BY l.position) l)
               ELSE (
                   SELECT string_agg(concat_ws(E'\\x1f', o.position, l.quantity), E'\\x1e')
                   FROM programs_purchaseline l JOIN programs_purchaseline o ON o.id = l.original_line_id
                   WHERE l.purchase_id = p.id)
               END
        FROM unnest(%(members)s::bigint[], %(keys)s::bigint[]) AS g(member, key)
        JOIN programs_purchase p ON p.member_id = g.member{more}
        WHERE p.occurred_at < %(until)s AND p.occurred_at >= %(since)s
        ORDER BY g.key, p.occurred_at, p.id
    ) TO STDOUT
"""
_PLAIN = "coalesce(l.category_id::text, '')"
_TAXED = f"{_PLAIN}, coalesce(l.tax_rate::text, ''), l.tax_included"
# What the rules of its own time kept of the buyer of a receipt, beside the channel: those that ask it read it there.
_KEPT = """concat_ws(E'\\x1f', {channel}, coalesce(p.version_id, 0), coalesce((
                   SELECT string_agg(t, ' ') FROM jsonb_array_elements_text(p.facts -> 'traits') AS t), ''))"""
_TERMINALS = " LEFT JOIN programs_terminal t ON t.id = p.terminal_id"


@dataclass(frozen=True, slots=True)
class People:
    """Some members of one half, each with the member as whose their receipts count; `until` is the last of them."""

    members: tuple[int, ...]
    keys: tuple[int, ...]
    until: int
    receipt_count: int
    is_last: bool


class Past(NamedTuple):
    """One receipt of the past; `at` in the store's own time, `total` in minor money. `pieces` are (place, quantity) of a
    return of receipt `original` (0: unknown)."""

    key: int
    receipt: int
    at: dt.datetime
    store: str
    lines: tuple[Line, ...]
    total: int
    is_return: bool = False
    is_void: bool = False
    partner: str = ""
    channel: str = ""
    original: int = 0
    pieces: tuple[tuple[int, Decimal], ...] = ()
    kept: str = ""  # where somebody asks it: `sold_by` as text

    def sold_by(self) -> tuple[int, frozenset[str]]:
        """(version, what Facts.traits was) of the time when it was sold; version 0: by none."""
        version, _, traits = self.kept.partition(_PART)
        return int(version or 0), frozenset(traits.split())


def receipts_by_half() -> list[int]:
    """About how many receipts each half of the members has."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        found = dict(cursor.fetchall())
    return [int(found.get(half) or 0) for half in range(HALVES)]


def next_people(program_id: int, *, half: int, after: int, receipts: int, members: int = 20_000) -> People:
    """The next members after `after` with about so many receipts."""
    chosen: list[int] = []
    count, is_last = 0, False
    with connection.cursor() as cursor:
        while count < receipts and len(chosen) < members and not is_last:
            cursor.execute(_NEXT, {"after": chosen[-1] if chosen else after, "half": half, "most": _MEMBERS_AT_ONCE})
            rows = cursor.fetchall()
            for place, (member, purchases) in enumerate(rows, start=1):
                chosen.append(member)
                count += purchases
                is_last = place == len(rows) < _MEMBERS_AT_ONCE
                if count >= receipts:
                    break
            is_last = is_last or not rows
        cursor.execute(_SHARED, {"program": program_id, "members": chosen})
        shared = dict(cursor.fetchall())
    mine = set(chosen)
    own = [member for member in chosen if member not in shared]
    guests = [(member, owner) for member, owner in shared.items() if owner in mine]
    return People(
        members=(*own, *(member for member, _owner in guests)),
        keys=(*own, *(owner for _member, owner in guests)),
        until=chosen[-1] if chosen else after,
        receipt_count=count,
        is_last=is_last,
    )


class PastReader:
    """Reads receipts of people between two moments; `needs` is what rules must be told besides (rules/served.py). The
    lines it met are kept, since shops sell the same again."""

    def __init__(self, *, since: dt.datetime, until: dt.datetime, needs: Collection[str] = ()) -> None:
        self._since, self._until = since, until
        self._stores = {
            str(store_id): (code, partner, ZoneInfo(zone))
            for store_id, code, partner, zone in Store.objects.values_list("id", "code", "partner__code", "time_zone")
        }
        self._lines = _Lines(with_articles="labels" in needs or "brand" in needs)
        asks_channel, self._asks_kept = "channel" in needs, "segments" in needs
        channel = "coalesce(t.channel, '')" if asks_channel else "''"
        self._statement = _READ.format(
            line=_TAXED if "taxes" in needs else _PLAIN,
            channel=_KEPT.format(channel=channel) if self._asks_kept else channel,
            more=_TERMINALS if asks_channel else "",
        )

    def read(self, people: People) -> Iterator[Past]:
        """Their receipts in order, as a stream. Raises what the database raises."""
        if not people.members:
            return
        stores, known = self._stores, self._lines.__getitem__
        named: dict[str, Any] = {"members": list(people.members), "keys": list(people.keys)}
        named |= {"since": self._since, "until": self._until}
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(self._statement, named) as copy,
        ):
            for block in copy:
                key, receipt, kind, at, store, total, original, channel, text = str(block, "utf-8")[:-1].split("\t")
                if "\\" in text and text != "\\N":
                    text = _unescaped(text)
                code, partner, zone = stores[store]
                moment = dt.datetime.fromisoformat(at).astimezone(zone)
                kept = ""
                if self._asks_kept:
                    channel, _, kept = channel.partition(_PART)
                if kind == "s":
                    lines = (
                        tuple(map(known, text.split(_LINE)))
                        if text != "\\N"
                        else (Line("", Decimal(1), int(total)),)  # of history sometimes only the sum is known
                    )
                    sold = (int(key), int(receipt), moment, code, lines, int(total))
                    yield _new(Past, (*sold, False, False, partner, channel, 0, (), kept))
                else:
                    yield Past(
                        int(key),
                        int(receipt),
                        moment,
                        code,
                        (),
                        int(total),
                        is_return=True,
                        is_void=kind == "v",
                        original=int(original),
                        pieces=_pieces(text),
                    )


class _Lines(dict[str, Line]):
    """Lines by their text, each read once."""

    def __init__(self, *, with_articles: bool) -> None:
        super().__init__()
        self._categories = {str(pk): code for pk, code in Category.objects.values_list("id", "code")} | {"": ""}
        self._quantities: dict[str, Decimal] = {}
        self._articles: dict[str, tuple[str, frozenset[str]]] = {}
        if with_articles:
            marked = Product.objects.exclude(brand="", labels=[]).values_list("sku", "brand", "labels")
            self._articles = {sku: (brand, frozenset(labels)) for sku, brand, labels in marked}

    def __missing__(self, text: str) -> Line:
        sku, quantity, amount, category, *tax = text.split(_PART)
        brand, labels = self._articles.get(sku, _UNMARKED)
        pieces = self._quantities.get(quantity)
        if pieces is None:
            pieces = self._quantities[quantity] = Decimal(quantity)
        line = Line(
            sku,
            pieces,
            int(amount),
            self._categories[category],
            labels,
            brand,
            Decimal(tax[0]) if tax and tax[0] else None,
            tax_included=not tax or tax[1] == "t",
        )
        if len(self) < _LINES_KEPT:
            self[text] = line
        return line


def _pieces(text: str) -> tuple[tuple[int, Decimal], ...]:
    if text == "\\N":
        return ()
    parts = (part.split(_PART) for part in text.split(_LINE))
    return tuple((int(place), Decimal(quantity)) for place, quantity in parts)


def _unescaped(text: str) -> str:
    """As COPY writes a backslash, a tab and line ends."""
    return text.replace("\\\\", "\0").replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r").replace("\0", "\\")


def piece_costs(exponent: int) -> dict[str, Decimal]:
    """{sku: what a piece costs us in minor money} of the products of which it is known."""
    known = Product.objects.filter(cost__isnull=False).values_list("sku", "cost")
    return {sku: cost.scaleb(exponent) for sku, cost in known if cost is not None}


def buyers_of(keys: Sequence[int]) -> dict[int, Buyer]:
    """What rules may ask of these members, as it is known today."""
    rows = Member.objects.filter(pk__in=keys).values_list(
        "pk", "custom", "kind", "birth_month", "birth_day", "joined_on", "interests"
    )
    places = {
        member: (city, postcode)
        for member, city, postcode in Address.objects.filter(member__in=keys).values_list(
            "member_id", "city", "postcode"
        )
    }
    segments, found = segments_of(keys), {}
    for pk, custom, kind, month, day, joined_on, interests in rows:
        city, postcode = places.get(pk, ("", ""))
        found[pk] = Buyer(
            custom=custom,
            is_company=kind == MemberKind.COMPANY,
            birthday=(month, day) if month and day else None,
            joined_on=joined_on,
            interests=frozenset(interests or ()),
            segments=segments.get(pk, frozenset()),
            city=city,
            postcode=postcode,
        )
    return found
