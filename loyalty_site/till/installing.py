"""What makes the till page an app on a device: its service worker, its manifest and its icons. The same for everybody."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from loyalty_site.till import icons
from loyalty_site.till.words import words_in

STATIC = settings.BASE_DIR / "static"
PAGE = settings.BASE_DIR / "templates" / "till" / "page.html"
WORKER = STATIC / "till" / "sw.js"
KEPT = {".js", ".css", ".svg", ".woff2"}
ICON = STATIC / "loyalty_site" / "favicon.svg"


def assets() -> list[Path]:
    """Files that a device keeps: everything of the till but the worker itself, and the icon."""
    found = [path for path in (STATIC / "till").rglob("*") if path.suffix in KEPT and path != WORKER]
    return [*sorted(found), ICON]


def version() -> str:
    """16 hexadecimal digits that change whenever anything that a device keeps changes: a file, the page or a word."""
    digest = hashlib.sha256()
    for path in [*assets(), PAGE]:
        digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            digest.update(json.dumps(words_in(), sort_keys=True).encode())
    return digest.hexdigest()[:16]


def script() -> str:
    """The service worker, with the list of what it keeps before it. Reads every file and every language's words."""
    languages = [code for code, _name in settings.LANGUAGES]
    told = {
        "VERSION": version(),
        "PAGES": [reverse("till:page", kwargs={"language": code}) for code in languages],
        "ASSETS": [static(path.relative_to(STATIC).as_posix()) for path in assets()],
        "LANGUAGES": languages,
    }
    return "".join(f"const {name} = {json.dumps(value)};\n" for name, value in told.items()) + WORKER.read_text()


# Every page of every device asks for it. What it tells of changes with a new release only, and that is a new process.
_remembered = cache(script)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. While somebody develops, it follows each change of a file."""
    text = script() if settings.DEBUG else _remembered()
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
    return response


@require_safe
def manifest(request: HttpRequest, language: str) -> HttpResponse:
    """How the app is called and looks when it is installed, in one language."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    home = reverse("till:home")
    with translation.override(language):
        body = {
            "id": home,
            "start_url": home,
            "scope": home,
            "name": gettext("Till"),
            "short_name": gettext("Till"),
            "lang": language,
            "dir": "rtl" if translation.get_language_bidi() else "ltr",
            "display": "standalone",
            "background_color": "#f4f5f5",
            "theme_color": "#0f766e",
            "icons": [
                {"src": static(ICON.relative_to(STATIC).as_posix()), "sizes": "any", "type": "image/svg+xml"},
                *(
                    {"src": reverse("till:icon", kwargs={"side": side}), "sizes": f"{side}x{side}", "type": "image/png"}
                    for side in icons.SIDES
                ),
            ],
        }
    response = JsonResponse(body, content_type="application/manifest+json")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def icon(request: HttpRequest, side: int) -> HttpResponse:
    """The icon as a PNG of one of the sides that the manifest names."""
    if side not in icons.SIDES:
        raise Http404
    response = HttpResponse(icons.png(side), content_type="image/png")
    response["Cache-Control"] = "public, max-age=86400"
    return response
