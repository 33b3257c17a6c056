"""Who asks."""

from __future__ import annotations

from django.http import HttpRequest

from loyalty_site.ground.policy import Principal


def principal_of(request: HttpRequest) -> Principal:
    """Who asks, as loyalty_site.middleware found out."""
    principal: Principal = request.principal  # type: ignore[attr-defined]  # set by our middleware
    return principal
