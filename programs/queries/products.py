"""What the rules need to know of products."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q

from programs.models import Product

_ARTICLE = "p.sku, p.id, c.id, coalesce(c.code, ''), p.brand, p.labels"
# As JSON in one column, so that a statement which asks about something else anyway brings the products along.
PRODUCTS_JSON = f"""(
    SELECT json_agg(json_build_array({_ARTICLE}))
    FROM programs_product p LEFT JOIN programs_category c ON c.id = p.category_id WHERE p.sku = ANY(%(skus)s::text[])
)"""
_BY_SKU = f"""
    SELECT {_ARTICLE}
    FROM programs_product p LEFT JOIN programs_category c ON c.id = p.category_id
    WHERE p.sku = ANY(%s)
"""


class Article(NamedTuple):
    """A known product as a line of a receipt cites it and rules see it."""

    product_id: int | None = None
    category_id: int | None = None
    category: str = ""
    brand: str = ""
    labels: Sequence[str] = ()


# One look into the index for each code: what is scanned at a till is an SKU or a barcode. The planner takes `&&` of a
# thousand codes for one comparison and would hold every product against all of them.
_OWNERS = """
    SELECT code, p.sku FROM unnest(%(codes)s::text[]) AS code
    JOIN programs_product p ON p.barcodes @> ARRAY[code]::varchar(60)[]
    UNION ALL
    SELECT p.sku, p.sku FROM programs_product p WHERE p.sku = ANY(%(codes)s::text[])
"""
# Lists cannot be held to "each barcode once" by a constraint; whoever writes them looks first, and one at a time.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('programs.barcodes'))"


type Products = dict[str, Article]
UNKNOWN = Article()


def articles_by_sku(skus: Collection[str]) -> Products:
    """The known ones among `skus`."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_SKU, [list(skus)])
        return read_products(cursor.fetchall())


def read_products(rows: Iterable[Sequence[Any]] | None) -> Products:
    """What PRODUCTS_JSON brought, None included."""
    return {sku: Article(*article) for sku, *article in rows or ()}


def owners_of_codes(codes: Collection[str]) -> dict[str, set[str]]:
    """{code: SKUs of the products that have it as a barcode or are it}, of the codes that some product has."""
    owners: dict[str, set[str]] = {}
    if codes:
        with connection.cursor() as cursor:
            cursor.execute(_OWNERS, {"codes": list(codes)})
            for code, sku in cursor.fetchall():
                owners.setdefault(code, set()).add(sku)
    return owners


def lock_barcodes() -> None:
    """Let nobody else give barcodes or SKUs until the caller's transaction ends: what owners_of_codes says stays true.
    Taken before rows of products are locked."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)


class Good(NamedTuple):
    """A product as a till shows it. Never what it costs us."""

    id: int
    sku: str
    name: str
    price: Decimal | None
    barcodes: Sequence[str]
    category: str | None


def goods_after(product_id: int, *, most: int) -> list[Good]:
    """The next `most` products after the one with this number (0: from the first), in an order that no change of a
    product changes."""
    rows = Product.objects.filter(pk__gt=product_id).order_by("pk")
    return [Good(*row) for row in rows.values_list("pk", "sku", "name", "price", "barcodes", "category__name")[:most]]


ARTICLES_MAX = 20


def articles_like(text: str, *, most: int = ARTICLES_MAX) -> list[tuple[str, str]]:
    """(SKU, name) of the articles that somebody may mean: the one with this SKU alone, else by a part of SKU or name."""
    found = Product.objects.filter(sku=text) or Product.objects.filter(Q(name__icontains=text) | Q(sku__icontains=text))
    return list(found.order_by("name", "sku").values_list("sku", "name")[:most])


def names_of_articles(skus: Collection[str]) -> dict[str, str]:
    """{SKU: name} of the known ones."""
    return dict(Product.objects.filter(sku__in=skus).values_list("sku", "name")) if skus else {}
