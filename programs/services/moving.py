"""Receipts that change hands: when two members turn out to be one, and when that turns out wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, Sum

from programs.models import Purchase, PurchaseSummary
from programs.services.receipts import SUMMED_UP

_SUMMARY = f"""
    INSERT INTO programs_purchasesummary AS s
        (member_id, purchase_count, spend_minor, returned_minor, first_at, last_at, last_store_id)
    SELECT %(to)s, purchase_count, spend_minor, returned_minor, first_at, last_at, last_store_id
    FROM programs_purchasesummary WHERE member_id = %(from)s
    ON CONFLICT (member_id) DO UPDATE SET
        purchase_count = s.purchase_count + excluded.purchase_count, {SUMMED_UP}
"""
# Sums go back as they came; first and last are of the receipts that stay, or where there are none as they were.
_SUMMARY_BACK = """
    UPDATE programs_purchasesummary s SET
        purchase_count = greatest(s.purchase_count - %(count)s, 0), spend_minor = s.spend_minor - %(spend)s,
        returned_minor = s.returned_minor - %(returned)s,
        first_at = least(%(first)s::timestamptz, own.first_at), last_at = greatest(%(last)s::timestamptz, own.last_at),
        last_store_id = coalesce(own.store_id, %(store)s::bigint)
    FROM (SELECT min(occurred_at) AS first_at, max(occurred_at) AS last_at,
                 (array_agg(store_id ORDER BY occurred_at DESC))[1] AS store_id
          FROM programs_purchase WHERE member_id = %(member)s AND kind = 'sale') AS own
    WHERE s.member_id = %(member)s
"""


def move_receipts(*, from_id: int, to_id: int) -> dict[str, Any]:
    """The receipts and sums of one member are another's from now on; what `give_receipts_back` needs for the way back."""
    kept = {row.pk: row for row in PurchaseSummary.objects.filter(member__in=[from_id, to_id]).select_for_update()}
    moved = Purchase.objects.filter(member=from_id)
    ids = list(moved.order_by("id").values_list("pk", flat=True))
    moved.update(member=to_id)
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARY, {"from": from_id, "to": to_id})
    PurchaseSummary.objects.filter(member=from_id).delete()
    return {"receipts": ids, "theirs": _sums(kept.get(from_id)), "mine": _sums(kept.get(to_id))}


def give_receipts_back(before: dict[str, Any], *, from_id: int, to_id: int) -> None:
    """Undo `move_receipts` with the same two members. Receipts since then stay where they are."""
    Purchase.objects.filter(pk__in=before["receipts"], member=to_id).update(member=from_id)
    # Returns since the merge hang on a sale that goes back.
    since = Purchase.objects.filter(original__in=before["receipts"], member=to_id)
    back = since.aggregate(voids=Count("pk", filter=Q(is_void=True)), net=Sum(F("total_minor") - F("reward_minor")))
    since.update(member=from_id)
    mine, theirs = before["mine"], before["theirs"]
    if theirs is not None:
        net = back["net"] or 0
        theirs = theirs | {
            "purchase_count": max(theirs["purchase_count"] - back["voids"], 0),
            "spend_minor": theirs["spend_minor"] - net,
            "returned_minor": theirs["returned_minor"] + net,
        }
        PurchaseSummary.objects.update_or_create(member_id=from_id, defaults=theirs)
        with connection.cursor() as cursor:
            cursor.execute(
                _SUMMARY_BACK,
                {
                    "member": to_id,
                    "count": theirs["purchase_count"],
                    "spend": theirs["spend_minor"],
                    "returned": theirs["returned_minor"],
                    "first": mine["first_at"] if mine else None,
                    "last": mine["last_at"] if mine else None,
                    "store": mine["last_store_id"] if mine else None,
                },
            )


def move_presented(*, from_id: int, to_id: int) -> list[int]:
    """What one member presented for somebody else, another presented from now on; the ids of the receipts."""
    presented = Purchase.objects.filter(presented_by=from_id)
    ids = list(presented.order_by("id").values_list("pk", flat=True))
    presented.update(presented_by=to_id)
    return ids


def give_presented_back(purchase_ids: Sequence[int], *, to_id: int) -> None:
    """Undo `move_presented`."""
    Purchase.objects.filter(pk__in=purchase_ids).update(presented_by=to_id)


def _sums(row: PurchaseSummary | None) -> dict[str, Any] | None:
    """A summary as JSON can keep it."""
    if row is None:
        return None
    return {
        "purchase_count": row.purchase_count,
        "spend_minor": row.spend_minor,
        "returned_minor": row.returned_minor,
        "first_at": row.first_at.isoformat() if row.first_at else None,
        "last_at": row.last_at.isoformat() if row.last_at else None,
        "last_store_id": row.last_store_id,
    }
