"""Whose preference page a message leads to, and what is agreed to there."""

from __future__ import annotations

import datetime as dt

from loyalty_site.ground.models import ConsentWording
from members.models import ContactBudget, Message, PageLink, Purpose


def find_message(message_id: int) -> Message | None:
    """The message with its member, however old it is; of somebody merged since, with the one they are now."""
    message = Message.objects.select_related("member__survivor").filter(pk=message_id).first()
    if message is not None and message.member.survivor is not None:
        message.member = message.member.survivor
    return message


def find_page_link(link_id: int) -> PageLink | None:
    """A link given by hand that was not taken back, with its member; of somebody merged since, with the one they are now."""
    link = PageLink.objects.select_related("member__survivor").filter(pk=link_id, ended_at__isnull=True).first()
    if link is not None and link.member.survivor is not None:
        link.member = link.member.survivor
    return link


def page_links_of(member_id: int) -> list[PageLink]:
    """Links that were given by hand and still work, newest first."""
    return list(PageLink.objects.filter(member=member_id, ended_at__isnull=True).order_by("-id")[:20])


def marketing_wording(language: str) -> ConsentWording | None:
    """The newest words of consent to offers in `language`; None when the company has none in it."""
    return ConsentWording.objects.filter(purpose=Purpose.MARKETING, language=language).order_by("-version").first()


def newest_wording(purpose: str, language: str, *, at: dt.datetime | None = None) -> ConsentWording | None:
    """The newest words for `purpose` in `language`, or in whatever language there are any; None without any. With `at`
    those that were the newest then: nobody agrees to words that were not written yet."""
    wordings = ConsentWording.objects.filter(purpose=purpose)
    if at is not None:
        wordings = wordings.filter(created_at__lte=at)
    own = wordings.filter(language=language).order_by("-version").first() if language else None
    return own or wordings.order_by("-version", "language").first()


def newest_wordings() -> list[ConsentWording]:
    """The newest words of every purpose in every language that has some."""
    newest = ConsentWording.objects.order_by("purpose", "language", "-version")
    return list(newest.distinct("purpose", "language"))


def promised_budgets() -> list[ContactBudget]:
    """How often offers may reach one person: what the page promises, all channels together first."""
    return list(ContactBudget.objects.filter(is_active=True).order_by("channel"))
