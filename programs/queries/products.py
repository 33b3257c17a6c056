"""What the rules need to know of products."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

_BY_SKU = """
    SELECT p.sku, p.id, c.id, coalesce(c.code, '')
    FROM programs_product p LEFT JOIN programs_category c ON c.id = p.category_id
    WHERE p.sku = ANY(%s)
"""


def categories_by_sku(skus: Collection[str]) -> dict[str, tuple[int, int | None, str]]:
    """{sku: (product id, category id or None, category code or '')} of the known ones among `skus`."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_SKU, [list(skus)])
        return {sku: (product, category, code) for sku, product, category, code in cursor.fetchall()}
