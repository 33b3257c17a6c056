"""Holds, cancelled sales, offline receipts and coupons of the demonstration, proved over HTTP."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.utils import timezone

from loyalty_site.demo.browser import Browser
from loyalty_site.demo.checking import Checks
from members.models import Notice
from programs.models import Account, Coupon, Hold, OfflineConflict

_BASKET = [{"sku": "866211", "quantity": "2", "amount": "12.00"}, {"sku": "else", "quantity": "1", "amount": "8.00"}]


def prove_operations(checks: Checks, till: Browser) -> None:
    """`till` is enrolled. Leaves the balances it touched as it found them."""
    account = (
        Account.objects.filter(held=0, debt=0, frozen_at=None).order_by("-available", "id").select_related("owner")[3]
    )
    member = {"id": str(account.owner.public_id)}
    _hold(checks, till, member)
    _coupon(checks, till)
    _offline(checks, till, member)
    _notices(checks, till)
    checks.that("the desk has an order on hold", Hold.objects.filter(state="open", reference="WEB-1001").exists())
    checks.that("an evening offline left its conflicts", OfflineConflict.objects.count() >= 2)


def _key() -> str:
    return f"demonstration-{uuid.uuid4()}"


def _spendable(till: Browser, member: dict[str, str]) -> Decimal:
    return Decimal(till.post("/api/v1/lookup", member).json["spendable"])


def _hold(checks: Checks, till: Browser, member: dict[str, str]) -> None:
    before = _spendable(till, member)
    order: dict[str, Any] = {"member": member, "lines": _BASKET, "redeem_points": "100"}
    held = till.post("/api/v1/holds", order | {"reference": "CHECK"}, key=_key())
    checks.that("a basket is held", held.status == 201, held)
    checks.that("its points are set aside", _spendable(till, member) == before - 100)
    path = f"/api/v1/holds/{held.json['hold']['id']}"
    sale = till.post(f"{path}/commit", {"receipt_number": "CHECK-HOLD"}, key=_key())
    checks.that("and it becomes a sale as promised", sale.status == 201 and sale.json["points_redeemed"] == "100", sale)
    checks.that("the answer brings lines for the receipt", sale.json["receipt_texts"], sale)
    late = till.post(f"{path}/commit", {"receipt_number": "CHECK-HOLD-2"}, key=_key())
    checks.that("once", late.status == 409 and late.json["code"] == "hold_committed", late)
    void = till.post("/api/v1/sales/void", {"sale": {"id": sale.json["sale"]}}, key=_key())
    checks.that("the sale is cancelled", void.status == 201, void)
    checks.that("and the balance is what it was", _spendable(till, member) == before)
    other = till.post("/api/v1/holds", order, key=_key())
    gone = till.post(f"/api/v1/holds/{other.json['hold']['id']}/release", {}, key=_key())
    checks.that("a hold is released", gone.status == 200 and _spendable(till, member) == before, gone)


def _coupon(checks: Checks, till: Browser) -> None:
    coupon = Coupon.objects.filter(uses_left__gt=0, member__isnull=False).select_related("member").first()
    used = Coupon.objects.filter(uses_left=0).select_related("member").first()
    checks.that("coupons were given and used", coupon and used)
    assert coupon is not None and coupon.member is not None and used is not None and used.member is not None  # noqa: PT018
    body = {"member": {"id": str(coupon.member.public_id)}, "lines": _BASKET, "coupons": [coupon.code.lower()]}
    quote = till.post("/api/v1/quotes", body)
    checks.that("a coupon takes ten per cent off", quote.status == 200 and quote.json["to_pay"] == "18.00", quote)
    spent = till.post("/api/v1/quotes", body | {"coupons": [used.code]})
    checks.that("a used one is refused in words", spent.status == 422 and spent.json["code"] == "coupon_used", spent)


def _notices(checks: Checks, till: Browser) -> None:
    """Looks only: whoever tries the demonstration finds what there is to say."""
    notice = Notice.objects.filter(is_once=True, done_at=None).select_related("member").first()
    checks.that("the office has something to say", notice)
    assert notice is not None
    looked = till.post("/api/v1/lookup", {"id": str(notice.member.public_id)})
    said = [one["text"] for one in looked.json.get("notices", [])]
    checks.that("the till says it", notice.text in said, looked)
    checks.that("and offers the coupon that is left", looked.json["offers"]["coupons"], looked)


def _offline(checks: Checks, till: Browser, member: dict[str, str]) -> None:
    receipt = {
        "client_id": _key(),
        "kind": "sale",
        "occurred_at": timezone.now().isoformat(),
        "receipt_number": "CHECK-OFFLINE",
        "member": member,
        "lines": _BASKET,
    }
    before = _spendable(till, member)
    first = till.post("/api/v1/offline-batches", {"receipts": [receipt, receipt]})
    checks.that("an offline upload is taken", first.status in {200, 201}, first)
    said = [item["status"] for item in first.json["receipts"]]
    checks.that("the same receipt twice in it is one", said == ["booked", "duplicate"], first)
    once = _spendable(till, member)
    again = till.post("/api/v1/offline-batches", {"receipts": [receipt]})
    checks.that("and uploaded again it is still one", again.json["receipts"][0]["status"] == "duplicate", again)
    checks.that("and earned once", once > before and _spendable(till, member) == once, (before, once))
