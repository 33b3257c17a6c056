"""The Today page's figures about sales, points and what waits for a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncWeek

from programs.models import (
    Account,
    ConflictState,
    Flag,
    FlagKind,
    FlagState,
    ImportBatch,
    ImportState,
    Lot,
    OfflineConflict,
    Program,
    ProgramState,
    Purchase,
    PurchaseKind,
    Store,
    Terminal,
    TerminalState,
)
from programs.rules.dates import last_day


@dataclass(frozen=True, slots=True)
class WeekSales:
    """Sales of one week (Monday to Sunday) before returns; points are what is left of them after returns.
    Money in minor units, points in minor points."""

    starts_on: dt.date
    with_card: int = 0
    without_card: int = 0
    money_with_card: int = 0
    money_without_card: int = 0
    points_given: int = 0
    points_spent: int = 0

    @property
    def ends_on(self) -> dt.date:
        return self.starts_on + dt.timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What needs a person."""

    imports: int
    terminals: int
    stores: int
    frozen: int
    flags: int
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class OpenPoints:
    """Minor points that members hold, by the month (its first day) of the last day to spend them; None: they never burn."""

    by_month: dict[dt.date | None, int]

    @property
    def total(self) -> int:
        return sum(self.by_month.values())


def weekly_sales(*, weeks: int, today: dt.date, store_ids: Collection[int] | None) -> list[WeekSales]:
    """The last `weeks` weeks up to the one of `today`, oldest first, in one statement by the index on the day.

    `store_ids` None means every store.
    """
    first = monday_of(today) - dt.timedelta(weeks=weeks - 1)
    is_sale, has_card = Q(kind=PurchaseKind.SALE), Q(member__isnull=False)
    rows = (
        # What imports brought from before was not sold by these tills, and hardly any of it without a card.
        _purchases(store_ids)
        .filter(import_batch__isnull=True, business_on__gte=first, business_on__lte=today)
        .annotate(week=TruncWeek("business_on"))
        .values("week")
        .annotate(
            with_card=Count("id", filter=is_sale & has_card),
            without_card=Count("id", filter=is_sale & ~has_card),
            money_with=Sum("total_minor", filter=is_sale & has_card, default=0),
            money_without=Sum("total_minor", filter=is_sale & ~has_card, default=0),
            earned=Sum("points_earned", filter=is_sale, default=0),
            taken_back=Sum("points_earned", filter=~is_sale, default=0),
            spent=Sum("points_redeemed", filter=is_sale, default=0),
            restored=Sum("points_redeemed", filter=~is_sale, default=0),
        )
    )
    found = {
        row["week"]: WeekSales(
            starts_on=row["week"],
            with_card=row["with_card"],
            without_card=row["without_card"],
            money_with_card=int(row["money_with"]),
            money_without_card=int(row["money_without"]),
            points_given=int(row["earned"] - row["taken_back"]),
            points_spent=int(row["spent"] - row["restored"]),
        )
        for row in rows
    }
    starts = [first + dt.timedelta(weeks=number) for number in range(weeks)]
    return [found.get(start) or WeekSales(start) for start in starts]


def monday_of(day: dt.date) -> dt.date:
    """The Monday of the week of `day`."""
    return day - dt.timedelta(days=day.weekday())


def open_points(program: Program) -> OpenPoints:
    """What members of a programme hold, by the month of their last day by the programme's calendar.

    Lots know their account and not their programme. Joining a million lots to their accounts takes a second;
    leaving out the few of other programmes takes a tenth. Lots burn at midnights, so the database hands back
    some hundred moments, which become months here.
    """
    others = Account.objects.exclude(program=program).values("id")
    rows = (
        Lot.objects.filter(remaining__gt=0)
        .exclude(account__in=others)
        .values_list("expires_at")
        .annotate(points=Sum("remaining"))
    )
    by_month: dict[dt.date | None, int] = {}
    for moment, points in rows:
        month = last_day(moment, program.time_zone).replace(day=1) if moment else None
        by_month[month] = by_month.get(month, 0) + int(points)
    dated = sorted((month, points) for month, points in by_month.items() if month is not None)
    never: dict[dt.date | None, int] = {None: by_month[None]} if None in by_month else {}
    return OpenPoints({**dict(dated), **never})


def active_program() -> Program | None:
    """The programme that runs, or None before the first is published."""
    return Program.objects.filter(state=ProgramState.ACTIVE).first()


def waiting(*, store_ids: Collection[int] | None) -> Waiting:
    """Imports checked and not applied, terminals without their code, whether there is any store, frozen accounts,
    open flags and conflicts of offline receipts."""
    terminals = Terminal.objects.filter(state=TerminalState.NEW)
    stores = Store.objects.all()
    flags = Flag.objects.filter(state=FlagState.OPEN)
    if store_ids is not None:
        terminals, stores = terminals.filter(store_id__in=store_ids), stores.filter(id__in=store_ids)
        flags = flags.filter(store_id__in=store_ids)
    counted = _counts(
        imports=ImportBatch.objects.filter(state=ImportState.CHECKED),
        terminals=terminals,
        stores=stores,
        conflicts=OfflineConflict.objects.filter(state=ConflictState.OPEN),
    )
    return Waiting(
        **counted,
        **flags.aggregate(flags=Count("id"), frozen=Count("id", filter=Q(kind=FlagKind.FROZEN))),
    )


def _counts(**rows: QuerySet[Any]) -> dict[str, int]:
    """How many rows each has, in one statement."""
    parts = [
        found.order_by().annotate(what=Value(name)).values("what").annotate(count=Count("pk"))
        for name, found in rows.items()
    ]
    counted = {part["what"]: part["count"] for part in parts[0].union(*parts[1:], all=True)}
    return {name: counted.get(name, 0) for name in rows}


def _purchases(store_ids: Collection[int] | None) -> QuerySet[Purchase]:
    return Purchase.objects.all() if store_ids is None else Purchase.objects.filter(store_id__in=store_ids)
