"""The terms of the programme in force, for anybody to read and print. No session, no cookie, no script."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from loyalty_site.ground.public import language_of_stranger, patient, public_page
from programs.services.terms import published_terms


@require_safe
@patient
def terms(request: HttpRequest) -> HttpResponse:
    """Made of the published version each time it is asked for, so it always says what the tills do."""
    language = language_of_stranger(request)
    with translation.override(language):
        found = published_terms(now=timezone.now())
        context: dict[str, Any] = {"terms": found}
        return public_page(request, "programs/terms.html", context, language=language, status=200 if found else 404)
