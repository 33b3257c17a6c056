"""A phone that operators gave to somebody new: handed over when its old owner is long silent, else refused in words."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from members.errors import IdentifierTaken, PhoneInUse, PhoneOfSilentMember
from members.models import Identifier, IdentityPolicy, Member
from members.queries import find_by_identifier
from programs.queries.verify import verify
from programs.services.handing_over import add_key, enrol_with_number
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db
BOSS = system("tests")
PHONE = "+12125550123"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def anna(shop: Shop) -> Member:
    """The old owner, whose last purchase is of shop.now."""
    member = shop.member(PHONE)
    shop.sell({"C": "10.00"}, member)
    return member


def enrol(
    at: dt.datetime, *, hand_over: bool, keys: tuple[tuple[str, str], ...] = (("phone", "212 555 0123"),)
) -> Member:
    return enrol_with_number(
        name="Boris", identifiers=keys, consents=(), region="US", actor=BOSS, now=at, hand_over=hand_over
    )


def test_the_old_owner_keeps_account_and_history_and_the_number_finds_the_new_one(shop: Shop, anna: Member):
    later = shop.now + dt.timedelta(days=400)
    with pytest.raises(PhoneOfSilentMember) as refusal:
        enrol(later, hand_over=False)
    assert refusal.value.context["day"] == "2026-03-10"
    assert Member.objects.count() == 1
    boris = enrol(later, hand_over=True)
    assert find_by_identifier("phone", PHONE) == boris
    old = Identifier.objects.get(member=anna)
    assert (old.ended_at, old.ended_as) == (later, "handed_over")
    assert shop.account(anna).available == 10
    act = Audit.objects.get(action="end_identifier")
    assert (act.object_id, act.details["reason"]) == (str(anna.pk), "handed_over")
    assert [finding for finding in verify() if finding.violations] == []


def test_who_was_seen_lately_keeps_the_number(shop: Shop, anna: Member):
    with pytest.raises(PhoneInUse):
        enrol(shop.now + dt.timedelta(days=300), hand_over=True)
    assert find_by_identifier("phone", PHONE) == anna


def test_the_company_says_how_long_is_long(shop: Shop, anna: Member):
    IdentityPolicy.objects.create(pk=1, silent_months=6)
    assert find_by_identifier("phone", PHONE) == anna
    boris = enrol(shop.now + dt.timedelta(days=190), hand_over=True)
    assert find_by_identifier("phone", PHONE) == boris


def test_only_numbers_are_handed_over_and_nothing_of_a_refusal_stays(shop: Shop, anna: Member):
    later = shop.now + dt.timedelta(days=400)
    shop.now = later
    add_key(member_id=anna.pk, kind="card", text="900100", region="US", actor=BOSS, now=later)
    with pytest.raises(IdentifierTaken):
        enrol(later, hand_over=True, keys=(("phone", PHONE), ("card", "9001 00")))
    assert find_by_identifier("phone", PHONE) == anna
    assert not Identifier.objects.filter(ended_at__isnull=False).exists()


def test_adding_to_a_member_goes_the_same_way(shop: Shop, anna: Member):
    boris = shop.member("+12125550177", "Boris")
    add = {"member_id": boris.pk, "kind": "phone", "text": "(212) 555-0123", "region": "US", "actor": BOSS}
    with pytest.raises(PhoneInUse):
        add_key(**add, now=shop.now)
    later = shop.now + dt.timedelta(days=400)
    with pytest.raises(PhoneOfSilentMember):
        add_key(**add, now=later)
    add_key(**add, now=later, hand_over=True)
    assert find_by_identifier("phone", PHONE) == boris
    # A number that nobody has used since its own issue is as good as new: it starts to be silent from then on.
    with pytest.raises(PhoneInUse):
        add_key(**add | {"member_id": anna.pk}, now=later + dt.timedelta(days=30), hand_over=True)
