"""Enrolling a member from the till."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from programs.api import schema
from programs.api.answers import enrol_answer
from programs.api.members import till_of
from programs.api.once import WriteView, run_once
from programs.api.operation_serializers import NewMemberAnswerSerializer, NewMemberRequestSerializer
from programs.api.reading import read_body
from programs.api.sales import occurred_at
from programs.queries.company import default_region
from programs.services.cashiers import cashier_for
from programs.services.enrolment import EnrolOrder, enrol_at_till

KEYS = ("phone", "card", "code", "email")


class NewMemberView(WriteView):
    """Make somebody a member: a phone (or card, code, e-mail) and their consent are enough."""

    @extend_schema(
        operation_id="enrol_member",
        summary="Enrol a member",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=NewMemberRequestSerializer,
        responses={201: NewMemberAnswerSerializer} | schema.problems(404, 409, 429),
        examples=[schema.NEW_MEMBER_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        data = read_body(NewMemberRequestSerializer, request.data)
        now = timezone.now()
        till = till_of(request)
        order = EnrolOrder(
            till=till,
            keys=tuple((kind, data[kind]) for kind in KEYS if kind in data),
            consents=tuple((consent["purpose"], consent["channel"]) for consent in data["consents"]),
            region=default_region(),
            name=data["name"],
            language=data["language"],
            cashier_number=cashier_for(till, data["cashier"]),
            fields=data["own_fields"],
            agreed_at=occurred_at(data, now) if "occurred_at" in data else None,
        )
        return run_once(
            request, "members", now=now, run=lambda: (201, json.dumps(enrol_answer(enrol_at_till(order, now=now))))
        )
