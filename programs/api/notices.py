"""What the cashier should say to a member: marking it as said."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from members.services import finish_notice
from programs.api import schema
from programs.api.members import member_key, shopper_in_front, till_of
from programs.api.once import WriteView, run_once
from programs.api.operation_serializers import NoticeDoneAnswerSerializer, NoticeDoneRequestSerializer
from programs.api.reading import read_body
from programs.services.cashiers import cashier_for


class NoticeDoneView(WriteView):
    """Mark a notice as said: it is not shown again. Of two tills that say it the first stays noted."""

    @extend_schema(
        operation_id="notice_done",
        summary="Mark a notice as said",
        parameters=[schema.IDEMPOTENCY_KEY, schema.LANGUAGE],
        request=NoticeDoneRequestSerializer,
        responses={200: NoticeDoneAnswerSerializer} | schema.problems(404, 409, 429),
        examples=[schema.NOTICE_DONE_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponse:
        data = read_body(NoticeDoneRequestSerializer, request.data)
        now, till = timezone.now(), till_of(request)
        key = member_key(data["member"], till, now=now)
        cashier = cashier_for(till, data["cashier"])

        def run() -> tuple[int, str]:
            shopper = shopper_in_front(key, till, now=now)
            by = f"{till.label}, cashier {cashier}" if cashier else till.label
            notice = finish_notice(notice_id=data["notice"], member_ids=shopper.told_about, by=by, now=now)
            assert notice.done_at is not None  # it has just been
            return 200, json.dumps({"notice": notice.pk, "said_at": notice.done_at.isoformat()})

        return run_once(request, "notices/done", now=now, run=run)
