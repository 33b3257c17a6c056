"""The password again, before what a screen left open must not do: policy.asks_password says before which pages (R47).

What was being sent waits inside the page that asks: the right password sends it on as it was, and nothing is typed twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget

from loyalty_site.ground import policy
from loyalty_site.ground.admin import principal_of
from loyalty_site.ground.models import User
from loyalty_site.ground.public import address_of
from loyalty_site.ground.services import count
from loyalty_site.ground.services.login import confirm_password
from loyalty_site.ground.sessions import is_password_fresh, note_password
from loyalty_site.login import too_many_tries

FIELD, METHOD, BACK = "confirm_password", "confirm_method", "confirm_back"
AT_SCALE_WINDOW = dt.timedelta(hours=1)


class PasswordForm(forms.Form):
    """One field, named so that it meets no field of the page behind it."""

    confirm_password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class PasswordAgainMiddleware:
    """Asks where the policy says so, unless the password was given in this session a few minutes ago."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """None lets the request go on to its page."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        guard = policy.asks_password(route)
        if guard is None or not policy.may_open(principal_of(request), route):
            return None  # the page itself refuses those who may not
        if FIELD in request.POST:
            return _answered(request, route)
        method = "GET" if request.method == "HEAD" else request.method
        if (
            method != guard.method
            or is_password_fresh(request, minutes=settings.PASSWORD_MINUTES)
            or not _is_at_scale(request, route, guard.after)
        ):
            return None
        return _page(request, PasswordForm(), method)


def _answered(request: HttpRequest, route: str) -> HttpResponse | None:
    """The page that asks was sent: on with what waits in it, or once more."""
    given, rest = request.POST[FIELD], request.POST.copy()
    method, back = "GET" if rest.get(METHOD) == "GET" else "POST", rest.get(BACK, "")
    for name in (FIELD, METHOD, BACK):
        rest.pop(name, None)
    request.POST = rest  # type: ignore[assignment]  # as it would have come without us
    form = PasswordForm({FIELD: given})
    if not form.is_valid():
        return _page(request, form, method, back)
    person, now = request.user, timezone.now()
    assert isinstance(person, User)  # the policy let only staff get here
    found = confirm_password(
        person=person, password=given, address=address_of(request), before=route, actor=principal_of(request), now=now
    )
    if found.wait:
        form.add_error(FIELD, too_many_tries(found.wait))
    elif not found.is_right:
        form.add_error(FIELD, gettext("This is not your password. Nothing has happened yet."))
    if form.errors:
        return _page(request, form, method, back)
    note_password(request)
    return _on_its_way(request, back) if method == "GET" else None


def _on_its_way(request: HttpRequest, back: str) -> HttpResponse:
    """What a link asked for, most often a file: the browser fetches it and stays here, so that here is the way back."""
    context = {
        **admin.site.each_context(request),
        "title": gettext("Thank you"),
        "url": request.get_full_path(),
        "back_url": _back(request, back),
    }
    response = TemplateResponse(request, "loyalty_site/password_right.html", context)
    response["Cache-Control"] = "no-store"
    return response.render()


def _back(request: HttpRequest, back: str) -> str:
    """The page somebody came from when it is one of ours, and Today when it is not."""
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if is_ours else reverse("admin:index")


def _is_at_scale(request: HttpRequest, route: str, after: int) -> bool:
    """Whether this is more than `after` of the kind within the hour; 0 means that the first one asks."""
    if not after:
        return True
    now = timezone.now()
    return count(name="at_scale", subject=f"{route}:{request.user.pk}", window=AT_SCALE_WINDOW, by=1, now=now) > after


def _page(request: HttpRequest, form: PasswordForm, method: str | None, back: str | None = None) -> HttpResponse:
    waiting = [
        (name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values
    ]
    context = {
        **admin.site.each_context(request),
        "title": gettext("Type your password again"),
        "form": form,
        "waiting": waiting,
        "method": method,
        "minutes": settings.PASSWORD_MINUTES,
        "action": request.get_full_path(),
        "back_url": _back(request, request.headers.get("Referer", "") if back is None else back),
    }
    response = TemplateResponse(request, "loyalty_site/password.html", context)
    response["Cache-Control"] = "no-store"
    return response.render()
