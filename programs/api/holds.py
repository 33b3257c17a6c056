"""Holds: a basket with points and coupons set aside, then committed or released."""

from __future__ import annotations

import json
import uuid

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from programs.api import schema
from programs.api.answers import hold_answer, release_answer, sale_answer
from programs.api.members import misses_counted, till_of
from programs.api.once import PROOFS, WriteView, run_once
from programs.api.operation_serializers import (
    CommitRequestSerializer,
    HoldAnswerSerializer,
    HoldRequestSerializer,
    ReleaseAnswerSerializer,
    ReleaseRequestSerializer,
)
from programs.api.reading import read_body
from programs.api.sales import occurred_at, sale_order
from programs.api.serializers import SaleAnswerSerializer
from programs.errors import HoldNotFound
from programs.services.cashiers import cashier_for
from programs.services.holds import CommitOrder, commit_hold, place_hold, release_hold


class HoldView(WriteView):
    """Set points and coupons aside for a basket that is not paid yet."""

    @extend_schema(
        operation_id="hold",
        summary="Hold a basket",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=HoldRequestSerializer,
        responses={201: HoldAnswerSerializer} | schema.problems(404, 409, 429),
        examples=[schema.HOLD_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        data = read_body(HoldRequestSerializer, request.data)
        now = timezone.now()
        order = sale_order(till_of(request), data, now)

        def run() -> tuple[int, str]:
            with misses_counted(order.member, order.till, now=now):
                placed = place_hold(order, minutes=data.get("minutes"), reference=data["reference"], now=now)
            return 201, json.dumps(hold_answer(placed))

        return run_once(request, "holds", now=now, run=run, secrets=PROOFS)


class CommitView(WriteView):
    """Book the sale of a hold: exactly what it promised."""

    @extend_schema(
        operation_id="commit_hold",
        summary="Commit a hold",
        parameters=[schema.HOLD_ID, schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=CommitRequestSerializer,
        responses={201: SaleAnswerSerializer} | schema.problems(404, 409),
        examples=[schema.COMMIT_EXAMPLE],
    )
    def post(self, request: Request, hold_id: str) -> HttpResponse:
        data = read_body(CommitRequestSerializer, request.data)
        now = timezone.now()
        till = till_of(request)
        order = CommitOrder(
            till=till,
            hold_id=_hold_id(hold_id),
            receipt_number=data["receipt_number"],
            occurred_at=occurred_at(data, now),
            cashier_number=cashier_for(till, data["cashier"]),
            register=data["register"],
        )
        return run_once(
            request,
            f"holds/{order.hold_id}/commit",
            now=now,
            run=lambda: (201, json.dumps(sale_answer(commit_hold(order, now=now)))),
        )


class ReleaseView(WriteView):
    """Give back what a hold keeps."""

    @extend_schema(
        operation_id="release_hold",
        summary="Release a hold",
        parameters=[schema.HOLD_ID, schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=ReleaseRequestSerializer,
        responses={200: ReleaseAnswerSerializer} | schema.problems(404, 409),
        examples=[schema.RELEASE_EXAMPLE],
    )
    def post(self, request: Request, hold_id: str) -> HttpResponse:
        read_body(ReleaseRequestSerializer, request.data)
        now = timezone.now()
        till, found = till_of(request), _hold_id(hold_id)
        return run_once(
            request,
            f"holds/{found}/release",
            now=now,
            run=lambda: (200, json.dumps(release_answer(release_hold(till=till, hold_id=found, now=now)))),
        )


def _hold_id(text: str) -> str:
    """The id in the address, in its one spelling. What is no id is nobody's hold."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise HoldNotFound from error
