"""Everything that happened to a member on one page, and what about them waits on their own page first."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Role
from loyalty_site.ground.policy import system
from loyalty_site.ground.rules.timeline import PAGE, Happening, joined, newest_of
from members.services import issue_card, note_wishes
from programs.models import Flag, FlagKind
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


def page(client: Client, role: str, name: str, member_id: int, query: str = "") -> str:
    client.force_login(UserFactory(role=role))
    return html.unescape(client.get(f"{reverse(name, args=[member_id])}{query}").content.decode())


def test_all_rooms_tell_in_one_order(client: Client, shop: Shop):
    shop.now = timezone.now() - dt.timedelta(days=3)
    anna = shop.member()
    shop.sell({"A": "12.50"}, anna)
    now = timezone.now() - dt.timedelta(days=1)
    issue_card(member_id=anna.pk, actor=system("tests"), now=now)
    note_wishes(
        member_id=anna.pk, offers={"email": True}, method="by_phone", proof="", actor=system("tests"),
        now=now + dt.timedelta(hours=1),
    )  # fmt: skip
    shown = page(client, Role.SUPPORT, "members_member_timeline", anna.pk)
    assert "Bought for 12.50" in shown
    assert shown.index("Consent: granted") < shown.index("Bought for")
    assert "Staff: noted what they allow" in shown
    assert "A way to find them was added" in shown
    # Marketing is told nothing of keys and of who looked.
    of_marketing = page(client, Role.MARKETING, "members_member_timeline", anna.pk)
    assert "Bought for" in of_marketing
    assert "A way to find them" not in of_marketing
    assert "Staff:" not in of_marketing
    older = page(
        client, Role.SUPPORT, "members_member_timeline", anna.pk, f"?before={(now).isoformat()}".replace("+", "%2B")
    )
    assert "Consent: granted" not in older
    assert "Bought for" in older


def test_parts_of_a_detail_keep_their_direction_to_themselves():
    assert joined("Store 27", "", "שולמו 300 נקודות") == "\u2068Store 27\u2069 · \u2068שולמו 300 נקודות\u2069"
    assert joined("", "") == ""


def test_a_page_ends_without_losing_what_happened_at_once():
    start = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    one = [Happening(start + dt.timedelta(minutes=n), f"{n}") for n in range(PAGE)]
    other = [Happening(start, "as early")]
    assert newest_of([one]) == (one[::-1], None)
    found, older = newest_of([one, other])
    assert older == start
    assert {row.what for row in found} == {"as early", *(row.what for row in one)}


def test_the_member_page_begins_with_what_waits_and_the_usual(client: Client, shop: Shop):
    shop.now = timezone.now() - dt.timedelta(days=3)
    anna = shop.member()
    for _ in range(2):
        shop.sell({"B": "4.00"}, anna)
    Flag.objects.create(kind=FlagKind.SWEEP, subject="x", member=anna)
    shown = page(client, Role.SUPPORT, "admin:members_member_change", anna.pk)
    assert "Waits for somebody" in shown
    assert "Flag: spent right after a new phone or e-mail" in shown
    assert shown.index("The usual") < shown.index("Last visits")
    assert "Nobody has asked them about offers yet" in shown
    assert reverse("members_member_timeline", args=[anna.pk]) in shown
    # Whoever may not look at flags is not told of one.
    assert "Flag:" not in page(client, Role.MARKETING, "admin:members_member_change", anna.pk)
