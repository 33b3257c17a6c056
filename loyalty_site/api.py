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

from loyalty_site.ground.api import PROBLEM_TYPE, domain_problem, problem
from loyalty_site.ground.errors import DomainError


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None (an unexpected error) lets Django answer 500 and log it."""
    headers: dict[str, str] = {}
    if isinstance(error, DomainError):
        status, body = domain_problem(error)
        if status == 409:
            headers["Retry-After"] = "1"
        if status == 429:
            headers["Retry-After"] = str(error.context["seconds"])
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
