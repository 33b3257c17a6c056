"""Enrolling a till: the one write that needs no token, because it gives one."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from programs.api import schema
from programs.api.reading import read_body
from programs.api.serializers import EnrolAnswerSerializer, EnrolRequestSerializer
from programs.services.tills import enrol_terminal


class EnrolTerminalView(APIView):
    """Trade a single-use code for the terminal's token."""

    authentication_classes: list[type] = []

    @extend_schema(
        operation_id="enrol_terminal",
        summary="Enrol a terminal",
        auth=[],
        request=EnrolRequestSerializer,
        responses={201: EnrolAnswerSerializer} | schema.problems(),
        examples=[schema.ENROL_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        data = read_body(EnrolRequestSerializer, request.data)
        terminal, token = enrol_terminal(**data, now=timezone.now())
        return Response(
            {"token": token, "terminal": terminal.name, "store": terminal.store.name, "register": terminal.register},
            status=201,
        )
