"""What every API endpoint shares: the policy as a DRF permission, a parser that takes JSON at its word, and refusals
as problem+json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, override

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission

from loyalty_site.ground import policy
from loyalty_site.ground.errors import Conflict, DomainError, ForbiddenByPolicy, Invalid, NotFound, TooMany

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView  # importing it here would import us again: DRF's settings name us


TYPE_PREFIX = "https://regulars.example/errors/"
PROBLEM_TYPE = "application/problem+json"
BODY_MAX_BYTES = 2 * 1024 * 1024


class PolicyPermission(BasePermission):
    """Asks the policy about the URL's name. A URL it does not know is closed."""

    @override
    def has_permission(self, request: Request, view: APIView) -> bool:
        match = request.resolver_match
        principal = getattr(request.auth, "principal", policy.ANONYMOUS)
        return match is not None and policy.may_open(principal, match.view_name)


class StrictJSONParser(BaseParser):
    """JSON, in UTF-8, with no key twice in an object, no NaN, no NUL, and at most BODY_MAX_BYTES long."""

    media_type = "application/json"

    @override
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(BODY_MAX_BYTES + 1)
        if len(raw) > BODY_MAX_BYTES:
            raise ParseError(_("The body is larger than 2 MB."))
        try:
            text = raw.decode("utf-8")
            if "\\u0000" in text:
                raise ValueError("a NUL character")
            return json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not valid JSON. Check its syntax.")) from error


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """The body of an error: RFC 9457 members, our `code` beside them, and data of the refusal."""
    return {"type": TYPE_PREFIX + code, "title": detail, "status": status, "code": code, **more}


def status_of(error: DomainError) -> int:
    """404, 409, 400, 403, 429 or 422, by the family of the refusal."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Conflict):
        return 409
    if isinstance(error, Invalid):
        return 400
    if isinstance(error, ForbiddenByPolicy):
        return 403
    if isinstance(error, TooMany):
        return 429
    return 422


def domain_problem(error: DomainError) -> tuple[int, dict[str, Any]]:
    """(status, body) of a refusal, its sentence in the active language."""
    status = status_of(error)
    context = {
        key: value if isinstance(value, int | bool | list) else str(value) for key, value in error.context.items()
    }
    return status, problem(status, error.code, error.message(_), **({"context": context} if context else {}))
