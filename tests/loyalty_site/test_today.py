"""The Today page: its figures are the rows', every number leads to them, and a fresh installation is led by the hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Company, Job, JobState, Role
from loyalty_site.ground.policy import rule_for
from loyalty_site.navigation import ROOMS
from programs.models import Lot
from tests.factories.configuration import StoreFactory, TerminalFactory, UserFactory
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    shop.now = timezone.now()
    return shop


def client_of(role: str, shop: Shop | None = None) -> Client:
    person = UserFactory(role=role)
    if shop is not None and role == Role.SHOP_MANAGER:
        shop.terminal.store.staff.add(person)
    client = Client()
    client.force_login(person)
    return client


def today(client: Client) -> Any:
    response = client.get(reverse("admin:index"))
    assert response.status_code == 200
    return response.context


def rows_behind(client: Client, url: str) -> int:
    response = client.get(url)
    assert response.status_code == 200, url
    found: int = response.context["cl"].result_count
    return found


def test_numbers_are_the_rows_behind_them(shop: Shop):
    member = shop.member()
    shop.sell({"A": "10.00"}, member)
    shop.sell({"A": "10.00"}, None)
    shop.now -= dt.timedelta(days=21)
    shop.sell({"C": "7.00"}, None)
    client = client_of(Role.ADMINISTRATOR)
    page = today(client)
    sales = page["sales"]
    assert (sales["count"], sales["with_card"], sales["given"], sales["spent"]) == (3, 1, "20", "0")
    assert rows_behind(client, sales["url"]) == 3
    assert rows_behind(client, sales["with_card_url"]) == 1
    assert rows_behind(client, sales["given_url"]) == 1
    assert rows_behind(client, page["members"]["url"]) == page["members"]["enrolled"] == 1
    assert rows_behind(client, page["members"]["new_url"]) == page["members"]["new"] == 1
    assert page["points"]["open"] == "20"
    assert page["points"]["worth"] == "0.20 USD"
    for row in sales["rows"]:
        assert rows_behind(client, row["with_url"]) == row["week"].with_card
        assert rows_behind(client, row["without_url"]) == row["week"].without_card


def test_open_points_stand_in_the_month_they_burn(shop: Shop):
    shop.sell({"A": "10.00"}, shop.member())
    client = client_of(Role.ACCOUNTANT)
    rows = [row for row in today(client)["burning"]["rows"] if row["points"] != "0"]
    assert [row["points"] for row in rows] == ["20"]
    assert rows_behind(client, rows[0]["url"]) == Lot.objects.filter(remaining__gt=0).count()


def test_what_burns_at_a_months_first_midnight_stands_in_the_month_of_its_last_day():
    shop = open_shop(expiry_kind="year_end", expiry_years=0)
    shop.now = timezone.now()
    shop.sell({"C": "20.00"}, shop.member())
    client = client_of(Role.ACCOUNTANT)
    rows = [row for row in today(client)["burning"]["rows"] if row["points"] != "0"]
    assert [row["label"] for row in rows] == [f"December {shop.now.year}"]
    assert rows_behind(client, rows[0]["url"]) == 1


def test_a_return_lowers_what_was_given(shop: Shop):
    sold = shop.sell({"A": "10.00", "C": "5.00"}, shop.member())
    shop.give_back(sold, {1: "1"})
    page = today(client_of(Role.ADMINISTRATOR))
    assert (page["sales"]["given"], page["points"]["open"]) == ("5", "5")


def test_a_shop_manager_sees_the_own_stores_only(shop: Shop):
    shop.sell({"A": "10.00"}, None)
    other = Shop(shop.program, TerminalFactory(store=StoreFactory()), now=shop.now)
    other.sell({"A": "99.00"}, None, number="other-1")
    page = today(client_of(Role.SHOP_MANAGER, shop))
    assert page["sales"]["count"] == 1
    assert page["is_own_stores"]
    assert "members" not in page
    assert "points" not in page
    assert today(client_of(Role.SHOP_MANAGER))["sales"]["count"] == 0  # nobody's stores: nothing, not everything


def test_a_fresh_installation_is_led_step_by_step():
    steps = [step["text"] for step in today(client_of(Role.ADMINISTRATOR))["steps"]]
    assert steps == [
        "Say who you are: name, country, currency",
        "Publish a programme",
        "Import your customers",
        "Add your stores and their terminals",
    ]
    assert today(client_of(Role.ACCOUNTANT))["steps"] == []


def test_the_company_is_told_once():
    client = client_of(Role.ADMINISTRATOR)
    listed = client.get(reverse("admin:ground_company_changelist"))
    assert listed["Location"] == reverse("admin:ground_company_add")
    told = {"name": "Corner", "country": "IL", "time_zone": "Asia/Jerusalem", "currency": "ILS", "currency_exponent": 2}
    for name in ("Corner", "Second"):
        assert client.post(reverse("admin:ground_company_add"), told | {"name": name}).status_code == 302
    assert list(Company.objects.values_list("pk", "name")) == [(1, "Corner")]


def test_what_needs_a_person_is_named(shop: Shop):
    TerminalFactory(store=shop.terminal.store, state="new", token_hash=None)
    client = client_of(Role.ADMINISTRATOR)
    (task,) = today(client)["tasks"]
    assert task["text"] == "1 terminal waits for its code"
    assert rows_behind(client, task["url"]) == 1


def test_the_page_asks_few_questions(shop: Shop, django_assert_max_num_queries):
    for number in range(5):
        shop.sell({"A": "10.00"}, shop.member(phone=f"+1212555010{number}"))
    client = client_of(Role.ADMINISTRATOR)
    with django_assert_max_num_queries(25):
        today(client)


@pytest.mark.parametrize("role", Role.values)
def test_the_sidebar_offers_what_opens_and_nothing_else(shop: Shop, role: str):
    client = client_of(role, shop)
    offered = {item["link"] for room in today(client)["sidebar_navigation"] for item in room["items"]}
    for link in offered:
        assert client.get(link, follow=True).status_code == 200, link
    for _room, links in ROOMS:
        for _label, _icon, route in links:
            if reverse(route) not in offered:
                assert client.get(reverse(route)).status_code == 403, route
            assert rule_for(route) is not None


def test_work_that_stands_still_is_named(shop: Shop):
    for state in (JobState.PAUSED, JobState.PAUSED, JobState.FAILED):
        Job.objects.create(kind="import_apply", state=state, run_at=timezone.now())
    client = client_of(Role.ADMINISTRATOR)
    named = {task["text"]: task["url"] for task in today(client)["tasks"]}
    assert rows_behind(client, named["2 background jobs are paused"]) == 2
    assert rows_behind(client, named["1 background job failed"]) == 1
