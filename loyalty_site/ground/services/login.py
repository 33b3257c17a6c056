"""Trying passwords: slowed down by who is tried and from where, never by the name alone (R47).

A name alone would let anybody lock the owner out from anywhere; an address alone would let one guesser in an office
lock the whole office out at once, so its own limit is ten times as high.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from loyalty_site.ground.models import User
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services.audit import record_audit
from loyalty_site.ground.services.counters import Tally, count_all, forget, window_start

WINDOW = dt.timedelta(minutes=15)
TRIES, TRIES_OF_ADDRESS = 5, 50
_COUNTER = "login"


def note_login_try(*, username: str, address: str, now: dt.datetime) -> int:
    """Count a try before its password is looked at. Returns 0 when it may be, else the seconds to wait.

    Of many tries at once no more than TRIES of one name from one address are looked at.
    """
    began = window_start(now, WINDOW)
    both, anybody = count_all(
        [Tally(_COUNTER, _subject(username, address), began), Tally(_COUNTER, _subject("", address), began)]
    )
    if both <= TRIES and anybody <= TRIES_OF_ADDRESS:
        return 0
    return max(1, int((began + WINDOW - now).total_seconds()))


def forget_login_tries(*, username: str, address: str) -> None:
    """The password was right: this person's earlier slips here no longer count."""
    forget(name=_COUNTER, subject=_subject(username, address))


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What came of a password given again. `wait`: seconds until one is looked at again; then nothing was looked at."""

    is_right: bool
    wait: int = 0


def confirm_password(
    *, person: User, password: str, address: str, before: str, actor: Principal, now: dt.datetime
) -> Confirmation:
    """Whether it is the person's password, asked for `before` a page (the name of its address).

    Counted with the tries to log in, so that a session left open is no way to guess; what came of it is audited.
    """
    wait = note_login_try(username=person.get_username(), address=address, now=now)
    if wait:
        return Confirmation(is_right=False, wait=wait)
    is_right = person.check_password(password)
    if is_right:
        forget_login_tries(username=person.get_username(), address=address)
    record_audit(
        actor=actor,
        action="confirm_password" if is_right else "wrong_password",
        target="ground.user",
        target_id=person.pk,
        now=now,
        details={"before": before},
    )
    return Confirmation(is_right)


def _subject(username: str, address: str) -> str:
    # Hashed: what is typed into the wrong field may be a password.
    return hashlib.sha256(f"{username.casefold()}\x00{address}".encode()).hexdigest()
