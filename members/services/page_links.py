"""Links to the own page for people who never got a mail: shown at the desk, given at a till, or sent on their own.

Such a link is the signed number of a row, under a key of its own: nobody makes one up, no link of a mail is one, and
whoever gave a link to the wrong person takes it back, which a link in a mail does not allow.

The page shows a code for the till. It finds its member and opens nothing, so that whoever reads it over a shoulder gets no
further than with the phone number; and it is good for two days, because nobody could take it back.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import JobProgress, count, enqueue_job, record_audit
from members.errors import MemberNotFound, PageLinksTooMany, PageLinkUnsendable, TillCodeOld
from members.models import Channel, Member, MemberStatus, Message, PageLink, PageLinkWay, Purpose
from members.queries.preferences import find_message, find_page_link
from members.rules.mime import Mail
from members.services.delivery import Claimed, plan_messages
from members.services.links import Links, message_token, public_url, read_message_token, read_signed, sign_number
from members.services.mailed_codes import hand_over
from members.services.suppressions import addresses_of

SOURCE = "page_link"
KEY_NAME = "own page links"
VALID = dt.timedelta(days=1)  # how long a mail that cannot be sent is worth trying
SENDS, SENDS_WINDOW = 3, dt.timedelta(hours=1)
TILL_KEY_NAME = "codes for tills"
TILL_CODE_DAYS = 2  # of UTC, so that "today and tomorrow" holds wherever the page was opened and at whatever hour
_DAY_BITS = 20
_SHOWN = re.compile(r"/m/([\w-]{32})(/till)?(?:/|$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Whose page a token opens. `proof` names the link in the log of consents; `message` is the mail it came with, if any."""

    member: Member
    token: str
    proof: str
    message: Message | None = None


def page_of(token: str) -> OwnPage | None:
    """The page that the link in a mail or one given by hand leads to; None for anything else, or when it was taken back.

    Of somebody merged since it is the page of who they are now; of somebody forgotten the member says so.
    """
    number = read_message_token(token)
    if number is not None:
        message = find_message(number)
        return OwnPage(message.member, message_token(number), f"message {number}", message) if message else None
    number = read_signed(KEY_NAME, token)
    link = find_page_link(number) if number is not None else None
    return OwnPage(link.member, link_token(link.pk), f"page link {link.pk}") if link else None


def link_token(link_id: int) -> str:
    """The token of a link given by hand: 32 characters, nothing stored."""
    return sign_number(KEY_NAME, link_id)


def till_code(member_id: int, *, now: dt.datetime) -> str:
    """What the own page of a member shows to a till's camera: an address that leads nowhere and finds them for two days."""
    return public_url(f"/m/{sign_number(TILL_KEY_NAME, member_id << _DAY_BITS | _day(now))}/till/")


def whoever_showed(text: str, *, at: dt.datetime) -> str | None:
    """The public id of whose own page `text` is a link to, or a code for the till from; None for anything else.

    Raises TillCodeOld for a code of earlier days; one of later days than `at` was shown by a clock that is wrong, and counts.
    """
    shown = _SHOWN.search(text)
    if shown is None:
        return None
    if not shown[2]:
        page = page_of(shown[1])
        return str(page.member.public_id) if page else None
    number = read_signed(TILL_KEY_NAME, shown[1])
    if number is None:
        return None
    if _day(at) - number % 2**_DAY_BITS > TILL_CODE_DAYS:
        raise TillCodeOld
    member = Member.objects.filter(pk=number >> _DAY_BITS).only("public_id").first()
    return str(member.public_id) if member else None


def _day(moment: dt.datetime) -> int:
    return moment.astimezone(dt.UTC).toordinal()


@transaction.atomic
def give_page_link(*, member_id: int, way: PageLinkWay, actor: Principal, now: dt.datetime) -> str:
    """Make a link to a member's own page, for showing it to them; its whole address. Who gave it is noted.

    The caller has made sure who it is. Raises MemberNotFound for somebody who was forgotten or merged.
    """
    return public_url(f"/m/{link_token(_make(member_id, way, actor, now).pk)}/about/")


@transaction.atomic
def send_page_link(*, member_id: int, actor: Principal, now: dt.datetime) -> None:
    """Have the link sent to the member's e-mail, as a service that they asked for.

    Raises MemberNotFound, PageLinkUnsendable without an e-mail on file, PageLinksTooMany after SENDS in an hour.
    """
    if not addresses_of(member_id, Channel.EMAIL):
        raise PageLinkUnsendable
    if count(name="page_link_sends", subject=str(member_id), window=SENDS_WINDOW, by=1, now=now) > SENDS:
        raise PageLinksTooMany(minutes=SENDS_WINDOW.seconds // 60)
    link = _make(member_id, PageLinkWay.MAILED, actor, now)
    plan_messages(
        source=SOURCE,
        group=link.pk,
        items=[(link.pk, member_id)],
        channel=Channel.EMAIL,
        purpose=Purpose.PROCESSING,
        due_at=now,
    )
    enqueue_job(kind="members.send_page_link", payload={"link_id": link.pk}, now=now, total_count=1)


@transaction.atomic
def end_page_links(*, member_id: int, actor: Principal, now: dt.datetime) -> int:
    """Let no link that was given by hand open the page any more; how many did. Links in mails go on working."""
    ended = PageLink.objects.filter(member=member_id, ended_at__isnull=True).update(ended_at=now)
    if ended:
        record_audit(
            actor=actor,
            action="end_page_links",
            target="members.member",
            target_id=member_id,
            now=now,
            details={"count": ended},
        )
    return ended


def deliver_page_link(*, link_id: int, now: dt.datetime) -> JobProgress:
    """The job of one link: hand its mail over; not any more when it was taken back."""
    link = PageLink.objects.filter(pk=link_id, ended_at__isnull=True).first()
    return hand_over(source=SOURCE, code_id=link_id, expires_at=link.given_at + VALID if link else None, now=now)


def render_page_links(
    claimed: Sequence[Claimed], *, links: Mapping[int, Links], now: dt.datetime
) -> dict[int, Mail | str]:
    """The mail of each link, in the member's language: what members.services.deliver asks for."""
    company = Company.objects.first()
    mails: dict[int, Mail | str] = {}
    for one in claimed:
        language = one.language or "en"
        with translation.override(language):
            mails[one.message_id] = _mail(one.source_id, company.name if company else "", language)
    return mails


def _make(member_id: int, way: PageLinkWay, actor: Principal, now: dt.datetime) -> PageLink:
    # Locked as by an erasure, so that nobody is forgotten and gets a link in the same breath.
    member = Member.objects.select_for_update(no_key=True).only("pk", "status").filter(pk=member_id).first()
    if member is None or member.status in {MemberStatus.ERASED, MemberStatus.MERGED}:
        raise MemberNotFound
    link = PageLink.objects.create(member=member, way=way, given_at=now, given_by=actor.label[:150])
    record_audit(
        actor=actor,
        action="give_page_link",
        target="members.member",
        target_id=member_id,
        now=now,
        details={"how": way.value, "link": link.pk},
    )
    return link


def _mail(link_id: int, company: str, language: str) -> Mail:
    address = public_url(f"/m/{link_token(link_id)}/about/")
    subject = _("Your own page at %(company)s") % {"company": company} if company else _("Your own page")
    what = _("Here you see your points, what we know about you, and choose what we may send you:")
    warning = _("Whoever has this link opens the page: pass it on to nobody.")
    html = format_html(
        '<div lang="{}" dir="{}"><p>{}</p><p><a href="{}">{}</a></p><p>{}</p></div>',
        language,
        "rtl" if translation.get_language_bidi() else "ltr",
        what,
        address,
        address,
        warning,
    )
    return Mail(subject, f"{what}\n\n{address}\n\n{warning}\n", html, language)
