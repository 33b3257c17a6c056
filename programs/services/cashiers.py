"""The people at the tills: their PINs, and who is signed in where. The only writer of CashierShift."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import count, forget, record_audit
from loyalty_site.ground.services.transactions import joined_transaction
from programs.errors import CashierOther, CashierPinWrong, CashierRequired, CashierTries, PinTooSimple
from programs.models import Cashier, CashierShift, Terminal
from programs.rules.guarding import is_pin
from programs.services.tills import SignedIn, Till

TRIES, TRIES_WINDOW = 5, dt.timedelta(minutes=15)
_COUNTER = "cashier_pin"


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
    """Begin a shift at `till`, ending the one before. Raises CashierPinWrong, or CashierTries after TRIES wrong PINs.

    Tries are counted per till and number, so that nobody shuts a colleague out of every other till. A try is counted
    before it is looked at: of many at once no more than TRIES are.
    """
    assert till.terminal_id is not None
    with joined_transaction():
        subject = f"{till.terminal_id}:{number}"[:120]
        if count(name=_COUNTER, subject=subject, window=TRIES_WINDOW, by=1, now=now) > TRIES:
            raise CashierTries(minutes=TRIES_WINDOW.seconds // 60)
        cashier = Cashier.objects.filter(store=till.store_id, number=number, is_active=True).first()
        # Somebody unknown costs the time of a check as well.
        if not check_password(pin, cashier.pin_hash if cashier else "") or cashier is None:
            raise CashierPinWrong
        forget(name=_COUNTER, subject=subject)
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
    """Give a cashier a new PIN. Raises PinTooSimple."""
    if not is_pin(pin):
        raise PinTooSimple
    Cashier.objects.filter(pk=cashier_id).update(pin_hash=make_password(pin))
    record_audit(actor=actor, action="set_pin", target="programs.cashier", target_id=cashier_id, now=now)


def _end_shift(terminal_id: int, *, now: dt.datetime) -> bool:
    # The terminal's row serializes two sign-ins at one till.
    Terminal.objects.select_for_update().get(pk=terminal_id)
    return bool(CashierShift.objects.filter(terminal=terminal_id, ended_at__isnull=True).update(ended_at=now))
