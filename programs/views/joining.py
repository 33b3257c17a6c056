"""Joining by oneself: what is asked and what comes of it, a mail to prove the address, a button that enrols (M01, M02).

Looking changes nothing, since mail scanners follow every link; only POST does. No session, no cookie, no script.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.languages import company_language
from loyalty_site.ground.models import ConsentWording, Language
from loyalty_site.ground.public import address_of, guarded, language_of, language_of_stranger, patient, public_page
from members.errors import IdentifierUnreadable
from members.models import Channel, Purpose
from programs.errors.joining import JoinLinkOver, JoinTooMany, JoinWordsChanged
from programs.queries.company import default_region
from programs.services.deals import current_wording, deal_in_words, published_deal
from programs.services.joining import JoinOrder, ask_to_join, confirm_joining, find_request

_WORDS = (Purpose.PROCESSING.value, Purpose.MARKETING.value)


# Nothing here acts in anybody's name: a forged form could ask for a mail and no more, and a cookie would be a trace.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@patient
def join(request: HttpRequest) -> HttpResponse:
    """The deal and the form; POST sends a mail to the address given and says the same to everybody."""
    language = language_of(request, language_of_stranger(request))
    with translation.override(language):
        if request.method == "POST":
            return _ask(request, language)
        if "sent" in request.GET:
            return public_page(request, "programs/join/sent.html", {}, language=language)
        return _form(request, language)


@csrf_exempt  # The signed token in the address is the proof.
@require_http_methods(["GET", "HEAD", "POST"])
@patient
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page that the mail leads to: its button enrols."""
    now = timezone.now()
    found = find_request(token, now=now)
    language = language_of(request, found.language if found else language_of_stranger(request))
    with translation.override(language):
        if request.method != "POST":
            if found is None:
                return _over(request, JoinLinkOver(), language)
            asked: dict[str, Any] = {
                "email": found.email,
                "phone": found.phone,
                "deal": deal_in_words(published_deal(now=now)),
            }
            return public_page(request, "programs/join/confirm.html", asked, language=language)
        try:
            # The answer is the same for new and known: whose phone it is, is nobody else's business.
            confirm_joining(token, region=default_region(), now=now)
        except JoinLinkOver as refusal:
            return _over(request, refusal, language)
        context: dict[str, Any] = {"has_phone": bool(found and found.phone)}
        return public_page(request, "programs/join/done.html", context, language=language)


def _ask(request: HttpRequest, language: str) -> HttpResponse:
    given = {name: request.POST.get(name, "").strip() for name in ("email", "phone", "name", "language")}
    wordings = _wordings(language)
    problem = _problem(request, wordings)
    if problem:
        return _form(request, language, problem=problem, given=given, status=400)
    wanted = given["language"] if given["language"] in Language.values else language
    order = JoinOrder(
        email=given["email"],
        phone=given["phone"],
        name=given["name"],
        language=wanted,
        offers=tuple(channel for channel in request.POST.getlist("offers") if channel == Channel.EMAIL),
        region=default_region(),
        processing_wording=wordings[Purpose.PROCESSING],
        marketing_wording=wordings[Purpose.MARKETING],
    )
    try:
        ask_to_join(order, address=address_of(request), now=timezone.now())
    except IdentifierUnreadable as refusal:
        return _form(request, language, problem=refusal.message(gettext), given=given, status=400)
    except JoinTooMany as refusal:
        return _form(request, language, problem=refusal.message(gettext), given=given, status=429)
    return guarded(HttpResponseRedirect(f"{reverse('join')}?sent=1&lang={language}"))


def _problem(request: HttpRequest, wordings: dict[str, ConsentWording | None]) -> str:
    """What is missing in the form, in words; "" when nothing is."""
    if request.POST.get("words", "") != _words_mark(wordings):
        return JoinWordsChanged().message(gettext)
    if not request.POST.get("agree"):
        return gettext("Tick that we may keep your data for the programme: without it there is no programme for you.")
    if not request.POST.get("email", "").strip():
        return gettext("Fill in your e-mail: we send the button that ends joining there.")
    return ""


def _form(
    request: HttpRequest, language: str, *, problem: str = "", given: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    wordings, deal = _wordings(language), published_deal(now=timezone.now())
    processing, marketing = (wordings[purpose] for purpose in _WORDS)
    context: dict[str, Any] = {
        "problem": problem,
        "given": given or {},
        "deal": deal_in_words(deal),
        "processing": processing.text if processing else "",
        "marketing": marketing.text if marketing else "",
        "words": _words_mark(wordings),
        "chosen_language": (given or {}).get("language") or language or company_language(),
        "choices": [(code, translation.get_language_info(code)["name_local"]) for code in Language.values],
    }
    return public_page(request, "programs/join/form.html", context, language=language, status=status)


def _over(request: HttpRequest, refusal: DomainError, language: str) -> HttpResponse:
    context = {"problem": refusal.message(gettext)}
    return public_page(request, "programs/join/over.html", context, language=language, status=404)


def _wordings(language: str) -> dict[str, ConsentWording | None]:
    return {purpose: current_wording(purpose, language) for purpose in _WORDS}


def _words_mark(wordings: dict[str, ConsentWording | None]) -> str:
    """Which words the page showed: agreed to are these and no later ones."""
    return "-".join(str(wording.pk if wording else 0) for wording in wordings.values())
