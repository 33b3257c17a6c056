"""Real receipts as a company's past: written as an import brings them, or sold through the real service."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import batched

from django.db import connection

from loyalty_site.ground.models import Job, JobState
from loyalty_site.ground.services import claim_due_jobs, claim_job, run_claimed_job
from members.models import Member
from programs.models import Calendar, CalendarDay, ImportBatch, Product, Program, ReplayRun, Store, TierLook
from programs.queries.shoppers import MemberKey
from programs.queries.standing import version_at
from programs.services.history import PastLine, PastReceipt, write_history
from programs.services.sales import OrderLine, SaleOrder, sell
from programs.services.tiers import look_chunk
from programs.services.tills import Till, till_by_terminal
from tests.factories.configuration import (
    CategoryFactory,
    CouponSeriesFactory,
    PartnerFactory,
    ProgramFactory,
    RewardFactory,
    RuleFactory,
    StoreFactory,
    TerminalFactory,
    TierFactory,
)
from tests.journeys.test_real_receipts import Basket, baskets, categories

START = dt.datetime(2016, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2018, 1, 2, tzinfo=dt.UTC)


def some_baskets(most: int | None) -> list[Basket]:
    """Whole households until there are so many receipts, in the order of time."""
    by_household: dict[str, list[Basket]] = defaultdict(list)
    for basket in baskets():
        by_household[basket.household].append(basket)
    chosen: list[Basket] = []
    for household in sorted(by_household, key=int):
        if most is not None and len(chosen) >= most:
            break
        chosen += by_household[household]
    return sorted(chosen, key=lambda basket: (basket.at, basket.number))


@dataclass
class Market:
    """Stores, products and people of some baskets."""

    baskets: Sequence[Basket]
    members: dict[str, Member] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    tills: dict[str, Till] = field(default_factory=dict)

    def open(self) -> None:
        partner, codes = PartnerFactory(code="market"), categories()
        made = {code: CategoryFactory(code=code or "other") for code in sorted(set(codes.values()))}
        skus = sorted({sku for basket in self.baskets for sku, *_ in basket.lines})
        Product.objects.bulk_create(
            (
                Product(sku=sku, name=sku, category=made[codes[sku]], labels=["own"] if sku.endswith("7") else [])
                for sku in skus
                if sku in codes
            ),
            batch_size=5000,  # a statement takes 65,535 values at most
        )
        for code in sorted({basket.store for basket in self.baskets}):
            # Some stores by another clock than the programme's.
            zone = "Asia/Jerusalem" if int(code) % 3 == 0 else "UTC"
            self.stores[code] = StoreFactory(partner=partner, code=code, time_zone=zone)
            till = till_by_terminal(TerminalFactory(store=self.stores[code]).pk, now=START)
            assert till is not None
            self.tills[code] = till
        for household in sorted({basket.household for basket in self.baskets}, key=int):
            number = int(household)
            self.members[household] = Member.objects.create(
                name=f"Household {household}",
                birth_month=number % 12 + 1,
                birth_day=number % 28 + 1,
                joined_on=dt.date(2015, number % 12 + 1, 1),
                interests=["cooking"] if number % 2 else [],
            )

    def write_history(self) -> None:
        """All of them as an import of receipts brings them: no points, no account."""
        batch = ImportBatch.objects.create(kind="receipts", file="past.csv", file_name="past.csv", file_hash="0" * 64)
        for some in batched(self.baskets, 500):
            write_history([self._past(basket) for basket in some], batch_id=batch.pk)

    def _past(self, basket: Basket) -> PastReceipt:
        lines = tuple(PastLine(sku, quantity, int(amount * 100)) for sku, quantity, amount in basket.lines)
        return PastReceipt(
            kind="sale",
            store_id=self.stores[basket.store].pk,
            register="1",
            number=basket.number,
            business_on=basket.at.date(),
            occurred_at=basket.at,
            member_id=self.members[basket.household].pk,
            currency="USD",
            total=sum(line.amount for line in lines),
            lines=lines,
        )

    def sell(self, *, each: Callable[[int], None] = lambda number: None) -> None:
        """All of them at the tills, in the order of time, with a look at the ladder in every night between them."""
        looked_on = START.date()
        for number, basket in enumerate(self.baskets):
            each(number)
            while looked_on < basket.at.date():
                looked_on += dt.timedelta(days=1)
                look_at_tiers(looked_on)
            order = SaleOrder(
                till=self.tills[basket.store],
                receipt_number=basket.number,
                occurred_at=basket.at,
                lines=tuple(OrderLine(*line) for line in basket.lines),
                member=MemberKey("id", str(self.members[basket.household].public_id)),
            )
            sell(order, now=basket.at)


def look_at_tiers(day: dt.date) -> None:
    """The look of the night before a day."""
    now = dt.datetime.combine(day, dt.time(), dt.UTC)
    version = version_at(Program.objects.get().pk, now)
    if version is None:
        return
    made = TierLook.objects.create(program=version.program, version=version, looked_on=day, started_at=now)
    while not look_chunk(look=made.pk, now=now).is_finished:
        pass


def draft_program() -> Program:
    """A draft of every family of rules that past receipts can answer, most of which depend on what came before."""
    program = ProgramFactory(
        expiry_months=4,
        activation_days=2,
        earn_points=1,
        earn_per=1,
        point_decimals=0,
        ladder_window="months",
        ladder_length=2,
        ladder_keeps_months=1,
        ladder_grace_days=5,
        ladder_falls="one_step",
    )
    CouponSeriesFactory(program=program, key="again", is_personal=True)
    feasts = Calendar.objects.create(key="feasts", name="Feasts")
    CalendarDay.objects.bulk_create(CalendarDay(calendar=feasts, month=month, day=1) for month in (3, 7, 12))
    rules: Iterable[tuple[str, list[dict[str, object]], dict[str, object]]] = [
        ("produce", [{"type": "category", "codes": ["produce"]}], {"type": "multiply", "factor": "2"}),
        ("mondays", [{"type": "weekday", "days": [1]}], {"type": "multiply", "factor": "1.5"}),
        ("first", [{"type": "first_purchase"}], {"type": "points", "points": "50"}),
        ("tenth", [{"type": "nth_purchase", "every": 10}], {"type": "points", "points": "25"}),
        ("meat", [{"type": "category", "codes": ["meat"]}], {"type": "percent_off", "percent": "5"}),
        (
            "loyal",
            [],
            {
                "type": "scale_off",
                "of": "spend",
                "steps": [{"from": "500", "percent": "1"}, {"from": "2000", "percent": "2"}],
            },
        ),
        ("own", [{"type": "label", "labels": ["own"]}], {"type": "points", "points": "2", "per": "piece"}),
        (
            "often",
            [{"type": "accumulated", "of": "visits", "minimum": 4, "days": 14}],
            {"type": "points", "points": "5"},
        ),
        ("coffee", [{"type": "category", "codes": ["pastry"]}], {"type": "stamp_card", "card": "cake", "every": 6}),
        (
            "monthly",
            [{"type": "partner", "codes": ["market"]}],
            {
                "type": "points",
                "points": "4",
                "limits": [{"of": "points", "per": "member", "within": "month", "most": "10"}],
            },
        ),
        ("birthday", [{"type": "birthday", "before": 7, "after": 7}], {"type": "multiply", "factor": "3"}),
        ("tenure", [{"type": "tenure", "at_least": 2, "unit": "years"}], {"type": "points", "points": "3"}),
        ("cooks", [{"type": "interest", "codes": ["cooking"]}], {"type": "points_per_money", "points": "0.1"}),
        ("feast", [{"type": "holiday", "calendar": "feasts", "before": 1}], {"type": "points", "points": "7"}),
        (
            "summer",
            [{"type": "season", "from": "06-01", "to": "08-31"}],
            {"type": "points", "points": "1", "last": True},
        ),
        ("drugs", [{"type": "category", "codes": ["drug-gm"]}], {"type": "exclude"}),
        ("most", [], {"type": "points_cap", "points": "120"}),
        ("three", [{"type": "category", "codes": ["deli"]}], {"type": "cheapest_off", "every": 3, "group": "deli"}),
        ("deli", [{"type": "category", "codes": ["deli"]}], {"type": "piece_off", "first": "0.20", "group": "deli"}),
        ("large", [], {"type": "steps_off", "steps": [{"from": "60", "amount": "1"}, {"from": "120", "percent": "2"}]}),
        ("alone", [{"type": "amount", "minimum": "150"}], {"type": "percent_off", "percent": "7", "exclusive": True}),
        ("budget", [], {"type": "discount_cap", "money": "12", "per": "member", "within": "month"}),
        ("mug", [{"type": "amount", "minimum": "100"}], {"type": "gift", "skus": ["mug"]}),
        ("stamp", [{"type": "amount", "minimum": "20"}], {"type": "stamps", "card": "wrap"}),
        ("wrap", [], {"type": "free_service", "text": "wrapping", "takes": {"card": "wrap", "stamps": 5}}),
        ("again", [{"type": "amount", "minimum": "80"}], {"type": "next_coupon", "series": "again"}),
        ("hello", [{"type": "tier", "keys": ["gold"]}], {"type": "message", "text": "hello"}),
        ("evening", [{"type": "hours", "from": "18:00", "until": "21:00"}], {"type": "multiply", "factor": "3"}),
    ]
    for key, conditions, effect in rules:
        RuleFactory(program=program, key=key, conditions=conditions, effect=effect)
    for key, threshold, factor in (("red", 0, 1), ("silver", 200, "1.5"), ("gold", 600, 2)):
        TierFactory(program=program, key=key, name=key.title(), threshold=threshold, multiplier=factor)
    RewardFactory(program=program, key="cake", cost=Decimal(300), effect={"type": "amount_off", "amount": "3.00"})
    return program


def run_jobs(run: ReplayRun, now: dt.datetime) -> ReplayRun:
    """What the worker does until a trial's jobs are over."""
    for _turn in range(200):
        for job_id in claim_due_jobs(now=now):
            token = claim_job(job_id, now=now)
            if token is not None:
                run_claimed_job(job_id, token, clock=lambda: now)
        if not Job.objects.filter(pk__in=run.job_ids).exclude(state=JobState.DONE).exists():
            break
    run.refresh_from_db()
    return run


def keep_statistics() -> None:
    """What autovacuum does for a shop; it sees nothing of one long transaction."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
