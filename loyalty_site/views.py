"""Pages that need more than one app: the way in, the health check, and the Today page."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext

from loyalty_site.today import today_page


def home(request: HttpRequest) -> HttpResponse:
    """The front door leads to the back office."""
    return redirect("admin:index")


def health(request: HttpRequest) -> JsonResponse:
    """For supervisors and load balancers: the web answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def today_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's dashboard callback: what the Today page shows to the person who asks."""
    principal = request.principal  # type: ignore[attr-defined]  # set by our middleware
    return {**context, **today_page(principal, now=timezone.now()), "title": gettext("Today")}
