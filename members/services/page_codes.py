"""Codes for the own page: six digits by mail for one deed that the link of a mail alone must not do.

A mail is passed on, and its link with it; only who reads the member's mailbox today gets the code. As with codes for
spending, the code itself is stored nowhere: who writes the mail derives it from the row's salt and the secret.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence

from django.db import connection, transaction
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from loyalty_site.ground.services import JobProgress, count, enqueue_job
from members.errors import PageCodesTooMany, PageCodeUnsendable, PageCodeWrong
from members.models import Channel, PageCode, PageDeed, Purpose
from members.rules.mime import Mail
from members.services.delivery import Claimed, cancel_messages, deliver, plan_messages
from members.services.links import Links, secret_for
from members.services.suppressions import addresses_of

SOURCE = "page_code"
VALID = dt.timedelta(minutes=15)
TRIES = 5
SENDS, SENDS_WINDOW = 5, dt.timedelta(hours=1)
LOOK_AGAIN = dt.timedelta(seconds=5)
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
    if expires_at is None or expires_at <= now:
        cancel_messages(source=SOURCE, group=code_id, now=now)
        return JobProgress(0, 1, is_finished=True)
    began = time.monotonic()
    done = deliver(
        source=SOURCE,
        group=code_id,
        limit=1,
        is_service=True,
        clock=lambda: now + dt.timedelta(seconds=time.monotonic() - began),
    )
    if not done.waiting:
        return JobProgress(1, 1, is_finished=True)
    again = min(done.next_due_at or now + LOOK_AGAIN, expires_at)
    return JobProgress(0, 1, is_finished=False, run_at=max(again, now + LOOK_AGAIN))


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
    number = int.from_bytes(hmac.digest(_key(), f"code:{salt}".encode(), hashlib.sha256)[:8])
    return f"{number % 1_000_000:06}"


def _mail(row: PageCode, language: str) -> Mail:
    code = _("Your code: %(code)s") % {"code": code_of(row.code_hash.partition("$")[0])}
    minutes = VALID.seconds // 60
    what = {
        PageDeed.DOWNLOAD: _("With it you can download what we know about you within %(minutes)s minutes."),
        PageDeed.LEAVE: _("With it you can leave and be forgotten within %(minutes)s minutes."),
    }[PageDeed(row.deed)] % {"minutes": minutes}
    warning = _("If you did not ask for it, somebody has a mail of ours to you. Give the code to nobody.")
    text = f"{code}\n\n{what}\n{warning}\n"
    html = format_html(
        '<div lang="{}" dir="{}"><p>{}</p><p>{} {}</p></div>',
        language,
        "rtl" if translation.get_language_bidi() else "ltr",
        code,
        what,
        warning,
    )
    return Mail(_("Your code for your page"), text, html, language)


def _digest(salt: str, code: str) -> str:
    return hmac.digest(_key(), f"check:{salt}:{code}".encode(), hashlib.sha256).hex()


def _key() -> bytes:
    return secret_for("page codes")[0]
