"""Joining by oneself: nothing before the button, the same gift as at the till, and no word about who is known."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections.abc import Iterator
from typing import Any

import pytest

from loyalty_site.ground.models import Company, ConsentWording, Counter, Job
from members.errors import IdentifierUnreadable
from members.models import Channel, Consent, Identifier, Member
from members.services import suppress
from members.services.delivery.sending import close_senders
from programs.errors.joining import JoinLinkOver, JoinTooMany
from programs.models import JoinRequest, Lot, Program
from programs.queries.verify import verify
from programs.services import joining
from programs.services.joining import JoinOrder
from tests.factories.configuration import publish
from tests.programs.shop import Shop
from tests.smtp_sink import CountingSink

pytestmark = pytest.mark.django_db


def order(**changes: object) -> JoinOrder:
    given = {
        "email": "Vera@Example.com",
        "phone": "(212) 555-0123",
        "name": " Vera ",
        "language": "ru",
        "offers": ("email",),
        "region": "US",
        "processing_wording": None,
        "marketing_wording": None,
    }
    return JoinOrder(**given | changes)  # type: ignore[arg-type]


def ask(now: dt.datetime, address: str = "192.0.2.1", **changes: object) -> JoinRequest | None:
    joining.ask_to_join(order(**changes), address=address, now=now)
    return JoinRequest.objects.order_by("-pk").first()


def confirm(request: JoinRequest, now: dt.datetime) -> bool:
    return joining.confirm_joining(joining.join_token(request.pk), region="US", now=now)


@pytest.fixture
def sink(settings: Any) -> Iterator[CountingSink]:
    with CountingSink() as running:
        settings.SMTP_URL, settings.SMTP_TIMEOUTS = running.url, (2.0, 2.0, 2.0)
        yield running
        close_senders()


@pytest.fixture
def gift(shop: Shop) -> Shop:
    Program.objects.update(welcome_points=50, welcome_days=30, redeem_max_percent=50)
    publish(Program.objects.get(), at=shop.now)
    return shop


def test_nothing_before_the_button_and_then_the_same_as_at_the_till(gift: Shop):
    words = ConsentWording.objects.create(purpose="processing", language="ru", version=1, text="...")
    ConsentWording.objects.create(purpose="processing", language="ru", version=2, text="later words")
    request = ask(gift.now, processing_wording=words)
    assert request is not None
    assert (request.email, request.phone) == ("vera@example.com", "+12125550123")
    assert not Member.objects.exists()
    assert confirm(request, gift.now + dt.timedelta(hours=2))
    member = Member.objects.get()
    assert (member.name, member.language, member.source) == ("Vera", "ru", "join")
    assert set(Identifier.objects.values_list("kind", flat=True)) == {"phone", "email"}
    assert gift.account(member).available == 50
    assert Lot.objects.count() == 1
    given = {(one.purpose, one.channel): one for one in Consent.objects.all()}
    assert set(given) == {("processing", ""), ("marketing", "email")}
    assert given["processing", ""].wording == words  # those that stood on the page
    assert not JoinRequest.objects.exists()
    assert [finding for finding in verify() if finding.violations] == []
    with pytest.raises(JoinLinkOver):
        confirm(request, gift.now)


def test_a_link_lasts_a_day_and_what_was_typed_is_gone_then(gift: Shop):
    request = ask(gift.now)
    assert request is not None
    late = gift.now + joining.VALID
    with pytest.raises(JoinLinkOver):
        confirm(request, late)
    assert joining.forget_old_requests(now=late) == 1
    with pytest.raises(JoinLinkOver):
        joining.confirm_joining("AAAA", region="US", now=gift.now)
    assert not Member.objects.exists()


def test_somebody_known_keeps_what_they_have(gift: Shop):
    anna = gift.member("+12125550123")
    request = ask(gift.now)
    assert request is not None
    assert not confirm(request, gift.now)
    assert list(Member.objects.all()) == [anna]
    assert list(Identifier.objects.values_list("kind", flat=True)) == ["phone"]  # a stranger's address is not added
    assert not Consent.objects.exists()


def test_only_the_owner_of_an_address_hears_that_it_is_known(gift: Shop, sink: CountingSink):
    Company.objects.update(sender_email="till@corner.example")
    first = ask(gift.now, language="en")
    assert first is not None
    assert joining.deliver_join(join_id=first.pk, now=gift.now).is_finished
    confirm(first, gift.now)
    second = ask(gift.now, language="en")
    assert second is not None
    joining.deliver_join(join_id=second.pk, now=gift.now)
    sink.wait_for(2)
    new, known = (email.message_from_bytes(one.content, policy=email.policy.default) for one in sink.received)
    assert new["To"] == "vera@example.com"
    assert f"/join/{joining.join_token(first.pk)}/" in new.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "already" in known["Subject"]
    assert "/join/" not in known.as_string()


def test_the_mail_waits_for_the_server_and_spares_those_who_want_none(gift: Shop):
    request = ask(gift.now)
    assert request is not None
    assert Job.objects.get().kind == "programs.send_join"
    waiting = joining.deliver_join(join_id=request.pk, now=gift.now)  # no mail server is set up here
    assert (waiting.is_finished, waiting.run_at) == (False, gift.now + joining.LOOK_AGAIN)
    suppress(channel=Channel.EMAIL, address="vera@example.com", reason="complaint", member_id=None, now=gift.now)
    assert joining.deliver_join(join_id=request.pk, now=gift.now).is_finished


def test_too_much_from_one_place_or_to_one_mailbox_is_stopped(gift: Shop):
    for number in range(joining.FROM_ADDRESS):
        ask(gift.now, email=f"v{number}@example.com")
    with pytest.raises(JoinTooMany):
        ask(gift.now, email="v99@example.com")
    before = JoinRequest.objects.count()
    for number in range(joining.MAILS + 2):
        ask(gift.now, address=f"192.0.2.{number + 10}")
    assert JoinRequest.objects.count() == before + joining.MAILS
    kept = " ".join(Counter.objects.values_list("subject", flat=True))
    assert "192.0.2" not in kept
    assert "example" not in kept


def test_what_cannot_be_read_is_said(gift: Shop):
    for changes in ({"email": "vera"}, {"phone": "12"}):
        with pytest.raises(IdentifierUnreadable):
            ask(gift.now, **changes)
    assert not JoinRequest.objects.exists()


def test_who_asks_to_be_forgotten_leaves_no_request_behind(gift: Shop):
    other = ask(gift.now, email="boris@example.com", phone="")
    ask(gift.now)
    joining.forget_requests([("phone", "+12125550123")])
    assert list(JoinRequest.objects.all()) == [other]
