"""Guarding a spending and counting a day: asked by every operation at a till that spends or gives points (R50, R51).

Where a programme sets no limits this costs nothing; else one statement to count with, and one more when points are
to be spent and might have to be confirmed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from loyalty_site.ground.rules.money import from_minor, plain_text
from loyalty_site.ground.services import Tally, count_all
from programs.errors import CodeOnlyNames, DayLimitReached, OwnCard, SpendingWaits, StepUpRequired
from programs.models import Cashier, FlagKind
from programs.queries.risk import MemberStanding, member_standing
from programs.queries.shoppers import Shopper
from programs.rules.documents import Compiled
from programs.rules.guarding import Limits, Risk, is_within, must_confirm
from programs.services.codes import try_code
from programs.services.flags import Finding, Subject, raise_flags
from programs.services.lookups import is_known_by_code_only
from programs.services.pins import try_pin
from programs.services.tills import Till

if TYPE_CHECKING:
    from programs.services.sales import Sold  # which asks us


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what at a till; points in minor units of `version`. `pin` and `code`: what the member typed, or ""."""

    till: Till
    member_id: int
    version: Compiled
    spends: int = 0
    earns: int = 0
    receipts: int = 0
    cashier_number: str = ""
    pin: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    # Who confirms: of a company the person who buys for it.
    person_id: int | None = None
    key_kind: str = ""  # by which kind of key they were found, or "id"

    @property
    def confirms_id(self) -> int:
        return self.member_id if self.person_id is None else self.person_id


@dataclass(frozen=True, slots=True)
class Day:
    """What a deed counted, to be taken back when it is not done after all."""

    tallies: tuple[Tally, ...] = ()
    values: tuple[int, ...] = ()


def deed_of(sold: Sold) -> Deed | None:
    """What the limits at the till are asked about; None for a sale without points."""
    if sold.shopper is None or sold.version is None or sold.outcome is None:
        return None
    order = sold.order
    return Deed(
        till=order.till,
        member_id=sold.shopper.member_id,
        version=sold.version,
        spends=sold.outcome.redemption.points,
        earns=sold.outcome.points,
        receipts=1,
        cashier_number=order.cashier_number,
        pin=order.pin,
        code=order.code,
        person_id=sold.shopper.person_id,
        key_kind=sold.shopper.key_kind,
    )


def confirm(deed: Deed, *, now: dt.datetime) -> None:
    """Let a spending pass that need not be confirmed, or is, by PIN or by code. Digits that a member chose say who it is
    and pay nothing: whoever was found by them alone confirms, whatever the limits (R52).

    Raises StepUpRequired (`ways` in the context), CodeOnlyNames, SpendingWaits, PinWrong, PinTries or CodeWrong. Joins the caller's
    transaction, whose refusal is to be committed: wrong tries count.
    """
    limits = deed.till.limits
    if not deed.spends:
        return
    by_code = is_known_by_code_only(deed.till, key_kind=deed.key_kind, person_id=deed.confirms_id, now=now)
    if not limits.may_ask and not by_code:
        return
    standing = member_standing(deed.confirms_id)
    points = from_minor(deed.spends, deed.version.point_decimals)
    risk = Risk(points, standing.never_spent, deed.till.enrolled_at, standing.contact_changed_at)
    if not by_code and not must_confirm(limits, risk, now):
        return
    if deed.pin and standing.has_pin:
        try_pin(member_id=deed.confirms_id, pin=deed.pin, till=deed.till, now=now)
        return
    if deed.code:
        try_code(member_id=deed.confirms_id, points=deed.spends, code=deed.code, till=deed.till, now=now)
        return
    ways = _ways(standing, limits, now)
    if not ways and is_within(standing.contact_changed_at, limits.step_up_contact_hours, now):
        raise SpendingWaits(hours=limits.step_up_contact_hours)
    if by_code and not ways:
        raise CodeOnlyNames
    raise StepUpRequired(ways=ways)


def count_day(deed: Deed, *, now: dt.datetime) -> Day:
    """Count a deed in the member's and the cashier's day; call it before the deed writes anything.

    Raises DayLimitReached (nothing is counted then). Days are those of the programme's zone.
    """
    limits, version = deed.till.limits, deed.version
    midnight = _midnight(version, now)
    member, cashier = f"member:{deed.member_id}", f"cashier:{deed.till.store_id}:{deed.cashier_number}"[:120]
    wanted = [
        (limits.member_spend_day, Tally("spend_day", member, midnight, deed.spends)),
        (limits.member_earn_day, Tally("earn_day", member, midnight, deed.earns)),
        (limits.member_receipts_day, Tally("receipts_day", member, midnight, deed.receipts)),
        (limits.cashier_earn_day if deed.cashier_number else None, Tally("earn_day", cashier, midnight, deed.earns)),
    ]
    tallies = tuple(tally for limit, tally in wanted if limit is not None and tally.by)
    if not tallies:
        return Day()
    day = Day(tallies, tuple(count_all(tallies)))
    if limits.member_spend_day is not None and deed.spends:
        most = int(limits.member_spend_day.scaleb(version.point_decimals))
        spent = day.values[0]
        if spent > most:
            uncount(day)
            raise DayLimitReached(
                limit=plain_text(limits.member_spend_day),
                left=f"{from_minor(max(0, most - spent + deed.spends), version.point_decimals):f}",
            )
    return day


def uncount(day: Day) -> None:
    """Take back what a deed counted that was not done."""
    if day.tallies:
        count_all([Tally(one.name, one.subject, one.window_at, -one.by) for one in day.tallies])


def look(deed: Deed, day: Day, *, purchase_id: int | None, now: dt.datetime) -> None:
    """Flag a day that went over a limit with this deed. Nothing is refused: a person looks (R50)."""
    limits, decimals = deed.till.limits, deed.version.point_decimals
    findings = []
    for tally, value in zip(day.tallies, day.values, strict=True):
        whose = tally.subject.partition(":")[0]
        limit: Decimal | int | None
        if tally.name == "receipts_day":
            limit, figure, unit = limits.member_receipts_day, Decimal(value), "receipts"
        elif tally.name == "earn_day":
            limit = limits.member_earn_day if whose == "member" else limits.cashier_earn_day
            figure, unit = from_minor(value, decimals), "points"
        else:
            continue
        before = figure - (Decimal(tally.by) if unit == "receipts" else from_minor(tally.by, decimals))
        if limit is None or figure <= limit or before > limit:
            continue
        by_cashier = whose == "cashier"
        findings.append(
            Finding(
                FlagKind.DAY_LIMIT,
                f"{unit}:{tally.subject}:{tally.window_at.astimezone(ZoneInfo(deed.version.time_zone)):%Y-%m-%d}",
                Subject(
                    store_id=deed.till.store_id,
                    terminal_id=deed.till.terminal_id,
                    cashier_id=_cashier_id(deed.till, deed.cashier_number) if by_cashier else None,
                    member_id=None if by_cashier else deed.member_id,
                    purchase_id=purchase_id,
                ),
                {"what": unit, "figure": f"{figure:f}", "limit": plain_text(Decimal(limit))},
            )
        )
    if findings:
        raise_flags(findings, now=now)


def refuse_own_card(till: Till, cashier_number: str, shopper: Shopper | None, *, now: dt.datetime) -> None:
    """Raises OwnCard when a cashier would give to, or take from, an account of their own, and flags it once a day.

    Joins the caller's transaction, whose refusal is to be committed for the flag to stay.
    """
    if shopper is None or not shopper.is_own_of_cashier:
        return
    cashier_id = _cashier_id(till, cashier_number)
    raise_flags(
        [
            Finding(
                FlagKind.OWN_CARD,
                f"{cashier_id}:{now.astimezone(ZoneInfo(till.zone)):%Y-%m-%d}",
                Subject(till.store_id, till.terminal_id, cashier_id, shopper.member_id),
            )
        ],
        now=now,
    )
    raise OwnCard


def _ways(standing: MemberStanding, limits: Limits, now: dt.datetime) -> list[str]:
    """How the member can confirm. A code does not go to an e-mail that has just replaced another."""
    ways = ["pin"] if standing.has_pin else []
    if standing.has_email and not is_within(standing.email_changed_at, limits.step_up_contact_hours, now):
        ways.append("code")
    return ways


def _midnight(version: Compiled, now: dt.datetime) -> dt.datetime:
    local = now.astimezone(ZoneInfo(version.time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)


def _cashier_id(till: Till, number: str) -> int | None:
    rows = Cashier.objects.filter(store=till.store_id, number=number)
    return rows.values_list("id", flat=True).first()
