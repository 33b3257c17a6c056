"""Points and purchases of a person, as the person may read them: for the file they download."""

from __future__ import annotations

from typing import Any

from loyalty_site.ground.rules.money import from_minor
from programs.models import (
    Account,
    AccountAccess,
    Adjustment,
    Coupon,
    ImportRow,
    Posting,
    Purchase,
    RuleCounter,
    SpendingPin,
)
from programs.queries.company import company_decimals
from programs.queries.movements import MEMBER_SIDE


def shopping_of(member_id: int) -> dict[str, Any]:
    """Accounts with every movement, receipts with their lines, coupons, rows of imported files; plain values for JSON.
    Points and money are decimal text."""
    accounts = Account.objects.filter(owner=member_id).select_related("program").order_by("id")
    decimals = company_decimals()
    uses = AccountAccess.objects.filter(member=member_id, ended_at__isnull=True).exclude(account__owner=member_id)
    return {
        "accounts": [_account(account) for account in accounts],
        "uses_the_account_of_somebody_else": uses.exists(),
        "receipts": [_receipt(purchase, decimals) for purchase in _purchases(member_id)],
        # Not what was on them: it is the owner's of the card, or the company's.
        "receipts_that_you_presented_for_others": [
            {"store": row.store.name, "day": row.business_on.isoformat(), "number": str(row)}
            for row in Purchase.objects.filter(presented_by=member_id).select_related("store").order_by("id")
        ],
        "coupons": [
            {"code": row.code, "issued": row.issued_at.isoformat(), "uses_left": row.uses_left}
            for row in Coupon.objects.filter(member=member_id).order_by("id")
        ],
        "counted_for_you": [
            {
                "programme": row.program.name,
                "what": row.key,
                "since": row.period_on.isoformat() if row.period_on else None,
                "count": row.amount,
            }
            for row in RuleCounter.objects.filter(member=member_id).select_related("program").order_by("id")
        ],
        "imported_rows": [
            {"file": row.batch.file_name, "line": row.line, "cells": row.raw}
            for row in ImportRow.objects.filter(member=member_id).select_related("batch").order_by("id")
        ],
        "has_a_pin": SpendingPin.objects.filter(member=member_id).exists(),
    }


def _account(account: Account) -> dict[str, Any]:
    decimals = account.program.point_decimals
    return {
        "programme": account.program.name,
        "tier": account.tier_key,
        "spendable": _text(account.available, decimals),
        "not_yet_spendable": _text(account.pending, decimals),
        "held": _text(account.held, decimals),
        "owed": _text(account.debt, decimals),
        "movements": [
            {
                "at": row.transaction.occurred_at.isoformat(),
                "kind": row.transaction.kind,
                "from": row.from_bucket,
                "to": row.to_bucket,
                "points": _text(row.amount, decimals),
                "yours": row.to_bucket in MEMBER_SIDE,
            }
            for row in Posting.objects.filter(account=account).select_related("transaction").order_by("id")
        ],
        "changed_by_hand": [
            {
                "at": row.requested_at.isoformat(),
                "points": _text(row.points, decimals),
                "reason": row.reason,
                "note": row.note,
                "state": row.state,
            }
            for row in Adjustment.objects.filter(account=account).order_by("id")
        ],
    }


def _purchases(member_id: int) -> Any:
    rows = Purchase.objects.filter(member=member_id).select_related("store", "version__program")
    return rows.prefetch_related("lines__product", "benefits").order_by("id")


def _receipt(purchase: Purchase, money: int) -> dict[str, Any]:
    program = purchase.version.program if purchase.version else None
    money, points = (program.currency_exponent, program.point_decimals) if program else (money, 0)
    return {
        "kind": purchase.kind,
        "from_before_the_programme": purchase.is_historic,
        "store": purchase.store.name,
        "day": purchase.business_on.isoformat(),
        "number": str(purchase),
        "currency": purchase.currency,
        "total": _text(purchase.total_minor, money),
        "points_earned": _text(purchase.points_earned, points),
        "points_spent": _text(purchase.points_redeemed, points),
        "lines": [
            {
                "sku": line.sku,
                "article": line.product.name if line.product else "",
                "quantity": f"{line.quantity:f}",
                "amount": _text(line.amount_minor, money),
            }
            for line in purchase.lines.all()
        ],
        "given_besides": [
            {"kind": one.kind, "times": one.times, "details": one.details} for one in purchase.benefits.all()
        ],
    }


def _text(minor: int, decimals: int) -> str:
    return f"{from_minor(minor, decimals):f}"
