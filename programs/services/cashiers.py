"""The people at the tills: their PINs, and who is signed in where. The only writer of CashierShift."""

from __future__ import annotations

import datetime as dt
import math

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import count, forget, record_audit
from loyalty_site.ground.services.counters import count_less, window_start
from loyalty_site.ground.services.transactions import joined_transaction
from programs.errors import (
    CashierOther,
    CashierPinWrong,
    CashierRequired,
    CashierTillTries,
    CashierTries,
    PinTooSimple,
)
from programs.models import Cashier, CashierShift, Terminal
from programs.rules.guarding import is_pin
from programs.services.tills import SignedIn, Till

TRIES, TRIES_WINDOW = 5, dt.timedelta(minutes=15)
# Over all numbers: more slips than a till's people make, and too few to walk through everybody's number with one PIN.
TILL_TRIES, TILL_WINDOW = 20, dt.timedelta(hours=1)
_COUNTER, _TILL_COUNTER = "cashier_pin", "cashier_pin_till"


def cashier_for(till: Till, named: str) -> str:
    """The number of the cashier of an operation: whom the till names, else who is signed in; "" when nobody is known.

    Where cashiers sign in with a PIN, raises CashierRequired and CashierOther. Costs no statement.
    """
    signed_in = till.cashier
    if till.limits.needs_cashier_pin:
        if signed_in is None:
            raise CashierRequired
        if named and named != signed_in.number:
            raise CashierOther(signed_in=signed_in.number)
    return named or (signed_in.number if signed_in else "")


def sign_in(*, till: Till, number: str, pin: str, now: dt.datetime) -> SignedIn:
    """Begin a shift at `till`, ending the one before. Raises CashierPinWrong, CashierTries after TRIES wrong PINs of one
    number, or CashierTillTries after TILL_TRIES wrong ones of whatever numbers.

    Tries are counted per till, so that nobody shuts a colleague out of every other till. A try is counted before it is
    looked at: of many at once no more than TRIES are.
    """
    assert till.terminal_id is not None
    with joined_transaction():
        subject, everybody = _subject(till.terminal_id, number), str(till.terminal_id)
        if count(name=_COUNTER, subject=subject, window=TRIES_WINDOW, by=1, now=now) > TRIES:
            raise CashierTries(minutes=_minutes_left(TRIES_WINDOW, now))
        # Only what is looked at: whoever leans on one number's button does not close the till to the others.
        if count(name=_TILL_COUNTER, subject=everybody, window=TILL_WINDOW, by=1, now=now) > TILL_TRIES:
            raise CashierTillTries(minutes=_minutes_left(TILL_WINDOW, now))
        cashier = Cashier.objects.filter(store=till.store_id, number=number, is_active=True).first()
        # Somebody unknown costs the time of a check as well.
        if not check_password(pin, cashier.pin_hash if cashier else "") or cashier is None:
            raise CashierPinWrong
        forget(name=_COUNTER, subject=subject)
        # Not forgotten: else who knows one PIN would guess at the others for ever, signing in between.
        count_less(name=_TILL_COUNTER, subject=everybody, window_at=window_start(now, TILL_WINDOW), by=1)
        _end_shift(till.terminal_id, now=now)
        CashierShift.objects.create(terminal_id=till.terminal_id, cashier=cashier, began_at=now)
    return SignedIn(cashier.pk, cashier.number, cashier.name)


def sign_out(*, till: Till, now: dt.datetime) -> bool:
    """End the shift at `till`; False when nobody was signed in."""
    assert till.terminal_id is not None
    with joined_transaction():
        return _end_shift(till.terminal_id, now=now)


@transaction.atomic
def set_cashier_pin(*, cashier_id: int, pin: str, actor: Principal, now: dt.datetime) -> None:
    """Give a cashier a new PIN, with which they sign in at once: the store's tills forget the wrong tries they counted
    of this number and altogether. Raises PinTooSimple."""
    if not is_pin(pin):
        raise PinTooSimple
    cashiers = Cashier.objects.filter(pk=cashier_id)
    cashiers.update(pin_hash=make_password(pin))
    tills = Terminal.objects.filter(store__cashiers=cashier_id).order_by("pk").values_list("pk", flat=True)
    for number in cashiers.values_list("number", flat=True):
        for till in tills:  # in the order in which sign_in counts
            forget(name=_COUNTER, subject=_subject(till, number))
            forget(name=_TILL_COUNTER, subject=str(till))
    record_audit(actor=actor, action="set_pin", target="programs.cashier", target_id=cashier_id, now=now)


def _end_shift(terminal_id: int, *, now: dt.datetime) -> bool:
    # The terminal's row serializes two sign-ins at one till.
    Terminal.objects.select_for_update().get(pk=terminal_id)
    return bool(CashierShift.objects.filter(terminal=terminal_id, ended_at__isnull=True).update(ended_at=now))


def _subject(terminal_id: int, number: str) -> str:
    return f"{terminal_id}:{number}"[:120]


def _minutes_left(window: dt.timedelta, now: dt.datetime) -> int:
    return math.ceil((window_start(now, window) + window - now) / dt.timedelta(minutes=1))
