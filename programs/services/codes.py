"""Codes for spending: six digits by mail, for one till, one member, so many points and a few minutes (R51).

The code itself is stored nowhere, neither in a row nor in a job: who writes the mail derives it from the row's salt
and the installation's secret, and the row has only a keyed hash to compare with. A copy of the database is no help.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Mapping, Sequence

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from loyalty_site.ground.rules.money import from_minor
from loyalty_site.ground.services import JobProgress, count, enqueue_job
from loyalty_site.ground.services.transactions import joined_transaction
from members.models import Channel, Purpose
from members.services import Claimed, Links, Mail, plan_messages
from members.services.mailed_codes import code_of, digest_of, hand_over, mail_of
from programs.errors import CodeNotSendable, CodesTooMany, CodeWrong, PinTooSimple
from programs.models import SpendingCode
from programs.queries.risk import member_standing
from programs.queries.today import active_program
from programs.rules.guarding import is_pin, is_within
from programs.services.pins import set_pin
from programs.services.tills import Till

SOURCE = "spending_code"
KEY_NAME = "spending codes"
VALID = dt.timedelta(minutes=5)
TRIES = 5
SENDS, SENDS_WINDOW = 5, dt.timedelta(hours=1)
# The newest code only: an older one ends when a new one is asked for. The row stays locked until the caller's
# transaction ends, so of many tries at once each counts.
_TRY = """
    UPDATE programs_spendingcode SET tries_left = tries_left - 1
    WHERE id = (SELECT id FROM programs_spendingcode WHERE member_id = %(member)s AND terminal_id = %(terminal)s
                ORDER BY id DESC LIMIT 1)
      AND used_at IS NULL AND tries_left > 0 AND expires_at > %(now)s AND {enough}
    RETURNING id, code_hash
"""
_TRY_SPENDING = _TRY.format(enough="points > 0 AND points >= %(points)s")
_TRY_PIN = _TRY.format(enough="points = 0")


def send_code(*, till: Till, member_id: int, points: int, now: dt.datetime) -> dt.datetime:
    """Have a code sent for spending up to `points` (minor); 0: for choosing a PIN. Returns until when it is valid.

    Raises CodeNotSendable when the member has no e-mail or a new one only, CodesTooMany after SENDS in an hour.
    """
    assert till.terminal_id is not None
    with joined_transaction():
        standing = member_standing(member_id)
        if not standing.has_email or is_within(standing.email_changed_at, till.limits.step_up_contact_hours, now):
            raise CodeNotSendable
        if count(name="code_sends", subject=str(member_id), window=SENDS_WINDOW, by=1, now=now) > SENDS:
            raise CodesTooMany(minutes=SENDS_WINDOW.seconds // 60)
        salt = secrets.token_hex(16)
        row = SpendingCode.objects.create(
            member_id=member_id,
            terminal_id=till.terminal_id,
            points=points,
            code_hash=f"{salt}${_digest(salt, _code(salt))}",
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
        enqueue_job(kind="programs.send_code", payload={"code_id": row.pk}, now=now, total_count=1)
    return row.expires_at


def try_code(*, member_id: int, points: int, code: str, till: Till, now: dt.datetime) -> None:
    """Pass when `code` was sent for this till, this member and at least `points`; it is used then. Raises CodeWrong.

    Joins the caller's transaction, whose refusal must be committed for the try to count.
    """
    _try(_TRY_SPENDING, member_id, points, code, till, now)


def choose_pin(*, till: Till, member_id: int, code: str, pin: str, now: dt.datetime) -> None:
    """A member chooses a PIN at the till, proving by a code that it is them. Raises PinTooSimple or CodeWrong."""
    if not is_pin(pin):
        raise PinTooSimple
    with joined_transaction():
        _try(_TRY_PIN, member_id, 0, code, till, now)
        set_pin(member_id=member_id, pin=pin, actor=till.principal, now=now)


def forget_codes(member_id: int) -> None:
    """No code of theirs works any more. A part of an erasure, in its transaction."""
    SpendingCode.objects.filter(member_id=member_id, used_at__isnull=True).update(tries_left=0)


def forget_old_codes(*, before: dt.datetime, limit: int) -> int:
    """Delete up to `limit` codes that ended before; how many. Joins the caller's transaction."""
    ids = list(SpendingCode.objects.filter(expires_at__lt=before).order_by("pk").values_list("pk", flat=True)[:limit])
    return SpendingCode.objects.filter(pk__in=ids).delete()[0]


def deliver_code(*, code_id: int, now: dt.datetime) -> JobProgress:
    """The job of one code: hand its mail over, again and again while it can still be of use."""
    expires_at = SpendingCode.objects.values_list("expires_at", flat=True).filter(pk=code_id).first()
    return hand_over(source=SOURCE, code_id=code_id, expires_at=expires_at, now=now)


def render_codes(claimed: Sequence[Claimed], *, links: Mapping[int, Links], now: dt.datetime) -> dict[int, Mail | str]:
    """The mail of each code, in the member's language: what members.services.deliver asks for."""
    rows = (
        SpendingCode.objects.filter(pk__in=[one.source_id for one in claimed])
        .select_related("terminal__store")
        .in_bulk()
    )
    decimals = _point_decimals()
    mails: dict[int, Mail | str] = {}
    for one in claimed:
        row = rows[one.source_id]
        language = one.language or "en"
        with translation.override(language):
            mails[one.message_id] = _mail(row, decimals, language)
    return mails


def _mail(row: SpendingCode, decimals: int, language: str) -> Mail:
    minutes = VALID.seconds // 60
    if row.points:
        what = _("With it up to %(points)s points can be spent in %(store)s within %(minutes)s minutes.")
    else:
        what = _("With it you can choose a PIN for your points in %(store)s within %(minutes)s minutes.")
    what %= {
        "points": f"{from_minor(row.points, decimals):f}",
        "store": row.terminal.store.name,
        "minutes": minutes,
    }
    warning = _("If you are not at the till now, give the code to nobody.")
    return mail_of(
        subject=_("Your code for the till"),
        code=_code(row.code_hash.partition("$")[0]),
        what=what,
        warning=warning,
        language=language,
    )


def _try(sql: str, member_id: int, points: int, code: str, till: Till, now: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"member": member_id, "terminal": till.terminal_id, "points": points, "now": now})
        row = cursor.fetchone()
    if row is None:
        raise CodeWrong
    row_id, stored = row
    salt, _dollar, digest = stored.partition("$")
    if not hmac.compare_digest(_digest(salt, code), digest):
        raise CodeWrong
    SpendingCode.objects.filter(pk=row_id).update(used_at=now)


def _code(salt: str) -> str:
    return code_of(KEY_NAME, salt)


def _digest(salt: str, code: str) -> str:
    return digest_of(KEY_NAME, salt, code)


def _point_decimals() -> int:
    program = active_program()
    return program.point_decimals if program else 0
