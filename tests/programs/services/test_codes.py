"""The mail with a code: on its way at once, in the member's language, and worth nothing to anybody else."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections.abc import Iterator

import pytest

from loyalty_site.ground.models import Company, Counter, Job
from loyalty_site.ground.policy import system
from loyalty_site.ground.services import count, counted, forget_old_counters
from loyalty_site.ground.services.counters import window_start
from members.models import ContactBudget, Member, Message
from members.services import enrol_member
from members.services.delivery.sending import close_senders
from programs.models import SpendingCode
from programs.services.codes import VALID, _code, deliver_code, send_code
from tests.programs.shop import NOW, Shop
from tests.smtp_sink import CountingSink


@pytest.fixture
def sink(settings) -> Iterator[CountingSink]:
    with CountingSink() as running:
        settings.SMTP_URL, settings.SMTP_TIMEOUTS = running.url, (2.0, 2.0, 2.0)
        yield running
        close_senders()


@pytest.fixture
def anna(shop: Shop) -> Member:
    member = enrol_member(
        name="Anna Petrova",
        identifiers=[("email", "anna@example.com")],
        region="US",
        actor=system("tests"),
        now=NOW - dt.timedelta(days=30),
    )
    shop.sell({"C": "500.00"}, member)
    Company.objects.update(sender_email="till@corner.example")
    return member


def test_the_code_is_in_the_mail_and_only_there(shop: Shop, sink: CountingSink, anna: Member):
    ContactBudget.objects.create(quiet_from=dt.time(0, 0), quiet_until=dt.time(23, 59))  # nobody waits for the morning
    assert send_code(till=shop.till, member_id=anna.pk, points=50, now=NOW) == NOW + VALID
    row = SpendingCode.objects.get()
    code = _code(row.code_hash.partition("$")[0])
    assert Job.objects.get(kind="programs.send_code").payload == {"code_id": row.pk}
    assert deliver_code(code_id=row.pk, now=NOW).is_finished
    sink.wait_for(1)
    mail = email.message_from_bytes(sink.received[0].content, policy=email.policy.default)
    text = mail.get_body(("plain",)).get_content()
    assert f"Your code: {code}" in text
    assert f"up to 50 points can be spent in {shop.terminal.store.name} within 5 minutes" in text
    assert code not in mail["Subject"]
    assert mail["List-Unsubscribe"] is None
    assert Message.objects.get().state == "sent"


def test_the_mail_speaks_the_member_s_language(shop: Shop, sink: CountingSink, anna: Member):
    Member.objects.filter(pk=anna.pk).update(language="he")
    send_code(till=shop.till, member_id=anna.pk, points=0, now=NOW)
    deliver_code(code_id=SpendingCode.objects.get().pk, now=NOW)
    sink.wait_for(1)
    mail = email.message_from_bytes(sink.received[0].content, policy=email.policy.default)
    assert '<div lang="he" dir="rtl">' in mail.get_body(("html",)).get_content()


def test_a_code_that_came_too_late_is_not_sent_any_more(shop: Shop, sink: CountingSink, anna: Member, settings):
    settings.SMTP_URL = ""
    send_code(till=shop.till, member_id=anna.pk, points=50, now=NOW)
    row = SpendingCode.objects.get()
    waits = deliver_code(code_id=row.pk, now=NOW)
    assert not waits.is_finished
    assert waits.run_at is not None
    assert waits.run_at <= NOW + VALID
    assert deliver_code(code_id=row.pk, now=NOW + VALID).is_finished
    assert Message.objects.get().state == "cancelled"


@pytest.mark.django_db
def test_counters_of_long_ago_are_forgotten():
    day = dt.timedelta(days=1)
    for age in (0, 1, 5):
        assert count(name="test", subject="a", window=day, by=2, now=NOW - age * day) == 2
    assert count(name="test", subject="a", window=day, by=3, now=NOW) == 5
    assert forget_old_counters(now=NOW) == 1
    assert counted(name="test", subject="a", window=day, now=NOW) == 5
    assert counted(name="test", subject="b", window=day, now=NOW) == 0
    assert Counter.objects.count() == 2


def test_windows_follow_each_other_without_gaps():
    ten = dt.timedelta(minutes=10)
    assert window_start(NOW, ten) == NOW
    assert window_start(NOW - dt.timedelta(microseconds=1), ten) == NOW - ten
