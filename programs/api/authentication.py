"""Who calls the API: a terminal, by its bearer token. One query brings the terminal, its store and the company."""

from __future__ import annotations

from typing import override

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from programs.services.tills import Till, till_by_token


class TerminalAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`. request.auth becomes the Till; there is no Django user."""

    @override
    def authenticate(self, request: Request) -> tuple[None, Till] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer" or not token:
            return None
        version = request.headers.get("X-Till-Version") or request.headers.get("User-Agent", "")
        till = till_by_token(token.decode("latin-1").strip(), version=version, now=timezone.now())
        if till is None:
            raise AuthenticationFailed("The token is wrong, replaced or revoked. Enrol the terminal again.")
        return None, till

    @override
    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TerminalTokenScheme(OpenApiAuthenticationExtension):
    """Tells the schema how a terminal signs in."""

    target_class = "programs.api.authentication.TerminalAuthentication"
    name = "terminalToken"

    @override
    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token that enrolling the terminal gave."}
