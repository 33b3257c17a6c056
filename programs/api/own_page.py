"""The link to a member's own page, asked for at the counter."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from programs.api import answers, schema
from programs.api.members import member_key, shopper_in_front, till_of
from programs.api.once import PROOFS, WriteView, run_once
from programs.api.operation_serializers import OwnPageAnswerSerializer, OwnPageRequestSerializer
from programs.api.reading import read_body
from programs.services.own_pages import own_page_at_till


class OwnPageView(WriteView):
    """Give a member the link to their own page: for their card, or for their PIN. A phone number is not enough."""

    @extend_schema(
        operation_id="give_own_page",
        summary="Give a member the link to their own page",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=OwnPageRequestSerializer,
        responses={201: OwnPageAnswerSerializer} | schema.problems(404, 409, 429),
        examples=[schema.OWN_PAGE_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        data = read_body(OwnPageRequestSerializer, request.data)
        now, till = timezone.now(), till_of(request)
        key = member_key(data["member"], till, now=now)

        def run() -> tuple[int, str]:
            shopper = shopper_in_front(key, till, now=now)
            address = own_page_at_till(till, shopper, pin=data["pin"], now=now)
            return 201, json.dumps({"member": answers.member(shopper), **answers.own_page(address)})

        return run_once(request, "members/own-page", now=now, run=run, secrets=PROOFS)
