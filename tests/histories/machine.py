"""T29: random histories through the API, compared step by step with the reference ledger."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override
from unittest import mock

from django.db import connection, transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from loyalty_site.ground import failpoints
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import system
from members.services.households import add_to_household
from programs.models import Account
from programs.queries.verify import verify
from programs.services import ledger
from programs.services.adjustments import Wish, adjust
from programs.services.holds import end_due_holds
from programs.services.households import transfer
from tests.histories.reference import Back, Hold, Ledger, Policy, Sale
from tests.programs.shop import NOW, open_shop
from tests.programs.till import ApiTill

POLICIES = [
    Policy(),
    Policy(negative="floor", floor=30),
    Policy(negative="forbid", activation_days=2),
    Policy(activation_days=2),
    Policy(months=None),
]
MEMBERS = {"anna": "+12125550123", "ben": "+12125550124"}
BASKETS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 4), st.integers(1, 40).map(lambda dollars: dollars * 100)),
    min_size=1,
    max_size=3,
)
ADVANCES = st.sampled_from([dt.timedelta(hours=1), *(dt.timedelta(days=days) for days in (1, 2, 3, 10, 20, 31, 40))])
# A worker that fails in the middle; its till repeats. Nothing may be left of the first time.
FAILS = st.sampled_from(["", "", "", "", "once.after_claim", "once.before_commit"])
STORED = """
    SELECT granted, remaining, held, is_pending, activates_at, expires_at FROM programs_lot WHERE account_id = %s ORDER BY id
"""


@dataclass
class Done:
    """How much was tried, for the report."""

    histories: int = 0
    steps: int = 0


done = Done()


@dataclass(frozen=True)
class Request:
    """A write as it was sent, and the final answer."""

    path: str
    body: dict[str, Any]
    key: str
    who: str
    status: int
    answer: bytes

    def is_too_old(self, now: dt.datetime) -> bool:
        """Would the API refuse the till's claim of the time by now?"""
        claimed = self.body.get("occurred_at")
        return claimed is not None and now - dt.timedelta(days=7) > dt.datetime.fromisoformat(claimed)


class Histories(RuleBasedStateMachine):
    """Two members, one till. Each history is a transaction that is rolled back."""

    sales = Bundle("sales")
    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.history = transaction.atomic()
        self.history.__enter__()
        self.now = NOW
        self.clock = mock.patch.object(timezone, "now", side_effect=lambda: self.now)
        self.clock.start()
        self.numbers = 0
        self.requests: list[Request] = []
        self.steps = 0

    @initialize(policy=st.sampled_from(POLICIES))
    def open(self, policy: Policy) -> None:
        shop = open_shop(
            redeem_max_percent=100,
            earn_on_points=True,
            negative_policy=policy.negative,
            negative_floor=policy.floor,
            activation_days=policy.activation_days,
            expiry_months=policy.months,
            adjust_limit=10**6,
        )
        self.till = ApiTill(shop.terminal, shop.now)
        self.models = {name: Ledger(policy) for name in MEMBERS}
        self.ids = {name: shop.member(phone).pk for name, phone in MEMBERS.items()}
        add_to_household(member_id=self.ids["anna"], other_id=self.ids["ben"], actor=system("tests"), now=NOW)
        self.now += dt.timedelta(days=10)

    @override
    def teardown(self) -> None:
        done.histories += 1
        done.steps += self.steps
        try:
            assert [finding for finding in verify() if finding.violations] == []
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.history.__exit__(None, None, None)

    # -- what may happen

    @rule(
        target=sales,
        who=st.sampled_from(sorted(MEMBERS)),
        basket=BASKETS,
        redeem=st.integers(0, 60) | st.sampled_from([0, "all", "more"]),
        late=st.sampled_from([0, 0, 0, 1, 6]),
        fails=FAILS | st.sampled_from(["sale.after_lock", "sale.after_entries"]),
    )
    def sell(self, who: str, basket: list[tuple[str, int, int]], redeem: Any, late: int, fails: str) -> Any:
        model = self.models[who]
        cents = sum(each for _, _, each in basket)
        points = {"all": min(model.available, cents), "more": model.available + 1}.get(redeem, redeem)
        at = self.now - dt.timedelta(days=late)
        self.numbers += 1
        answer = self.post("sales", self._basket(who, basket, points) | self._receipt(at), who, fails)
        expected = model.sell(basket, points, at=at, now=self.now)
        if isinstance(expected, str):
            assert (answer.status_code, answer.json()["code"]) == (422, expected)
            return multiple()
        assert answer.status_code == 201, answer.content
        told = answer.json()
        assert int(told["points_earned"]) == sum(sum(line.awards) for line in expected.lines)
        self._compare_told(model, told["balance"])
        return who, told["sale"], expected

    @rule(who=st.sampled_from(sorted(MEMBERS)), basket=BASKETS, redeem=st.integers(0, 60))
    def quote(self, who: str, basket: list[tuple[str, int, int]], redeem: int) -> None:
        """Changes nothing: the comparison after the step sees to that."""
        answer = self.till.post("quotes", self._basket(who, basket, redeem), key=None)
        assert answer.status_code in {200, 422}

    @rule(
        sale=sales,
        pieces=st.dictionaries(st.integers(0, 2), st.integers(1, 4), min_size=1, max_size=3),
        fails=FAILS | st.sampled_from(["return.after_lock", "return.after_entries"]),
    )
    def give_back(self, sale: tuple[str, str, Sale], pieces: dict[int, int], fails: str) -> None:
        who, sale_id, sold = sale
        pieces = {index: count for index, count in pieces.items() if index < len(sold.lines)}
        if not pieces:
            return
        model = self.models[who]
        self.numbers += 1
        lines = [{"line": index + 1, "quantity": str(count)} for index, count in pieces.items()]
        body = {"sale": {"id": sale_id}, "lines": lines, "receipt_number": str(self.numbers)}
        answer = self.post("returns", body, who, fails)
        expected = model.give_back(sold, pieces, now=self.now)
        if isinstance(expected, str):
            assert (answer.status_code, answer.json()["code"]) == (422, expected)
            return
        assert answer.status_code == 201, answer.content
        told = answer.json()
        names = ("points_given_back", "points_taken_back", "points_owed_more", "points_written_off")
        restored, taken, owed, lost = (int(told[name]) for name in names)
        assert Back(restored, taken - owed - lost, owed, lost) == expected
        self._compare_told(model, told["balance"])

    @rule(
        target=holds,
        who=st.sampled_from(sorted(MEMBERS)),
        basket=BASKETS,
        redeem=st.integers(0, 60),
        minutes=st.sampled_from([1, 30]),
        fails=FAILS | st.just("hold.after_entries"),
    )
    def hold(self, who: str, basket: list[tuple[str, int, int]], redeem: int, minutes: int, fails: str) -> Any:
        answer = self.post("holds", self._basket(who, basket, redeem) | {"minutes": minutes}, who, fails)
        expected = self.models[who].hold(basket, redeem, now=self.now, minutes=minutes)
        if isinstance(expected, str):
            assert (answer.status_code, answer.json()["code"]) == (422, expected)
            return multiple()
        assert answer.status_code == 201, answer.content
        self._compare_told(self.models[who], answer.json()["balance"])
        return who, answer.json()["hold"]["id"], expected

    @rule(target=sales, hold=holds, fails=FAILS | st.just("sale.after_entries"))
    def commit(self, hold: tuple[str, str, Hold], fails: str) -> Any:
        who, hold_id, held = hold
        self.numbers += 1
        answer = self.post(f"holds/{hold_id}/commit", {"receipt_number": str(self.numbers)}, who, fails)
        expected = self.models[who].commit(held, now=self.now)
        if isinstance(expected, str):
            assert answer.json()["code"] == expected, answer.content
            return multiple()
        assert answer.status_code == 201, answer.content
        self._compare_told(self.models[who], answer.json()["balance"])
        return who, answer.json()["sale"], expected

    @rule(hold=holds, fails=FAILS)
    def release(self, hold: tuple[str, str, Hold], fails: str) -> None:
        who, hold_id, held = hold
        answer = self.post(f"holds/{hold_id}/release", {}, who, fails)
        refusal = self.models[who].release(held, now=self.now)
        assert answer.status_code < 300 or answer.json()["code"] == refusal, answer.content

    @rule(who=st.sampled_from(sorted(MEMBERS)), points=st.integers(-60, 60).filter(bool))
    def adjust(self, who: str, points: int) -> None:
        if account := self._account(who):
            wish = Wish(points, "gift")
            told = self._refusal(lambda: adjust(account.pk, wish, actor=system("tests"), now=self.now))
            assert told == self.models[who].adjust(points, now=self.now)

    @rule(giver=st.sampled_from(sorted(MEMBERS)), points=st.integers(1, 60))
    def transfer(self, giver: str, points: int) -> None:
        (taker,) = MEMBERS.keys() - {giver}
        from_account, to_account = self._account(giver), self._account(taker)
        if from_account and to_account:
            ids = (from_account.pk, to_account.pk)
            told = self._refusal(lambda: transfer(*ids, points, actor=system("tests"), now=self.now))
            assert told == self.models[giver].transfer(self.models[taker], points, now=self.now)

    @rule(by=ADVANCES)
    def advance(self, by: dt.timedelta) -> None:
        self.now += by

    @rule()
    def nightly_job(self) -> None:
        for _ in range(5):
            if not ledger.roll_due_accounts(now=self.now):
                break
        else:
            raise AssertionError("accounts stay due however often they are rolled forward")
        for model in self.models.values():
            model.sweep(self.now)

    @rule()
    def end_holds(self) -> None:
        """The job of every minute."""
        end_due_holds(now=self.now)
        for model in self.models.values():
            if any(hold.state == "open" and hold.ends <= self.now for hold in model.holds):
                model.roll(self.now)

    @rule(which=st.integers(0, 100))
    def repeat(self, which: int) -> None:
        """A till that did not hear repeats an old request with its key: the same bytes, and nothing else happens."""
        if self.requests:
            old = self.requests[which % len(self.requests)]
            again = self.till.post(old.path, old.body, key=old.key)
            if old.is_too_old(self.now):
                assert again.json()["code"] == "time_implausible"
            else:
                assert again.content == old.answer
                assert again["Idempotent-Replay"] == "true"

    @rule(which=st.integers(0, 100))
    def lose_the_key(self, which: int) -> None:
        """The same receipt under a new key: its natural number refuses it, unless its redemption is refused before."""
        booked = [old for old in self.requests if old.path == "sales" and old.status == 201]
        if booked:
            old = booked[which % len(booked)]
            again = self.till.post(old.path, old.body)
            if old.is_too_old(self.now):
                assert again.json()["code"] == "time_implausible"
                return
            self.models[old.who].roll(self.now)
            assert again.status_code == 409 or (old.body["redeem_points"] != "0" and again.status_code == 422)

    # -- after each step

    @invariant()
    def count(self) -> None:
        self.steps += 1

    @invariant()
    def the_two_ledgers_agree(self) -> None:
        accounts = {account.owner_id: account for account in Account.objects.all()}
        for name, model in getattr(self, "models", {}).items():
            account = accounts.get(self.ids[name])
            if account is None:
                assert not model.lots
                continue
            stored = (account.pending, account.available, account.held, account.debt)
            assert stored == (model.pending, model.available, model.held, model.debt), name
            with connection.cursor() as cursor:
                cursor.execute(STORED, [account.pk])
                lots = cursor.fetchall()
            assert lots == [
                (lot.granted, lot.left, lot.held, lot.pending, lot.activates, lot.burns) for lot in model.lots
            ], name

    # -- help

    def post(self, path: str, body: Any, who: str, fails: str) -> Any:
        """Send, and again with the same key when the worker failed on the way."""
        key = str(uuid.uuid4())
        if fails:
            failpoints.arm(f"{fails}:raise:1")
            try:
                failed = self.till.post(path, body, key=key)
            finally:
                failpoints.arm("")
            # A refusal may come before the named place.
            assert failed.status_code in {409, 422, 500}
        answer = self.till.post(path, body, key=key)
        self.requests.append(Request(path, body, key, who, answer.status_code, answer.content))
        return answer

    def _account(self, who: str) -> Account | None:
        return Account.objects.filter(owner=self.ids[who]).first()

    def _refusal(self, act: Callable[[], Any]) -> str | None:
        """The code of the refusal of a service, which leaves nothing behind then."""
        try:
            act()
        except DomainError as error:
            return error.code
        return None

    def _basket(self, who: str, basket: list[tuple[str, int, int]], redeem: int) -> dict[str, Any]:
        lines = [{"sku": sku, "quantity": str(pieces), "amount": f"{cents / 100:.2f}"} for sku, pieces, cents in basket]
        return {"member": {"phone": MEMBERS[who]}, "lines": lines, "redeem_points": str(redeem)}

    def _receipt(self, at: dt.datetime) -> dict[str, Any]:
        return {"receipt_number": str(self.numbers), "occurred_at": at.isoformat()}

    def _compare_told(self, model: Ledger, told: dict[str, str]) -> None:
        assert {name: int(points) for name, points in told.items()} == {
            "spendable": model.available,
            "pending": model.pending,
            "held": model.held,
            "owed": model.debt,
        }
