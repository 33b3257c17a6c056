"""What a member opens from the foot of a mail, or by a link given by hand: the preference page, and the way out in one step (R38).

Looking changes nothing, since mail scanners follow every link; only POST does. Neither page opens a session or sets
a cookie. A link works for as long as the message it came with is known, months and years.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from loyalty_site.ground.languages import company_language
from loyalty_site.ground.models import Language
from loyalty_site.ground.public import language_of, language_of_stranger, patient, public_page
from members.models import Channel, MemberStatus
from members.queries.preferences import marketing_wording, promised_budgets
from members.services import OwnPage, mask_name, page_of, preferences_of, save_preferences, unsubscribe

# What a switch says: the way, and what comes by it.
CHANNEL_WORDS = {
    Channel.EMAIL.value: (_("E-mail"), _("Offers and news by e-mail")),
    Channel.SMS.value: (_("SMS"), _("Offers and news as text messages")),
    Channel.PHONE.value: (_("Phone"), _("Calls about offers and news")),
}


@csrf_exempt  # The signed token in the address is the proof; a cookie would be a trace that this page must not leave.
@require_http_methods(["GET", "HEAD", "POST"])
@patient
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """By which ways offers may come, and in which language; saved by POST, which answers with what was saved."""
    page = page_of(token)
    if page is None or page.member.status == MemberStatus.ERASED:
        return _nobody(request, page)
    if request.method != "POST":
        return _page(request, page, {}, language=_language(request, page))
    member, spoken = page.member, _language(request, page)
    wanted = request.POST.get("language", "")
    # The form always sends a language; only another one than was shown is a wish.
    is_wish = wanted in Language.values and wanted != (member.language or company_language())
    changed = save_preferences(
        member=member,
        allowed=[] if "stop" in request.POST else request.POST.getlist("channel"),
        language=wanted if is_wish else "",
        proof=page.proof,
        now=timezone.now(),
        wording=marketing_wording(spoken),
    )
    member.refresh_from_db()
    return _page(request, page, {"is_saved": True, "changed": changed}, language=changed.language or spoken)


@csrf_exempt  # RFC 8058: mail programs send this POST by themselves, with no cookie and from no page of ours.
@require_http_methods(["GET", "HEAD", "POST"])
@patient
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """POST ends the offers of the message's channel at once; GET only offers the button."""
    page = page_of(token)
    message = page.message if page is not None else None
    if page is None or message is None or page.member.status == MemberStatus.ERASED:
        # A link given by hand came with no message whose channel could be ended: its page has the switches.
        return _nobody(request, page if message is not None else None)
    language = _language(request, page)
    context = {"way": CHANNEL_WORDS[message.channel][0]}
    if request.method == "POST":
        is_one_click = "List-Unsubscribe" in request.POST
        unsubscribe(message=message, method="one-click" if is_one_click else "page", now=timezone.now())
        return public_page(request, "members/unsubscribed.html", context, language=language)
    is_on = preferences_of(message.member)[message.channel]
    return public_page(request, "members/unsubscribe.html", {**context, "is_on": is_on}, language=language)


def _language(request: HttpRequest, page: OwnPage) -> str:
    """Asked for, or the member's own, or the company's."""
    return language_of(request, page.member.language or company_language())


def _page(request: HttpRequest, page: OwnPage, more: dict[str, Any], *, language: str) -> HttpResponse:
    member = page.member
    allowed = preferences_of(member)
    wording = marketing_wording(language)
    context = {
        "token": page.token,
        "name": mask_name(member.name),
        "channels": [
            {"code": code, "label": label, "about": about, "is_on": allowed[code]}
            for code, (label, about) in CHANNEL_WORDS.items()
        ],
        "budgets": promised_budgets(),
        "is_any_on": any(allowed.values()),
        "chosen_language": member.language or company_language(),
        "wording": wording.text if wording else "",
        **more,
    }
    if more.get("changed"):
        context["allowed_words"] = [CHANNEL_WORDS[code][0] for code in more["changed"].allowed]
        context["refused_words"] = [CHANNEL_WORDS[code][0] for code in more["changed"].refused]
    return public_page(request, "members/preferences.html", context, language=language)


def _nobody(request: HttpRequest, page: OwnPage | None) -> HttpResponse:
    """Polite, and the same for a link that nobody was given as for one we cannot read; somebody who asked to be
    forgotten hears that nothing will come."""
    context, status = {"is_erased": page is not None}, 404 if page is None else 410
    return public_page(request, "members/nobody.html", context, language=language_of_stranger(request), status=status)
