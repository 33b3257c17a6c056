"""A till's own token: enrolling gives one, rotating replaces it.

Neither answer is kept for a repeat, as those of other writes are: a token must not lie in a table.
"""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from programs.api import schema
from programs.api.fields import StrictSerializer
from programs.api.members import till_of
from programs.api.reading import read_body
from programs.api.serializers import EnrolAnswerSerializer, EnrolRequestSerializer, RotateAnswerSerializer
from programs.services.tills import enrol_terminal, rotate_token


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


class RotateRequestSerializer(StrictSerializer):
    """Nothing: the token in use says which terminal it is."""


class RotateTokenView(APIView):
    """A new token for this terminal. The old one ends when the new one is first used; a lost answer is asked for anew."""

    @extend_schema(
        operation_id="rotate_token",
        summary="Replace the terminal's token",
        request=RotateRequestSerializer,
        responses={200: RotateAnswerSerializer} | schema.problems(),
        examples=[schema.ROTATE_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        read_body(RotateRequestSerializer, request.data)
        return Response({"token": rotate_token(till=till_of(request), now=timezone.now())})
