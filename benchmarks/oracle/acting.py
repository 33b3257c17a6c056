"""The steps of a scenario, done one after the other in a shop; what came of each is noted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.oracle import actions
from benchmarks.oracle.actions import (
    Burn,
    Cancel,
    Claim,
    Days,
    Enrol,
    Manual,
    Opening,
    Recalculate,
    Retry,
    Return,
    Sale,
    Stand,
    Step,
    Trial,
    Trials,
    Uses,
)
from benchmarks.oracle.planning import Plan
from benchmarks.oracle.seen import Seen
from benchmarks.oracle.shop import Answer, ApiShop, ClockShop, publish
from benchmarks.oracle.words import NotConfigurable, plain


def run(plan: Plan) -> Seen:
    with transaction.atomic():
        program = publish(plan.setup, point_decimals=plan.point_decimals, traits=plan.traits)
        if actions.needs_clock(plan.steps):
            # The endpoints read the clock, so days pass at the services behind them.
            shop: ApiShop = ClockShop(plan.setup, program, now=_first_moment(plan.steps))
        else:
            shop = ApiShop(plan.setup, program, now=timezone.now())
        seen = _act(plan, shop)
        connection.check_constraints()  # what is undone is never checked at the commit
        transaction.set_rollback(True)
    return seen


def _first_moment(listed: list[Step]) -> dt.datetime:
    return _noon(listed[0].on) if listed[0].on else timezone.now()


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def _act(plan: Plan, shop: ApiShop) -> Seen:
    seen = Seen()
    sale_ids: list[str | None] = []
    sold: list[Sale] = []
    for step in plan.steps:
        if plan.follows:
            seen.before.append((step, _balance(shop)))
            seen.entries = len(shop.changes())
        if step.on is not None:
            assert isinstance(shop, ClockShop)
            shop.move_to(_noon(step.on))
        action = step.action
        if isinstance(action, Sale):
            answer = _sell(shop, action, step.number)
            good = _note(seen, step.number, answer)
            seen.asked += [answer[1]] if good and not action.is_setup else []
            if not (action.is_setup or action.is_asked):
                sold.append(action)
                sale_ids.append(answer[1]["sale"] if good else None)
                seen.sold += [answer[1]] if good else []
        elif isinstance(action, Return):
            sale_id = sale_ids[action.sale - 1]
            if sale_id is None:
                raise NotConfigurable("when: the sale that comes back was refused")
            answer = _give_back(shop, action, sold[action.sale - 1], sale_id, step.number)
            if _note(seen, step.number, answer) and step.number:
                seen.returned.append(answer[1])
        elif isinstance(action, Enrol):
            answer = shop.enrol()
            seen.sold += [answer[1]] if _note(seen, step.number, answer) else []
        elif isinstance(action, Cancel):
            sale_id = sale_ids[action.sale - 1]
            if sale_id is None:
                raise NotConfigurable("when: the sale that is cancelled was refused")
            answer = shop.cancel({"sale": {"id": sale_id}})
            if _note(seen, step.number, answer):
                seen.returned.append(answer[1])
                seen.is_cancelled = shop.is_cancelled(sale_id)
        elif isinstance(action, Trials):
            seen.applied += [_try(shop, trial, number) for number, trial in enumerate(action.trials)]
        elif isinstance(action, Uses):
            seen.uses += _use(plan, shop, action, step.number)
        elif isinstance(action, Stand):
            shop.stand(action.tier, by_hand=action.by_hand)
        elif isinstance(action, Recalculate):
            assert isinstance(shop, ClockShop)
            _recalculate(plan, shop, action, step.number)
        elif isinstance(action, Opening):
            shop.open_with(action.points, action.mode)
        elif isinstance(action, Manual):
            _note(seen, step.number, shop.adjust(action.points, action.reason))
        elif isinstance(action, Burn):
            assert isinstance(shop, ClockShop)
            shop.wait_for(action.lots)
            shop.burn()
        elif isinstance(action, Retry):
            # A repetition is an answer given before, so it is no further sale.
            _note(seen, step.number, shop.again())
        elif isinstance(action, Days):
            assert isinstance(shop, ClockShop)
            shop.move_to(shop.now + dt.timedelta(days=action.days))
            if action.run_expiry:
                shop.burn()
        if plan.follows:
            seen.after.append((step, _balance(shop), shop.lots()))
    seen.tier = shop.look_up()[1]
    seen.balance, seen.pending = _balance(shop), plain(shop.beside("pending"))
    seen.coupon_days = shop.coupon_days()
    if plan.follows:
        seen.entries = len(shop.changes()) - seen.entries
    if plan.readers.keys() & {"ledger", "reason_kept"}:
        seen.changes, seen.notes = shop.changes(), shop.notes()
    return seen


def _balance(shop: ApiShop) -> str:
    """Others let a balance fall below zero; here that is a debt beside it."""
    return plain(Decimal(shop.look_up()[0]) - shop.beside("owed"))


def _try(shop: ApiShop, trial: Trial, number: int) -> bool:
    """Whether something comes off a basket; nothing of the question stays."""
    with transaction.atomic():
        if trial.day is not None:
            assert isinstance(shop, ClockShop)
            shop.try_on(trial.day)
        lines = [{"sku": "goods", "quantity": "1", "amount": plain(trial.amount)}]
        body: dict[str, Any] = {"lines": lines, "redeem_points": "0"}
        if trial.has_member:
            body["member"] = {"id": shop.key.value}
        for purchase in range(trial.purchases):
            shop.sell(body | {"receipt_number": f"before-{number}-{purchase}"})
        status, answer = shop.quote(body)
        transaction.set_rollback(True)
    if status != 200:
        raise NotConfigurable(f"when: the basket of the trial is refused: {answer}")
    return Decimal(answer["discount"]) > 0


def _use(plan: Plan, shop: ApiShop, action: Uses, number: int) -> list[tuple[Decimal, Decimal]]:
    """(how much of the limit is used, how much is left) after each of the beginnings, or after all the baskets."""
    if action.stays:
        for place, amount in enumerate(action.baskets):
            _use_once(shop, amount, f"basket-{number}-{place}")
        return [_measured(plan, shop, number)]
    found = []
    for place, used in enumerate(action.used):
        with transaction.atomic():
            # Of money in one basket, else in so many.
            amounts = [used] * bool(used) if action.of_money else [Decimal(100)] * int(used)
            amounts += [Decimal(100)] * action.orders
            made = [_use_once(shop, amount, f"use-{number}-{place}-{turn}") for turn, amount in enumerate(amounts)]
            for sale in made[len(made) - action.cancels :]:
                shop.cancel({"sale": {"id": sale["sale"]}})
            found.append(_measured(plan, shop, number))
            transaction.set_rollback(True)
    return found


def _recalculate(plan: Plan, shop: ClockShop, action: Recalculate, number: int) -> None:
    if action.points:
        rate = plan.setup.program["earn_points"] / plan.setup.program.get("earn_per", Decimal(1))
        answer = _use_once(shop, action.points / rate, f"points-{number}")
        if Decimal(answer["points_earned"]) != action.points:
            raise NotConfigurable(f"when: {answer['points_earned']} points are earned, not {action.points}")
    months = plan.setup.program.get("ladder_keeps_months") or 0
    shop.move_to(shop.now + dt.timedelta(days=max(1, 31 * months if action.waits else 0)))
    shop.look_at_tiers()


def _measured(plan: Plan, shop: ApiShop, number: int) -> tuple[Decimal, Decimal]:
    """What the counters hold, and what still comes off: tried until nothing does, and nothing of that stays."""
    limit = next(effect["limits"][0] for _, effect in plan.setup.rules if "limits" in effect)
    used = shop.counted()
    if limit["of"] == "money":
        used = used.scaleb(-shop.program.currency_exponent)
    left, turn = Decimal(0), 0
    with transaction.atomic():
        while turn <= Decimal(limit["most"]):
            answer = _use_once(shop, 10 * Decimal(limit["most"]), f"left-{number}-{turn}")
            off = Decimal(answer["discount"])
            if not off:
                break
            left += off if limit["of"] == "money" else 1
            turn += 1
        transaction.set_rollback(True)
    return used, left


def _use_once(shop: ApiShop, amount: Decimal, name: str) -> dict[str, Any]:
    lines = [{"sku": "goods", "quantity": "1", "amount": plain(amount)}]
    body: dict[str, Any] = {"member": {"id": shop.key.value}, "lines": lines, "redeem_points": "0"}
    body |= {"receipt_number": name, "coupons": list(shop.codes.values())}
    status, answer = shop.sell(body)
    if status != 201:
        raise NotConfigurable(f"when: a basket that uses the limit is refused: {answer}")
    return answer


def _sell(shop: ApiShop, sale: Sale, number: int) -> Answer:
    body: dict[str, Any] = {
        "member": {"id": shop.key.value},
        "lines": [
            {"sku": line.sku, "quantity": plain(line.quantity), "amount": plain(line.amount)}
            | ({} if line.tax_rate is None else {"tax_rate": plain(line.tax_rate), "tax_included": True})
            for line in sale.lines
        ],
        "redeem_points": plain(sale.points),
        "rewards": list(sale.rewards),
        "coupons": [shop.codes.get(code, code) for code in sale.coupons],
    }
    for word, said in sale.claims:
        _refuse_claim(shop, body, word, said)
    if sale.claim is Claim.MOST:
        status, answer = shop.quote(body)
        if status != 200:
            return status, answer
        body["redeem_points"] = answer["redeemable"]
    if sale.is_asked:
        return shop.quote(body)
    if shop.gives:
        status, answer = shop.quote(body)
        if status != 200:
            return status, answer
        body["lines"] += _gift_lines(answer)
    return shop.sell(body | {"receipt_number": f"sale-{number}"})


def _gift_lines(quoted: dict[str, Any]) -> list[dict[str, Any]]:
    """The till sells a gift that is offered with a line of its own, at its surcharge."""
    return [
        {
            "sku": one["skus"][0],
            "quantity": str(one["times"]),
            "amount": one["surcharge"] or "0",
            "gift_of": one["rule"],
        }
        for one in quoted["benefits"]
        if one["kind"] == "gift"
    ]


def _refuse_claim(shop: ApiShop, body: dict[str, Any], word: str, said: Any) -> None:
    """What a till claims of its own accord has no place at the API: with it the whole request is refused, and the till
    has to go on without."""
    if isinstance(shop, ClockShop):
        raise NotConfigurable("when: what the till claims is refused at the endpoints only, on today's clock")
    status, _ = shop.sell(body | {"receipt_number": f"claim-{word}", word: said})
    if status != 400:
        raise NotConfigurable(f"when: the API takes {word!r} from the till")


def _give_back(shop: ApiShop, action: Return, sale: Sale, sale_id: str, number: int) -> Answer:
    pieces = action.pieces or [
        (position, _part(line.quantity, action.share)) for position, line in enumerate(sale.lines, start=1)
    ]
    body = {
        "sale": {"id": sale_id},
        "lines": [{"line": line, "quantity": plain(quantity)} for line, quantity in pieces],
        "receipt_number": f"return-{number}",
    }
    return shop.give_back(body)


def _part(quantity: Decimal, share: Fraction) -> Decimal:
    """So much of a quantity; the API takes three decimals."""
    exact = Fraction(quantity) * share
    thousandths = exact * 1000
    if thousandths.denominator != 1:
        raise NotConfigurable(f"when: {exact} of an article cannot come back")
    return (Decimal(thousandths.numerator) / 1000).normalize()


def _note(seen: Seen, number: int, answer: Answer) -> bool:
    """Whether it was booked; a refusal is noted, the first one for good."""
    status, body = answer
    seen.status = status
    if status in {200, 201}:
        return True
    if status == 400:
        raise NotConfigurable(f"when[{number}]: the API does not take this: {body.get('fields') or body.get('title')}")
    if not seen.refusal:
        seen.refused_at, seen.refusal = number, body.get("code", f"http {status}")
        seen.sentence = body.get("title", f"status {status}")
    return False
