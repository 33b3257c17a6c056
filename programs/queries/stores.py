"""Reads about stores and who works in them."""

from __future__ import annotations

from programs.models import Store


def store_ids_of_staff(user_id: int) -> frozenset[int]:
    """The stores that a shop manager sees."""
    return frozenset(Store.objects.filter(staff=user_id).values_list("id", flat=True))
