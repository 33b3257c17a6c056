"""A device becomes a till, and stops being one: the token lands in a cookie that no script of the page can read
(docs/adr/0035-the-till-page-has-no-token.md)."""

from __future__ import annotations

from typing import override

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from programs.api.authentication import drop_cookie, set_cookie
from programs.api.fields import PlainField, StrictSerializer
from programs.api.reading import read_body
from programs.errors import TillPageOnly
from programs.services.tills import enrol_terminal


class CodeSerializer(StrictSerializer):
    """The code from the back office."""

    code = PlainField(max_length=40)


class NothingSerializer(StrictSerializer):
    """No fields."""


class _OwnPageOnly(APIView):
    """For the till page alone: its header is one that no foreign page can send without asking us first. A foreign page
    must not make somebody's device a till of its own."""

    authentication_classes: list[type] = []

    @override
    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        came_from = request.headers.get("Sec-Fetch-Site", "same-origin")
        if "X-Till-Version" not in request.headers or came_from != "same-origin":
            raise TillPageOnly


class EnrolView(_OwnPageOnly):
    """Trade a single-use code for the cookie."""

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        code = read_body(CodeSerializer, request.data)["code"]
        terminal, token = enrol_terminal(code=code, version=request.headers["X-Till-Version"], now=timezone.now())
        answer = Response({"terminal": terminal.name, "store": terminal.store.name})
        set_cookie(answer, token, is_secure=request.is_secure())
        return answer


class LeaveView(_OwnPageOnly):
    """Forget the cookie. The terminal itself is shut out in the back office, or by its next code."""

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        read_body(NothingSerializer, request.data)
        answer = Response(status=204)
        drop_cookie(answer)
        return answer
