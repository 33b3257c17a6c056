"""Lists of coupon codes: into one kind of coupon, used at the till, and taken back while nobody has."""

from __future__ import annotations

import datetime as dt

import pytest

from programs.errors import CouponSeriesClosed, CouponWantsMember, ImportSeriesMissing
from programs.models import Coupon, CouponSeries
from programs.services.coupons import withdraw_coupons
from tests.programs.services.importing.things.bringing import ACTOR, NOW, bring, check, outcomes, undo
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db
LIST = "SUMMER-0001\nsummer 0002\nSUMMER0003\n"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def series(shop: Shop):
    return CouponSeries.objects.create(
        program=shop.program, key="summer", name="Summer", is_personal=False, uses=2, valid_days=30
    )


def load(content, series, **options):
    return bring("coupons", content, terms={"series": series.pk}, **options)


def test_a_bare_list_and_again_and_back(series):
    batch = load(LIST, series)
    assert [(one[1], one[2]) for one in outcomes(batch)] == [("create", "")] * 3
    coupon = Coupon.objects.get(code="SUMMER0001")
    assert (coupon.series, coupon.uses_left, coupon.uses_total) == (series, 2, 2)
    assert coupon.valid_until == NOW + dt.timedelta(days=30)
    assert [one[1] for one in outcomes(load(LIST, series))] == ["unchanged"] * 3
    assert Coupon.objects.count() == 3
    withdraw_coupons(coupons=[coupon], actor=ACTOR, now=NOW)
    batch = undo(batch)
    assert list(Coupon.objects.all()) == [coupon]
    assert list(batch.rows.order_by("line").values_list("undo", flat=True)) == ["used", "undone", "undone"]


def test_a_table_with_last_days(series):
    content = "Промокод;Действует до\nA-1;31.12.2026\nA-2;\nA-3;31.12.2020\nA-4;когда-нибудь\nA_5%;31.12.2026\nA 1;31.12.2026\n"
    batch = load(content, series)
    assert outcomes(batch) == [
        (2, "create", ""),
        (3, "create", ""),
        (4, "reject", "valid_until_over"),
        (5, "reject", "valid_until_unreadable"),
        (6, "reject", "coupon_code_unreadable"),
        (7, "unchanged", ""),
    ]
    assert Coupon.objects.get(code="A1").valid_until == dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    changed = load("code,valid until\nA1,2027-01-31\nA2,2027-01-31\n", series)
    assert outcomes(changed) == [(2, "update", ""), (3, "update", "")]
    assert set(Coupon.objects.values_list("valid_until", flat=True)) == {dt.datetime(2027, 2, 1, tzinfo=dt.UTC)}
    undo(changed)
    ends = dict(Coupon.objects.values_list("code", "valid_until"))
    assert ends == {"A1": dt.datetime(2027, 1, 1, tzinfo=dt.UTC), "A2": NOW + dt.timedelta(days=30)}


def test_a_code_of_another_kind_is_refused(series, shop: Shop):
    other = CouponSeries.objects.create(program=shop.program, key="other", name="Other", is_personal=False)
    load(LIST, other)
    assert {one[2] for one in outcomes(load(LIST, series))} == {"coupon_of_other_kind"}
    assert set(Coupon.objects.values_list("series", flat=True)) == {other.pk}


def test_the_kind_of_coupon_must_be_one_for_everybody(series):
    with pytest.raises(ImportSeriesMissing):
        check("coupons", LIST)
    CouponSeries.objects.update(is_personal=True)
    with pytest.raises(CouponWantsMember):
        load(LIST, series)
    CouponSeries.objects.update(is_personal=False, is_active=False)
    with pytest.raises(CouponSeriesClosed):
        load(LIST, series)


def test_hebrew_headings_and_names_that_are_not_kept(series):
    batch = check("coupons", "קוד קופון;תוקף עד;שם לקוח\nABC1;31.12.2026;משה כהן\n", terms={"series": series.pk})
    assert [field for _, field in batch.mapping] == ["code", "valid_until", ""]
    assert batch.rows.get().raw == ["ABC1", "31.12.2026", ""]
