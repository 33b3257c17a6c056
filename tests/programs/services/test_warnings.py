"""Members hear once that points burn, and what they hear is true when it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from loyalty_site.ground.models import Company, Job
from loyalty_site.ground.policy import system
from members.models import Member, Message, Purpose
from members.services import enrol_member, suppress
from members.services.delivery.sending import close_senders
from programs.models import BurnWarning, Program
from programs.services.warnings import SOURCE, send_warnings, warn_of_burning
from tests.members.mailing import open_mailing
from tests.programs.shop import Shop, open_shop
from tests.smtp_sink import CountingSink

DAY = dt.timedelta(days=1)


@pytest.fixture
def sink() -> Iterator[CountingSink]:
    with CountingSink() as running:
        yield running
        close_senders()


def customer(shop: Shop, name: str = "Anna Petrova", language: str = "", email: str = "anna@example.com") -> Member:
    keys = [("card", f"9{Member.objects.count():07}")] + ([("email", email)] if email else [])
    member = enrol_member(name=name, identifiers=keys, region="US", actor=system("tests"), now=shop.now)
    if language:
        Member.objects.filter(pk=member.pk).update(language=language)
    return member


def warn(shop: Shop, *, days_before: int, last: dt.date) -> int:
    """Run the task on the morning so many days before `last` is over."""
    shop.now = dt.datetime.combine(last - (days_before - 1) * DAY, dt.time(7, 30), dt.UTC)
    return warn_of_burning(now=shop.now)


def texts(sink: CountingSink) -> dict[str, str]:
    """{recipient: the plain text of the mail that came}"""
    found = {}
    for one in sink.received:
        part = message_from_bytes(one.content, policy=policy.default).get_body(("plain",))
        assert part is not None
        found[one.recipient] = part.get_content()
    return found


@pytest.mark.django_db
class TestPlanning:
    @pytest.fixture
    def shop(self) -> Shop:
        return open_shop(expiry_months=3)

    def test_one_warning_for_each_lot_and_threshold(self, shop: Shop):
        anna = customer(shop)
        shop.sell({"A": "10.00", "B": "10.00"}, anna)
        last = dt.date(2026, 6, 10)
        assert warn(shop, days_before=40, last=last) == 0
        assert warn(shop, days_before=30, last=last) == 2
        assert warn(shop, days_before=30, last=last) == 0
        assert warn(shop, days_before=20, last=last) == 0
        assert warn(shop, days_before=7, last=last) == 2
        assert warn(shop, days_before=1, last=last) == 0
        assert sorted(BurnWarning.objects.values_list("days", "points")) == [(7, 20), (7, 30), (30, 20), (30, 30)]
        # One message speaks of all lots of a person.
        assert (
            list(Message.objects.values_list("member", "purpose", "source"))
            == [(anna.pk, Purpose.PROCESSING, SOURCE)] * 2
        )
        assert Job.objects.filter(kind="programs.send_warnings").count() == 2

    def test_who_is_met_late_hears_the_near_threshold_only(self, shop: Shop):
        shop.sell({"A": "10.00"}, customer(shop))
        assert warn(shop, days_before=5, last=dt.date(2026, 6, 10)) == 1
        assert BurnWarning.objects.get().days == 7

    def test_a_lot_that_changes_after_its_warning_is_not_warned_of_again(self, shop: Shop):
        anna = customer(shop)
        sold = shop.sell({"A": "100.00"}, anna)
        assert warn(shop, days_before=30, last=dt.date(2026, 6, 10)) == 1
        paid = shop.sell({"C": "1.00"}, anna, redeem="20")
        shop.give_back(paid, {1: "1"})
        shop.give_back(sold, {1: "0.5"})
        assert warn(shop, days_before=29, last=dt.date(2026, 6, 10)) == 0

    def test_who_has_no_address_is_noted_and_not_written_to(self, shop: Shop):
        shop.sell({"A": "10.00"}, customer(shop, email=""))
        assert warn(shop, days_before=30, last=dt.date(2026, 6, 10)) == 1
        assert (BurnWarning.objects.get().notice, Message.objects.count()) == (0, 0)

    def test_thresholds_are_the_programmes(self, shop: Shop):
        Program.objects.update(warning_days=[])
        shop.sell({"A": "10.00"}, customer(shop))
        assert warn(shop, days_before=7, last=dt.date(2026, 6, 10)) == 0
        Program.objects.update(warning_days=[3])
        assert warn(shop, days_before=7, last=dt.date(2026, 6, 10)) == 0
        assert warn(shop, days_before=3, last=dt.date(2026, 6, 10)) == 1

    def test_the_end_of_a_pause_is_warned_of_too(self):
        shop = open_shop(expiry_kind="never", idle_months=6)
        shop.sell({"A": "10.00"}, customer(shop))
        assert warn(shop, days_before=30, last=dt.date(2026, 9, 10)) == 1
        assert BurnWarning.objects.get().expires_at == dt.datetime(2026, 9, 11, tzinfo=dt.UTC)


@pytest.mark.django_db
class TestSending:
    @pytest.fixture
    def shop(self, sink: CountingSink, settings) -> Shop:
        shop = open_shop(expiry_months=3)
        renderers = settings.MESSAGE_RENDERERS
        open_mailing(sink, settings)
        settings.MESSAGE_RENDERERS = renderers
        Company.objects.update(sender_email="news@corner.example")
        return shop

    def send(self, shop: Shop) -> None:
        for job in Job.objects.filter(kind="programs.send_warnings"):
            send_warnings(**job.payload, now=shop.now)

    def test_it_says_how_much_burns_on_which_day(self, shop: Shop, sink: CountingSink):
        for name, language, email in (("Anna", "", "anna@example.com"), ("Борис", "ru", "boris@example.com")):
            shop.sell({"A": "10.00"}, customer(shop, name, language, email))
        shop.now += 2 * DAY
        shop.sell({"C": "5.00"}, Member.objects.get(name="Anna"))
        assert warn(shop, days_before=30, last=dt.date(2026, 6, 12)) == 3
        self.send(shop)
        said = texts(sink)
        assert set(said) == {"anna@example.com", "boris@example.com"}
        assert "June 10, 2026: 20 points" in said["anna@example.com"]
        assert "June 12, 2026: 5 points" in said["anna@example.com"]
        assert "Your balance now: 25 points." in said["anna@example.com"]
        assert "10 июня 2026" in said["boris@example.com"]

    def test_what_was_spent_since_is_not_spoken_of(self, shop: Shop, sink: CountingSink):
        anna = customer(shop)
        shop.sell({"C": "10.00"}, anna)
        warn(shop, days_before=30, last=dt.date(2026, 6, 10))
        shop.sell({"C": "10.00"}, anna, redeem="10")
        self.send(shop)
        assert texts(sink) == {}
        assert Message.objects.get().reason == "cannot_render"

    def test_a_suppressed_address_is_left_alone(self, shop: Shop, sink: CountingSink):
        anna = customer(shop)
        shop.sell({"C": "10.00"}, anna)
        warn(shop, days_before=30, last=dt.date(2026, 6, 10))
        suppress(channel="email", address="anna@example.com", reason="complaint", member_id=anna.pk, now=shop.now)
        self.send(shop)
        assert texts(sink) == {}
        assert Message.objects.get().reason == "suppressed"
