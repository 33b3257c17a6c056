"""Terminals as devices: enrolled once by a code, then known by a token that is stored only as a hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from loyalty_site.ground.policy import Kind, Principal
from loyalty_site.ground.services import record_audit
from loyalty_site.ground.services.counters import window_start
from loyalty_site.ground.statements import Statement
from programs.errors import EnrolmentCodeInvalid
from programs.models import Terminal, TerminalState
from programs.rules.guarding import Limits

CODE_VALID = dt.timedelta(hours=24)
SEEN_EVERY = dt.timedelta(minutes=5)
# No 0/O, 1/I/L: the code is read aloud and typed once.
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 12
# Look-ups that miss are counted per terminal in windows of this length (T57).
MISS_COUNTER, MISS_WINDOW = "lookup_miss", dt.timedelta(minutes=10)
DEFAULTS = Limits()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The cashier who is signed in at a till."""

    id: int
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Till:
    """Where an operation happens: a terminal in its store, with the company's money and the limits that hold.

    `lookups_missed`: how many look-ups found nobody in this window of MISS_WINDOW.
    """

    terminal_id: int | None
    store_id: int
    store_code: str
    partner_id: int
    partner_code: str
    zone: str
    register: str
    currency: str
    currency_exponent: int
    scopes: frozenset[str] = frozenset()
    label: str = ""
    channel: str = "till"
    limits: Limits = DEFAULTS
    enrolled_at: dt.datetime | None = None
    cashier: SignedIn | None = None
    lookups_missed: int = 0

    @property
    def principal(self) -> Principal:
        return Principal(Kind.TERMINAL, self.terminal_id, self.label, scopes=self.scopes)


# The one query of authentication: terminal, store, company, limits, who is signed in, and what was missed, together.
_TILL = """
    SELECT t.id, s.id, s.code, s.partner_id, s.time_zone, t.register, c.currency, c.currency_exponent, t.scopes,
           t.name, a.code, t.channel, t.last_seen_at, t.enrolled_at, h.id, h.number, h.name,
           (SELECT k.value FROM ground_counter k
            WHERE k.name = %(counter)s AND k.subject = t.id::text AND k.window_at = %(window)s),
           {is_next}, y.program_id, y.lookup_misses, y.member_spend_day, y.member_earn_day, y.member_receipts_day,
           y.cashier_earn_day, y.cashier_pin_required, y.step_up_points, y.step_up_first, y.step_up_new_till_hours,
           y.step_up_contact_hours
    FROM programs_terminal t
    JOIN programs_store s ON s.id = t.store_id
    JOIN programs_partner a ON a.id = s.partner_id
    CROSS JOIN ground_company c
    LEFT JOIN programs_program p ON p.state = 'active'
    LEFT JOIN programs_tillpolicy y ON y.program_id = p.id
    LEFT JOIN programs_cashiershift f ON f.terminal_id = t.id AND f.ended_at IS NULL
    LEFT JOIN programs_cashier h ON h.id = f.cashier_id AND h.is_active
    WHERE {where} AND t.state = 'active'
"""
_BY_TOKEN = Statement(
    _TILL.format(
        is_next="t.next_token_hash IS NOT DISTINCT FROM %(key)s",
        where="(t.token_hash = %(key)s OR t.next_token_hash = %(key)s)",
    )
)
_BY_ID = Statement(_TILL.format(is_next="false", where="t.id = %(key)s"))
# The condition again: a rotation that came in between has made another token the next one.
_BEGIN_NEXT = """
    UPDATE programs_terminal SET token_hash = next_token_hash, next_token_hash = NULL
    WHERE id = %s AND next_token_hash = %s
"""


def till_by_token(token: str, *, version: str = "", now: dt.datetime) -> Till | None:
    """The active terminal with this token, or None.

    Notes that it was seen, and with what software, at most every few minutes. The first use of a rotated token ends
    the one before it.
    """
    key = hash_secret(token)
    row = _row(_BY_TOKEN, key, now)
    if row is None:
        return None
    terminal_id, seen_at, is_next = row[0], row[12], row[18]
    if is_next:
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN_NEXT, [terminal_id, key])
    if seen_at is None or now - seen_at > SEEN_EVERY:
        seen = {"version": plain} if (plain := "".join(filter(str.isprintable, version))[:60]) else {}
        Terminal.objects.filter(pk=terminal_id).update(last_seen_at=now, **seen)
    return _till(row)


def till_by_terminal(terminal_id: int, *, now: dt.datetime) -> Till | None:
    """The same for an active terminal whose id is known: for work of our own."""
    row = _row(_BY_ID, terminal_id, now)
    return _till(row) if row else None


def issue_enrolment_code(*, terminal: Terminal, actor: Principal, now: dt.datetime) -> str:
    """A fresh single-use code for `terminal`, valid for a day; the terminal's old token ends at once."""
    code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
    with transaction.atomic():
        Terminal.objects.filter(pk=terminal.pk).update(
            state=TerminalState.NEW,
            token_hash=None,
            next_token_hash=None,
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
        terminal.next_token_hash = None
        terminal.enrolment_hash = None
        terminal.enrolment_expires_at = None
        terminal.version = version[:60]
        terminal.enrolled_at = terminal.last_seen_at = now
        terminal.save()
        actor = Principal(Kind.TERMINAL, terminal.pk, str(terminal))
        record_audit(actor=actor, action="enrol", target="programs.terminal", target_id=terminal.pk, now=now)
    return terminal, token


def rotate_token(*, till: Till, now: dt.datetime) -> str:
    """A new token for a terminal, shown this once. The old one counts until the new one is first used, so a lost
    answer locks nobody out: rotating again replaces the token that never arrived."""
    assert till.terminal_id is not None
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Terminal.objects.filter(pk=till.terminal_id, state=TerminalState.ACTIVE).update(
            next_token_hash=hash_secret(token)
        )
        record_audit(
            actor=till.principal, action="rotate", target="programs.terminal", target_id=till.terminal_id, now=now
        )
    return token


def revoke_terminal(*, terminal: Terminal, actor: Principal, now: dt.datetime) -> None:
    """End a terminal's access at once."""
    with transaction.atomic():
        Terminal.objects.filter(pk=terminal.pk).update(
            state=TerminalState.REVOKED,
            token_hash=None,
            next_token_hash=None,
            enrolment_hash=None,
            enrolment_expires_at=None,
        )
        record_audit(actor=actor, action="revoke", target="programs.terminal", target_id=terminal.pk, now=now)


def hash_secret(secret: str) -> bytes:
    """SHA-256. Enough here: tokens have 256 random bits and codes live for a day, so nothing can be guessed offline."""
    return hashlib.sha256(secret.encode()).digest()


def _row(statement: Statement, key: bytes | int, now: dt.datetime) -> Any:
    return statement.row({"key": key, "counter": MISS_COUNTER, "window": window_start(now, MISS_WINDOW)})


def _till(row: Any) -> Till:
    (terminal_id, store_id, store_code, partner_id, zone, register, currency, exponent, scopes, name,
     partner_code, channel, _seen_at, enrolled_at, cashier_id, cashier_number, cashier_name, missed, _is_next, has_limits, *limits) = row  # fmt: skip
    return Till(
        terminal_id=terminal_id,
        store_id=store_id,
        store_code=store_code,
        partner_id=partner_id,
        partner_code=partner_code,
        zone=zone,
        register=register,
        currency=currency,
        currency_exponent=exponent,
        scopes=frozenset(scopes),
        label=f"{store_code}/{name}",
        channel=channel,
        limits=Limits(*limits) if has_limits else DEFAULTS,
        enrolled_at=enrolled_at,
        cashier=SignedIn(cashier_id, cashier_number, cashier_name) if cashier_id else None,
        lookups_missed=missed or 0,
    )
