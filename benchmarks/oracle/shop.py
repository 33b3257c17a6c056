"""One shop with one programme and one member, as the steps of a scenario meet it.

ApiShop speaks to the endpoints as a till does. The endpoints read the clock, so a scenario in which days
pass goes to the same services with `now` (ClockShop); both answer in the API's JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any, override

from django.db import DataError, IntegrityError, transaction
from django.test import Client

from benchmarks.oracle.given import NEXT, Setup
from benchmarks.oracle.words import NotConfigurable, plain
from loyalty_site.ground.api import domain_problem
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import system
from loyalty_site.ground.rules.money import to_minor
from members.services import enrol_member
from programs.api.answers import return_answer, sale_answer
from programs.errors import DraftInvalid
from programs.models import (
    Account,
    Adjustment,
    AdjustmentReason,
    Coupon,
    CouponSeries,
    ImportBatch,
    Lot,
    Program,
    Purchase,
    RuleCounter,
    Terminal,
    TerminalState,
    TierLook,
)
from programs.queries.movements import movements_of
from programs.queries.shoppers import MemberKey, find_shopper
from programs.rules.documents import compile_document
from programs.services import ledger, tiers
from programs.services.accounts import open_accounts
from programs.services.adjustments import Wish, adjust
from programs.services.balances import current_balance
from programs.services.coupons import issue_coupons
from programs.services.programs import draft_document
from programs.services.receipts import note_standings
from programs.services.returns import ReturnedPiece, ReturnOrder, take_back
from programs.services.sales import OrderLine, SaleOrder, quote, sell
from programs.services.tills import enrol_terminal, issue_enrolment_code, till_by_terminal
from programs.services.voids import void_sale
from tests.factories import configuration as make

LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
Answer = tuple[int, dict[str, Any]]


def publish(setup: Setup, *, point_decimals: int, traits: dict[str, tuple[str, ...]]) -> Program:
    """The scenario's programme, running since long ago. Raises NotConfigurable when the product refuses it."""
    make.CompanyFactory()
    try:
        with transaction.atomic():
            program = _draft(setup, point_decimals, traits)
            make.publish(program, at=LONG_AGO)
    except DraftInvalid as error:
        raise NotConfigurable(f"the programme cannot be published: {error.context['problem']}") from error
    except (IntegrityError, DataError) as error:
        raise NotConfigurable(f"the database refuses these settings: {str(error).splitlines()[0]}") from error
    return _as_kept(setup, program)


def _draft(setup: Setup, point_decimals: int, traits: dict[str, tuple[str, ...]]) -> Program:
    program = make.ProgramFactory(point_decimals=point_decimals, **setup.program)
    for number, tier in enumerate(setup.tiers):
        make.TierFactory(program=program, key=f"tier-{number}", **tier)
    for number, (conditions, effect) in enumerate(setup.rules):
        make.RuleFactory(program=program, key=f"rule-{number}", conditions=conditions, effect=effect)
    for number, (cost, conditions, effect) in enumerate(setup.rewards, start=1):
        make.RewardFactory(program=program, key=f"r{number}", cost=cost, conditions=conditions, effect=effect)
    if any(len(several) > 1 for several in traits.values()):
        for sku, labels in traits.items():
            make.ProductFactory(sku=sku, category=None, labels=list(labels))
        return program
    codes = {code: make.CategoryFactory(code=code) for code in sorted({code for (code,) in traits.values()})}
    for sku, (code,) in traits.items():
        make.ProductFactory(sku=sku, category=codes[code])
    return program


def _issue(setup: Setup, program: Program) -> dict[str, str]:
    """{code of the scenario: a code of ours that brings the same}"""
    codes = {}
    if setup.next_coupon:
        CouponSeries.objects.create(program=program, key=NEXT, name="The next visit", is_personal=True, uses=1)
    for number, code in enumerate(setup.coupons):
        series = CouponSeries.objects.create(
            program=program, key=f"series-{number}", name=code, is_personal=False, uses=1_000_000
        )
        codes[code] = issue_coupons(series=series, count=1, actor=system("oracle"), now=LONG_AGO)[0].code
    return codes


def _as_kept(setup: Setup, program: Program) -> Program:
    """The programme as the database keeps it. Raises NotConfigurable when a setting lost decimals on the way."""
    kept = Program.objects.get(pk=program.pk)
    tiers = {tier.key: tier for tier in kept.tiers.all()}
    pairs = [(name, value, getattr(kept, name)) for name, value in setup.program.items()]
    for number, tier in enumerate(setup.tiers):
        pairs += [(f"{name} of a tier", value, getattr(tiers[f"tier-{number}"], name)) for name, value in tier.items()]
    for name, value, now_is in pairs:
        if now_is != value:
            raise NotConfigurable(f"the setting {name} keeps {now_is}, not {value}")
    return kept


class ApiShop:
    """A till at the endpoints. `now` is only for what has no endpoint: the member, and points without a sale."""

    def __init__(self, setup: Setup, program: Program, *, now: dt.datetime) -> None:
        self.program = program
        self.codes = _issue(setup, program)
        self.gives = any(effect["type"] == "gift" for _, effect in setup.rules)
        self.now = now
        self.member = enrol_member(
            name="Anna Petrova",
            identifiers=[("phone", "+12125550123")],
            region="US",
            actor=system("oracle"),
            now=self.now,
        )
        self.key = MemberKey("id", str(self.member.public_id))
        self.terminal = make.TerminalFactory()
        Terminal.objects.filter(pk=self.terminal.pk).update(state=TerminalState.NEW)
        code = issue_enrolment_code(terminal=self.terminal, actor=system("oracle"), now=self.now)
        _, self._token = enrol_terminal(code=code, version="oracle", now=self.now)
        self._last: tuple[str, dict[str, Any], str] | None = None

    def quote(self, body: dict[str, Any]) -> Answer:
        return self._post("quotes", body, key="")

    def sell(self, body: dict[str, Any]) -> Answer:
        return self._once("sales", body)

    def give_back(self, body: dict[str, Any]) -> Answer:
        return self._once("returns", body)

    def cancel(self, body: dict[str, Any]) -> Answer:
        return self._once("sales/void", body)

    def again(self) -> Answer:
        """The last sale or return once more, with the same key."""
        assert self._last is not None  # steps.py lets a repetition only follow one
        path, body, key = self._last
        return self._post(path, body, key=key)

    def look_up(self) -> tuple[str, str]:
        """(points that can be spent, name of the tier)"""
        status, answer = self._post("lookup", {"id": self.key.value}, key="")
        assert status == 200, answer
        return answer["spendable"], answer["tier"]["name"]

    def enrol(self) -> Answer:
        """Somebody else becomes a member at the till; what they are given stands as the points that it brings."""
        self.terminal.scopes = [*self.terminal.scopes, "enrol"]
        Terminal.objects.filter(pk=self.terminal.pk).update(scopes=self.terminal.scopes)
        status, answer = self._once("members", {"phone": "+12125550199", "consents": [{"purpose": "processing"}]})
        return status, answer | {"points_earned": answer.get("gift")}

    def beside(self, bucket: str) -> Decimal:
        """Points that cannot be spent: "owed", which were taken back after they were spent, or "pending"; only the answer
        to a basket tells them."""
        lines = [{"sku": "goods", "quantity": "1", "amount": "0"}]
        status, answer = self.quote({"member": {"id": self.key.value}, "lines": lines, "redeem_points": "0"})
        assert status == 200, answer
        return Decimal(answer["balance"][bucket])

    def lots(self) -> list[Decimal]:
        """What is left of each giving of points (one lot a line at a sale), in the order in which they were given."""
        left: dict[Any, Decimal] = {}
        for lot in Lot.objects.filter(account__owner=self.member).select_related("purchase_line").order_by("id"):
            given = lot.purchase_line.purchase_id if lot.purchase_line else f"lot {lot.pk}"
            left[given] = left.get(given, Decimal(0)) + Decimal(lot.remaining).scaleb(-self.program.point_decimals)
        return list(left.values())

    def changes(self) -> list[Decimal]:
        """Every movement of the member's points, the oldest first."""
        account = Account.objects.filter(owner=self.member).first()
        rows = movements_of(account).rows if account else ()
        return [Decimal(row.change).scaleb(-self.program.point_decimals) for row in reversed(rows)]

    def adjust(self, points: Decimal, reason: str) -> Answer:
        """By hand, as a person of the back office does; the scenario's reason is the note beside ours."""
        wish = Wish(to_minor(points, self.program.point_decimals), AdjustmentReason.GOODWILL, note=reason)
        try:
            adjust(self._account(), wish, actor=system("oracle"), now=self.now)
        except DomainError as error:
            return domain_problem(error)
        return 200, {}

    def notes(self) -> list[str]:
        """The reasons that were kept of points given by hand."""
        found = Adjustment.objects.filter(account__owner=self.member).order_by("id")
        return list(found.values_list("note", flat=True))

    def coupon_days(self) -> tuple[str | None, str | None]:
        """(first day, last day) of the last coupon that the member was given; None: no last day."""
        coupon = Coupon.objects.filter(member=self.member).order_by("id").last()
        if coupon is None:
            return None, None
        until = coupon.valid_until.date().isoformat() if coupon.valid_until else None
        return coupon.valid_from.date().isoformat(), until

    def stand(self, tier: str, *, by_hand: bool) -> None:
        """On a tier: set by hand as the least, or as a customer file brings it from another system."""
        account = self._account()
        if by_hand:
            tiers.set_floor(account_id=account, tier_key=tier, reason="oracle", actor=system("oracle"), now=self.now)
            return
        ledger.lock_for_tiers([account])
        ledger.set_tiers({account: tier})
        version = self.program.versions.latest("number")
        note_standings({account: tier}, reason="import", now=self.now, version_id=version.pk)

    def counted(self) -> Decimal:
        """What the counters of the programme's limits hold together: times, or minor money."""
        found = RuleCounter.objects.filter(program=self.program, key__startswith="limit:")
        return Decimal(sum(found.values_list("amount", flat=True)))

    def is_cancelled(self, sale_id: str) -> bool:
        """Whether the whole sale is shown as cancelled."""
        return Purchase.objects.filter(original__public_id=sale_id, is_void=True).exists()

    def _account(self) -> int:
        return open_accounts(program_id=self.program.pk, member_ids=[self.member.pk], now=self.now)[self.member.pk]

    def open_with(self, points: Decimal, mode: str) -> None:
        """Points without a sale come in by a customer file only, so this calls the service that books the file."""
        account = self._account()
        batch = ImportBatch.objects.create(file_name="balances", file_hash="", default_region="US")
        expires_at = compile_document(draft_document(self.program)).burns_at(self.now)
        opening = ledger.Opening(account, to_minor(points, self.program.point_decimals), self.now, expires_at, mode)
        ledger.post_openings(
            program=self.program, openings=[opening], batch_id=batch.pk, actor_label="oracle", now=self.now
        )

    def _once(self, path: str, body: dict[str, Any]) -> Answer:
        key = str(uuid.uuid4())
        self._last = (path, body, key)
        return self._post(path, body, key=key)

    def _post(self, path: str, body: dict[str, Any], *, key: str) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Accept-Language": "en"}
        if key:
            headers["Idempotency-Key"] = key
        client = Client(raise_request_exception=False)
        response = client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)
        return response.status_code, json.loads(response.content) if response.status_code < 500 else {}


class ClockShop(ApiShop):
    """The same shop on a clock of its own: the endpoints' services, called with `now`."""

    @override
    def quote(self, body: dict[str, Any]) -> Answer:
        return self._answer(lambda: (200, sale_answer(quote(self._order(body), now=self.now))))

    @override
    def sell(self, body: dict[str, Any]) -> Answer:
        return self._answer(lambda: (201, sale_answer(sell(self._order(body), now=self.now))))

    @override
    def give_back(self, body: dict[str, Any]) -> Answer:
        order = ReturnOrder(
            till=self._till(),
            receipt_number=body["receipt_number"],
            occurred_at=self.now,
            pieces=tuple(ReturnedPiece(piece["line"], Decimal(piece["quantity"])) for piece in body["lines"]),
            sale_id=body["sale"]["id"],
        )
        return self._answer(lambda: (201, return_answer(take_back(order, now=self.now))))

    @override
    def cancel(self, body: dict[str, Any]) -> Answer:
        order = ReturnOrder(
            till=self._till(), receipt_number="", occurred_at=self.now, pieces=(), sale_id=body["sale"]["id"]
        )
        return self._answer(lambda: (201, return_answer(void_sale(order, now=self.now))))

    @override
    def look_up(self) -> tuple[str, str]:
        shopper = find_shopper(self.key, at=self.now)
        assert shopper is not None
        found = current_balance(shopper, now=self.now)
        return plain(Decimal(found.available).scaleb(-found.point_decimals)), found.tier_name

    def move_to(self, moment: dt.datetime) -> None:
        """Later moments only."""
        if moment < self.now:
            raise NotConfigurable("when: the days go backwards")
        self.now = moment

    def try_on(self, day: dt.date) -> None:
        """Any day, for a question of which nothing stays."""
        self.now = dt.datetime.combine(day, dt.time(12), dt.UTC)

    def wait_for(self, lots: tuple[int, ...]) -> None:
        """Let the days of these lots pass (from 1, in the order in which they were given), and no other's."""
        days: dict[Any, dt.datetime | None] = {}
        for lot in Lot.objects.filter(account__owner=self.member).select_related("purchase_line").order_by("id"):
            days[lot.purchase_line.purchase_id if lot.purchase_line else f"lot {lot.pk}"] = lot.expires_at
        ends = dict(enumerate(days.values(), start=1))
        wanted = [ends.get(lot) for lot in lots]
        if None in wanted:
            raise NotConfigurable("when: lots burn by the calendar, and these never do")
        until = max([self.now, *(end for end in wanted if end)])
        if any(end and self.now < end <= until for lot, end in ends.items() if lot not in lots):
            raise NotConfigurable("when: lots burn by the calendar, and others would burn before these")
        self.now = until

    def look_at_tiers(self) -> None:
        """The look of the night at who stands where."""
        tiers.start_looks(now=self.now)
        for look in TierLook.objects.filter(finished_at__isnull=True):
            while not tiers.look_chunk(look=look.pk, now=self.now).is_finished:
                pass

    def burn(self) -> None:
        """What the calendar's job does every night."""
        ledger.roll_due_accounts(now=self.now)

    def _till(self):
        till = till_by_terminal(self.terminal.pk, now=self.now)
        assert till is not None
        return till

    def _order(self, body: dict[str, Any]) -> SaleOrder:
        return SaleOrder(
            till=self._till(),
            receipt_number=body.get("receipt_number", ""),
            occurred_at=self.now,
            lines=tuple(
                OrderLine(
                    line["sku"],
                    Decimal(line["quantity"]),
                    Decimal(line["amount"]),
                    tax_rate=Decimal(line["tax_rate"]) if "tax_rate" in line else None,
                    **({"gift_of": line["gift_of"]} if "gift_of" in line else {}),
                )
                for line in body["lines"]
            ),
            member=self.key if "member" in body else None,
            redeem=Decimal(body["redeem_points"]),
            rewards=tuple(body.get("rewards", ())),
            coupons=tuple(body.get("coupons", ())),
        )

    @staticmethod
    def _answer(run) -> Answer:
        try:
            return run()
        except DomainError as error:
            return domain_problem(error)
