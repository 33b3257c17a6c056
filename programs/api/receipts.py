"""Receipts at the till: finding one whose goods come back, and the last ones of this register."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_site.ground.rules.money import plain_text
from programs.api import schema
from programs.api.answers import text
from programs.api.fields import StrictSerializer
from programs.api.members import till_of
from programs.api.reading import read_body
from programs.api.sales import return_order
from programs.api.serializers import PieceSerializer, SaleKeySerializer
from programs.errors import SaleNotFound
from programs.queries.returns import SoldReceipt, see_sale
from programs.queries.till_receipts import TillLine, TillReceipt, newest_receipts, receipt_with_lines
from programs.services.programs import compiled_version
from programs.services.returns import ReturnOrder, pieces_back
from programs.services.tills import Till

RECENT = 20
_BACK = dt.timedelta(days=1)  # today and the day before


class FindReceiptRequestSerializer(StrictSerializer):
    sale = SaleKeySerializer()
    lines = PieceSerializer(  # type: ignore[call-arg]  # many=True takes them
        many=True,
        required=False,
        allow_empty=False,
        max_length=500,
        help_text="Pieces that may come back: `back` says what that would mean. Nothing is booked.",
    )


class ReceiptLineSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField(allow_blank=True, help_text="Empty for an article that is not known.")
    quantity = serializers.CharField()
    amount = serializers.CharField(help_text="What the line cost after the till's discounts, before points.")
    discount = serializers.CharField(help_text="Discounts the till gave.")
    returned = serializers.CharField(help_text="Quantity that has come back already.")
    returnable = serializers.CharField(help_text="Quantity that may still come back.")


class ReceiptHeadSerializer(serializers.Serializer):
    sale = serializers.UUIDField(help_text="The receipt's id, by which returns and cancelling name a sale.")
    receipt_number = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    total = serializers.CharField(help_text="After the till's discounts, before the programme's.")
    is_void = serializers.BooleanField(help_text="A sale that was cancelled, or the receipt that cancelled one.")
    can_void = serializers.BooleanField(help_text="A sale of today that has not come back whole can be cancelled.")


class BackSerializer(serializers.Serializer):
    total = serializers.CharField(help_text="What the pieces cost before points.")
    refund_money = serializers.CharField(help_text="What would go back as money.")
    points_given_back = serializers.CharField(help_text="Points that had paid for the pieces.")
    points_taken_back = serializers.CharField(help_text="Points that the pieces had earned.")


class FoundReceiptSerializer(ReceiptHeadSerializer):
    register = serializers.CharField(allow_blank=True)
    business_on = serializers.DateField()
    currency = serializers.CharField()
    to_pay = serializers.CharField(help_text="What was paid in money.")
    has_member = serializers.BooleanField(help_text="Whether there was a member; never who.")
    lines = ReceiptLineSerializer(many=True)
    back = BackSerializer(required=False, help_text="What the asked pieces would bring back.")


class RecentReceiptSerializer(ReceiptHeadSerializer):
    kind = serializers.ChoiceField(choices=["sale", "return"])


EXAMPLE = OpenApiExample(
    "a customer brings something back",
    value={"sale": {"receipt_number": "000123", "business_on": "2026-03-10"}},
    request_only=True,
)


class FindReceiptView(APIView):
    """What is on a receipt, and how much of each line may still come back. Finds what `POST /returns` would find."""

    @extend_schema(
        operation_id="find_receipt",
        summary="Find a receipt",
        parameters=[schema.LANGUAGE],
        request=FindReceiptRequestSerializer,
        responses={200: FoundReceiptSerializer} | schema.problems(404),
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        data = read_body(FindReceiptRequestSerializer, request.data)
        now, till = timezone.now(), till_of(request)
        order = return_order(till, data, now)
        seen = see_sale(order.sale_named)
        if seen is None:
            raise SaleNotFound
        receipt, lines = receipt_with_lines(seen.purchase_id)
        exponent = _exponent(receipt, till)
        return Response(
            {
                **_head(receipt, exponent, today=_today(till, now)),
                "register": receipt.register,
                "business_on": receipt.business_on.isoformat(),
                "currency": receipt.currency,
                "to_pay": text(receipt.to_pay, exponent),
                "has_member": receipt.has_member,
                "lines": [_line(line, exponent) for line in lines],
                **({"back": _back(order, seen, exponent)} if "lines" in data else {}),
            }
        )


class RecentReceiptsView(APIView):
    """The newest sales and returns of this terminal's register, of today and yesterday."""

    @extend_schema(
        operation_id="recent_receipts",
        summary="The last receipts of this register",
        parameters=[schema.LANGUAGE],
        responses={200: RecentReceiptSerializer(many=True)} | schema.problems(),
    )
    def get(self, request: Request) -> Response:
        till = till_of(request)
        today = _today(till, timezone.now())
        receipts = newest_receipts(store_id=till.store_id, register=till.register, since=today - _BACK, most=RECENT)
        return Response([_head(one, _exponent(one, till), today=today) | {"kind": one.kind} for one in receipts])


def _today(till: Till, now: dt.datetime) -> dt.date:
    return now.astimezone(ZoneInfo(till.zone)).date()


def _exponent(receipt: TillReceipt, till: Till) -> int:
    return compiled_version(receipt.version_id).currency_exponent if receipt.version_id else till.currency_exponent


def _head(receipt: TillReceipt, exponent: int, *, today: dt.date) -> dict[str, Any]:
    return {
        "sale": receipt.public_id,
        "receipt_number": receipt.receipt_number,
        "occurred_at": receipt.occurred_at.isoformat(),
        "total": text(receipt.total, exponent),
        "is_void": receipt.is_void,
        "can_void": receipt.can_void(today),
    }


def _line(line: TillLine, exponent: int) -> dict[str, Any]:
    return {
        "line": line.position,
        "sku": line.sku,
        "name": line.name,
        "quantity": plain_text(line.quantity),
        "amount": text(line.amount, exponent),
        "discount": text(line.discount, exponent),
        "returned": plain_text(line.returned),
        "returnable": plain_text(line.quantity - line.returned),
    }


def _back(order: ReturnOrder, sale: SoldReceipt, exponent: int) -> dict[str, Any]:
    """What returning the pieces of `order` now would mean. Raises what the return would be refused with."""
    lines, _ = pieces_back(order, sale)
    decimals = compiled_version(sale.version_id).point_decimals if sale.version_id else 0
    has_points = sale.account_id is not None
    return {
        "total": text(sum(line.amount for line in lines), exponent),
        "refund_money": text(sum(line.refund for line in lines), exponent),
        "points_given_back": text(sum(line.points_redeemed for line in lines) if has_points else 0, decimals),
        "points_taken_back": text(sum(line.points for line in lines) if has_points else 0, decimals),
    }
