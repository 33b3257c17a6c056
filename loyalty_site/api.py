"""Refusals as HTTP: the only place where a DomainError, or DRF's own errors, become a response.

Every error of the API is application/problem+json (RFC 9457) with a stable `type`.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from loyalty_site.ground.errors import Conflict, DomainError, ForbiddenByPolicy, NotFound

TYPE_PREFIX = "https://regulars.example/errors/"
PROBLEM_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """The body of an error: RFC 9457 members, our `code` beside them, and data of the refusal."""
    return {"type": TYPE_PREFIX + code, "title": detail, "status": status, "code": code, **more}


def status_of(error: DomainError) -> int:
    """404, 409, 403 or 422, by the family of the refusal."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Conflict):
        return 409
    if isinstance(error, ForbiddenByPolicy):
        return 403
    return 422


def domain_problem(error: DomainError) -> tuple[int, dict[str, Any]]:
    """(status, body) of a refusal, its sentence in the active language."""
    status = status_of(error)
    context = {
        key: value if isinstance(value, int | bool | list) else str(value) for key, value in error.context.items()
    }
    return status, problem(status, error.code, error.message(_), **({"context": context} if context else {}))


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None (an unexpected error) lets Django answer 500 and log it."""
    headers: dict[str, str] = {}
    if isinstance(error, DomainError):
        status, body = domain_problem(error)
        if status == 409:
            headers["Retry-After"] = "1"
        return Response(body, status=status, content_type=PROBLEM_TYPE, headers=headers)
    if isinstance(error, OperationalError):
        return Response(
            problem(503, "busy", _("The system is busy. Repeat with the same Idempotency-Key.")),
            status=503, content_type=PROBLEM_TYPE, headers={"Retry-After": "1"},
        )  # fmt: skip
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    return _framework_response(error)


_CODES = {400: "invalid_request", 401: "not_authenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
          406: "not_acceptable", 415: "unsupported_media_type", 429: "too_many_requests"}  # fmt: skip


def _framework_response(error: exceptions.APIException) -> Response:
    status = error.status_code
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, exceptions.ValidationError):
        body = problem(status, "invalid_request", _("Some fields are missing or wrong."), fields=error.detail)
    else:
        body = problem(status, _CODES.get(status, "error"), str(error.detail))
    return Response(body, status=status, content_type=PROBLEM_TYPE, headers=headers)
