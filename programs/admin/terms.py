"""The terms of a draft, as members would read them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from loyalty_site.ground.languages import company_language
from loyalty_site.ground.public import language_of, public_page
from programs.errors import DraftInvalid
from programs.models import Program
from programs.rules.conditions import ConditionError
from programs.rules.documents import DocumentError
from programs.services.programs import draft_document
from programs.services.terms import terms_of_draft


def draft_terms_page(request: HttpRequest, program: Program) -> HttpResponse:
    """The public page, made of the draft, first in the reader's own language; back to its form with a sentence where the draft cannot be read."""
    back = reverse("admin:programs_program_change", args=[program.pk])
    language = language_of(request, translation.get_language() or company_language())
    try:
        with translation.override(language):
            context = {"terms": terms_of_draft(draft_document(program)), "back": back}
            return public_page(request, "programs/terms.html", context, language=language)
    except (DocumentError, ConditionError) as error:
        messages.error(request, DraftInvalid(problem=error.said).message(gettext))
        return HttpResponseRedirect(back)
