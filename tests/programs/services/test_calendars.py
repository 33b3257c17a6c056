"""Calendars: a published version keeps its own copy of those that its rules name."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from programs.admin.designer.sight import Sight
from programs.errors import DraftInvalid
from programs.models import Calendar, CalendarDay
from programs.queries.rule_choices import CALENDARS
from programs.services.programs import draft_document
from tests.factories.configuration import RuleFactory, publish
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db


def calendar(key: str, *days: tuple[int, int, int | None]) -> Calendar:
    made = Calendar.objects.create(key=key, name=key.title())
    for day, month, year in days:
        made.days.create(day=day, month=month, year=year)
    return made


def holiday_rule(shop: Shop, key: str, **more: object) -> None:
    RuleFactory(
        program=shop.program,
        key=f"on-{key}",
        conditions=[{"type": "holiday", "calendar": key, **more}],
        effect={"type": "points", "points": "5"},
    )


def test_a_rule_gives_on_the_days_of_its_calendar():
    shop = open_shop()
    calendar("spring", (10, 3, None), (12, 3, 2026))
    calendar("unnamed", (1, 1, None))
    holiday_rule(shop, "spring")
    document = draft_document(shop.program)
    assert document["calendars"] == [{"key": "spring", "name": "Spring", "days": ["2026-03-12", "03-10"]}]
    publish(shop.program, at=NOW)
    anna, earned = shop.member(), []
    for _day in range(4):
        outcome = shop.sell({"C": "1.00"}, anna).outcome
        assert outcome is not None
        earned.append(outcome.points)
        shop.now = shop.now.replace(day=shop.now.day + 1)
    assert earned == [6, 1, 6, 1]


def test_a_later_change_of_the_calendar_changes_no_published_version():
    shop = open_shop()
    made = calendar("spring", (10, 3, None))
    holiday_rule(shop, "spring", **{"not": True})
    version = publish(shop.program, at=NOW)
    made.days.all().delete()
    made.days.create(day=1, month=1)
    assert version.document["calendars"][0]["days"] == ["03-10"]
    assert draft_document(shop.program)["calendars"][0]["days"] == ["01-01"]


@pytest.mark.parametrize("days", [None, ()])
def test_a_calendar_that_is_not_there_or_has_no_days_is_refused(days: tuple | None):
    shop = open_shop()
    if days is not None:
        calendar("spring", *days)
    holiday_rule(shop, "spring")
    with pytest.raises(DraftInvalid, match="calendar"):
        publish(shop.program, at=NOW)


def test_the_designer_offers_those_that_have_days():
    shop = open_shop()
    calendar("spring", (10, 3, None), (11, 3, None))
    calendar("empty")
    assert Sight.of(shop.program, draft_document(shop.program), []).choices[CALENDARS] == {"spring": "Spring"}


@pytest.mark.parametrize(("day", "month", "year"), [(30, 2, None), (29, 2, 2026), (31, 4, 2026)])
def test_a_day_that_no_month_has_is_refused(day: int, month: int, year: int | None):
    with pytest.raises(ValidationError, match="no such day"):
        CalendarDay(day=day, month=month, year=year).clean()


def test_29_february_is_a_day_of_every_year():
    CalendarDay(day=29, month=2).clean()
