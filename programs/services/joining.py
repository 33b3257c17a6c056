"""Joining by oneself: a page, a mail to the address given, a button in it. Nothing is granted before the button.

No answer here differs by whether somebody is a member already: only the owner of an address learns it, from the mail.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from loyalty_site.ground.models import Company, ConsentWording
from loyalty_site.ground.policy import Kind, Principal
from loyalty_site.ground.services import JobProgress, count, enqueue_job
from members.errors import IdentifierTaken
from members.models import Channel, IdentifierKind, Purpose
from members.queries import find_by_identifier
from members.services import (
    Mail,
    clean_name,
    public_url,
    read_identifier,
    read_signed,
    secret_for,
    send_alone,
    sign_number,
)
from programs.errors import MemberExists
from programs.errors.joining import JoinLinkOver, JoinTooMany
from programs.models import JoinRequest
from programs.services.enrolment import Newcomer, enrol_newcomer

SOURCE, LINKS = "join page", "join links"
ACTOR = Principal(Kind.SYSTEM, label=SOURCE)
VALID = dt.timedelta(days=1)
FROM_ADDRESS, ADDRESS_WINDOW = 10, dt.timedelta(hours=1)
MAILS, MAILS_WINDOW = 3, dt.timedelta(days=1)
LOOK_AGAIN = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class JoinOrder:
    """What somebody wrote on the page. `phone` and `name` may be empty; `offers` are channels ticked."""

    email: str
    phone: str
    name: str
    language: str
    offers: Sequence[str]
    region: str
    processing_wording: ConsentWording | None
    marketing_wording: ConsentWording | None


@transaction.atomic
def ask_to_join(order: JoinOrder, *, address: str, now: dt.datetime) -> None:
    """Have a mail with a button sent to the address given; `address` is where the request came from.

    Raises IdentifierUnreadable, or JoinTooMany when too much came from there. One address of mail gets MAILS a day,
    and what is above is dropped without a word.
    """
    email = read_identifier(kind=IdentifierKind.EMAIL, text=order.email, region=order.region)
    phone = read_identifier(kind=IdentifierKind.PHONE, text=order.phone, region=order.region) if order.phone else ""
    if count(name="join_from", subject=_hidden(address), window=ADDRESS_WINDOW, by=1, now=now) > FROM_ADDRESS:
        raise JoinTooMany
    if count(name="join_mail", subject=_hidden(email), window=MAILS_WINDOW, by=1, now=now) > MAILS:
        return
    row = JoinRequest.objects.create(
        email=email,
        phone=phone,
        name=clean_name(order.name),
        language=order.language,
        offers=[channel for channel in order.offers if channel in Channel.values and channel],
        processing_wording=order.processing_wording,
        marketing_wording=order.marketing_wording if order.offers else None,
        created_at=now,
        expires_at=now + VALID,
    )
    enqueue_job(kind="programs.send_join", payload={"join_id": row.pk}, now=now, total_count=1)


def deliver_join(*, join_id: int, now: dt.datetime) -> JobProgress:
    """The job of one mail: tried again every minute while the mail server is away and the request is valid."""
    row = JoinRequest.objects.filter(pk=join_id, expires_at__gt=now).first()
    if row is None:
        return JobProgress(0, 1, is_finished=True)
    with translation.override(row.language):
        mail = _mail(row)
    if not send_alone(mail=mail, address=row.email, now=now):
        return JobProgress(0, 1, is_finished=False, run_at=now + LOOK_AGAIN)
    return JobProgress(1, 1, is_finished=True)


def find_request(token: str, *, now: dt.datetime) -> JoinRequest | None:
    """The request that a mail's link names, while it waits; changes nothing."""
    number = read_signed(LINKS, token)
    return JoinRequest.objects.filter(pk=number, expires_at__gt=now).first() if number is not None else None


def join_token(join_id: int) -> str:
    """The token of a request's link: 32 characters, nothing stored."""
    return sign_number(LINKS, join_id)


@transaction.atomic
def confirm_joining(token: str, *, region: str, now: dt.datetime) -> bool:
    """The button in the mail: enrol the person as the till does. False when a key is somebody's already: nobody is
    enrolled, nothing changes for them, and the page must not tell the two apart.

    Raises JoinLinkOver when the link was used or is too old.
    """
    number = read_signed(LINKS, token)
    rows = JoinRequest.objects.select_for_update(of=("self",)).select_related("processing_wording", "marketing_wording")
    row = rows.filter(pk=number, expires_at__gt=now).first() if number is not None else None
    if row is None:
        raise JoinLinkOver
    try:
        with transaction.atomic():
            enrol_newcomer(_newcomer(row, region), now=now)
        is_new = True
    except (MemberExists, IdentifierTaken):
        is_new = False
    row.delete()
    return is_new


def forget_requests(keys: Sequence[tuple[str, str]]) -> None:
    """Delete what somebody wrote who asks to be forgotten; `keys` are (kind, normalised value). In the caller's transaction."""
    values = [value for _kind, value in keys]
    JoinRequest.objects.filter(Q(email__in=values) | Q(phone__in=values)).delete()


def forget_old_requests(*, now: dt.datetime) -> int:
    """Delete what nobody confirmed in time; returns how many."""
    return JoinRequest.objects.filter(expires_at__lte=now).delete()[0]


def _newcomer(row: JoinRequest, region: str) -> Newcomer:
    keys = ((IdentifierKind.PHONE.value, row.phone), (IdentifierKind.EMAIL.value, row.email))
    wordings = {Purpose.PROCESSING.value: row.processing_wording, Purpose.MARKETING.value: row.marketing_wording}
    return Newcomer(
        keys=tuple((kind, text) for kind, text in keys if text),
        consents=(
            (Purpose.PROCESSING.value, Channel.NONE.value),
            *((Purpose.MARKETING.value, channel) for channel in row.offers),
        ),
        region=region,
        source="join",
        proof=f"join page, request {row.pk}, address confirmed",
        actor=ACTOR,
        name=row.name,
        language=row.language,
        wordings={purpose: wording for purpose, wording in wordings.items() if wording},
    )


# A button, and the address in full for whoever would rather see where it leads; it breaks where a small screen ends.
_LINK = (
    '<p><a href="{}" style="background:#0f766e;border-radius:8px;color:#ffffff;display:inline-block;font-weight:bold;'
    'padding:12px 20px;text-decoration:none">{}</a></p>'
    '<p dir="ltr" style="color:#57606a;font-size:13px;overflow-wrap:anywhere;word-break:break-all">{}</p>'
)


def _mail(row: JoinRequest) -> Mail:
    company = Company.objects.values_list("name", flat=True).first() or ""
    if find_by_identifier(IdentifierKind.EMAIL, row.email) is not None:
        subject = _("You are a member of %(company)s already") % {"company": company}
        what = _("Somebody asked to join with this address. It is in our programme already, so there is nothing to do.")
        link = ""
    else:
        subject = _("Confirm that you join %(company)s") % {"company": company}
        what = _("Open this page and press the button on it. The link works for one day.")
        link = public_url(f"/join/{join_token(row.pk)}/")
    warning = _("If it was not you, do nothing: nobody is enrolled, and what was typed is deleted after a day.")
    html = format_html(
        '<div lang="{}" dir="{}" style="font:16px/1.5 sans-serif;max-width:36em"><p>{}</p>{}<p>{}</p></div>',
        row.language,
        "rtl" if translation.get_language_bidi() else "ltr",
        what,
        format_html(_LINK, link, subject, link) if link else "",
        warning,
    )
    return Mail(subject, "\n\n".join(filter(None, [what, link, warning])) + "\n", html, row.language)


def _hidden(text: str) -> str:
    """What a counter keeps of an address: enough to count, nothing to read."""
    return hashlib.blake2b(text.encode(), key=secret_for("join counters")[0], digest_size=32).hexdigest()
