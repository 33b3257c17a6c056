"""The offline conflicts in the back office: told in words, corrected or left with a note."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Audit, Role
from members.models import Identifier
from programs.models import OfflineConflict
from programs.queries.shoppers import MemberKey
from programs.services.offline import OfflineReceipt, take_in
from programs.services.sales import OrderLine
from tests.factories.configuration import UserFactory
from tests.programs.shop import NOW, Shop


@pytest.fixture
def conflict(shop: Shop) -> OfflineConflict:
    """Thirty points that a blocked card would have earned."""
    anna = shop.member()
    shop.sell({"C": "1.00"}, anna)
    Identifier.objects.update(is_blocked=True)
    receipt = OfflineReceipt(
        client_id="0123456789abcdef",
        kind="sale",
        occurred_at=NOW,
        receipt_number="7",
        body_hash=b"0" * 32,
        member=MemberKey("phone", "+12125550123"),
        shown="phone …0123",
        lines=(OrderLine("C", Decimal(1), Decimal(30)),),
    )
    take_in(shop.till, [receipt], unreadable=0, now=NOW + dt.timedelta(days=1))
    return OfflineConflict.objects.get()


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(role=role))
    return client


def decide(client: Client, conflict: OfflineConflict, decision: str, seen: int) -> str:
    url = reverse("admin:programs_offlineconflict_decide", args=[conflict.pk])
    answer = client.post(url, {"decision": decision, "seen": seen, "note": "rang her up"}, follow=True)
    return answer.content.decode()


def test_the_page_tells_what_and_proposes(conflict: OfflineConflict):
    page = client_of(Role.SUPPORT).get(reverse("admin:programs_offlineconflict_change", args=[conflict.pk]))
    text = page.content.decode()
    assert "phone …0123 is blocked." in text
    assert "Give 30 points more." in text
    listed = client_of(Role.SUPPORT).get(reverse("admin:programs_offlineconflict_changelist")).content.decode()
    assert "is blocked." in listed
    assert "1 offline conflict to look at" in client_of(Role.SUPPORT).get(reverse("admin:index")).content.decode()


def test_correcting_posts_the_proposal_once(shop: Shop, conflict: OfflineConflict):
    client = client_of(Role.SUPPORT)
    decide(client, conflict, "correct", 30)
    account = conflict.account
    account.refresh_from_db()
    conflict.refresh_from_db()
    assert (account.available, conflict.state, conflict.note) == (31, "corrected", "rang her up")
    assert conflict.adjustment.reason == "offline"
    assert Audit.objects.filter(action="correct_offline").count() == 1
    assert "Somebody has decided this already" in decide(client, conflict, "correct", 30)
    account.refresh_from_db()
    assert account.available == 31


def test_a_proposal_that_changed_is_looked_at_again(conflict: OfflineConflict):
    assert "The proposal has changed" in decide(client_of(Role.SUPPORT), conflict, "correct", 20)
    conflict.refresh_from_db()
    assert conflict.state == "open"


def test_leaving_it_moves_no_points(conflict: OfflineConflict):
    decide(client_of(Role.SUPPORT), conflict, "leave", 30)
    conflict.refresh_from_db()
    assert (conflict.state, conflict.adjustment, conflict.account.available) == ("dismissed", None, 1)


def test_a_shop_manager_sees_only_the_own_stores(conflict: OfflineConflict):
    client = client_of(Role.SHOP_MANAGER)
    page = client.get(reverse("admin:programs_offlineconflict_changelist")).content.decode()
    assert "is blocked" not in page
