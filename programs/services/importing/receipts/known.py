"""What the rows of a chunk mean here: stores, members, products, and receipts that are there already."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import connection

from loyalty_site.ground.models import Company
from members import services as members
from programs.models import Store
from programs.rules.importing.receipts import Money

type Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class KnownStore:
    """A store and its clock."""

    id: int
    name: str
    zone: ZoneInfo


class Stores:
    """Every store, by its code or name however it is capitalised."""

    def __init__(self) -> None:
        self._found: dict[str, set[int]] = {}
        self._stores: dict[int, KnownStore] = {}
        for store in Store.objects.all():
            self._stores[store.pk] = KnownStore(store.pk, store.name, ZoneInfo(store.time_zone))
            for text in (store.code, store.name):
                self._found.setdefault(text.strip().casefold(), set()).add(store.pk)

    def find(self, text: str) -> tuple[KnownStore | None, str]:
        """(store, why none): an empty text means the only store there is."""
        ids = self._found.get(text.strip().casefold(), set()) if text else set(self._stores)
        if len(ids) == 1:
            return self._stores[next(iter(ids))], ""
        if not text:
            return None, "store_missing"
        return None, "store_ambiguous" if ids else "store_unknown"


class House:
    """The company's own way of counting."""

    @cached_property
    def company(self) -> Company | None:
        """None before it was set up."""
        return Company.objects.first()

    @property
    def money(self) -> Money:
        """Decimals of the currency."""
        return Money(self.company.currency_exponent if self.company else 2)

    @property
    def currency(self) -> str:
        """Three letters."""
        return self.company.currency if self.company else "USD"

    @property
    def region(self) -> str:
        """As whose a phone without a country code is read."""
        return self.company.country if self.company else "US"


# Who has a key today; else whoever had it until it was replaced: old receipts name old cards.
_MEMBERS = """
    SELECT DISTINCT ON (g.kind, g.value) g.kind, g.value, coalesce(m.survivor_id, m.id)
    FROM unnest(%s::text[], %s::text[]) AS g(kind, value)
    JOIN members_identifier i ON i.kind = g.kind AND i.value = g.value
        AND (i.ended_at IS NULL OR i.ended_as = 'replaced')
    JOIN members_member m ON m.id = i.member_id AND m.status <> 'erased'
    ORDER BY g.kind, g.value, i.ended_at DESC NULLS FIRST
"""
_SKUS = "SELECT sku FROM programs_product WHERE sku = ANY(%s)"
_NAMES = "SELECT lower(name), min(sku), count(*) FROM programs_product WHERE lower(name) = ANY(%s) GROUP BY 1"


@dataclass(slots=True)
class Known:
    """`owners` {(kind, value): member}, `erased` keys of people who asked to be forgotten, `skus` that are products,
    `by_name` {name in small letters: SKU} of products with a name of their own."""

    owners: dict[Key, int] = field(default_factory=dict)
    erased: set[Key] = field(default_factory=set)
    skus: set[str] = field(default_factory=set)
    by_name: dict[str, str] = field(default_factory=dict)


def load_known(keys: Iterable[Key], skus: Collection[str], names: Collection[str]) -> Known:
    """What a chunk of rows needs to know, in four statements."""
    wanted = sorted(set(keys))
    known = Known(erased=members.erased_among(wanted))
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [[kind for kind, _ in wanted], [value for _, value in wanted]])
        known.owners = {(kind, value): member for kind, value, member in cursor.fetchall()}
        cursor.execute(_SKUS, [list(skus)])
        known.skus = {sku for (sku,) in cursor.fetchall()}
        cursor.execute(_NAMES, [[name.lower() for name in names]])
        known.by_name = {name: sku for name, sku, count in cursor.fetchall() if count == 1}
    return known


# A file that does not name the register matches whichever register has the number on that day.
_BOOKED = """
    SELECT g.n, p.id FROM unnest(%(stores)s::bigint[], %(registers)s::text[], %(numbers)s::text[], %(days)s::date[],
                                 %(kinds)s::text[]) WITH ORDINALITY AS g(store, register, number, day, kind, n)
    JOIN programs_purchase p ON p.store_id = g.store AND p.register = g.register AND p.receipt_number = g.number
        AND p.business_on = g.day AND p.kind = g.kind
    WHERE g.register <> ''
    UNION ALL
    SELECT g.n, p.id FROM unnest(%(stores)s::bigint[], %(registers)s::text[], %(numbers)s::text[], %(days)s::date[],
                                 %(kinds)s::text[]) WITH ORDINALITY AS g(store, register, number, day, kind, n)
    JOIN programs_purchase p ON p.business_on = g.day AND p.store_id = g.store AND p.receipt_number = g.number
        AND p.kind = g.kind
    WHERE g.register = ''
    ORDER BY 2
"""

# (store, register, number, ISO day, kind)
type ReceiptKey = tuple[int, str, str, str, str]


def booked(keys: Collection[ReceiptKey]) -> dict[ReceiptKey, int]:
    """{key: the receipt that is there under it}, whoever booked it."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    stores, registers, numbers, days, kinds = (list(column) for column in zip(*wanted, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _BOOKED, {"stores": stores, "registers": registers, "numbers": numbers, "days": days, "kinds": kinds}
        )
        return {wanted[n - 1]: purchase_id for n, purchase_id in reversed(cursor.fetchall())}
