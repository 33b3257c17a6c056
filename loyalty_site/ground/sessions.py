"""When the password was last given in a session: noted at the log-in, looked at before what asks for it again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

GIVEN_AT = "password_given_at"


def note_login(sender: Any, request: HttpRequest, user: Any, **_more: Any) -> None:
    """Django's own signal: whoever has just logged in has just given the password (ADR 0005)."""
    note_password(request)


def note_password(request: HttpRequest) -> None:
    """It was given just now."""
    request.session[GIVEN_AT] = int(timezone.now().timestamp())


def is_password_fresh(request: HttpRequest, *, minutes: int) -> bool:
    """Whether it was given in this session in the last so many minutes."""
    age = timezone.now().timestamp() - request.session.get(GIVEN_AT, 0)
    return 0 <= age < minutes * 60
