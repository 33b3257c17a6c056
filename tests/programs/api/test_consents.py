"""What a member says at the till about offers: noted with its proof, and a no as easily as a yes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Audit, ConsentWording
from loyalty_site.ground.policy import system
from members.models import Consent, Identifier, Suppression
from members.services import lend_card
from programs.models import Terminal
from tests.programs.shop import Shop
from tests.programs.till import ApiTill

ANNA = {"phone": "+1 212 555 0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["lookup", "earn", "enrol", "hints"])
    return ApiTill(shop.terminal, shop.now)


def test_the_till_hears_that_nobody_asked_and_notes_the_answer_once(shop: Shop, till: ApiTill):
    anna = shop.member()
    words = ConsentWording.objects.create(purpose="marketing", language="en", version=2, text="Mails, twice a month.")
    assert till.post("lookup", ANNA).json()["hints"]["ask_about_offers"] is True
    offers = [{"channel": "email", "allowed": True}, {"channel": "sms", "allowed": False}]
    body = {"member": ANNA, "offers": offers, "agrees": True, "cashier": "7"}
    first = till.post("members/consents", body, key="0123456789abcdef")
    assert first.status_code == 200, first.content
    assert first.json()["offers"] == {"email": True, "sms": False, "phone": False}
    assert till.post("members/consents", body, key="0123456789abcdef").content == first.content
    given = Consent.objects.get(member=anna, channel="email")
    assert (given.action, given.method, given.proof, given.wording) == (
        "granted", "terminal", f"{shop.till.label}, cashier 7", words,
    )  # fmt: skip
    assert Consent.objects.get(member=anna, purpose="processing").action == "granted"
    assert till.post("lookup", ANNA).json()["hints"]["ask_about_offers"] is False
    assert Audit.objects.filter(action="note_wishes", object_id=str(anna.pk)).count() == 1


def test_a_no_at_the_till_ends_what_a_mail_had_brought(shop: Shop, till: ApiTill):
    anna = shop.member()
    for allowed in (True, False):
        till.post("members/consents", {"member": ANNA, "offers": [{"channel": "sms", "allowed": allowed}]})
    acts = Consent.objects.filter(member=anna, channel="sms").order_by("id").values_list("action", flat=True)
    assert list(acts) == ["granted", "withdrawn"]
    # The address itself is shut too: a file that brings the person again does not open it.
    assert Suppression.objects.filter(reason="unsubscribed").exists()


def test_who_carries_a_lent_card_cannot_speak_for_its_owner(shop: Shop, till: ApiTill):
    anna = shop.member()
    now = timezone.now() - dt.timedelta(minutes=1)
    lend_card(member_id=anna.pk, to_id=None, identifier_id=None, may_spend=False, actor=system("tests"), now=now)
    card = Identifier.objects.get(member=anna, kind="card")
    body = {"member": {"card": card.value}, "offers": [{"channel": "email", "allowed": True}]}
    answer = till.post("members/consents", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_their_own")
    assert not Consent.objects.filter(member=anna).exists()


def test_nobody_and_a_way_that_there_is_not(shop: Shop, till: ApiTill):
    offers = [{"channel": "email", "allowed": True}]
    assert till.post("members/consents", {"member": {"phone": "+12125550177"}, "offers": offers}).status_code == 404
    shop.member()
    fax = {"member": ANNA, "offers": [{"channel": "fax", "allowed": True}]}
    assert till.post("members/consents", fax).status_code == 400
