"""Terminals as devices: enrolled once by a code, then known by a token that is stored only as a hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.db import connection, transaction

from loyalty_site.ground.policy import Kind, Principal
from loyalty_site.ground.services import record_audit
from programs.errors import EnrolmentCodeInvalid
from programs.models import Terminal, TerminalState

CODE_VALID = dt.timedelta(hours=24)
SEEN_EVERY = dt.timedelta(minutes=5)
# No 0/O, 1/I/L: the code is read aloud and typed once.
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Till:
    """Where an operation happens: a terminal in its store, with the company's money."""

    terminal_id: int | None
    store_id: int
    store_code: str
    partner_id: int
    zone: str
    register: str
    currency: str
    currency_exponent: int
    scopes: frozenset[str] = frozenset()
    label: str = ""

    @property
    def principal(self) -> Principal:
        return Principal(Kind.TERMINAL, self.terminal_id, self.label, scopes=self.scopes)


# The one query of authentication: terminal, store and company together.
_TILL = """
    SELECT t.id, s.id, s.code, s.partner_id, s.time_zone, t.register, c.currency, c.currency_exponent, t.scopes,
           t.name, t.last_seen_at
    FROM programs_terminal t
    JOIN programs_store s ON s.id = t.store_id
    CROSS JOIN ground_company c
    WHERE t.{column} = %s AND t.state = 'active'
"""


def till_by_token(token: str, *, now: dt.datetime) -> Till | None:
    """The active terminal with this token, or None. Notes that it was seen, at most every few minutes."""
    return _till("token_hash", hash_secret(token), now)


def till_by_terminal(terminal_id: int, *, now: dt.datetime) -> Till | None:
    """The same for an active terminal whose id is known: for work of our own."""
    return _till("id", terminal_id, now)


def issue_enrolment_code(*, terminal: Terminal, actor: Principal, now: dt.datetime) -> str:
    """A fresh single-use code for `terminal`, valid for a day; the terminal's old token ends at once."""
    code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
    with transaction.atomic():
        Terminal.objects.filter(pk=terminal.pk).update(
            state=TerminalState.NEW,
            token_hash=None,
            enrolment_hash=hash_secret(code),
            enrolment_expires_at=now + CODE_VALID,
        )
        record_audit(actor=actor, action="issue_code", target="programs.terminal", target_id=terminal.pk, now=now)
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def enrol_terminal(*, code: str, version: str, now: dt.datetime) -> tuple[Terminal, str]:
    """Trade an enrolment code for a token; (terminal, token). The token is shown this once.

    Raises EnrolmentCodeInvalid for a wrong, used or old code, all alike.
    """
    token = secrets.token_urlsafe(32)
    plain = code.replace("-", "").replace(" ", "").upper()
    with transaction.atomic():
        terminal = (
            Terminal.objects.select_for_update()
            .filter(enrolment_hash=hash_secret(plain), enrolment_expires_at__gt=now, state=TerminalState.NEW)
            .select_related("store")
            .first()
        )
        if terminal is None:
            raise EnrolmentCodeInvalid
        terminal.state = TerminalState.ACTIVE
        terminal.token_hash = hash_secret(token)
        terminal.enrolment_hash = None
        terminal.enrolment_expires_at = None
        terminal.version = version[:60]
        terminal.last_seen_at = now
        terminal.save()
        actor = Principal(Kind.TERMINAL, terminal.pk, str(terminal))
        record_audit(actor=actor, action="enrol", target="programs.terminal", target_id=terminal.pk, now=now)
    return terminal, token


def revoke_terminal(*, terminal: Terminal, actor: Principal, now: dt.datetime) -> None:
    """End a terminal's access at once."""
    with transaction.atomic():
        Terminal.objects.filter(pk=terminal.pk).update(
            state=TerminalState.REVOKED, token_hash=None, enrolment_hash=None, enrolment_expires_at=None
        )
        record_audit(actor=actor, action="revoke", target="programs.terminal", target_id=terminal.pk, now=now)


def hash_secret(secret: str) -> bytes:
    """SHA-256. Enough here: tokens have 256 random bits and codes live for a day, so nothing can be guessed offline."""
    return hashlib.sha256(secret.encode()).digest()


def _till(column: str, value: bytes | int, now: dt.datetime) -> Till | None:
    with connection.cursor() as cursor:
        cursor.execute(_TILL.format(column=column), [value])
        row = cursor.fetchone()
    if row is None:
        return None
    terminal_id, store_id, store_code, partner_id, zone, register, currency, exponent, scopes, name, seen_at = row
    if column == "token_hash" and (seen_at is None or now - seen_at > SEEN_EVERY):
        Terminal.objects.filter(pk=terminal_id).update(last_seen_at=now)
    return Till(
        terminal_id=terminal_id,
        store_id=store_id,
        store_code=store_code,
        partner_id=partner_id,
        zone=zone,
        register=register,
        currency=currency,
        currency_exponent=exponent,
        scopes=frozenset(scopes),
        label=f"{store_code}/{name}",
    )
