"""Who calls the API: a terminal, by its bearer token."""

from __future__ import annotations

from typing import override

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class TerminalAuthentication(BaseAuthentication):
    @override
    def authenticate(self, request: Request) -> None:
        return None
