"""What a member says at the till about offers: yes, or no as easily."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from programs.api import answers, schema
from programs.api.members import member_key, shopper_in_front, till_of
from programs.api.once import WriteView, run_once
from programs.api.operation_serializers import WishesAnswerSerializer, WishesRequestSerializer
from programs.api.reading import read_body
from programs.services.cashiers import cashier_for
from programs.services.wishes import WishOrder, note_wishes_at_till


class MemberConsentsView(WriteView):
    """Note what a member allows, with the till and the cashier as its proof. Read them the words first."""

    @extend_schema(
        operation_id="note_consents",
        summary="Note what a member allows",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=WishesRequestSerializer,
        responses={200: WishesAnswerSerializer} | schema.problems(404, 409, 429),
        examples=[schema.WISHES_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        data = read_body(WishesRequestSerializer, request.data)
        now, till = timezone.now(), till_of(request)
        key = member_key(data["member"], till, now=now)
        cashier = cashier_for(till, data["cashier"])

        def run() -> tuple[int, str]:
            shopper = shopper_in_front(key, till, now=now)
            offers = {one["channel"]: one["allowed"] for one in data["offers"]}
            order = WishOrder(till, shopper, offers, agrees=data["agrees"], cashier_number=cashier)
            allowed = note_wishes_at_till(order, now=now)
            return 200, json.dumps({"member": answers.member(shopper), "offers": allowed})

        return run_once(request, "members/consents", now=now, run=run)
