"""Confirming a spending: a code sent to the member, and the PIN that they choose by one."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from loyalty_site.ground.rules.money import to_minor
from programs.api import schema
from programs.api.confirming_serializers import (
    PinAnswerSerializer,
    PinRequestSerializer,
    SpendingCodeAnswerSerializer,
    SpendingCodeRequestSerializer,
)
from programs.api.members import member_key, shopper_in_front, till_of
from programs.api.once import PROOFS, WriteView, run_once
from programs.errors import NoActiveProgram, TooFinePoints
from programs.queries.shoppers import Shopper
from programs.services.codes import choose_pin, send_code
from programs.services.programs import compiled_version


class SpendingCodeView(WriteView):
    """Send the member a code of six digits, for one spending at this terminal or for choosing a PIN."""

    @extend_schema(
        operation_id="send_spending_code",
        summary="Send a code for spending",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=SpendingCodeRequestSerializer,
        responses={201: SpendingCodeAnswerSerializer} | schema.problems(404, 409, 429),
        examples=[schema.SPENDING_CODE_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        serializer = SpendingCodeRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        now, till = timezone.now(), till_of(request)
        key = member_key(data["member"], till, now=now)

        def run() -> tuple[int, str]:
            shopper = shopper_in_front(key, till, now=now)
            points = _points(shopper, data["redeem_points"])
            until = send_code(till=till, member_id=shopper.person_id, points=points, now=now)
            return 201, json.dumps({"sent_by": "email", "valid_until": until.isoformat()})

        return run_once(request, "spending-codes", now=now, run=run)


class MemberPinView(WriteView):
    """The member chooses a PIN for spending, proving by a sent code that it is them."""

    @extend_schema(
        operation_id="choose_pin",
        summary="Choose a PIN for spending",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=PinRequestSerializer,
        responses={200: PinAnswerSerializer} | schema.problems(404, 409, 429),
        examples=[schema.PIN_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        serializer = PinRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        now, till = timezone.now(), till_of(request)
        key = member_key(data["member"], till, now=now)

        def run() -> tuple[int, str]:
            member_id = shopper_in_front(key, till, now=now).person_id
            choose_pin(till=till, member_id=member_id, code=data["code"], pin=data["pin"], now=now)
            return 200, json.dumps({"pin_set": True})

        return run_once(request, "members/pin", now=now, run=run, secrets=PROOFS)


def _points(shopper: Shopper, points: Any) -> int:
    if not points:
        return 0
    if shopper.version_id is None:
        raise NoActiveProgram
    try:
        return to_minor(points, compiled_version(shopper.version_id).point_decimals)
    except ValueError as error:
        raise TooFinePoints(field="redeem_points") from error
