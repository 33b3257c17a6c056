"""The shell of every page that the public opens by a link in a message: no session, no cookie, no script, no stranger.

Such a link is personal, so nothing on the way may keep, index or pass it on. Pages are rendered without the
request: a context processor would open the reader's session.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone, translation

from loyalty_site.ground.models import Company

logger = logging.getLogger(__name__)

# Each waits as long as the database's lock_timeout, two seconds.
ATTEMPTS = 3
HEADERS = {
    # No script at all, nothing from elsewhere, and no frame around a button that changes a consent.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """A link that shows the same page in another language."""

    code: str
    name: str
    query: str
    is_current: bool


def language_of(request: HttpRequest, default: str) -> str:
    """The language asked for by ?lang= (or the form's field of that name), else `default`, else the first we speak."""
    known = dict(settings.LANGUAGES)
    asked = request.POST.get("lang", "") or request.GET.get("lang", "")
    return asked if asked in known else default if default in known else settings.LANGUAGE_CODE


def language_of_stranger(request: HttpRequest) -> str:
    """For links that lead to nobody we know: what was asked for, else what the browser prefers."""
    return language_of(request, translation.get_language_from_request(request))


def address_of(request: HttpRequest | None) -> str:
    """Where a request comes from. Behind our own proxy (HTTPS=1) that is what the proxy put last; what stands before it
    in the header is anybody's."""
    if request is None:
        return ""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def public_page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, language: str, status: int = 200
) -> HttpResponse:
    """The page in `language`, with the headers above. Call it inside translation.override(language) when `context`
    holds translated words. The template gets `company` and `languages` besides the context."""
    company = Company.objects.first()
    zone = ZoneInfo(company.time_zone) if company else dt.UTC
    with translation.override(language), timezone.override(zone):
        shared = {
            "company": company,
            "LANGUAGE_CODE": language,
            "LANGUAGE_BIDI": translation.get_language_bidi(),
            "languages": _choices(request, language),
        }
        body = render_to_string(template, {**shared, **context})
    response = HttpResponse(body, status=status)
    response["Content-Language"] = language
    return guarded(response)


def patient(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that waits for a row somebody holds: it is tried again, and says 503 "in a moment" in the end.

    A mail program that sends an unsubscription asks once. The view must be harmless to repeat, as one service in
    one transaction is.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        for _attempt in range(ATTEMPTS):
            try:
                return view(request, *args, **kwargs)
            except OperationalError as error:
                logger.warning("a public page had to wait: %s", type(error.__cause__).__name__)
        language = language_of_stranger(request)
        with translation.override(language):
            # Without a question to the database, which may be what is missing.
            direction = {"LANGUAGE_CODE": language, "LANGUAGE_BIDI": translation.get_language_bidi()}
            response = HttpResponse(render_to_string("public/busy.html", direction), status=503)
        response["Retry-After"] = "5"
        return guarded(response)

    return wrapped


def guarded[Response: HttpResponseBase](response: Response) -> Response:
    """The same answer with the headers that keep a personal link personal."""
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _choices(request: HttpRequest, language: str) -> list[LanguageChoice]:
    """Each language in its own name and letters; what else the address asked for is kept."""
    kept = {name: value for name, value in request.GET.items() if name != "lang"}
    return [
        LanguageChoice(
            code=code,
            name=translation.get_language_info(code)["name_local"].capitalize(),
            query="?" + urlencode({**kept, "lang": code}),
            is_current=code == language,
        )
        for code, _name in settings.LANGUAGES
    ]
