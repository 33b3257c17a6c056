"""Cards lent to a relative or friend."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from members import errors
from members.models import EndedAs, Identifier, Member
from members.services import (
    end_identifier,
    enrol_member,
    explain_missing,
    issue_card,
    lend_card,
    replace_card,
    withdraw_lent,
)

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=2)


def person(phone: str, name: str) -> Member:
    return enrol_member(name=name, identifiers=[("phone", phone)], region="US", actor=ACTOR, now=NOW)


@pytest.fixture
def anna() -> Member:
    return person("+12125550123", "Anna Petrova")


@pytest.fixture
def boris() -> Member:
    return person("+12125550124", "Boris Petrov")


def test_a_new_card_is_lent_and_taken_back(anna: Member, boris: Member):
    card = lend_card(member_id=anna.pk, to_id=boris.pk, actor=ACTOR, now=NOW)
    assert (card.member, card.lent_to, card.lent_at, card.may_spend) == (anna, boris, NOW, False)
    assert Audit.objects.latest("id").action == "lend_card"
    withdraw_lent(identifier_id=card.pk, actor=ACTOR, now=LATER)
    card.refresh_from_db()
    assert (card.ended_at, card.ended_as) == (LATER, EndedAs.WITHDRAWN)
    assert Audit.objects.latest("id").action == "withdraw_card"
    with pytest.raises(errors.IdentifierWithdrawn) as refusal:
        explain_missing(kind="card", value=card.value)
    assert refusal.value.context == {"day": "2026-03-12"}
    with pytest.raises(errors.IdentifierEnded):
        withdraw_lent(identifier_id=card.pk, actor=ACTOR, now=LATER)


def test_a_card_that_they_have_is_lent_to_somebody_who_is_not_named(anna: Member):
    own = issue_card(member_id=anna.pk, actor=ACTOR, now=NOW)
    card = lend_card(member_id=anna.pk, identifier_id=own.pk, may_spend=True, actor=ACTOR, now=LATER)
    assert (card.pk, card.lent_to, card.lent_at, card.may_spend) == (own.pk, None, LATER, True)
    with pytest.raises(errors.LentAlready):
        lend_card(member_id=anna.pk, identifier_id=own.pk, actor=ACTOR, now=LATER)


def test_a_lent_card_that_is_replaced_stays_lent(anna: Member, boris: Member):
    card = lend_card(member_id=anna.pk, to_id=boris.pk, may_spend=True, actor=ACTOR, now=NOW)
    new = replace_card(identifier_id=card.pk, actor=ACTOR, now=LATER)
    assert (new.lent_to, new.lent_at, new.may_spend) == (boris, LATER, True)


def test_what_cannot_be_lent(anna: Member, boris: Member):
    theirs = issue_card(member_id=boris.pk, actor=ACTOR, now=NOW)
    phone = Identifier.objects.get(member=anna, kind="phone")
    for more, refusal in (
        ({"to_id": anna.pk}, errors.LentToOwner),
        ({"to_id": 0}, errors.MemberNotFound),
        ({"identifier_id": theirs.pk}, errors.IdentifierEnded),
        ({"identifier_id": phone.pk}, errors.IdentifierEnded),
    ):
        with pytest.raises(refusal):
            lend_card(member_id=anna.pk, actor=ACTOR, now=NOW, **more)
    with pytest.raises(errors.IdentifierEnded):  # one's own card is ended, not taken back
        withdraw_lent(identifier_id=theirs.pk, actor=ACTOR, now=NOW)
    end_identifier(identifier_id=theirs.pk, actor=ACTOR, now=NOW)
    assert Identifier.objects.filter(lent_at__isnull=False).count() == 0
