"""What the rules need to know of products."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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


ARTICLES_MAX = 20


def articles_like(text: str, *, most: int = ARTICLES_MAX) -> list[tuple[str, str]]:
    """(SKU, name) of the articles that somebody may mean: the one with this SKU alone, else by a part of SKU or name."""
    found = Product.objects.filter(sku=text) or Product.objects.filter(Q(name__icontains=text) | Q(sku__icontains=text))
    return list(found.order_by("name", "sku").values_list("sku", "name")[:most])


def names_of_articles(skus: Collection[str]) -> dict[str, str]:
    """{SKU: name} of the known ones."""
    return dict(Product.objects.filter(sku__in=skus).values_list("sku", "name")) if skus else {}
