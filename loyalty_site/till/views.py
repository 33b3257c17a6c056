"""What a browser gets of the till page: the shell in one language. It holds no data, so a device may keep it."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from loyalty_site.till.words import words_in

# Scripts by nonce only, and none of them may write markup: what a member is called can never become a program.
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types till"
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the page in the language of the browser."""
    return HttpResponseRedirect(
        reverse("till:page", kwargs={"language": translation.get_language_from_request(request)})
    )


@require_safe
def page(request: HttpRequest, language: str) -> HttpResponse:
    """The shell: scripts, style and every word of the page in `language`. The same for everybody."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    nonce = secrets.token_urlsafe(16)
    with translation.override(language):
        context = {
            "LANGUAGE_CODE": language,
            "LANGUAGE_BIDI": translation.get_language_bidi(),
            "nonce": nonce,
            "words": words_in(),
            "languages": [
                {"code": code, "name": translation.get_language_info(code)["name_local"].capitalize()}
                for code, _name in settings.LANGUAGES
            ],
        }
        response = render(request, "till/page.html", context)
    response["Content-Language"] = language
    response["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-cache"
    return response
