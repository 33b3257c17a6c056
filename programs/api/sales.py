"""Quote, sale and return: translate in, one call, translate out."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_site.ground.errors import ForbiddenByPolicy
from programs.api import schema
from programs.api.answers import loose_answer, return_answer, sale_answer
from programs.api.members import member_key, misses_counted, till_of
from programs.api.once import PROOFS, WriteView, run_once
from programs.api.operation_serializers import LooseReturnRequestSerializer, VoidRequestSerializer
from programs.api.reading import read_body
from programs.api.serializers import (
    QuoteRequestSerializer,
    ReturnAnswerSerializer,
    ReturnRequestSerializer,
    SaleAnswerSerializer,
    SaleRequestSerializer,
)
from programs.errors import TimeImplausible
from programs.services.cashiers import cashier_for
from programs.services.returns import ReturnedPiece, ReturnOrder, take_back
from programs.services.sales import OrderLine, SaleOrder, quote, sell
from programs.services.tills import Till
from programs.services.unreceipted import LooseLine, LooseOrder, take_back_without_receipt
from programs.services.voids import void_sale

OLDEST = dt.timedelta(days=7)
AHEAD = dt.timedelta(minutes=10)


class QuoteView(APIView):
    """What a basket would earn and what points may pay. Changes nothing."""

    @extend_schema(
        operation_id="quote",
        summary="Quote a basket",
        parameters=[schema.LANGUAGE],
        request=QuoteRequestSerializer,
        responses={200: SaleAnswerSerializer} | schema.problems(404, 429),
        examples=[schema.QUOTE_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        data = read_body(QuoteRequestSerializer, request.data)
        now = timezone.now()
        order = sale_order(till_of(request), data, now)
        with misses_counted(order.member, order.till, now=now):
            quoted = quote(order, now=now)
        return Response(sale_answer(quoted))


class SaleView(WriteView):
    """Book a sale, with or without a member, with or without points as payment."""

    @extend_schema(
        operation_id="sell",
        summary="Book a sale",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=SaleRequestSerializer,
        responses={201: SaleAnswerSerializer} | schema.problems(404, 409, 429),
        examples=[schema.SALE_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        data = read_body(SaleRequestSerializer, request.data)
        now = timezone.now()
        order = sale_order(till_of(request), data, now)

        def run() -> tuple[int, str]:
            with misses_counted(order.member, order.till, now=now):
                return 201, json.dumps(sale_answer(sell(order, now=now)))

        return run_once(request, "sales", now=now, run=run, secrets=PROOFS)


class ReturnView(WriteView):
    """Take goods back, by line and quantity, with exactly the points of those pieces.

    Without `sale` it is a return without the receipt, if the programme takes goods back so: up to a sum, taking back
    what such lines would earn today.
    """

    @extend_schema(
        operation_id="return_goods",
        summary="Take goods back",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=PolymorphicProxySerializer(
            component_name="AnyReturnRequest",
            serializers=[ReturnRequestSerializer, LooseReturnRequestSerializer],
            resource_type_field_name=None,
        ),
        responses={201: ReturnAnswerSerializer} | schema.problems(404, 409, 429),
        examples=[schema.RETURN_EXAMPLE, schema.LOOSE_RETURN_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        if isinstance(request.data, dict) and "member" in request.data and "sale" not in request.data:
            return self._without_receipt(request)
        data = read_body(ReturnRequestSerializer, request.data)
        now = timezone.now()
        order = return_order(till_of(request), data, now)
        return run_once(
            request, "returns", now=now, run=lambda: (201, json.dumps(return_answer(take_back(order, now=now))))
        )

    def _without_receipt(self, request: Request) -> HttpResponse:
        data = read_body(LooseReturnRequestSerializer, request.data)
        now = timezone.now()
        till = till_of(request)
        order = LooseOrder(
            till=till,
            receipt_number=data["receipt_number"],
            occurred_at=occurred_at(data, now),
            member=member_key(data["member"], till, now=now),
            lines=tuple(LooseLine(**line) for line in data["lines"]),
            cashier_number=cashier_for(till, data["cashier"]),
            register=data["register"],
        )

        def run() -> tuple[int, str]:
            with misses_counted(order.member, till, now=now):
                return 201, json.dumps(loose_answer(take_back_without_receipt(order, now=now)))

        return run_once(request, "returns", now=now, run=run)


class VoidView(WriteView):
    """Cancel a sale of today: everything that is left of it comes back, its coupons too."""

    @extend_schema(
        operation_id="void_sale",
        summary="Cancel a sale",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=VoidRequestSerializer,
        responses={201: ReturnAnswerSerializer} | schema.problems(404, 409),
        examples=[schema.VOID_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        data = read_body(VoidRequestSerializer, request.data)
        now = timezone.now()
        order = return_order(till_of(request), data, now)
        return run_once(
            request, "sales/void", now=now, run=lambda: (201, json.dumps(return_answer(void_sale(order, now=now))))
        )


def occurred_at(data: dict[str, Any], now: dt.datetime) -> dt.datetime:
    """The till's claim of the time, within the window in which it may choose the rules."""
    claimed: dt.datetime = data.get("occurred_at", now)
    if not now - OLDEST <= claimed <= now + AHEAD:
        raise TimeImplausible(days=OLDEST.days)
    return claimed


def sale_order(till: Till, data: dict[str, Any], now: dt.datetime) -> SaleOrder:
    if (data["redeem_points"] or data["rewards"]) and "redeem" not in till.scopes:
        raise ForbiddenByPolicy
    return SaleOrder(
        till=till,
        receipt_number=data.get("receipt_number", ""),
        occurred_at=occurred_at(data, now),
        lines=tuple(OrderLine(**line) for line in data["lines"]),
        member=member_key(data["member"], till, now=now) if "member" in data else None,
        redeem=data["redeem_points"],
        rewards=tuple(data["rewards"]),
        cashier_number=_cashier(till, data),
        register=data.get("register", ""),
        coupons=tuple(data.get("coupons", ())),
        payments=tuple(data["payments"]),
        pin=data.get("pin", ""),
        code=data.get("code", ""),
    )


def _cashier(till: Till, data: dict[str, Any]) -> str:
    """The cashier of a body; what is only asked, such as what a basket would earn, needs none."""
    if "cashier" in data:
        return cashier_for(till, data["cashier"])
    return till.cashier.number if till.cashier else ""


def return_order(till: Till, data: dict[str, Any], now: dt.datetime) -> ReturnOrder:
    """What a body asks to take back; one that only asks what there is names no receipt and needs no cashier."""
    sale = data["sale"]
    return ReturnOrder(
        till=till,
        receipt_number=data.get("receipt_number", ""),
        occurred_at=occurred_at(data, now),
        pieces=tuple(ReturnedPiece(piece["line"], piece["quantity"]) for piece in data.get("lines", ())),
        sale_id=str(sale["id"]) if "id" in sale else None,
        sale_register=sale["register"],
        sale_number=sale.get("receipt_number", ""),
        sale_on=sale.get("business_on"),
        cashier_number=_cashier(till, data),
        register=data.get("register", ""),
    )
