"""A whole list: read, asked for, applied in chunks, taken back as one."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty_site.ground.models import Audit, Job
from loyalty_site.ground.policy import Kind, Principal
from members.models import Member
from programs import errors
from programs.models import Account, Adjustment, AdjustmentBatch, BatchState, Program
from programs.queries.adjusting import cost_of_points, list_rows, list_totals
from programs.queries.verify import verify
from programs.services import adjusting
from programs.services.adjusting import ListOrder
from programs.services.adjusting.work import apply_chunk, reverse_chunk
from programs.services.adjustments import Wish, adjust
from programs.services.ledger import lock_account, roll_forward
from tests.factories.configuration import UserFactory
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
PHONES = ["+12125550123", "+12125550124", "+12125550125"]


@pytest.fixture
def people(shop: Shop) -> list[Member]:
    """Three people; the first two have 100 points each, the third no account."""
    found = [shop.member(phone, f"Person {n}") for n, phone in enumerate(PHONES)]
    for member in found[:2]:
        shop.sell({"C": "100.00"}, member)
    return found


def person(name: str, role: str = "administrator") -> Principal:
    user = UserFactory(username=name, role=role)
    return Principal(Kind.STAFF, id=user.pk, label=name, role=role)


@pytest.fixture
def sue(shop: Shop) -> Principal:
    return person("sue")


@pytest.fixture
def carl(shop: Shop) -> Principal:
    return person("carl", "accountant")


def draft(actor: Principal, text: str, **more: object) -> AdjustmentBatch:
    order = ListOrder(Program.objects.get(), "July", text, "goodwill", "US", **more)
    return adjusting.draft_list(order, actor=actor, now=NOW)


def run(batch: AdjustmentBatch, chunk=apply_chunk, now: dt.datetime = NOW) -> AdjustmentBatch:
    while not chunk(batch_id=batch.pk, now=now).is_finished:
        pass
    batch.refresh_from_db()
    return batch


def applied(actor: Principal, text: str, **more: object) -> AdjustmentBatch:
    return run(adjusting.ask_list(draft(actor, text, **more).pk, actor=actor, now=NOW))


def balances(people: list[Member]) -> list[int]:
    found = dict(Account.objects.values_list("owner", "available"))
    return [found.get(member.pk, 0) for member in people]


def assert_sound() -> None:
    assert [(finding.check.what, finding.examples) for finding in verify() if finding.violations] == []


class TestReading:
    def test_people_are_found_by_anything_and_the_rest_is_kept_with_its_reason(
        self, people: list[Member], sue: Principal
    ):
        text = "who;points\n(212) 555-0123; 50\n+12125550124\t-10\nnobody@example.com;5\n\n2125550125;abc\n+1 212 555 0123;9\n+12125550125;1,5"
        batch = draft(sue, text)
        rows = list(batch.rows.order_by("line").values_list("line", "points", "state"))
        assert rows == [(2, 50, "waiting"), (3, -10, "waiting")]
        assert [(one["line"], one["why"], one.get("first")) for one in batch.unreadable] == [
            (4, "unknown_person", None),
            (6, "not_a_number", None),
            (7, "same_person", 2),
            (8, "too_fine", None),
        ]
        assert balances(people) == [100, 100, 0]

    def test_somebody_without_an_account_gets_one_but_loses_nothing(self, people: list[Member], sue: Principal):
        batch = draft(sue, f"{PHONES[0]};1\n{PHONES[2]};-5")
        assert [one["why"] for one in batch.unreadable] == ["no_account"]
        assert applied(sue, f"{PHONES[2]};5").state == BatchState.DONE
        assert balances(people) == [100, 100, 5]

    def test_the_preview_says_total_cost_and_who_has_too_little(self, people: list[Member], sue: Principal):
        batch = draft(sue, f"{PHONES[0]};50\n{PHONES[1]};-101")
        totals = list_totals(batch)
        assert (totals.people, totals.given, totals.taken, totals.lacking) == (2, 50, 101, 1)
        assert cost_of_points(batch.program, 50, now=NOW) == 50

    def test_a_list_of_nobody_is_refused(self, people: list[Member], sue: Principal):
        with pytest.raises(errors.ListEmpty):
            draft(sue, "nobody@example.com;5")

    def test_a_list_without_end_is_refused(self, people: list[Member], sue: Principal, monkeypatch):
        monkeypatch.setattr(adjusting.lists, "LIST_LINES_MAX", 1)
        with pytest.raises(errors.ListTooLong):
            draft(sue, f"{PHONES[0]};50\n{PHONES[1]};50")

    def test_files_of_old_spreadsheets_are_read(self):
        text = "карта покупателя;баллы\nПодарок за отзыв: Мария;15\nЖилина Наталья Юрьевна;20"
        assert adjusting.text_of_file(text.encode("cp1251")) == text
        assert adjusting.text_of_file("a;5".encode("utf-16")).lstrip("\ufeff") == "a;5"

    def test_a_draft_can_be_thrown_away(self, people: list[Member], sue: Principal):
        adjusting.discard_list(draft(sue, f"{PHONES[0]};50").pk, actor=sue, now=NOW)
        assert not AdjustmentBatch.objects.exists()
        assert not Adjustment.objects.exists()


class TestApplying:
    def test_all_lines_at_once_below_the_limit(self, people: list[Member], sue: Principal):
        batch = applied(sue, f"{PHONES[0]};50\n{PHONES[1]};-10\n{PHONES[2]};7")
        assert (batch.state, balances(people)) == (BatchState.DONE, [150, 90, 7])
        assert Job.objects.get().kind == "programs.apply_adjustments"
        assert_sound()

    def test_who_has_too_little_fails_alone(self, people: list[Member], sue: Principal):
        batch = applied(sue, f"{PHONES[0]};50\n{PHONES[1]};-101")
        assert (batch.state, balances(people)) == (BatchState.DONE, [150, 100, 0])
        rows, _more = list_rows(batch, which="failed", after=0)
        assert [(row.line, row.problem) for row in rows] == [(2, "too_few")]
        assert_sound()

    def test_taking_matches_what_one_adjustment_would_take(self, shop: Shop, people: list[Member], sue: Principal):
        """The set-based statement against the service of one account."""
        accounts = [shop.account(member) for member in people[:2]]
        for account in accounts:
            for days, points in ((10, 30), (5, 20)):
                wish = Wish(points, "gift", expires_at=NOW + dt.timedelta(days=days))
                adjust(account.pk, wish, actor=sue, now=NOW)
        adjust(accounts[0].pk, Wish(-35, "mistake"), actor=sue, now=NOW)
        applied(sue, f"{PHONES[1]};-35")
        left = [list(account.lots.order_by("expires_at").values_list("remaining", flat=True)) for account in accounts]
        assert left[0] == left[1] == [0, 15, 100]
        assert_sound()

    def test_what_burnt_meanwhile_is_not_taken(self, people: list[Member], sue: Principal):
        batch = adjusting.ask_list(draft(sue, f"{PHONES[0]};-50").pk, actor=sue, now=NOW)
        run(batch, now=NOW + dt.timedelta(days=400))
        assert batch.rows.get().state == "failed"
        assert_sound()

    def test_debt_is_repaid_first(self, shop: Shop, people: list[Member], sue: Principal):
        sold = shop.sell({"C": "40.00"}, people[0])
        adjust(shop.account(people[0]).pk, Wish(-140, "fraud"), actor=sue, now=NOW)
        shop.give_back(sold, {1: "1"})
        applied(sue, f"{PHONES[0]};60")
        account = shop.account(people[0])
        assert (account.debt, account.available) == (0, 20)
        assert_sound()

    def test_a_chunk_costs_the_same_whatever_its_size(
        self, people: list[Member], sue: Principal, django_assert_max_num_queries
    ):
        batch = adjusting.ask_list(draft(sue, f"{PHONES[0]};-5\n{PHONES[1]};-5\n{PHONES[2]};5").pk, actor=sue, now=NOW)
        with django_assert_max_num_queries(18):
            apply_chunk(batch_id=batch.pk, now=NOW)

    def test_paused_and_gone_on(self, people: list[Member], sue: Principal, monkeypatch):
        monkeypatch.setattr(adjusting.work, "CHUNK_ROWS", 1)
        batch = adjusting.ask_list(draft(sue, f"{PHONES[0]};5\n{PHONES[1]};5").pk, actor=sue, now=NOW)
        progress = apply_chunk(batch_id=batch.pk, now=NOW)
        assert (progress.done_count, progress.total_count, progress.is_finished) == (1, 2, False)
        adjusting.pause_list(batch.pk, actor=sue, now=NOW)
        assert Job.objects.get().state == "paused"
        adjusting.pause_list(batch.pk, actor=sue, now=NOW)
        assert Job.objects.get().state == "waiting"
        assert run(batch).state == BatchState.DONE
        assert balances(people) == [105, 105, 0]


class TestSecondPerson:
    def test_a_total_above_the_limit_waits(self, people: list[Member], sue: Principal, carl: Principal):
        batch = adjusting.ask_list(draft(sue, f"{PHONES[0]};600\n{PHONES[1]};401").pk, actor=sue, now=NOW)
        assert (batch.state, batch.job) == (BatchState.WAITING, None)
        with pytest.raises(errors.SecondPersonNeeded):
            adjusting.approve_list(batch.pk, actor=sue, now=NOW)
        run(adjusting.approve_list(batch.pk, actor=carl, now=NOW))
        assert balances(people) == [700, 501, 0]
        assert set(batch.rows.values_list("decided_by", flat=True)) == {carl.id}
        acts = Audit.objects.filter(object_type="programs.adjustmentbatch").order_by("id")
        assert [act.action for act in acts] == ["draft_list", "ask", "approve"]

    def test_a_list_counts_for_the_day_s_limit(self, shop: Shop, people: list[Member], sue: Principal):
        applied(sue, f"{PHONES[0]};600")
        assert adjust(shop.account(people[1]).pk, Wish(401, "gift"), actor=sue, now=NOW).state == "waiting"

    def test_refused_it_stays_to_be_read_and_moves_nothing(self, people: list[Member], sue: Principal, carl: Principal):
        batch = adjusting.ask_list(draft(sue, f"{PHONES[0]};1001").pk, actor=sue, now=NOW)
        adjusting.refuse_list(batch.pk, actor=carl, now=NOW)
        with pytest.raises(errors.ListWrongState):
            adjusting.approve_list(batch.pk, actor=carl, now=NOW)
        assert balances(people) == [100, 100, 0]

    def test_a_day_that_passed_while_it_waited(self, people: list[Member], sue: Principal, carl: Principal):
        soon = NOW + dt.timedelta(days=1)
        batch = adjusting.ask_list(draft(sue, f"{PHONES[0]};1001", expires_at=soon).pk, actor=sue, now=NOW)
        with pytest.raises(errors.BurningDayPast):
            adjusting.approve_list(batch.pk, actor=carl, now=soon)


class TestTakingBack:
    def test_everything_unspent_comes_back_and_the_rest_is_named(
        self, shop: Shop, people: list[Member], sue: Principal
    ):
        soon = NOW + dt.timedelta(days=30)  # so that it is spent before the older points
        batch = applied(sue, f"{PHONES[0]};50\n{PHONES[1]};50\n{PHONES[2]};50", expires_at=soon)
        shop.sell({"C": "10.00"}, people[1], redeem="20")
        shop.sell({"C": "10.00"}, people[2], redeem="50")
        before = balances(people)
        batch = run(adjusting.reverse_list(batch.pk, actor=sue, now=NOW), reverse_chunk)
        assert batch.state == BatchState.REVERSED
        assert [then - now for then, now in zip(before, balances(people), strict=True)] == [50, 30, 0]
        totals = list_totals(batch)
        assert (totals.returned, totals.kept) == (80, 70)
        rows, _more = list_rows(batch, which="kept", after=0)
        assert [(row.line, row.reversed_by.problem) for row in rows] == [(2, "partly_spent"), (3, "spent")]
        assert_sound()

    def test_what_was_taken_goes_back_to_its_own_lots(self, shop: Shop, people: list[Member], sue: Principal):
        soon = NOW + dt.timedelta(days=10)
        account = shop.account(people[0])
        adjust(account.pk, Wish(30, "gift", expires_at=soon), actor=sue, now=NOW)
        batch = applied(sue, f"{PHONES[0]};-70")
        later = NOW + dt.timedelta(days=20)
        run(adjusting.reverse_list(batch.pk, actor=sue, now=later), reverse_chunk, later)
        left = list(account.lots.order_by("expires_at").values_list("remaining", flat=True))
        assert left == [0, 100]  # the 30 would have burnt since
        assert batch.rows.get(reverses__isnull=False).problem == "partly_burnt"
        assert_sound()
        roll_forward(lock_account(account.pk), now=NOW + dt.timedelta(days=400))
        assert_sound()

    def test_nothing_is_taken_from_a_frozen_account(self, people: list[Member], sue: Principal):
        given = applied(sue, f"{PHONES[0]};50")
        Account.objects.filter(owner=people[0]).update(frozen_at=NOW)
        taking = applied(sue, f"{PHONES[0]};-5\n{PHONES[1]};-5")
        assert taking.rows.get(state="failed").problem == "frozen"
        run(adjusting.reverse_list(given.pk, actor=sue, now=NOW), reverse_chunk)
        assert given.rows.get(reverses__isnull=False).problem == "frozen"
        assert balances(people) == [150, 95, 0]

    def test_only_a_finished_list_and_only_once(self, people: list[Member], sue: Principal):
        batch = draft(sue, f"{PHONES[0]};50")
        with pytest.raises(errors.ListWrongState):
            adjusting.reverse_list(batch.pk, actor=sue, now=NOW)
        batch = applied(sue, f"{PHONES[1]};50")
        run(adjusting.reverse_list(batch.pk, actor=sue, now=NOW), reverse_chunk)
        with pytest.raises(errors.ListWrongState):
            adjusting.reverse_list(batch.pk, actor=sue, now=NOW)
        assert balances(people) == [100, 100, 0]
