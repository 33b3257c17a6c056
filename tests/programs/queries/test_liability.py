"""What is owed in points, by the month of the last day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from loyalty_site.ground.models import Role
from loyalty_site.navigation import sidebar
from programs.models import Program
from programs.queries.liability import MonthPoints, liability
from programs.queries.today import open_points
from programs.services import ledger
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    shop = open_shop(expiry_kind="year_end", expiry_years=0, time_zone="Europe/Madrid", point_value="0.01")
    shop.sell({"C": "100.00"}, shop.member())
    shop.sell({"A": "10.00"}, shop.member("+12125550124", "Boris"))
    return shop


def test_points_stand_in_the_month_of_their_last_day(shop: Shop):
    found = liability(shop.program, now=shop.now)
    assert found.months == (MonthPoints(dt.date(2026, 12, 1), 120, 120),)
    assert (found.total, found.worth, found.available, found.pending, found.held, found.debt) == (
        120,
        120,
        120,
        0,
        0,
        0,
    )


def test_what_never_burns_stands_last_and_what_is_owed_beside():
    shop = open_shop(expiry_kind="never", activation_days=5)
    anna = shop.member()
    first = shop.sell({"C": "100.00"}, anna)
    shop.now += dt.timedelta(days=6)
    shop.sell({"C": "50.00"}, anna, redeem="0")
    shop.sell({"C": "100.00"}, anna, redeem="50")
    shop.give_back(first, {1: "1"})
    found = liability(shop.program, now=shop.now)
    assert [month.starts_on for month in found.months] == [None]
    assert found.total == found.available + found.pending == sum(month.points for month in found.months)


def test_the_end_of_a_pause_counts_where_it_comes_first():
    shop = open_shop(expiry_kind="never", idle_months=2)
    shop.sell({"C": "100.00"}, shop.member())
    assert [month.starts_on for month in liability(shop.program, now=shop.now).months] == [dt.date(2026, 5, 1)]


def test_the_page_and_the_file(shop: Shop, client):
    client.force_login(UserFactory(role=Role.ACCOUNTANT))
    url = reverse("admin:programs_account_liability")
    page = client.get(url).content.decode()
    assert "Members hold 120 points, worth 1.20 USD" in page
    assert "December 2026" in page
    lines = client.get(url, {"format": "csv"}).content.decode().splitlines()
    assert lines[1] == f"{Program.objects.get().code},2026-12,120,1.20,USD"
    ledger.roll_due_accounts(now=dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    assert "2026-12" not in client.get(url, {"format": "csv"}).content.decode()


def test_the_sidebar_lights_up_liability_and_not_the_accounts_below_which_it_lies(shop: Shop, client):
    client.force_login(UserFactory(role=Role.ACCOUNTANT))
    url = reverse("admin:programs_account_liability")
    request = client.get(url).wsgi_request
    items = [item for room in sidebar(request) for item in room["items"]]
    assert [item["link"] for item in items if item["active"]] == [url]


def test_the_page_today_says_the_same_months(shop: Shop):
    """What burns at the first midnight of January has its last day in December."""
    months = {month.starts_on: month.points for month in liability(shop.program, now=shop.now).months}
    assert open_points(shop.program).by_month == months
