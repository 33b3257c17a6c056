"""Who calls the API: a terminal, by its token. One query brings the terminal, its store and the company.

Cash registers send the token themselves. The till page has it in a cookie that no script can read
(docs/adr/0035-the-till-page-has-no-token.md).
"""

from __future__ import annotations

from typing import override

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from programs.services.tills import Till, till_by_token

COOKIE = "till"
# The cookie goes where the API is and nowhere else.
_PATH = "/api/v1/"
# The longest that browsers keep one; each start of the page begins it anew.
_KEPT_SECONDS = 400 * 24 * 3600


class TerminalAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`; without that header the till page's cookie. request.auth becomes the Till; there is
    no Django user."""

    @override
    def authenticate(self, request: Request) -> tuple[None, Till] | None:
        token = _token_sent(request)
        if not token:
            return None
        version = request.headers.get("X-Till-Version") or request.headers.get("User-Agent", "")
        till = till_by_token(token, version=version, now=timezone.now())
        if till is None:
            raise AuthenticationFailed("The token is wrong, replaced or revoked. Enrol the terminal again.")
        return None, till

    @override
    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _token_sent(request: Request) -> str:
    authorization = get_authorization_header(request)
    if authorization:
        scheme, _, token = authorization.partition(b" ")
        return token.decode("latin-1").strip() if scheme.lower() == b"bearer" else ""
    # No page but our own can send this header along with our cookie: a browser asks us first, and we answer nobody.
    return request.COOKIES.get(COOKIE, "") if "X-Till-Version" in request.headers else ""


def set_cookie(answer: HttpResponse, token: str, *, is_secure: bool) -> None:
    """Have the browser keep a terminal's token where no script and no other page gets at it."""
    answer.set_cookie(
        COOKIE, token, max_age=_KEPT_SECONDS, path=_PATH, httponly=True, samesite="Strict", secure=is_secure
    )


def keep_cookie(request: HttpRequest | Request, answer: HttpResponse) -> None:
    """Begin the life of the cookie anew, if the caller came by it."""
    if COOKIE in request.COOKIES and "Authorization" not in request.headers:
        set_cookie(answer, request.COOKIES[COOKIE], is_secure=request.is_secure())


def drop_cookie(answer: HttpResponse) -> None:
    """Have the browser forget the token."""
    answer.delete_cookie(COOKIE, path=_PATH, samesite="Strict")


class TerminalTokenScheme(OpenApiAuthenticationExtension):
    """Tells the schema how a terminal signs in."""

    target_class = "programs.api.authentication.TerminalAuthentication"
    name = "terminalToken"

    @override
    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token that enrolling the terminal gave."}
