"""Lists of coupon codes: into one kind of coupon, used at the till, and taken back while nobody has."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from loyalty_site.services import ErasureReason, erase_member
from loyalty_site.services.merging import merge_members
from members.models import Member
from members.services import add_identifier
from programs.errors import CouponForAnybody, CouponForeign, CouponSeriesClosed, CouponWantsMember, ImportSeriesMissing
from programs.models import Coupon, CouponSeries, ImportBatch
from programs.services.coupons import withdraw_coupons
from programs.services.sales import quote
from tests.factories.configuration import RuleFactory, publish
from tests.programs.services.importing.things.bringing import ACTOR, NOW, apply, bring, check, outcomes, undo
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
    CouponSeries.objects.update(is_personal=False)
    with pytest.raises(CouponForAnybody):
        load("code,phone\nA1,+12125550123\n", series)
    CouponSeries.objects.update(is_active=False)
    with pytest.raises(CouponSeriesClosed):
        load(LIST, series)


def test_hebrew_headings_and_names_that_are_not_kept(series):
    batch = check("coupons", "קוד קופון;תוקף עד;שם לקוח\nABC1;31.12.2026;משה כהן\n", terms={"series": series.pk})
    assert [field for _, field in batch.mapping] == ["code", "valid_until", ""]
    assert batch.rows.get().raw == ["ABC1", "31.12.2026", ""]


@pytest.fixture
def personal(shop: Shop):
    return CouponSeries.objects.create(program=shop.program, key="mine", name="Yours alone", is_personal=True, uses=1)


@pytest.fixture
def people(shop: Shop) -> tuple[Member, Member]:
    """Anna with a phone, a card and an e-mail; Boris with a phone."""
    anna, boris = shop.member(), shop.member("+12125550188", "Boris")
    for kind, text in (("card", "900100"), ("email", "anna@example.com"), ("code", "ANNA7")):
        add_identifier(member_id=anna.pk, kind=kind, text=text, region="US", actor=ACTOR, now=NOW)
    return anna, boris


PEOPLE = """Code,Phone,E-mail,Card no,Member code
P-1,(212) 555-0123,,,
P-2,,anna@example.com,,
P-3,,,900100,
P-4,,,,anna7
P-5,+12125550188,,,
P-6,+12125550199,,,
P-7,,,,
P-8,+12125550188,anna@example.com,,
P-9,12,,,
"""


def test_a_code_that_names_its_member_is_theirs_alone(shop: Shop, personal, people):
    anna, boris = people
    batch = load(PEOPLE, personal)
    assert outcomes(batch) == [
        *((line, "create", "") for line in range(2, 7)),
        (7, "reject", "member_unknown"),
        (8, "reject", "coupon_without_member"),
        (9, "reject", "phone_and_email_belong_to_different_members"),
        (10, "reject", "phone_invalid"),
    ]
    assert list(Coupon.objects.order_by("code").values_list("member", flat=True)) == [anna.pk] * 4 + [boris.pk]
    assert set(batch.rows.filter(outcome="create").values_list("member", flat=True)) == {anna.pk, boris.pk}
    # A printer's codes have neither our length nor our last letter, and work at the till all the same.
    RuleFactory(
        program=shop.program,
        key="mine",
        conditions=[{"type": "coupon", "series": ["mine"]}],
        effect={"type": "multiply", "factor": "5"},
    )
    publish(shop.program, at=shop.now - dt.timedelta(days=1))
    quoted = quote(replace(shop.order({"C": "4.00"}, anna), coupons=("p-1",)), now=shop.now)
    assert quoted.outcome is not None
    assert quoted.outcome.points == 20
    with pytest.raises(CouponForeign):
        quote(replace(shop.order({"C": "4.00"}, boris), coupons=("p-1",)), now=shop.now)
    again = load(PEOPLE, personal)
    assert [one[1] for one in outcomes(again)][:5] == ["unchanged"] * 5
    # A code goes to nobody else, whoever sends the file.
    assert outcomes(load("code,phone\nP5,+12125550123\n", personal)) == [(2, "reject", "coupon_of_other_member")]
    done = undo(batch)
    assert not Coupon.objects.exists()
    assert done.totals["removed"] == 5


def test_whoever_is_merged_or_forgotten_meanwhile(personal, people):
    anna, boris = people
    batch = check("coupons", "code,phone\nP1,+12125550123\nP2,+12125550188\n", terms={"series": personal.pk})
    merge_members(survivor_id=boris.pk, merged_id=anna.pk, actor=ACTOR, now=NOW)
    apply(batch)
    assert set(Coupon.objects.values_list("member", flat=True)) == {boris.pk}
    second = check("coupons", "code,phone\nP3,+12125550123\n", terms={"series": personal.pk})
    erase_member(boris.pk, reason=ErasureReason.BY_THEMSELVES, actor=ACTOR, now=NOW)
    assert not ImportBatch.objects.filter(pk=second.pk).exists()  # thrown away with whom it names
    third = check("coupons", "code,phone\nP4,+12125550123\n", terms={"series": personal.pk})
    assert outcomes(third) == [(2, "reject", "erased")]
    assert third.rows.get().raw == []
    assert "5550123" not in str(third.rows.get().values)
