"""The audience's SQL beside plain Python, on random people and random criteria."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from campaigns.queries.audiences import Frame, count_audience, look_at_audience, matched_people
from campaigns.rules.audiences import birthday_days
from campaigns.rules.criteria import (
    Allows,
    Birthday,
    Bought,
    City,
    Contact,
    Criterion,
    InStage,
    Joined,
    Language,
    Profile,
    Scored,
    Shopped,
    Spent,
    Tier,
    ToWin,
)
from members.models import (
    Address,
    CompanyContact,
    Consent,
    ContactBudget,
    CurrentConsent,
    Identifier,
    Member,
    Message,
    MessageReason,
    MessageState,
    Suppression,
)
from programs.models import Account, MemberStage, Product, Purchase, PurchaseLine, PurchaseSummary
from tests.factories.configuration import CategoryFactory, ProductFactory, ProgramFactory, StoreFactory

NOW = dt.datetime(2026, 2, 25, 3, 0, tzinfo=dt.UTC)  # still the 24th in New York
FRAME = Frame(NOW, "America/New_York", 2)
TODAY = dt.date(2026, 2, 24)
ZONE = ZoneInfo("America/New_York")
SINCE = NOW - dt.timedelta(days=100)
CITIES = ["Boston", "boston", "Хайфа", "תל אביב", "O'Hare"]
PEOPLE = 300
STORES: list[str] = []
# What is in a category is also in those above it.
ABOVE = {"food": {"food"}, "cheese": {"food", "cheese"}, "wine": {"wine"}, "": set()}


@dataclass
class Person:
    """What the oracle knows of somebody."""

    row: Member
    city: str = ""
    tiers: set[str] = field(default_factory=set)
    receipts: list[tuple[dt.date, int]] = field(default_factory=list)
    # (store, category of what was bought, day) of sales that stand.
    sales: list[tuple[str, str, dt.date]] = field(default_factory=list)
    last_at: dt.datetime | None = None
    spend: int = 0
    consents: set[str] = field(default_factory=set)
    has_address: bool = False
    is_suppressed: bool = False
    reached: list[tuple[str, dt.datetime]] = field(default_factory=list)
    stage: str = ""
    scores: dict[str, int | None] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    is_won: bool = False


def means(one: Criterion, who: Person) -> bool:
    if isinstance(one, Profile):
        found = _told(one, who)
    elif isinstance(one, Shopped):
        found = _shopped(one, who)
    else:
        found = _at_company(one, who) if isinstance(one, Contact | ToWin) else _means(one, who)
    return found is not one.is_not


def _told(one: Profile, who: Person) -> bool:
    told = getattr(who.row, one.field)
    return not set(one.values).isdisjoint([told] if isinstance(told, str) else told)


def _means(one: Criterion, who: Person) -> bool:
    match one:
        case City():
            return who.city in one.values
        case Tier():
            return bool(who.tiers & set(one.values))
        case InStage() | Scored():
            found = who.stage if isinstance(one, InStage) else str(who.scores.get(one.score))
            return found in one.values
        case Language():
            return who.row.language in one.values
        case Bought():
            midnight = dt.datetime.combine(TODAY - dt.timedelta(days=one.days), dt.time(), ZONE)
            return who.last_at is not None and who.last_at >= midnight
        case Spent():
            since = TODAY - dt.timedelta(days=one.days) if one.days else None
            spent = who.spend if since is None else sum(money for day, money in who.receipts if day >= since)
            return Decimal(spent) / 100 >= one.amount if one.bound == "least" else Decimal(spent) / 100 <= one.amount
        case Birthday():
            return (who.row.birth_month, who.row.birth_day) in birthday_days(TODAY, one.days)
        case Joined():
            return who.row.joined_on is not None and who.row.joined_on >= TODAY - dt.timedelta(days=one.days)
        case Allows():
            return one.channel in who.consents
    raise AssertionError(one)


def _shopped(one: Shopped, who: Person) -> bool:
    since = TODAY - dt.timedelta(days=one.days) if one.days else dt.date.min
    return any(
        day >= since and (store in one.values if one.by == "store" else bool(ABOVE[category] & set(one.values)))
        for store, category, day in who.sales
    )


def _at_company(one: Contact | ToWin, who: Person) -> bool:
    if isinstance(one, Contact):
        return bool(who.roles & set(one.values))
    return "decides" in who.roles and not who.is_won


def reason(who: Person) -> str:
    """Why somebody is left out. The budgets: 2 mails a week, 3 messages in 30 days."""
    if who.row.status != "enrolled":
        return MessageReason.NOT_MEMBER
    if "email" not in who.consents:
        return MessageReason.NO_CONSENT
    if not who.has_address:
        return MessageReason.NO_ADDRESS
    if who.is_suppressed:
        return MessageReason.SUPPRESSED
    week = [1 for channel, at in who.reached if channel == "email" and at > NOW - dt.timedelta(days=7)]
    month = [1 for _channel, at in who.reached if at > NOW - dt.timedelta(days=30)]
    return MessageReason.OVER_BUDGET if len(week) >= 2 or len(month) >= 3 else ""


def random_criterion(luck: random.Random) -> Criterion:
    days, is_not = luck.choice([1, 2, 7, 30, 400]), luck.random() < 0.4
    amount = Decimal(luck.choice([0, 1, 5000, 12_345, 30_000])) / 100
    return luck.choice(
        [
            City(tuple(luck.sample(CITIES, 2)), is_not),
            Tier(tuple(luck.sample(["red", "gold", "none"], 2)), is_not),
            InStage(tuple(luck.sample(["potential", "first", "lost"], 2)), is_not),
            Scored(luck.choice(["recency", "frequency", "money"]), tuple(luck.sample(["5", "4", "1"], 2)), is_not),
            Language(tuple(luck.sample(["", "en", "he"], 2)), is_not),
            Bought(days, is_not),
            Spent("least", amount or Decimal(1), luck.choice([None, days]), is_not),
            Spent("most", amount, luck.choice([None, days]), is_not),
            Shopped("store", tuple(luck.sample(STORES, 1)), luck.choice([None, days]), is_not),
            Shopped("category", tuple(luck.sample(["food", "cheese", "wine"], 1)), luck.choice([None, days]), is_not),
            Birthday(luck.choice([0, 1, 7, 366]), is_not),
            Joined(days, is_not),
            Allows(luck.choice(["email", "sms", "phone"]), is_not),
            Contact(tuple(luck.sample(["sees", "decides", "collects"], 2)), is_not),
            ToWin(is_not),
            Profile("came_by", tuple(luck.sample(["advert", "friends", "passing"], 2)), is_not),
            Profile("cares_about", tuple(luck.sample(["eco", "price", "time"], 2)), is_not),
        ]
    )


def make_people(luck: random.Random) -> list[Person]:
    """Rows put in directly: the point is their variety, not how they came."""
    program, stores = ProgramFactory(), [StoreFactory(), StoreFactory()]
    STORES[:] = [str(store.pk) for store in stores]
    food = CategoryFactory(code="food")
    shelf = {"food": food, "cheese": CategoryFactory(code="cheese", parent=food), "wine": CategoryFactory(code="wine")}
    goods = {code: ProductFactory(sku=code, category=category) for code, category in shelf.items()}
    people = [Person(_member(luck, number)) for number in range(PEOPLE)]
    for number, who in enumerate(people):
        row = who.row
        if luck.random() < 0.8:
            who.city = luck.choice([*CITIES, ""])
            Address.objects.create(member=row, city=who.city)
        if luck.random() < 0.7:
            who.tiers = {luck.choice(["red", "gold", ""])}
            Account.objects.create(program=program, owner=row, tier_key=min(who.tiers))
        if luck.random() < 0.7:
            _buy(who, luck, luck.choice(stores).pk, number, goods)
        if luck.random() < 0.8:
            who.stage = luck.choice(["potential", "first", "lost"])
            names = ("recency", "frequency", "money")
            who.scores = {name: None if who.stage == "potential" else luck.randrange(1, 6) for name in names}
            MemberStage.objects.create(member=row, stage=who.stage, **who.scores)
        for channel in ("email", "sms"):
            if luck.random() < 0.8:
                _consent(who, channel, is_granted=luck.random() < 0.85)
        who.has_address = _give_address(row, luck)
        if luck.random() < 0.15:
            who.is_suppressed = luck.random() < 0.7
            lifted = None if who.is_suppressed else NOW
            # Another one is older than the address that they have now.
            old = luck.random() < 0.3
            who.is_suppressed &= not old
            Suppression.objects.create(
                channel="email", address_hash=f"{number}", reason="unsubscribed", member=row,
                since=SINCE - dt.timedelta(days=1) if old else NOW, lifted_at=lifted,
            )  # fmt: skip
        if luck.random() < 0.4:
            _write_to(who, luck)
        _buy_for(who, luck, people[number - 1].row)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does: a planner that knows nothing of them may take minutes
    return people


def _buy_for(who: Person, luck: random.Random, firm: Member) -> None:
    """Every second one is somebody's contact person."""
    if luck.random() < 0.5:
        return
    who.roles = set(luck.sample(["sees", "influences", "decides", "pays"], 2))
    who.is_won = "decides" in who.roles and luck.random() < 0.5
    won = {"won_at": NOW, "won_by": "sue"} if who.is_won else {}
    CompanyContact.objects.create(company=firm, person=who.row, roles=sorted(who.roles), since=SINCE, **won)
    CompanyContact.objects.create(company=firm, person=who.row, roles=["collects"], since=SINCE, ended_at=NOW)


def _member(luck: random.Random, number: int) -> Member:
    month = luck.choice([None, 2, 2, 3])
    day = luck.choice([24, 25, 28, 29, 1]) if month == 2 else luck.randrange(1, 29)
    return Member.objects.create(
        name=f"Person {number}",
        status=luck.choices(["enrolled", "contact", "erased"], [10, 1, 1])[0],
        language=luck.choice(["", "en", "ru", "he"]),
        birth_month=month,
        birth_day=day if month else None,
        came_by=luck.choice(["", "advert", "friends", "passing"]),
        cares_about=luck.sample(["eco", "price", "time"], luck.randrange(3)),
        joined_on=luck.choice([None, *[TODAY - dt.timedelta(days=n) for n in (0, 1, 2, 7, 8, 30, 400, 401)]]),
    )


def _buy(who: Person, luck: random.Random, store_id: int, number: int, goods: dict[str, Product]) -> None:
    for receipt in range(luck.randrange(1, 5)):
        at = NOW - dt.timedelta(days=luck.choice([0, 1, 2, 7, 29, 30, 31, 399, 401]), hours=luck.randrange(24))
        sale = Purchase.objects.create(
            kind="sale", store_id=store_id, register="1", receipt_number=f"{number}-{receipt}", business_on=at.date(),
            occurred_at=at, member=who.row, currency="USD", total_minor=luck.choice([1, 2500, 5000, 12_345, 20_000]),
        )  # fmt: skip
        who.receipts.append((at.date(), sale.total_minor))
        who.last_at = max(at, who.last_at or at)
        bought = luck.choice(["food", "cheese", "wine", ""])
        PurchaseLine.objects.create(
            purchase=sale, position=1, sku=bought or "unknown", product=goods.get(bought), quantity=1,
            amount_minor=sale.total_minor,
        )  # fmt: skip
        is_void = luck.random() < 0.1
        if not is_void:
            who.sales.append((str(store_id), bought, at.date()))
        if is_void or luck.random() < 0.2:
            Purchase.objects.create(
                is_void=is_void, kind="return", store_id=store_id, register="1", receipt_number=f"{number}-{receipt}", original=sale,
                business_on=TODAY, occurred_at=NOW, member=who.row, currency="USD", total_minor=sale.total_minor,
            )  # fmt: skip
            who.receipts.append((TODAY, -sale.total_minor))
    who.spend = sum(money for _day, money in who.receipts)
    PurchaseSummary.objects.create(member=who.row, spend_minor=who.spend, last_at=who.last_at)


def _consent(who: Person, channel: str, *, is_granted: bool) -> None:
    action = "granted" if is_granted else "withdrawn"
    act = Consent.objects.create(member=who.row, purpose="marketing", channel=channel, action=action, given_at=NOW)
    CurrentConsent.objects.create(
        member=who.row, purpose="marketing", channel=channel, is_granted=is_granted, since=NOW, consent=act
    )
    if is_granted:
        who.consents.add(channel)


def _give_address(row: Member, luck: random.Random) -> bool:
    """None, one, two, a blocked or an ended one; whether one of them can be written to."""
    shape = luck.choice(["none", "one", "one", "one", "two", "blocked", "ended"])
    if shape == "none":
        return False
    for number in range(2 if shape == "two" else 1):
        Identifier.objects.create(
            member=row, kind="email", value=f"{row.pk}.{number}@example.com", created_at=SINCE, is_blocked=shape == "blocked",
            ended_at=dt.datetime(2099, 1, 1, tzinfo=dt.UTC) if shape == "ended" else None,
        )  # fmt: skip
    return shape in {"one", "two"}


def _write_to(who: Person, luck: random.Random) -> None:
    for number in range(luck.randrange(1, 5)):
        channel = luck.choice(["email", "email", "sms"])
        at = NOW - dt.timedelta(days=luck.choice([1, 6, 7, 8, 29, 30, 31]), seconds=luck.choice([-1, 0, 1]))
        state = luck.choice(["sent", "sent", "unknown", "failed", "planned"])
        Message.objects.create(
            member=who.row, channel=channel, purpose="marketing", source="campaign", source_group=1,
            source_id=who.row.pk * 10 + number, state=state, due_at=at,
            claimed_at=None if state == MessageState.PLANNED else at,
        )  # fmt: skip
        if state in {"sent", "unknown"}:
            who.reached.append((channel, at))


def ask(criteria: list[Criterion]) -> dict[int, str]:
    text, values = matched_people(criteria, FRAME)
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows = cursor.fetchall()
    assert len(dict(rows)) == len(rows), "somebody is listed twice"
    return dict(rows)


@pytest.mark.parametrize("seed", range(3))
def test_random_criteria_find_whom_plain_python_finds(db, seed: int):
    luck = random.Random(seed)
    ContactBudget.objects.all().delete()
    ContactBudget.objects.create(channel="email", messages=2, days=7)
    ContactBudget.objects.create(channel="", messages=3, days=30)
    ContactBudget.objects.create(channel="", messages=1, days=365, is_active=False)
    people = make_people(luck)
    sizes = set()
    for _ in range(120):
        criteria = [random_criterion(luck) for _ in range(luck.randrange(4))]
        expected = {who.row.pk: str(reason(who)) for who in people if all(means(one, who) for one in criteria)}
        assert ask(criteria) == expected, (seed, criteria)
        counted, sample = look_at_audience(criteria, FRAME)
        assert counted == count_audience(criteria, FRAME)
        reachable = [member for member, why in expected.items() if not why]
        assert (counted.reachable, counted.matching) == (len(reachable), len(expected))
        assert len(sample) == min(10, len(reachable))
        assert {person.member_id for person in sample} <= set(reachable)
        sizes.add(len(expected))
    assert len(sizes) > 30  # the criteria did tell people apart
    assert set(count_audience([], FRAME).left_out) == {"not_member", "no_consent", "no_address", "suppressed", "over_budget"}  # fmt: skip


def test_turned_round_is_exactly_everybody_else(db):
    luck = random.Random(7)
    make_people(luck)
    for _ in range(40):
        one = random_criterion(luck)
        there, back = ask([one]), ask([replace(one, is_not=not one.is_not)])
        assert len(there) + len(back) == PEOPLE
        assert not there.keys() & back.keys()


def test_an_empty_base_counts_as_nobody(db):
    counted, sample = look_at_audience([], FRAME)
    assert (counted.reachable, counted.left_out, sample) == (0, {}, [])
