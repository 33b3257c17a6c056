"""What guards the points at the tills: limits of a day, and when a spending must be confirmed. Pure.

Points are whole or decimal points here, as people write them in the back office.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

# Also without any limits set up: nobody may walk through the numbers of everybody (T57).
LOOKUP_MISSES = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits at the till of the running programme; None is no limit. docs/glossary.md, "limits at the till"."""

    lookup_misses: int | None = LOOKUP_MISSES
    member_spend_day: Decimal | None = None
    member_earn_day: Decimal | None = None
    member_receipts_day: int | None = None
    cashier_earn_day: Decimal | None = None
    needs_cashier_pin: bool = False
    step_up_points: Decimal | None = None
    step_up_first: bool = False
    step_up_new_till_hours: int | None = None
    step_up_contact_hours: int | None = None

    @property
    def may_ask(self) -> bool:
        """Whether any spending at all might have to be confirmed."""
        return self.step_up_first or any(
            limit is not None
            for limit in (self.step_up_points, self.step_up_new_till_hours, self.step_up_contact_hours)
        )


@dataclass(frozen=True, slots=True)
class Risk:
    """What is known when points are to be spent. `contact_changed_at`: when a phone or e-mail last replaced another."""

    points: Decimal
    is_first: bool
    till_enrolled_at: dt.datetime | None
    contact_changed_at: dt.datetime | None


def is_within(moment: dt.datetime | None, hours: int | None, now: dt.datetime) -> bool:
    """Whether `moment` is less than `hours` ago; no when either is missing."""
    return moment is not None and hours is not None and now - moment < dt.timedelta(hours=hours)


def must_confirm(limits: Limits, risk: Risk, now: dt.datetime) -> bool:
    """Whether the member must confirm this spending by PIN or code (R51): by its size, or because the member, the
    till or their contact details are new."""
    return (
        (limits.step_up_points is not None and risk.points >= limits.step_up_points)
        or (limits.step_up_first and risk.is_first)
        or is_within(risk.till_enrolled_at, limits.step_up_new_till_hours, now)
        or is_within(risk.contact_changed_at, limits.step_up_contact_hours, now)
    )


def is_pin(pin: str) -> bool:
    """Whether this can be a PIN: 4 to 8 digits, and none of those that anybody tries first (one digit again and
    again, digits in a row)."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
        return False
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return steps not in ({0}, {1}, {-1})
