"""What the rules need to know of products."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from programs.models import Product

# As JSON in one column, so that a statement which asks about something else anyway brings the products along.
PRODUCTS_JSON = """(
    SELECT json_agg(json_build_array(p.sku, p.id, c.id, coalesce(c.code, '')))
    FROM programs_product p LEFT JOIN programs_category c ON c.id = p.category_id WHERE p.sku = ANY(%(skus)s::text[])
)"""
_BY_SKU = """
    SELECT p.sku, p.id, c.id, coalesce(c.code, '')
    FROM programs_product p LEFT JOIN programs_category c ON c.id = p.category_id
    WHERE p.sku = ANY(%s)
"""


type Products = dict[str, tuple[int, int | None, str]]


def categories_by_sku(skus: Collection[str]) -> Products:
    """{sku: (product id, category id or None, category code or '')} of the known ones among `skus`."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_SKU, [list(skus)])
        return read_products(cursor.fetchall())


def read_products(rows: Iterable[Sequence[Any]] | None) -> Products:
    """What PRODUCTS_JSON brought, None included."""
    return {sku: (product, category, code) for sku, product, category, code in rows or ()}


ARTICLES_MAX = 20


def articles_like(text: str, *, most: int = ARTICLES_MAX) -> list[tuple[str, str]]:
    """(SKU, name) of the articles that somebody may mean: the one with this SKU alone, else by a part of SKU or name."""
    found = Product.objects.filter(sku=text) or Product.objects.filter(Q(name__icontains=text) | Q(sku__icontains=text))
    return list(found.order_by("name", "sku").values_list("sku", "name")[:most])


def names_of_articles(skus: Collection[str]) -> dict[str, str]:
    """{SKU: name} of the known ones."""
    return dict(Product.objects.filter(sku__in=skus).values_list("sku", "name")) if skus else {}
