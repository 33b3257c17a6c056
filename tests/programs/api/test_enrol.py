"""Enrolling at the till, and the welcome gift."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from loyalty_site.ground.models import ConsentWording
from members.models import Channel, Consent, Identifier, IdentifierKind, Member, Suppression
from members.services.suppressions import suppress_erased
from programs.errors import DraftInvalid
from programs.models import Account, LedgerTransaction, Lot, Program, Terminal
from programs.queries.verify import verify
from tests.factories.configuration import publish
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

BORIS = {"phone": "(212) 555-0199", "consents": [{"purpose": "processing"}]}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["lookup", "earn", "redeem", "enrol"])
    return ApiTill(shop.terminal, shop.now)


def give_welcome(points: int, days: int | None = 30) -> None:
    Program.objects.update(welcome_points=points, welcome_days=days, redeem_max_percent=50)
    publish(Program.objects.get(), at=timezone.now())


def test_a_phone_and_a_consent_are_enough_and_the_gift_comes_at_once(shop: Shop, till: ApiTill):
    give_welcome(50)
    key = str(uuid.uuid4())
    body = {
        **BORIS,
        "consents": [{"purpose": "processing"}, {"purpose": "marketing", "channel": "sms"}],
        "cashier": "7",
    }
    first = till.post("members", body, key=key)
    assert first.status_code == 201
    answer = first.json()
    assert (answer["gift"], answer["balance"]["spendable"], answer["burns"][0]["points"]) == ("50", "50", "50")
    assert answer["receipt_texts"][:2] == ["Welcome! You were given 50 points.", "Balance 50 points = 0.50"]
    assert till.post("members", body, key=key).content == first.content
    assert (Member.objects.count(), Account.objects.count(), Lot.objects.count()) == (1, 1, 1)
    given = {(one.purpose, one.channel): one for one in Consent.objects.all()}
    assert set(given) == {("processing", ""), ("marketing", "sms")}
    assert {(one.method, one.proof) for one in given.values()} == {("terminal", f"{shop.till.label}, cashier 7")}
    left = Lot.objects.get().expires_at - timezone.now()
    assert timedelta(days=30) < left <= timedelta(days=31)
    assert [finding for finding in verify() if finding.violations] == []


def test_the_gift_pays_a_part_of_the_first_bill_and_never_all_of_it(shop: Shop, till: ApiTill):
    give_welcome(100)
    till.post("members", BORIS)
    member = {"phone": BORIS["phone"]}
    refused = till.post("sales", sale_body("1.00", member=member, redeem_points="100"))
    assert refused.json()["code"] == "redemption_above_share"
    assert till.post("sales", sale_body("2.00", member=member, redeem_points="100")).status_code == 201
    Program.objects.update(redeem_max_percent=100)
    with pytest.raises(DraftInvalid, match="welcome gift could pay a whole bill"):
        publish(Program.objects.get())


def test_who_is_a_member_already_is_named_masked(shop: Shop, till: ApiTill):
    anna = shop.member()
    refused = till.post("members", {**BORIS, "phone": "+12125550123", "card": "900100"})
    assert (refused.status_code, refused.json()["code"]) == (409, "member_exists")
    assert refused.json()["title"].startswith("Anna P. is a member")
    assert refused.json()["context"]["member"] == str(anna.public_id)
    assert Member.objects.count() == 1


def enrol_late(till: ApiTill, at: datetime, **more: Any) -> Any:
    return till.post("members", {**BORIS, **more, "occurred_at": at.isoformat()})


def test_who_joined_while_the_line_was_down_is_a_member_since_then(shop: Shop, till: ApiTill):
    """Consent, membership and gift are of that moment; what the ledger and the guards go by is of now."""
    now = timezone.now()
    at = now - timedelta(days=3)
    publish(Program.objects.get(), at=now - timedelta(days=9))
    Program.objects.update(welcome_points=50, welcome_days=30, redeem_max_percent=50)
    publish(Program.objects.get(), at=now - timedelta(days=8))
    give_welcome(99)  # what holds since today is not what held then
    answer = enrol_late(till, at).json()
    assert (answer["gift"], answer["balance"]["spendable"]) == ("50", "50")
    member, consent, account, lot = (
        Member.objects.get(),
        Consent.objects.get(),
        Account.objects.get(),
        Lot.objects.get(),
    )
    assert (consent.given_at, account.opened_at, member.joined_on) == (at, at, at.date())
    assert timedelta(days=30) < lot.expires_at - at <= timedelta(days=31)
    written = [member.created_at, Identifier.objects.get().created_at, LedgerTransaction.objects.get().occurred_at]
    assert all(moment >= now for moment in written)
    receipt = {
        "client_id": str(uuid.uuid4()),
        "kind": "sale",
        "occurred_at": (at + timedelta(minutes=1)).isoformat(),
        "receipt_number": "off-1",
        "member": {"phone": BORIS["phone"]},
        "lines": [{"sku": "C", "quantity": "1", "amount": "10.00"}],
    }
    (item,) = till.post("offline-batches", {"receipts": [receipt]}, key=None).json()["receipts"]
    assert (item["status"], item["points"]) == ("booked", "10")
    known = enrol_late(till, at, language="ru")
    assert (known.status_code, known.json()["code"]) == (409, "member_exists")
    assert known.json()["context"]["member"] == str(member.public_id)
    assert [finding for finding in verify() if finding.violations] == []


def test_a_gift_that_comes_after_its_day_burns_at_once(shop: Shop, till: ApiTill):
    now = timezone.now()
    Program.objects.update(welcome_points=50, welcome_days=1, redeem_max_percent=50)
    publish(Program.objects.get(), at=now - timedelta(days=8))
    answer = enrol_late(till, now - timedelta(days=5)).json()
    assert (answer["gift"], answer["balance"]["spendable"], answer["burns"]) == ("50", "0", [])
    assert [finding for finding in verify() if finding.violations] == []


def test_the_moment_of_joining_is_believed_as_that_of_a_sale_is(till: ApiTill):
    now = timezone.now()
    for at in (now - timedelta(days=7, minutes=1), now + timedelta(minutes=11)):
        refused = enrol_late(till, at)
        assert (refused.status_code, refused.json()["code"]) == (422, "time_implausible")
    assert Member.objects.count() == 0
    assert enrol_late(till, now + timedelta(minutes=5)).status_code == 201
    assert Consent.objects.get().given_at <= timezone.now()  # a fast clock; nobody agrees in the future


def test_words_and_forgetting_after_that_moment_are_not_undone_by_it(till: ApiTill):
    now = timezone.now()
    ConsentWording.objects.create(purpose="processing", language="en", version=1, text="...")  # written since
    suppress_erased(kind=IdentifierKind.PHONE, value="+12125550199", now=now - timedelta(days=1))
    assert enrol_late(till, now - timedelta(days=2)).status_code == 201
    assert Consent.objects.get().wording is None
    assert set(Suppression.objects.values_list("lifted_at", flat=True)) == {None}
    assert Suppression.objects.exclude(channel=Channel.EMAIL).exists()


def test_without_consent_nobody_is_enrolled(shop: Shop, till: ApiTill):
    for consents, status, code in (
        ([{"purpose": "marketing", "channel": "sms"}], 422, "consent_required"),
        ([], 400, "invalid_request"),
    ):
        refused = till.post("members", {**BORIS, "consents": consents})
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert till.post("members", {"consents": BORIS["consents"]}).status_code == 400
    assert Member.objects.count() == 0


def test_they_are_spoken_to_in_their_language_and_agree_to_its_words(shop: Shop, till: ApiTill):
    for language, version in (("en", 1), ("ru", 1), ("ru", 2)):
        ConsentWording.objects.create(purpose="processing", language=language, version=version, text="...")
    answer = till.post("members", {**BORIS, "language": "ru", "name": "Борис Ким"}).json()
    assert answer["member"]["name"] == "Борис К."
    consent = Consent.objects.get()
    assert (consent.wording.language, consent.wording.version, consent.language) == ("ru", 2, "ru")
    assert Member.objects.get().language == "ru"


def test_enrolling_is_a_right_of_its_own(shop: Shop, till: ApiTill):
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["earn"])
    assert till.post("members", BORIS).status_code == 403


def test_a_card_alone_will_do_and_before_any_programme(shop: Shop, till: ApiTill):
    Program.objects.update(state="closed")
    answer = till.post("members", {"card": "9001 00", "consents": BORIS["consents"]}).json()
    assert (answer["gift"], answer["balance"], answer["receipt_texts"]) == ("0", None, [])
    assert till.post("lookup", {"any": "900100"}, key=None).status_code == 200
