"""Codes for the own page: six digits by mail for one deed that the link of a mail alone must not do.

A mail is passed on, and its link with it; only who reads the member's mailbox today gets the code. As with codes for
spending, the code itself is stored nowhere: who writes the mail derives it from the row's salt and the secret.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Mapping, Sequence

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from loyalty_site.ground.services import JobProgress, count, enqueue_job
from members.errors import PageCodesTooMany, PageCodeUnsendable, PageCodeWrong
from members.models import Channel, PageCode, PageDeed, Purpose
from members.rules.mime import Mail
from members.services import mailed_codes
from members.services.delivery import Claimed, plan_messages
from members.services.links import Links
from members.services.mailed_codes import digest_of, hand_over, mail_of
from members.services.suppressions import addresses_of

SOURCE = "page_code"
KEY_NAME = "page codes"
VALID = dt.timedelta(minutes=15)
TRIES = 5
SENDS, SENDS_WINDOW = 5, dt.timedelta(hours=1)
# The newest code of the deed only. The row stays locked until the transaction ends, so of many tries each counts.
_TRY = """
    UPDATE members_pagecode SET tries_left = tries_left - 1
    WHERE id = (SELECT id FROM members_pagecode WHERE member_id = %(member)s AND deed = %(deed)s ORDER BY id DESC LIMIT 1)
      AND used_at IS NULL AND tries_left > 0 AND expires_at > %(now)s
    RETURNING id, code_hash
"""


@transaction.atomic
def send_page_code(*, member_id: int, deed: str, now: dt.datetime) -> dt.datetime:
    """Have a code for `deed` sent to the member's e-mail; until when it is valid.

    Raises PageCodeUnsendable without an e-mail on file, PageCodesTooMany after SENDS in an hour.
    """
    if not addresses_of(member_id, Channel.EMAIL):
        raise PageCodeUnsendable
    if count(name="page_code_sends", subject=str(member_id), window=SENDS_WINDOW, by=1, now=now) > SENDS:
        raise PageCodesTooMany(minutes=SENDS_WINDOW.seconds // 60)
    salt = secrets.token_hex(16)
    row = PageCode.objects.create(
        member_id=member_id,
        deed=PageDeed(deed),
        code_hash=f"{salt}${_digest(salt, code_of(salt))}",
        tries_left=TRIES,
        created_at=now,
        expires_at=now + VALID,
    )
    plan_messages(
        source=SOURCE,
        group=row.pk,
        items=[(row.pk, member_id)],
        channel=Channel.EMAIL,
        purpose=Purpose.PROCESSING,
        due_at=now,
    )
    enqueue_job(kind="members.send_page_code", payload={"code_id": row.pk}, now=now, total_count=1)
    return row.expires_at


def page_code_until(*, member_id: int, deed: str, now: dt.datetime) -> dt.datetime | None:
    """Until when the newest code for `deed` can be typed; None when there is none, or none that still works."""
    newest = PageCode.objects.filter(member_id=member_id, deed=deed).order_by("-id").first()
    works = newest and newest.used_at is None and newest.tries_left > 0 and newest.expires_at > now
    return newest.expires_at if newest and works else None


def use_page_code(*, member_id: int, deed: str, code: str, now: dt.datetime) -> None:
    """Pass when `code` was sent to this member for this deed; it is used then. Raises PageCodeWrong.

    A wrong try is counted for good, so it must not run inside a transaction that the refusal undoes.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TRY, {"member": member_id, "deed": deed, "now": now})
        row = cursor.fetchone()
    if row is None:
        raise PageCodeWrong
    row_id, stored = row
    salt, _dollar, digest = stored.partition("$")
    if not hmac.compare_digest(_digest(salt, "".join(code.split())), digest):
        raise PageCodeWrong
    PageCode.objects.filter(pk=row_id).update(used_at=now)


def deliver_page_code(*, code_id: int, now: dt.datetime) -> JobProgress:
    """The job of one code: hand its mail over, again and again while it can still be of use."""
    expires_at = PageCode.objects.values_list("expires_at", flat=True).filter(pk=code_id).first()
    return hand_over(source=SOURCE, code_id=code_id, expires_at=expires_at, now=now)


def render_page_codes(
    claimed: Sequence[Claimed], *, links: Mapping[int, Links], now: dt.datetime
) -> dict[int, Mail | str]:
    """The mail of each code, in the member's language: what members.services.deliver asks for."""
    rows = PageCode.objects.in_bulk([one.source_id for one in claimed])
    mails: dict[int, Mail | str] = {}
    for one in claimed:
        language = one.language or "en"
        with translation.override(language):
            mails[one.message_id] = _mail(rows[one.source_id], language)
    return mails


def code_of(salt: str) -> str:
    """The six digits of a row, for whoever has the secret."""
    return mailed_codes.code_of(KEY_NAME, salt)


def _mail(row: PageCode, language: str) -> Mail:
    minutes = VALID.seconds // 60
    what = {
        PageDeed.DOWNLOAD: _("With it you can download what we know about you within %(minutes)s minutes."),
        PageDeed.LEAVE: _("With it you can leave and be forgotten within %(minutes)s minutes."),
    }[PageDeed(row.deed)] % {"minutes": minutes}
    warning = _("If you did not ask for it, somebody has a mail of ours to you. Give the code to nobody.")
    return mail_of(
        subject=_("Your code for your page"),
        code=code_of(row.code_hash.partition("$")[0]),
        what=what,
        warning=warning,
        language=language,
    )


def _digest(salt: str, code: str) -> str:
    return digest_of(KEY_NAME, salt, code)
