"""The pages of duplicates: the list with its reasons, both records, and the three deeds."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Job, Role
from members.models import DuplicatePair, DuplicateScan, Member, MemberStatus, Merge, PairState
from members.services.duplicates import request_scan, scan_chunk
from tests.factories.configuration import UserFactory
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop(redeem_max_percent=100)


@pytest.fixture
def pair(shop: Shop) -> DuplicatePair:
    """Anna with 100 points, and Anya with 30."""
    for phone, name, amount in (("+12125550123", "Anna Petrova", "100"), ("+12125550124", "Anya Petrova", "30")):
        shop.sell({"C": f"{amount}.00"}, shop.member(phone, name))
    Member.objects.update(birth_year=1980, birth_month=5, birth_day=12)
    scan = request_scan(now=NOW)
    assert scan_chunk(scan=scan.pk, now=NOW).is_finished
    return DuplicatePair.objects.get()


@pytest.fixture
def support() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.SUPPORT))
    return client


def page(pair: DuplicatePair) -> str:
    return reverse("admin:members_duplicatepair_change", args=[pair.pk])


def deed(pair: DuplicatePair, name: str) -> str:
    return reverse(f"admin:members_duplicatepair_{name}", args=[pair.pk])


def test_the_list_says_who_and_why(support: Client, pair: DuplicatePair):
    text = support.get(reverse("admin:members_duplicatepair_changelist")).content.decode()
    assert "Anna Petrova" in text
    assert "Anya Petrova" in text
    assert "the same birthday" in text


def test_both_records_stand_side_by_side_with_what_would_happen(support: Client, pair: DuplicatePair):
    text = support.get(page(pair)).content.decode()
    assert "(212) 555-0123" in text or "+12125550123" in text
    assert "130" in text
    assert "Merge" in text
    other = support.get(page(pair) + f"?stays={pair.second_id}").content.decode()
    assert f'name="stays" value="{pair.second_id}"' in other


def test_merge_and_undo_from_the_page(support: Client, shop: Shop, pair: DuplicatePair):
    support.post(deed(pair, "merge"), {"stays": pair.first_id, "take_name": "merged"})
    survivor = Member.objects.get(pk=pair.first_id)
    assert survivor.name == "Anya Petrova"
    assert shop.account(survivor).available == 130
    merged_page = support.get(reverse("admin:members_member_change", args=[pair.second_id]))
    assert merged_page["Location"] == reverse("admin:members_member_change", args=[pair.first_id])
    assert "also Anya Petrova until" in support.get(merged_page["Location"]).content.decode()
    assert "Undo" in support.get(page(pair)).content.decode()
    survivor.name = "Anna P."
    survivor.save()
    support.post(deed(pair, "undo"))
    text = support.get(page(pair)).content.decode()
    assert "could not be returned" in text
    assert Member.objects.get(pk=pair.second_id).status == MemberStatus.ENROLLED


def test_keep_apart(support: Client, pair: DuplicatePair):
    support.post(deed(pair, "apart"))
    pair.refresh_from_db()
    assert pair.state == PairState.APART
    answer = support.post(deed(pair, "apart"), follow=True)
    assert "Somebody has decided" in answer.content.decode()


def test_look_now_begins_a_search_and_a_look_changes_nothing(support: Client, pair: DuplicatePair):
    before = DuplicateScan.objects.count()
    assert support.get(reverse("admin:members_duplicatepair_search")).status_code == 405
    assert DuplicateScan.objects.count() == before
    support.post(reverse("admin:members_duplicatepair_search"))
    assert Job.objects.filter(kind="members.find_duplicates").count() == before + 1


def test_who_may_not_sees_nothing_and_does_nothing(pair: DuplicatePair):
    client = Client()
    client.force_login(UserFactory(role=Role.MARKETING))
    assert client.get(page(pair)).status_code == 403
    assert client.post(deed(pair, "merge"), {"stays": pair.first_id}).status_code == 403
    assert not Merge.objects.exists()
