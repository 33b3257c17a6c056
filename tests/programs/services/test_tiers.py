"""The look at the tiers every night, and the least tier that a person sets."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from loyalty_site.ground.failpoints import FailpointError, arm
from loyalty_site.ground.models import Audit, Job
from loyalty_site.ground.policy import system
from members.models import Member
from programs.api.answers import loose_answer, return_answer, sale_answer
from programs.errors import TierUnknown
from programs.models import Program, Purchase, Store, Terminal, TierLook, TierStanding
from programs.queries.shoppers import MemberKey
from programs.queries.standings import standings_of
from programs.queries.tier_words import missing_words
from programs.services import ledger, tiers
from programs.services.holds import CommitOrder, commit_hold, place_hold
from programs.services.late import Late
from programs.services.programs import publish_program
from programs.services.sales import sell
from programs.services.unreceipted import LooseLine, LooseOrder, take_back_without_receipt
from tests.factories.configuration import TierFactory, publish
from tests.programs.shop import NOW, Shop, open_shop
from tests.programs.till import ApiTill

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
OFFICE = system("tests")


def opened(**ladder: object) -> Shop:
    """Silver from 100 (money, or what else the ladder counts), Gold from 500."""
    shop = open_shop()
    for key, threshold in (("silver", 100), ("gold", 500)):
        TierFactory(program=shop.program, key=key, threshold=threshold, multiplier=2)
    Program.objects.filter(pk=shop.program.pk).update(**ladder)
    shop.program.refresh_from_db()
    publish_program(program=shop.program, actor=OFFICE, effective_from=NOW - 400 * DAY, now=NOW - 400 * DAY)
    return shop


def night(shop: Shop, *, days: int = 0) -> TierLook | None:
    """The look of the night that many days later; None where none is needed."""
    shop.now += days * DAY
    if not tiers.start_looks(now=shop.now):
        return None
    job = Job.objects.filter(kind=tiers.LOOK).latest("id")
    while not tiers.look_chunk(**job.payload, now=shop.now).is_finished:
        pass
    return TierLook.objects.latest("id")


def stands(shop: Shop, member: Member) -> str:
    return shop.account(member).tier_key


def history(shop: Shop, member: Member) -> list[tuple[str, str]]:
    rows = TierStanding.objects.filter(account=shop.account(member)).order_by("id")
    return list(rows.values_list("tier_key", "reason"))


class TestLooking:
    def test_a_ladder_that_is_climbed_for_ever_needs_no_look(self):
        assert night(opened()) is None
        assert not Job.objects.filter(kind=tiers.LOOK).exists()

    def test_one_look_a_day(self):
        shop = opened(ladder_keeps_months=12)
        assert tiers.start_looks(now=shop.now) == 1
        assert tiers.start_looks(now=shop.now + dt.timedelta(hours=3)) == 0
        assert tiers.start_looks(now=shop.now + DAY) == 1

    def test_a_tier_that_is_not_reached_any_more_is_lost_after_its_time_and_the_grace(self):
        shop = opened(ladder_keeps_months=1, ladder_grace_days=10)
        anna = shop.member()
        sold = shop.sell({"C": "120.00"}, anna)
        shop.give_back(sold, {1: "1"})
        assert stands(shop, anna) == "silver"
        night(shop, days=30)
        assert shop.account(anna).tier_below_on is None
        night(shop, days=1)  # 10 April: a month is over
        assert (stands(shop, anna), shop.account(anna).tier_below_on) == ("silver", dt.date(2026, 4, 10))
        night(shop, days=9)
        assert stands(shop, anna) == "silver"
        looked = night(shop, days=1)
        assert looked is not None
        assert (stands(shop, anna), looked.lost, looked.climbed) == ("", 1, 0)
        assert history(shop, anna) == [("silver", "spend"), ("", "lost")]
        assert shop.account(anna).tier_below_on is None

    def test_who_reaches_it_again_in_the_grace_keeps_it(self):
        shop = opened(ladder_keeps_months=1, ladder_grace_days=10)
        anna = shop.member()
        shop.give_back(shop.sell({"C": "120.00"}, anna), {1: "1"})
        night(shop, days=31)
        shop.sell({"C": "100.00"}, anna)
        night(shop, days=20)
        assert (stands(shop, anna), shop.account(anna).tier_below_on) == ("silver", None)
        assert history(shop, anna) == [("silver", "spend")]

    def test_purchases_climb_at_the_till_and_at_night_alike(self):
        shop = opened(ladder_of="visits", ladder_keeps_months=6)
        shop.program.tiers.filter(key="silver").update(threshold=2)
        shop.program.tiers.filter(key="gold").update(threshold=3)
        publish(shop.program, at=NOW - DAY)
        anna = shop.member()
        for tier in ("", "silver", "gold"):
            shop.sell({"C": "1.00"}, anna)
            assert stands(shop, anna) == tier
            looked = night(shop, days=1)
            assert looked is not None
            assert (looked.climbed, looked.lost) == (0, 0)

    def test_a_threshold_that_was_lowered_counts_from_the_next_night_on(self):
        shop = opened(ladder_keeps_months=12)
        anna, boris = shop.member(), shop.member("+12125550124", "Boris")
        shop.sell({"C": "60.00"}, anna)
        shop.sell({"C": "40.00"}, boris)
        shop.program.tiers.filter(key="silver").update(threshold=50)
        version = publish_program(program=shop.program, actor=OFFICE, effective_from=shop.now, now=shop.now)
        looked = night(shop, days=1)
        assert looked is not None
        assert (looked.accounts, looked.climbed) == (2, 1)
        assert (stands(shop, anna), stands(shop, boris)) == ("silver", "")
        assert TierStanding.objects.get(account=shop.account(anna)).version_id == version.pk

    def test_in_chunks_killed_and_resumed(self, monkeypatch: pytest.MonkeyPatch):
        shop = opened(ladder_keeps_months=1)
        people = [shop.member(f"+1212555{n:04}", f"P{n}") for n in range(5)]
        for one in people:
            shop.give_back(shop.sell({"C": "120.00"}, one), {1: "1"})
        monkeypatch.setattr(tiers, "CHUNK", 2)
        shop.now += 40 * DAY
        tiers.start_looks(now=shop.now)
        look = TierLook.objects.get()
        assert not tiers.look_chunk(look=look.pk, now=shop.now).is_finished

        arm("tiers.after_write:raise")
        try:
            with pytest.raises(FailpointError):
                tiers.look_chunk(look=look.pk, now=shop.now)
        finally:
            arm("")
        assert [stands(shop, one) for one in people] == ["", "", "silver", "silver", "silver"]
        done = [tiers.look_chunk(look=look.pk, now=shop.now) for _ in range(2)]
        assert [one.is_finished for one in done] == [False, True]
        assert tiers.look_chunk(look=look.pk, now=shop.now).is_finished  # a repeat of the last does nothing
        look.refresh_from_db()
        assert (look.accounts, look.lost) == (5, 5)
        assert TierStanding.objects.filter(reason="lost").count() == 5

    def test_what_is_bought_between_the_look_and_the_lock_counts(self, monkeypatch: pytest.MonkeyPatch):
        shop = opened(ladder_keeps_months=1)
        anna, boris = shop.member(), shop.member("+12125550124", "Boris")
        for one in (anna, boris):
            shop.give_back(shop.sell({"C": "120.00"}, one), {1: "1"})
        shop.now += 40 * DAY
        lock = ledger.lock_for_tiers

        def lock_later(account_ids: list[int]) -> None:
            shop.sell({"C": "150.00"}, anna)
            lock(account_ids)

        monkeypatch.setattr(ledger, "lock_for_tiers", lock_later)
        looked = night(shop)
        assert looked is not None
        assert (stands(shop, anna), stands(shop, boris), looked.lost) == ("silver", "", 1)

    def test_few_statements_whatever_the_number(self, django_assert_max_num_queries):
        shop = opened(ladder_keeps_months=1)
        for n in range(20):
            shop.give_back(shop.sell({"C": "120.00"}, shop.member(f"+1212555{n:04}", f"P{n}")), {1: "1"})
        shop.now += 40 * DAY
        tiers.start_looks(now=shop.now)
        with django_assert_max_num_queries(32):  # 20 of them are the rows of the history, sent together
            tiers.look_chunk(look=TierLook.objects.get().pk, now=shop.now)


class TestWindows:
    @pytest.mark.parametrize(
        ("ladder", "silver", "sums"),
        [
            pytest.param({"ladder_of": "spend"}, 100, ["60.00", "50.00"], id="money"),
            pytest.param({"ladder_of": "visits"}, 2, ["1.00", "1.00"], id="purchases"),
        ],
    )
    def test_the_till_climbs_and_the_night_lets_go(self, ladder: dict, silver: int, sums: list[str]):
        shop = opened(ladder_window="days", ladder_length=30, ladder_keeps_months=1, **ladder)
        shop.program.tiers.filter(key="silver").update(threshold=silver)
        publish(shop.program, at=NOW - DAY)
        anna = shop.member()
        shop.sell({"C": sums[0]}, anna)
        night(shop, days=20)
        shop.sell({"C": sums[1]}, anna)  # 30 March
        assert stands(shop, anna) == "silver"
        looked = night(shop, days=11)  # the first purchase is out of the window, but the tier is kept for a month
        assert looked is not None
        assert (looked.climbed, looked.lost, stands(shop, anna)) == (0, 0, "silver")
        night(shop, days=18)
        assert stands(shop, anna) == "silver"
        night(shop, days=2)  # 30 April
        assert stands(shop, anna) == ""

    def test_points_climb_at_night(self):
        shop = opened(ladder_of="points", ladder_window="year", ladder_keeps_months=12)
        anna = shop.member()
        shop.sell({"A": "60.00"}, anna)  # category A doubles the points
        assert stands(shop, anna) == ""
        looked = night(shop, days=1)
        assert looked is not None
        assert (looked.climbed, history(shop, anna)) == (1, [("silver", "climbed")])

    @pytest.mark.parametrize(
        ("of", "window"),
        [("visits", ("ever", None)), ("spend", ("days", 10)), ("visits", ("months", 1)), ("spend", ("quarter", None))],
    )
    def test_the_till_and_the_night_agree(self, of: str, window: tuple[str, int | None]):
        """Whatever was sold, a look on the same day finds nobody who should stand elsewhere."""
        shop = opened(ladder_of=of, ladder_window=window[0], ladder_length=window[1], ladder_keeps_months=3)
        if of == "visits":
            shop.program.tiers.filter(key="silver").update(threshold=2)
            shop.program.tiers.filter(key="gold").update(threshold=3)
        publish(shop.program, at=NOW - DAY)
        anna = shop.member()
        for days, amount in ((0, "40.00"), (6, "70.00"), (8, "450.00"), (30, "90.00")):
            shop.now += days * DAY
            shop.sell({"C": amount}, anna)
            looked = night(shop)
            assert looked is not None
            assert (looked.climbed, looked.lost) == (0, 0)
        assert stands(shop, anna) in {"silver", "gold"}

    def test_a_hold_climbs_by_what_counts_when_it_is_committed(self):
        shop = opened(ladder_window="days", ladder_length=30)
        anna = shop.member()
        shop.sell({"C": "1.00"}, anna)
        placed = place_hold(shop.order({"C": "60.00"}, anna), minutes=None, reference="web-1", now=shop.now)
        shop.sell({"C": "50.00"}, anna)
        commit = CommitOrder(shop.till, placed.public_id, "committed-1", shop.now)
        commit_hold(commit, now=shop.now)
        assert stands(shop, anna) == "silver"


class TestOutlook:
    def test_the_till_says_what_is_missing_and_until_when_it_is_kept(self):
        shop = opened(ladder_of="visits", ladder_window="months", ladder_length=6, ladder_keeps_months=6)
        shop.program.tiers.filter(key="silver").update(threshold=2)
        shop.program.tiers.filter(key="gold").update(threshold=5)
        publish(shop.program, at=NOW - DAY)
        till, anna = ApiTill(shop.terminal, NOW), shop.member()
        first = sale_answer(shop.sell({"C": "1.00"}, anna))
        assert first["next_tier"] == {"name": "Silver", "missing": "1", "counts": "visits"}
        assert first["tier"] == {"key": "", "name": "", "kept_until": None}
        second = sale_answer(shop.sell({"C": "1.00"}, anna))
        assert second["tier"] == {"key": "silver", "name": "Silver", "kept_until": "2026-09-09"}
        assert second["next_tier"] == {"name": "Gold", "missing": "3", "counts": "visits"}
        assert "Only 3 more purchases to Gold" in second["receipt_texts"]
        assert sale_answer(shop.quote({"C": "1.00"}, anna))["next_tier"]["missing"] == "3"
        found = till.post("lookup", {"id": str(anna.public_id)}).json()  # by the clock of today: long after
        assert found["tier"] == {"key": "silver", "name": "Silver", "kept_until": None}
        assert found["next_tier"] == {"name": "Gold", "missing": "5", "counts": "visits"}

    @pytest.mark.parametrize(
        ("of", "missing"),
        [("visits", "2 more purchases"), ("points", "100 more points to earn"), ("spend", "100.00 more")],
    )
    def test_joining_and_bringing_back_speak_of_what_counts(self, of: str, missing: str):
        shop, missing = opened(ladder_of=of, ladder_window="year", no_receipt_limit=5), f"Only {missing} to Silver"
        if of == "visits":
            shop.program.tiers.filter(key="silver").update(threshold=2)
        publish(shop.program, at=NOW - DAY)
        Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["enrol"])
        newcomer = {"phone": "+12125550199", "consents": [{"purpose": "processing"}]}
        joined = ApiTill(shop.terminal, NOW).post("members", newcomer).json()
        assert missing in joined["receipt_texts"]
        anna = shop.member()
        sold = shop.sell({"C": "10.00"}, anna)
        back = return_answer(shop.give_back(sold, {1: "1"}))
        left = "Only 1 more purchase to Silver" if of == "visits" else missing  # the visit was one all the same
        assert left in back["receipt_texts"]
        line, key = LooseLine("C", Decimal(1), Decimal("1.00")), MemberKey("id", str(anna.public_id))
        order = LooseOrder(shop.till, "loose", shop.now, key, (line,))
        loose = loose_answer(take_back_without_receipt(order, now=shop.now))["receipt_texts"]
        assert left in loose

    def test_a_mailing_reads_the_same(self):
        shop = opened(ladder_of="visits", ladder_window="days", ladder_length=30)
        anna = shop.member()
        shop.sell({"C": "1.00"}, anna)
        standing = standings_of([anna.pk], now=shop.now).of(anna.pk)
        assert standing is not None
        assert standing.ahead is not None
        assert missing_words(standing.ahead, "USD") == "99 purchases"


class TestLate:
    @pytest.mark.parametrize(
        ("amount", "days", "tier"),
        [
            pytest.param("50.00", 2, "silver", id="counts"),
            pytest.param("50.00", 12, "", id="too old to count"),
            pytest.param("30.00", 2, "", id="counts once"),
        ],
    )
    def test_what_comes_late_climbs_if_it_still_counts(self, amount: str, days: int, tier: str):
        shop = opened(ladder_window="days", ladder_length=10)
        anna = shop.member()
        shop.sell({"C": "60.00"}, anna)
        shop.now += days * DAY
        order = replace(shop.order({"C": amount}, anna), occurred_at=NOW, late=Late(NOW))
        sell(order, now=shop.now)
        assert stands(shop, anna) == tier

    @pytest.mark.parametrize(("hour", "tier"), [(3, ""), (4, "silver")])
    def test_it_belongs_to_the_month_of_its_store(self, hour: int, tier: str):
        """At 03:00 UTC on 1 April it is still March in New York."""
        shop = opened(ladder_window="month", time_zone="America/New_York")
        Store.objects.update(time_zone="America/New_York")
        anna = shop.member()
        shop.now = dt.datetime(2026, 4, 2, 12, tzinfo=dt.UTC)
        shop.sell({"C": "60.00"}, anna)
        at = dt.datetime(2026, 4, 1, hour, tzinfo=dt.UTC)
        sell(replace(shop.order({"C": "50.00"}, anna), occurred_at=at, late=Late(at)), now=shop.now)
        assert stands(shop, anna) == tier

    def test_a_late_sale_stands_on_the_tier_of_its_own_moment(self):
        shop = opened(ladder_window="days", ladder_length=10)
        anna = shop.member()
        shop.now += dt.timedelta(hours=1)
        shop.sell({"C": "120.00"}, anna)
        shop.now += DAY
        for hours, tier in ((0, ""), (2, "silver")):
            at = NOW + dt.timedelta(hours=hours)
            order = replace(shop.order({"C": "1.00"}, anna), occurred_at=at, late=Late(at))
            sold = sell(order, now=shop.now)
            assert Purchase.objects.get(pk=sold.purchase_id).facts["tier"] == tier


class TestFloor:
    def test_a_tier_given_by_hand_is_a_floor(self):
        shop = opened(ladder_keeps_months=1)
        anna = shop.member()
        shop.sell({"C": "1.00"}, anna)
        account = shop.account(anna).pk
        tiers.set_floor(account_id=account, tier_key="silver", reason="Our baker", actor=OFFICE, now=shop.now)
        assert (stands(shop, anna), history(shop, anna)) == ("silver", [("silver", "hand")])
        night(shop, days=90)
        assert stands(shop, anna) == "silver"
        sold = shop.sell({"C": "600.00"}, anna)
        assert stands(shop, anna) == "gold"
        shop.give_back(sold, {1: "1"})
        night(shop, days=90)
        assert stands(shop, anna) == "silver"
        audit = Audit.objects.get(action="set_tier_floor")
        assert (audit.reason, audit.details["after"]) == ("Our baker", "silver")

    def test_what_a_hand_gave_a_hand_takes(self):
        shop = opened()
        anna = shop.member()
        shop.sell({"C": "120.00"}, anna)
        account = shop.account(anna).pk
        tiers.set_floor(account_id=account, tier_key="gold", reason="Mistake", actor=OFFICE, now=shop.now)
        assert stands(shop, anna) == "gold"
        tiers.set_floor(account_id=account, tier_key="", reason="Mistake", actor=OFFICE, now=shop.now)
        assert (stands(shop, anna), shop.account(anna).tier_floor) == ("silver", "")

    def test_a_tier_that_was_reached_is_not_taken_with_the_floor(self):
        shop = opened()
        anna = shop.member()
        sold = shop.sell({"C": "120.00"}, anna)
        account = shop.account(anna).pk
        tiers.set_floor(account_id=account, tier_key="silver", reason="x", actor=OFFICE, now=shop.now)
        shop.give_back(sold, {1: "1"})
        tiers.set_floor(account_id=account, tier_key="", reason="x", actor=OFFICE, now=shop.now)
        assert stands(shop, anna) == "silver"

    def test_a_tier_that_nobody_has_is_refused(self):
        shop = opened()
        anna = shop.member()
        shop.sell({"C": "1.00"}, anna)
        with pytest.raises(TierUnknown):
            tiers.set_floor(
                account_id=shop.account(anna).pk, tier_key="platinum", reason="x", actor=OFFICE, now=shop.now
            )
        assert not Audit.objects.filter(action="set_tier_floor").exists()
