"""Codes of six digits by mail, whatever they are for: how they are derived, written and handed over.

The code itself is stored nowhere: who writes the mail derives it from the row's salt and the installation's secret,
and the row has only a keyed hash to compare with. `secret` names the key, so that codes for one thing open no other.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import time

from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from loyalty_site.ground.services import JobProgress
from members.rules.mime import Mail
from members.services.delivery import cancel_messages, deliver
from members.services.links import secret_for

LOOK_AGAIN = dt.timedelta(seconds=5)


def code_of(secret: str, salt: str) -> str:
    """The six digits of a row, for whoever has the secret."""
    number = int.from_bytes(hmac.digest(secret_for(secret)[0], f"code:{salt}".encode(), hashlib.sha256)[:8])
    return f"{number % 1_000_000:06}"


def digest_of(secret: str, salt: str, code: str) -> str:
    """What a row keeps of a code."""
    return hmac.digest(secret_for(secret)[0], f"check:{salt}:{code}".encode(), hashlib.sha256).hex()


def hand_over(*, source: str, code_id: int, expires_at: dt.datetime | None, now: dt.datetime) -> JobProgress:
    """The job of one code: hand its mail over, again and again while it can still be of use. None: it is gone."""
    if expires_at is None or expires_at <= now:
        cancel_messages(source=source, group=code_id, now=now)
        return JobProgress(0, 1, is_finished=True)
    began = time.monotonic()
    done = deliver(
        source=source,
        group=code_id,
        limit=1,
        is_service=True,
        clock=lambda: now + dt.timedelta(seconds=time.monotonic() - began),
    )
    if not done.waiting:
        return JobProgress(1, 1, is_finished=True)
    again = min(done.next_due_at or now + LOOK_AGAIN, expires_at)
    return JobProgress(0, 1, is_finished=False, run_at=max(again, now + LOOK_AGAIN))


def mail_of(*, subject: str, code: str, what: str, warning: str, language: str) -> Mail:
    """The mail in the language that is active. The code is not in the subject: a locked phone shows it to everybody."""
    line = _("Your code: %(code)s") % {"code": code}
    html = format_html(
        '<div lang="{}" dir="{}"><p>{}</p><p>{} {}</p></div>',
        language,
        "rtl" if translation.get_language_bidi() else "ltr",
        line,
        what,
        warning,
    )
    return Mail(subject, f"{line}\n\n{what}\n{warning}\n", html, language)
