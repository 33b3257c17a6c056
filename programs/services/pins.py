"""A member's own PIN for spending, and trying it. The only writer of SpendingPin."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import count, forget, record_audit
from loyalty_site.ground.services.counters import window_start
from programs.errors import PinTooSimple, PinTries, PinWrong
from programs.models import FlagKind, SpendingPin
from programs.rules.guarding import is_pin
from programs.services.flags import Subject, raise_flag
from programs.services.tills import Till

TRIES, TRIES_WINDOW = 5, dt.timedelta(hours=1)
_COUNTER = "spending_pin"


@transaction.atomic
def set_pin(*, member_id: int, pin: str, actor: Principal, now: dt.datetime) -> None:
    """Give a member a new PIN; wrong tries are forgotten. Raises PinTooSimple."""
    if not is_pin(pin):
        raise PinTooSimple
    SpendingPin.objects.update_or_create(member_id=member_id, defaults={"pin_hash": make_password(pin), "set_at": now})
    forget(name=_COUNTER, subject=str(member_id))
    record_audit(actor=actor, action="set_pin", target="members.member", target_id=member_id, now=now)


@transaction.atomic
def remove_pin(*, member_id: int, actor: Principal, now: dt.datetime) -> bool:
    """Take a member's PIN away; False when they had none."""
    gone = bool(SpendingPin.objects.filter(member_id=member_id).delete()[0])
    if gone:
        record_audit(actor=actor, action="remove_pin", target="members.member", target_id=member_id, now=now)
    return gone


def forget_pin(member_id: int) -> None:
    """Without an act of its own: a part of an erasure, in its transaction."""
    SpendingPin.objects.filter(member_id=member_id).delete()
    forget(name=_COUNTER, subject=str(member_id))


def inherit_pin(*, from_id: int, to_id: int) -> bool:
    """A merge takes no protection away: the survivor without a PIN gets the other's. False when there was nothing to do."""
    pin = SpendingPin.objects.filter(member_id=from_id).first()
    if pin is None or SpendingPin.objects.filter(member_id=to_id).exists():
        return False
    SpendingPin.objects.create(member_id=to_id, pin_hash=pin.pin_hash, set_at=pin.set_at)
    return True


def return_pin(*, from_id: int, to_id: int) -> None:
    """After an undo: the survivor's PIN goes when it still is the other's."""
    theirs = SpendingPin.objects.filter(member_id=from_id).values_list("pin_hash", flat=True).first()
    SpendingPin.objects.filter(member_id=to_id, pin_hash=theirs).delete()


def try_pin(*, member_id: int, pin: str, till: Till, now: dt.datetime) -> None:
    """Pass when the PIN is right. Raises PinWrong, or PinTries after TRIES wrong ones; both are counted.

    Joins the caller's transaction, whose refusal must be committed for the count to stay. A try is counted before it
    is looked at and the counter's row stays locked until the end, so of many at once no more than TRIES are looked at.
    """
    subject = str(member_id)
    tries = count(name=_COUNTER, subject=subject, window=TRIES_WINDOW, by=1, now=now)
    if tries > TRIES:
        raise PinTries(minutes=TRIES_WINDOW.seconds // 60)
    stored = SpendingPin.objects.filter(member_id=member_id).values_list("pin_hash", flat=True).first()
    if check_password(pin, stored or ""):
        forget(name=_COUNTER, subject=subject)
        return
    if tries == TRIES:
        raise_flag(
            FlagKind.PIN_TRIES,
            f"{member_id}:{window_start(now, TRIES_WINDOW):%Y-%m-%dT%H}",
            Subject(till.store_id, till.terminal_id, till.cashier.id if till.cashier else None, member_id),
            details={"tries": tries},
            now=now,
        )
    raise PinWrong
