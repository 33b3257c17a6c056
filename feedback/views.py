"""The survey as the public sees it: one page by a personal link, readable and answerable without JavaScript.

Looking (GET, HEAD) changes nothing and sets no cookie, so scanners that open every link of a mail answer nothing;
a score in the link only preselects. Only the form's POST saves (R59, I14).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from feedback.errors import (
    AnswerFinal,
    ScoreMissing,
    SurveyClosed,
    SurveyLinkExpired,
    SurveyLinkUnknown,
)
from feedback.queries.sheets import Sheet, find_sheet
from feedback.queries.words import words_of
from feedback.rules.nps import SCORES, Band, band_of
from feedback.rules.sheets import Standing
from feedback.services import submit_answer
from loyalty_site.ground.models import Company
from loyalty_site.ground.public import guarded, language_of, language_of_stranger, patient, public_page


@csrf_exempt  # The token in the address is the proof: a forger would have to know it, and a cookie is what we avoid.
@require_http_methods(["GET", "HEAD", "POST"])
@patient
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The form, with a score chosen when the link brought one; POST saves and leads to the thanks."""
    now = timezone.now()
    if request.method == "POST":
        return _save(request, token)
    sheet = find_sheet(token, now)
    if sheet is None:
        return _unknown(request)
    if sheet.standing in {Standing.ASK, Standing.CHANGE}:
        chosen = _score(request.GET.get("score", ""))
        return _form(request, sheet, sheet.score if chosen is None else chosen, sheet.comment)
    return _over(request, sheet)


@require_http_methods(["GET", "HEAD"])
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """What was saved, thanks for it, and the way back to change it."""
    sheet = find_sheet(token, timezone.now())
    if sheet is None:
        return _unknown(request)
    if sheet.standing is Standing.ASK:  # nothing is saved yet, or a machine's answer only
        return _to(request, "feedback:survey", token, sheet)
    if sheet.standing in {Standing.CLOSED, Standing.EXPIRED}:
        return _over(request, sheet)
    return _thanks(request, sheet)


def _save(request: HttpRequest, token: str) -> HttpResponse:
    score, comment = _score(request.POST.get("score", "")), request.POST.get("comment", "")
    asked = request.POST.get("lang", "")
    language = language_of(request, "") if asked else ""
    try:
        submit_answer(token=token, score=score, comment=comment, now=timezone.now(), language=language)
    except SurveyLinkUnknown:
        return _unknown(request)
    except ScoreMissing as refusal:
        sheet = find_sheet(token, timezone.now())
        return _form(request, sheet, None, comment, problem=refusal) if sheet else _unknown(request)
    except (SurveyClosed, SurveyLinkExpired, AnswerFinal):
        sheet = find_sheet(token, timezone.now())
        return _over(request, sheet) if sheet else _unknown(request)
    return _to(request, "feedback:thanks", token, None)


def _score(text: str) -> int | None:
    """A score that somebody sent, or None for anything else. Other alphabets' digits are none of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 and int(text) in SCORES else None


def _to(request: HttpRequest, route: str, token: str, sheet: Sheet | None) -> HttpResponse:
    """A redirect that keeps the language the reader chose."""
    asked = language_of(request, "") if request.POST.get("lang") or request.GET.get("lang") else ""
    query = f"?{urlencode({'lang': asked})}" if asked else ""
    return guarded(HttpResponseRedirect(reverse(route, args=[token]) + query))


def form_context(sheet_words: Any, score: int | None, comment: str) -> dict[str, Any]:
    """What templates/feedback/survey.html needs besides the frame; the preview shows the same."""
    return {"words": sheet_words, "scores": SCORES, "chosen": score, "comment": comment}


def _form(
    request: HttpRequest, sheet: Sheet, score: int | None, comment: str, *, problem: ScoreMissing | None = None
) -> HttpResponse:
    language = language_of(request, sheet.language)
    with translation.override(language):
        context = {
            **form_context(words_of(sheet.survey_id, language, _company_name()), score, comment),
            "sheet": sheet,
            "problem": problem.message(gettext) if problem else "",
        }
        return public_page(request, "feedback/survey.html", context, language=language, status=400 if problem else 200)


def _thanks(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    language = language_of(request, sheet.language)
    context = {
        "words": words_of(sheet.survey_id, language, _company_name()),
        "sheet": sheet,
        "may_change": sheet.standing is Standing.CHANGE,
        "is_detractor": sheet.score is not None and band_of(sheet.score) is Band.DETRACTOR,
    }
    return public_page(request, "feedback/thanks.html", context, language=language)


def _over(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """The link is good and nothing can be answered with it any more. The page says why and tells what came of it."""
    if sheet.standing in {Standing.FINAL, Standing.CHANGE}:
        return _thanks(request, sheet)
    language = language_of(request, sheet.language)
    words = words_of(sheet.survey_id, language, _company_name())
    context = {"words": words, "is_expired": sheet.standing is Standing.EXPIRED}
    return public_page(request, "feedback/over.html", context, language=language, status=410)


def _unknown(request: HttpRequest) -> HttpResponse:
    """The same for every address that nobody was given, so that guessing teaches nothing."""
    language = language_of_stranger(request)
    return public_page(request, "feedback/unknown.html", {}, language=language, status=404)


def _company_name() -> str:
    company = Company.objects.first()
    return company.name if company else ""
