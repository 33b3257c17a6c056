"""One scenario after the other: translate it, run it in a transaction that is undone, compare what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.oracle import expectations, steps
from benchmarks.oracle.expectations import Read, Seen
from benchmarks.oracle.given import Setup, read_given
from benchmarks.oracle.shop import Answer, ApiShop, ClockShop, publish
from benchmarks.oracle.steps import Burn, Cancel, Claim, Days, Manual, Opening, Retry, Return, Sale, Step, Trial, Trials
from benchmarks.oracle.words import NotConfigurable, Words, category_code, plain

REPRODUCED, DIFFERS, NOT_CONFIGURABLE = "reproduced", "differs", "not configurable"


@dataclass(frozen=True)
class Result:
    """The answer for one scenario. `why` is empty when it is reproduced."""

    id: str
    outcome: str
    got: dict[str, Any] | None
    expected: Any
    why: str


@dataclass(frozen=True)
class Plan:
    """A scenario wholly translated: nothing in it was left out."""

    setup: Setup
    steps: list[Step]
    readers: dict[str, Read]
    categories: dict[str, str]
    point_decimals: int
    follows: bool  # balances and lots are looked at around every step


def run_cases(cases: Iterable[dict[str, Any]]) -> list[Result]:
    return [run_case(case) for case in cases]


def run_case(case: dict[str, Any]) -> Result:
    """Needs a database; leaves nothing in it."""
    name, expected = str(case.get("id", "?")), case.get("then")
    try:
        plan = translate(case)
        seen = _run(plan)
    except NotConfigurable as reason:
        return Result(name, NOT_CONFIGURABLE, None, expected, str(reason))
    except Exception as error:  # noqa: BLE001  one scenario that breaks must not hide the answers of the others
        return Result(name, DIFFERS, None, expected, f"the run broke: {type(error).__name__}: {error}")
    got = {key: expectations.shown(read(seen), case["then"][key]) for key, read in plan.readers.items()}
    why = [key for key, value in got.items() if not expectations.same(value, case["then"][key])]
    text = f"not as expected: {', '.join(why)}" if why else ""
    if seen.refusal and not got.keys() & {"error", "error_at_step"}:
        got |= {"error": seen.refusal, "error_at_step": seen.refused_at}
        text = f"step {seen.refused_at} was refused: {seen.sentence}"
    return Result(name, DIFFERS if text else REPRODUCED, got, expected, text)


def translate(case: dict[str, Any]) -> Plan:
    """Raises NotConfigurable when any word of the scenario has no counterpart."""
    words = Words(case, "case")
    for told in ("id", "topics", "source", "note"):
        words.take(told, None)
    reasons: list[str] = []
    setup = _part(lambda: read_given(words.take("given")), reasons)
    # What else has no counterpart is told too, so the steps are read even when the programme cannot be made.
    listed = _part(lambda: steps.read_steps(words.take("when"), setup or Setup.permissive()), reasons)
    then = words.take("then", None)
    _part(lambda: expectations.refuse_unknown(then), reasons)
    _part(words.done, reasons)
    if setup is None or listed is None or reasons:
        raise NotConfigurable("; ".join(reasons))
    readers = expectations.read_then(then, setup, listed)
    _name_goods(setup, {line.category for sale in steps.sales(listed) for line in sale.lines})
    numbers = [*steps.point_numbers(listed), *map(expectations.as_number, expectations.point_numbers(then))]
    return Plan(setup, listed, readers, _categories(listed), _decimals(numbers), expectations.follows(then))


def _name_goods(setup: Setup, categories: set[str]) -> None:
    """Goods that the scenario only names: a category where a line has it, else articles."""
    for conditions, _ in setup.rules:
        for condition in conditions:
            if "names" not in condition:
                continue
            names = condition.pop("names")
            codes = [category_code(name) for name in names if category_code(name) in categories]
            if codes and len(codes) != len(names):
                raise NotConfigurable(f"given: {names} are articles and categories in one condition")
            condition |= {"codes": codes} if codes else {"skus": names}
            if condition["type"] == "named":
                condition["type"] = "category" if codes else "product"


def _part[Part](read: Callable[[], Part], reasons: list[str]) -> Part | None:
    """A part of the scenario, or None and one more reason."""
    try:
        return read()
    except NotConfigurable as reason:
        reasons.append(str(reason))
    except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
        reasons.append(f"the scenario cannot be read: {error}")
    return None


def _categories(listed: list[Step]) -> dict[str, str]:
    """{sku: category code}"""
    found: dict[str, str] = {}
    for sale in steps.sales(listed):
        for line in sale.lines:
            if found.setdefault(line.sku, line.category) != line.category:
                raise NotConfigurable(f"article {line.sku} stands in two categories")
    return {sku: code for sku, code in found.items() if code}


def _decimals(numbers: list[Decimal | None]) -> int:
    """Decimals of a point: as many as the scenario's own numbers of points show."""
    shown = [-int(value.normalize().as_tuple().exponent) for value in numbers if value is not None]
    most = max([0, *shown])
    if most > 2:
        raise NotConfigurable(f"points with {most} decimals; a programme knows at most 2")
    return most


def _run(plan: Plan) -> Seen:
    with transaction.atomic():
        program = publish(plan.setup, point_decimals=plan.point_decimals, categories=plan.categories)
        if steps.needs_clock(plan.steps):
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
        if step.on is not None:
            assert isinstance(shop, ClockShop)
            shop.move_to(_noon(step.on))
        action = step.action
        if isinstance(action, Sale):
            answer = _sell(shop, action, step.number)
            good = _note(seen, step.number, answer)
            if not action.is_setup:
                sold.append(action)
                sale_ids.append(answer[1]["sale"] if good else None)
                seen.sold += [answer[1]] if good else []
        elif isinstance(action, Return):
            sale_id = sale_ids[action.sale - 1]
            if sale_id is None:
                raise NotConfigurable("when: the sale that comes back was refused")
            answer = _give_back(shop, action, sold[action.sale - 1], sale_id, step.number)
            if _note(seen, step.number, answer):
                seen.returned.append(answer[1])
        elif isinstance(action, Cancel):
            sale_id = sale_ids[action.sale - 1]
            if sale_id is None:
                raise NotConfigurable("when: the sale that is cancelled was refused")
            answer = shop.cancel({"sale": {"id": sale_id}})
            if _note(seen, step.number, answer):
                seen.returned.append(answer[1])
        elif isinstance(action, Trials):
            seen.applied += [_try(shop, trial, number) for number, trial in enumerate(action.trials)]
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
    seen.balance = _balance(shop)
    if plan.readers.keys() & {"ledger", "reason_kept"}:
        seen.changes, seen.notes = shop.changes(), shop.notes()
    return seen


def _balance(shop: ApiShop) -> str:
    """Others let a balance fall below zero; here that is a debt beside it."""
    return plain(Decimal(shop.look_up()[0]) - shop.owed())


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
        "coupons": [shop.codes[code] for code in sale.coupons],
    }
    if sale.claim is Claim.MOST:
        status, answer = shop.quote(body)
        if status != 200:
            return status, answer
        body["redeem_points"] = answer["redeemable"]
    return shop.sell(body | {"receipt_number": f"sale-{number}"})


def _give_back(shop: ApiShop, action: Return, sale: Sale, sale_id: str, number: int) -> Answer:
    pieces = action.pieces or [(position, line.quantity) for position, line in enumerate(sale.lines, start=1)]
    body = {
        "sale": {"id": sale_id},
        "lines": [{"line": line, "quantity": plain(quantity)} for line, quantity in pieces],
        "receipt_number": f"return-{number}",
    }
    return shop.give_back(body)


def _note(seen: Seen, number: int, answer: Answer) -> bool:
    """Whether it was booked; a refusal is noted, the first one for good."""
    status, body = answer
    if status in {200, 201}:
        return True
    if status == 400:
        raise NotConfigurable(f"when[{number}]: the API does not take this: {body.get('fields') or body.get('title')}")
    if not seen.refusal:
        seen.refused_at, seen.refusal = number, body.get("code", f"http {status}")
        seen.sentence = body.get("title", f"status {status}")
    return False
