"""Cashiers at the till: signing in and out with a PIN."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from programs.api import schema
from programs.api.members import till_of
from programs.api.once import PROOFS, WriteView, run_once
from programs.api.serializers import (
    SignInAnswerSerializer,
    SignInRequestSerializer,
    SignOutAnswerSerializer,
    SignOutRequestSerializer,
)
from programs.services.cashiers import sign_in, sign_out


class SignInView(WriteView):
    """Begin a cashier's shift at this terminal; whoever was signed in before is signed out."""

    @extend_schema(
        operation_id="cashier_sign_in",
        summary="Sign a cashier in",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=SignInRequestSerializer,
        responses={200: SignInAnswerSerializer} | schema.problems(409),
        examples=[schema.SIGN_IN_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        serializer = SignInRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        now, till = timezone.now(), till_of(request)

        def run() -> tuple[int, str]:
            cashier = sign_in(till=till, **serializer.validated_data, now=now)
            return 200, json.dumps({"cashier": {"number": cashier.number, "name": cashier.name}})

        return run_once(request, "cashiers/sign-in", now=now, run=run, secrets=PROOFS)


class SignOutView(WriteView):
    """End the shift at this terminal."""

    @extend_schema(
        operation_id="cashier_sign_out",
        summary="Sign the cashier out",
        parameters=[schema.IDEMPOTENCY_KEY],
        request=SignOutRequestSerializer,
        responses={200: SignOutAnswerSerializer} | schema.problems(409),
        examples=[schema.SIGN_OUT_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        serializer = SignOutRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        now, till = timezone.now(), till_of(request)
        return run_once(
            request,
            "cashiers/sign-out",
            now=now,
            run=lambda: (200, json.dumps({"signed_out": sign_out(till=till, now=now)})),
        )
