"""Pages that need more than one app: the way in, the health check, and the Today page."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views import defaults
from rest_framework.exceptions import NotFound

from loyalty_site.ground.api import PROBLEM_TYPE, problem
from loyalty_site.today import today_page


def home(request: HttpRequest) -> HttpResponse:
    """The front door leads to the back office."""
    return redirect("admin:index")


def health(request: HttpRequest) -> JsonResponse:
    """For supervisors and load balancers: the web answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that nobody has: a problem for tills, a page for people."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    body = problem(404, "not_found", str(NotFound.default_detail))
    return JsonResponse(body, status=404, content_type=PROBLEM_TYPE)


def today_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's dashboard callback: what the Today page shows to the person who asks."""
    principal = request.principal  # type: ignore[attr-defined]  # set by our middleware
    return {**context, **today_page(principal, now=timezone.now()), "title": gettext("Today")}
