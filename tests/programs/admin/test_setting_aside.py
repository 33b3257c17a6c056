"""Coupons and holds in the back office."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty_site.ground.models import Audit, Role
from loyalty_site.ground.policy import system
from programs.models import Coupon, CouponSeries, Hold, Lot
from programs.queries.holds import HeldLot, hold_detail
from programs.rules.codes import is_whole, read_code, shown
from programs.rules.dates import last_day
from programs.services.coupons import issue_coupons
from programs.services.holds import place_hold
from tests.factories.configuration import CouponSeriesFactory, UserFactory
from tests.programs.shop import Shop


@pytest.fixture
def admin(shop: Shop) -> Client:
    client = Client()
    client.force_login(UserFactory())
    shop.now = timezone.now()
    return client


def issue_url(series: CouponSeries) -> str:
    return reverse("admin:programs_couponseries_issue", args=[series.pk])


def test_codes_for_anybody_are_downloaded(admin: Client, shop: Shop):
    series = CouponSeriesFactory(program=shop.program, key="spring", valid_days=30)
    assert "How many codes" in admin.get(issue_url(series)).content.decode()
    answer = admin.post(issue_url(series), {"count": "25"})
    assert answer["Content-Disposition"] == 'attachment; filename="coupons-spring.csv"'
    head, *rows = answer.content.decode().splitlines()
    assert head == "code,valid_until"
    assert all(is_whole(read_code(row.split(",")[0])) for row in rows)
    assert len(rows) == Coupon.objects.count() == 25
    assert Audit.objects.filter(action="issue_coupons", details__count=25).exists()


def test_a_personal_one_is_given_to_the_member_who_is_named(admin: Client, shop: Shop):
    anna = shop.member()
    series = CouponSeriesFactory(program=shop.program, is_personal=True)
    assert "required" in admin.post(issue_url(series), {"count": "1"}).content.decode()
    answer = admin.post(issue_url(series), {"count": "1", "member": "(212) 555-0123"}, follow=True)
    coupon = Coupon.objects.get()
    assert coupon.member == anna
    assert shown(coupon.code) in answer.content.decode()
    listed = admin.get(reverse("admin:programs_coupon_changelist"), {"q": shown(coupon.code).lower()})
    assert "Anna Petrova" in listed.content.decode()
    page = reverse("admin:programs_coupon_change", args=[coupon.pk])
    assert reverse("admin:members_member_change", args=[anna.pk]) in admin.get(page).content.decode()
    accountant = Client()
    accountant.force_login(UserFactory(role=Role.ACCOUNTANT))
    seen = accountant.get(page).content.decode()
    assert "Anna P." in seen
    assert "Anna Petrova" not in seen


def test_a_coupon_is_withdrawn_after_asking(admin: Client, shop: Shop):
    series = CouponSeriesFactory(program=shop.program)
    coupon = issue_coupons(series=series, count=1, actor=system("tests"), now=shop.now)[0]
    url = reverse("admin:programs_coupon_withdraw", args=[coupon.pk])
    admin.get(url)
    assert not Coupon.objects.get().is_withdrawn
    admin.post(url)
    assert Coupon.objects.get().is_withdrawn
    assert Audit.objects.filter(action="withdraw_coupon", object_id=coupon.pk).count() == 1


def test_a_hold_is_seen_and_released_once(admin: Client, shop: Shop):
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    place_hold(shop.order({"C": "10.00"}, anna, "80"), minutes=None, reference="web-7", now=shop.now)
    page = admin.get(reverse("admin:programs_hold_changelist")).content.decode()
    assert "web-7" in page
    assert "Anna Petrova" in page
    url = reverse("admin:programs_hold_release", args=[Hold.objects.get().pk])
    admin.get(url)
    assert Hold.objects.get().state == "open"
    admin.post(url)
    assert (Hold.objects.get().state, shop.account(anna).available) == ("released", 100)
    assert "had ended already" in admin.post(url, follow=True).content.decode()
    assert Audit.objects.filter(action="end_hold").count() == 1


def test_a_hold_shows_whose_it_is_what_is_in_it_and_which_points(admin: Client, shop: Shop):
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    place_hold(shop.order({"C": "10.00", "A": "2.50"}, anna, "80"), minutes=None, reference="web-9", now=shop.now)
    hold = Hold.objects.get()
    page = admin.get(reverse("admin:programs_hold_change", args=[hold.pk])).content.decode()
    assert f'href="{reverse("admin:members_member_change", args=[anna.pk])}"' in page
    assert [text in page for text in ("web-9", "10.00 USD", "2.50 USD", "12.50 USD")] == [True] * 4
    assert f'href="{reverse("admin:programs_lot_change", args=[Lot.objects.get().pk])}"' in page
    lot = Lot.objects.get()
    assert hold_detail(hold).lots == (HeldLot(lot, 80, last_day(lot.expires_at, shop.program.time_zone)),)


def test_a_hold_without_a_member_shows_its_basket(admin: Client, shop: Shop):
    place_hold(shop.order({"C": "10.00"}, None), minutes=None, reference="web-10", now=shop.now)
    page = admin.get(reverse("admin:programs_hold_change", args=[Hold.objects.get().pk])).content.decode()
    assert "10.00 USD" in page
    assert "Points held" not in page


def test_the_receipt_shows_its_hold_and_its_cancelling(admin: Client, shop: Shop):
    from programs.services.holds import CommitOrder, commit_hold
    from programs.services.returns import ReturnOrder
    from programs.services.voids import void_sale

    placed = place_hold(shop.order({"C": "10.00"}, shop.member()), minutes=None, reference="web-8", now=shop.now)
    sold = commit_hold(CommitOrder(shop.till, placed.public_id, "1", shop.now), now=shop.now)
    void_sale(ReturnOrder(shop.till, "", shop.now, (), sale_id=sold.public_id), now=shop.now)
    page = admin.get(reverse("admin:programs_purchase_change", args=[sold.purchase_id])).content.decode()
    assert "Was held" in page
    assert "web-8" in page
    assert "cancelled" in page
