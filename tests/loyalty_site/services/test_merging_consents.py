"""What two records of one person allowed, when they become one, and two again: a no is never lost."""

from __future__ import annotations

import pytest

from loyalty_site.services.merging import undo_merge
from members.models import Channel, Consent, Identifier, Member, Message, Purpose, SuppressionReason
from members.queries.preferences import find_message
from members.services import plan_messages, suppress, unsubscribe
from members.services.suppressions import suppressed_among
from tests.loyalty_site.services.merging import BOSS, agree, merge, says
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def anna(shop: Shop) -> Member:
    return shop.member()


@pytest.fixture
def anya(shop: Shop) -> Member:
    """The same person again."""
    return shop.member("+12125550124", "Anya Petrova")


@pytest.mark.parametrize(
    ("mine", "theirs", "after", "undone"),
    [
        (True, False, False, False),  # the stricter wins, and an undo brings no yes back over a no
        (False, True, False, False),
        (None, True, True, False),  # a yes to silence counts, and goes with the one who gave it
        (None, False, False, False),
        (True, None, True, True),
        (True, True, True, True),
        (None, None, None, None),
    ],
)
def test_the_stricter_consent_wins(anna: Member, anya: Member, mine, theirs, after, undone):
    for member, answer in ((anna, mine), (anya, theirs)):
        if answer is not None:
            agree(member, granted=answer)
    done = merge(anna, anya)
    assert says(anna) is after
    undo_merge(done.pk, actor=BOSS, now=NOW)
    assert says(anna) is undone
    assert says(anya) is theirs  # nobody asked her anything meanwhile
    # The log only grew, each step citing the merge.
    assert all(row.proof.startswith("merge") for row in Consent.objects.filter(method="merge"))


def test_what_is_refused_while_they_are_one_is_refused_by_both(anna: Member, anya: Member):
    agree(anna)
    agree(anya)
    done = merge(anna, anya)
    agree(anna, granted=False)
    left = undo_merge(done.pk, actor=BOSS, now=NOW).left
    assert (says(anna), says(anya)) == (False, False)
    assert {"what": "consent_of_merged", "purpose": "marketing", "channel": "email"} in left


def test_a_complaint_of_either_counts_for_every_address(shop: Shop, anna: Member, anya: Member):
    Identifier.objects.create(member=anna, kind="email", value="anna@example.com")
    Identifier.objects.create(member=anya, kind="email", value="anya@example.com")
    agree(anna)
    suppress(
        channel=Channel.EMAIL,
        address="anya@example.com",
        reason=SuppressionReason.COMPLAINT,
        member_id=anya.pk,
        now=NOW,
    )
    merge(anna, anya)
    assert says(anna) is False
    assert suppressed_among(channel=Channel.EMAIL, addresses=["anna@example.com"]) == {"anna@example.com"}


def test_a_link_in_an_old_mail_unsubscribes_the_survivor(anna: Member, anya: Member):
    plan_messages(
        source="tests", group=1, items=[(1, anya.pk)], channel=Channel.EMAIL, purpose=Purpose.MARKETING, due_at=NOW
    )
    agree(anna)
    merge(anna, anya)
    message = find_message(Message.objects.get().pk)
    assert message is not None
    assert unsubscribe(message=message, method="page", now=NOW)
    assert says(anna) is False
    # Also where the page had been opened before.
    agree(anna)
    agree(anya, granted=False)
    assert says(anna) is False
