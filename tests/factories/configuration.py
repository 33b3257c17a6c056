"""Company, stores, terminals, products and programmes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import factory

from loyalty_site.ground.models import Company, Role, User
from loyalty_site.ground.policy import system
from members.models import Member, Segment
from members.services.segments import fill_segment
from programs.models import (
    Cashier,
    Category,
    CouponSeries,
    Partner,
    Product,
    Program,
    ProgramVersion,
    Reward,
    Rule,
    Store,
    Terminal,
    Tier,
)
from programs.services.programs import publish_program

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class CompanyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Company
        django_get_or_create = ("id",)

    id = 1
    name = "Corner Market"
    country = "US"
    currency = "USD"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    role = Role.ADMINISTRATOR
    is_staff = True


class PartnerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Partner

    name = factory.Sequence(lambda n: f"Partner {n}")
    code = factory.Sequence(lambda n: f"partner-{n}")


class StoreFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Store

    partner = factory.SubFactory(PartnerFactory)
    name = factory.Sequence(lambda n: f"Store {n}")
    code = factory.Sequence(lambda n: f"store-{n}")


class TerminalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Terminal

    store = factory.SubFactory(StoreFactory)
    name = factory.Sequence(lambda n: f"Till {n}")
    register = factory.Sequence(lambda n: f"{n}")
    scopes = ["lookup", "earn", "redeem", "return"]
    state = "active"
    token_hash = factory.Sequence(lambda n: n.to_bytes(32, "big"))


class CashierFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Cashier

    store = factory.SubFactory(StoreFactory)
    name = "Sam"
    number = "7"


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category

    code = factory.Sequence(lambda n: f"category-{n}")
    name = factory.LazyAttribute(lambda made: made.code.title())


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    sku = factory.Sequence(lambda n: f"sku-{n}")
    name = factory.LazyAttribute(lambda made: made.sku.title())
    category = factory.SubFactory(CategoryFactory)


class ProgramFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Program

    name = "Points"
    code = factory.Sequence(lambda n: f"points-{n}")
    currency = "USD"
    goal = "keep"
    key_factor = "price"
    earn_points = Decimal(1)
    earn_per = Decimal(1)


class TierFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tier

    program = factory.SubFactory(ProgramFactory)
    key = factory.Sequence(lambda n: f"tier-{n}")
    name = factory.LazyAttribute(lambda made: made.key.title())


class CouponSeriesFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CouponSeries

    program = factory.SubFactory(ProgramFactory)
    key = factory.Sequence(lambda n: f"series-{n}")
    name = factory.LazyAttribute(lambda made: made.key.title())
    is_personal = False


class RuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Rule

    program = factory.SubFactory(ProgramFactory)
    key = factory.Sequence(lambda n: f"rule-{n}")
    name = factory.LazyAttribute(lambda made: made.key.title())
    conditions: list = []
    effect = {"type": "multiply", "factor": "2"}


class RewardFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Reward

    program = factory.SubFactory(ProgramFactory)
    key = factory.Sequence(lambda n: f"reward-{n}")
    name = factory.LazyAttribute(lambda made: made.key.title())
    cost = Decimal(100)
    effect = {"type": "amount_off", "amount": "1.00"}


def publish(
    program: Program, *, at: dt.datetime = LONG_AGO, effective_from: dt.datetime | None = None
) -> ProgramVersion:
    """Publish a draft, valid since long ago, or from another moment on."""
    return publish_program(program=program, actor=system("tests"), effective_from=effective_from or at, now=at)


def segment_of(key: str, *members: Member, at: dt.datetime = LONG_AGO) -> Segment:
    """A segment of that key, made if it is not there, in which exactly these members are."""
    segment, _ = Segment.objects.get_or_create(
        key=key, defaults={"name": key.title(), "filled_by": "tests", "filled_by_id": 1}
    )
    people = ("SELECT unnest(%s::bigint[]) AS id", [[member.pk for member in members]])
    fill_segment(segment_id=segment.pk, people=people, now=at)
    return segment
