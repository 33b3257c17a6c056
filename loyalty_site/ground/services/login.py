"""Trying passwords: slowed down by who is tried and from where, never by the name alone (R47).

A name alone would let anybody lock the owner out from anywhere; an address alone would let one guesser in an office
lock the whole office out at once, so its own limit is ten times as high.
"""

from __future__ import annotations

import datetime as dt
import hashlib

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


def _subject(username: str, address: str) -> str:
    # Hashed: what is typed into the wrong field may be a password.
    return hashlib.sha256(f"{username.casefold()}\x00{address}".encode()).hexdigest()
