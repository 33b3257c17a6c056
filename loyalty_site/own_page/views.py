"""What we know about a person, on their own page; and what the link alone is not enough for: the file, and leaving.

Looking changes nothing: only POST does. Whoever has a link sees keys masked; the file with everything
and the way out ask for a code that goes to the address on file.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.languages import company_language
from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Kind, Principal
from loyalty_site.ground.public import guarded, language_of, language_of_stranger, patient, public_page
from loyalty_site.ground.rules.qr import qr_drawing
from loyalty_site.ground.services import record_audit
from loyalty_site.own_page.archive import archive_of
from loyalty_site.services import ErasureReason, erase_member, member_data
from members.models import Member, MemberStatus, PageDeed
from members.queries.person import message_count, person_details, told_of
from members.services import (
    OwnPage,
    mask_key,
    mask_name,
    page_code_until,
    page_of,
    send_page_code,
    till_code,
    use_page_code,
)
from programs.queries.movements import movements_of
from programs.queries.standing import account_of, parting_of, standing_of

MOVEMENTS_SHOWN = 10
THEMSELVES = Principal(Kind.ANONYMOUS, label="member")


@require_safe
@patient
def about(request: HttpRequest, token: str) -> HttpResponse:
    """What we know, the balance with what burns when, the last movements in words, and what may be sent."""
    page, member = _whose(token)
    if member is None:
        return _nobody(request, page)
    language = _language(request, member)
    with translation.override(language):
        return public_page(request, "own_page/about.html", _known(member, token), language=language)


@csrf_exempt  # The link and the code are the proof; a cookie would be a trace that this page must not leave.
@require_http_methods(["GET", "HEAD", "POST"])
@patient
def download(request: HttpRequest, token: str) -> HttpResponse:
    """The file with everything, for a code."""
    return _guarded_deed(request, token, PageDeed.DOWNLOAD)


@csrf_exempt  # As above.
@require_http_methods(["GET", "HEAD", "POST"])
@patient
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """To be forgotten, for a code; the page says before what that means."""
    return _guarded_deed(request, token, PageDeed.LEAVE)


_TITLES = {
    PageDeed.DOWNLOAD: gettext_lazy("Download what we know about you"),
    PageDeed.LEAVE: gettext_lazy("Leave and be forgotten"),
}


def _guarded_deed(request: HttpRequest, token: str, deed: PageDeed) -> HttpResponse:
    page, member = _whose(token)
    if member is None:
        return _nobody(request, page)
    language, now = _language(request, member), timezone.now()
    with translation.override(language):
        context: dict[str, Any] = {"deed": deed.value, "title": _TITLES[deed], "token": token}
        status = 200
        try:
            if "send" in request.POST:
                context["valid_until"] = send_page_code(member_id=member.pk, deed=deed, now=now)
            elif request.method == "POST":
                context["is_typing"] = True
                use_page_code(member_id=member.pk, deed=deed, code=request.POST.get("code", ""), now=now)
                return _done(request, member, deed, language)
            else:  # telephones forget a page while its reader is in the mail
                context["valid_until"] = page_code_until(member_id=member.pk, deed=deed, now=now)
        except DomainError as refusal:
            context["problem"], status = refusal.message(gettext), 422
        if deed == PageDeed.LEAVE:
            context["parting"] = parting_of(member.pk)
        return public_page(request, "own_page/deed.html", context, language=language, status=status)


def _done(request: HttpRequest, member: Member, deed: PageDeed, language: str) -> HttpResponse:
    now = timezone.now()
    if deed == PageDeed.LEAVE:
        erase_member(member.pk, reason=ErasureReason.BY_THEMSELVES, actor=THEMSELVES, now=now)
        return public_page(request, "members/nobody.html", {"is_erased": True, "has_left": True}, language=language)
    data = member_data(member.pk)
    record_audit(actor=THEMSELVES, action="download_own", target="members.member", target_id=member.pk, now=now)
    company = Company.objects.first()
    content = archive_of(data, company=company.name if company else "", language=language, now=now)
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="about-me-{now:%Y-%m-%d}.zip"'
    return guarded(answer)


def _known(member: Member, token: str) -> dict[str, Any]:
    account, now = account_of(member.pk), timezone.now()
    person = person_details(member.pk)
    side, drawing = qr_drawing(till_code(member.pk, now=now))
    return {
        "till_code": {"side": side, "drawing": drawing},
        "token": token,
        "name": mask_name(member.name),
        "member": member,
        "keys": [
            {"kind": key.get_kind_display(), "value": mask_key(key.kind, key.value)}
            for key in person.identifiers
            if key.ended_at is None
        ],
        "cities": [address.city for address in person.addresses if address.city],
        "told": [label for label, _words in told_of(member)],
        "consents": [one for one in person.current_consents if one.is_granted],
        "message_count": message_count(member.pk),
        "program": account.program if account else None,
        "standing": standing_of(account, member_id=member.pk, now=now) if account else None,
        "movements": movements_of(account).rows[:MOVEMENTS_SHOWN] if account else (),
    }


def _whose(token: str) -> tuple[OwnPage | None, Member | None]:
    """The page of the link, and its member while we know them."""
    page = page_of(token)
    return page, page.member if page is not None and page.member.status != MemberStatus.ERASED else None


def _language(request: HttpRequest, member: Member) -> str:
    return language_of(request, member.language or company_language())


def _nobody(request: HttpRequest, page: OwnPage | None) -> HttpResponse:
    context, status = {"is_erased": page is not None}, 404 if page is None else 410
    return public_page(request, "members/nobody.html", context, language=language_of_stranger(request), status=status)
