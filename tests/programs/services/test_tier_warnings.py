"""Members hear once that a tier will be lost, in time, and what they hear is true when it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from loyalty_site.ground.models import Company, Job
from loyalty_site.ground.policy import system
from members.models import Message
from members.services.delivery.sending import close_senders
from programs.models import TierLook, TierWarning
from programs.services.tier_warnings import SEND, SOURCE, send_warnings
from programs.services.tiers import set_floor
from tests.members.mailing import open_mailing
from tests.programs.services.test_tiers import night, opened
from tests.programs.services.test_warnings import customer, texts
from tests.programs.shop import Shop
from tests.smtp_sink import CountingSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink() -> Iterator[CountingSink]:
    with CountingSink() as running:
        yield running
        close_senders()


@pytest.fixture
def shop(sink: CountingSink, settings) -> Shop:
    shop = opened(ladder_window="days", ladder_length=30, ladder_keeps_months=3, tier_warning_days=14)
    renderers = settings.MESSAGE_RENDERERS
    open_mailing(sink, settings)
    settings.MESSAGE_RENDERERS = renderers
    Company.objects.update(sender_email="news@corner.example")
    return shop


def look(shop: Shop, *, days: int) -> TierLook:
    found = night(shop, days=days)
    assert found is not None
    return found


def send(shop: Shop) -> None:
    shop.now += dt.timedelta(hours=10)
    for job in Job.objects.filter(kind=SEND):
        send_warnings(**job.payload, now=shop.now)


def test_once_and_in_time(shop: Shop, sink: CountingSink):
    anna, boris = customer(shop), customer(shop, "Борис", "ru", "boris@example.com")
    for one in (anna, boris):
        shop.sell({"C": "120.00"}, one)  # 10 March: Silver until 9 June
    assert look(shop, days=77).warned == 0  # 26 May
    assert look(shop, days=1).warned == 2
    assert look(shop, days=1).warned == 0
    assert set(Message.objects.values_list("member", "source")) == {(anna.pk, SOURCE), (boris.pk, SOURCE)}
    send(shop)
    said = texts(sink)
    assert "Your tier is “Silver”. It is yours until the end of June 9, 2026." in said["anna@example.com"]
    assert "To keep it, this is still missing today: 100.00 USD." in said["anna@example.com"]
    assert "9 июня 2026" in said["boris@example.com"]


def test_who_has_reached_it_again_hears_nothing(shop: Shop, sink: CountingSink):
    anna = customer(shop)
    shop.sell({"C": "120.00"}, anna)
    assert look(shop, days=80).warned == 1
    shop.sell({"C": "110.00"}, anna)
    send(shop)
    assert texts(sink) == {}


def test_who_has_no_address_is_noted_and_not_written_to(shop: Shop):
    shop.sell({"C": "120.00"}, customer(shop, email=""))
    assert look(shop, days=80).warned == 0
    assert TierWarning.objects.get().kept_on == dt.date(2026, 6, 9)
    assert not Message.objects.exists()


def test_it_goes_out_in_the_morning(shop: Shop):
    shop.now = shop.now.replace(hour=0, minute=15)
    shop.sell({"C": "120.00"}, customer(shop))
    look(shop, days=80)
    assert Message.objects.get().due_at == shop.now.replace(hour=9, minute=0)


def test_who_stands_there_by_hand_is_not_warned(shop: Shop):
    anna = customer(shop)
    shop.sell({"C": "120.00"}, anna)
    set_floor(account_id=shop.account(anna).pk, tier_key="silver", reason="x", actor=system("tests"), now=shop.now)
    assert look(shop, days=80).warned == 0
    assert look(shop, days=30).warned == 0
