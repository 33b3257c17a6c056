"""Pages that need more than one app: the way in, the health check, and the Today page's figures."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect


def home(request: HttpRequest) -> HttpResponse:
    """The front door leads to the back office."""
    return redirect("admin:index")


def health(request: HttpRequest) -> JsonResponse:
    """For supervisors and load balancers: the web answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def today_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's dashboard callback: what the Today page shows."""
    return context
