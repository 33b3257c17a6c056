"""Joining by oneself: what is asked and what comes of it, a mail to prove the address, a button that enrols (M01, M02).

Looking changes nothing, since mail scanners follow every link; only POST does. No session, no cookie, no script.
"""

from __future__ import annotations

from math import ceil, floor
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.languages import company_language
from loyalty_site.ground.models import ConsentWording, Language
from loyalty_site.ground.public import address_of, guarded, language_of, language_of_stranger, patient, public_page
from loyalty_site.ground.rules.money import round_minor
from members.errors import IdentifierUnreadable
from members.models import Channel, Purpose
from programs.errors.joining import JoinLinkOver, JoinTooMany, JoinWordsChanged
from programs.queries.company import default_region
from programs.queries.figures import money_text, points_text
from programs.services.deals import Deal, current_wording, published_deal
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
                "deal": _deal_words(published_deal(now=now)),
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
        "deal": _deal_words(deal),
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


def _deal_words(deal: Deal | None) -> list[str]:
    """What somebody gets, line by line, from the programme as published; empty before the first."""
    if deal is None:
        return []
    version, lines = deal.version, []
    if version.rate:
        # The least money that gives a whole point, and at least one whole coin of the currency.
        per = max(10**version.currency_exponent, ceil(10**version.point_decimals / version.rate))
        points = points_text(floor(per * version.rate), version.point_decimals)
        money = money_text(per, version.currency, version.currency_exponent)
        lines.append(
            gettext("You earn points with every purchase: %(points)s for each %(money)s.")
            % {"points": points, "money": money}
        )
    if version.point_value and version.redeem_max_percent:
        hundred = 100 * 10**version.point_decimals
        worth = money_text(
            round_minor(hundred * version.point_value, "down"), version.currency, version.currency_exponent
        )
        lines.append(
            gettext("You pay with them: 100 points are worth %(money)s, for up to %(percent)s %% of a bill.")
            % {"money": worth, "percent": version.redeem_max_percent}
        )
    if deal.welcome.points:
        lines.append(
            gettext("New members are given %(points)s points at once.")
            % {"points": points_text(deal.welcome.points, version.point_decimals)}
        )
    lines += _limits(deal)
    return lines


def _limits(deal: Deal) -> list[str]:
    """The other side of it, said before anybody agrees."""
    version, lines = deal.version, []
    if deal.welcome.points and deal.welcome.days:
        text = ngettext(
            "The welcome gift is good for %(days)s day.",
            "The welcome gift is good for %(days)s days.",
            deal.welcome.days,
        )
        lines.append(text % {"days": deal.welcome.days})
    expiry = version.expiry
    if expiry.kind == "months" and expiry.months:
        text = ngettext(
            "Points burn %(n)s month after the purchase.", "Points burn %(n)s months after the purchase.", expiry.months
        )
        lines.append(text % {"n": expiry.months})
    elif expiry.kind == "days" and expiry.days:
        text = ngettext(
            "Points burn %(n)s day after the purchase.", "Points burn %(n)s days after the purchase.", expiry.days
        )
        lines.append(text % {"n": expiry.days})
    elif expiry.kind == "year_end":
        lines.append(gettext("Points burn at the end of a year."))
    if version.idle_months:
        text = ngettext(
            "All points burn after %(n)s month without a purchase.",
            "All points burn after %(n)s months without a purchase.",
            version.idle_months,
        )
        lines.append(text % {"n": version.idle_months})
    if version.redeem_minimum:
        lines.append(
            gettext("You can spend from %(points)s points on.")
            % {"points": points_text(version.redeem_minimum, version.point_decimals)}
        )
    return lines
