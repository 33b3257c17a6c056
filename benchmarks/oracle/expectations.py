"""`then` of a scenario: what each word is read from after the steps, and whether the numbers agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from benchmarks.oracle import answers
from benchmarks.oracle.actions import Cancel, Days, Enrol, Return, Sale, Step, Trials, sales, versions
from benchmarks.oracle.answers import each_step
from benchmarks.oracle.given import Setup
from benchmarks.oracle.seen import Maker, Read, Seen
from benchmarks.oracle.words import REASONS, NotConfigurable

# Sentences of other systems' refusals and our codes.
ERRORS = {
    "not enough points": {"insufficient_points", "adjustment_too_much"},
    "already cancelled": {"sale_voided"},
    "already returned": {"return_too_much"},
    **dict.fromkeys(("expired", "code expired", "coupon expired"), frozenset({"coupon_expired", "coupon_useless"})),
    **dict.fromkeys(("not yet valid", "code not yet valid"), frozenset({"coupon_not_yet", "coupon_useless"})),
    **dict.fromkeys(("invalid code", "unknown code", "code not found"), frozenset({"coupon_unknown"})),
    **dict.fromkeys(
        ("already used", "code already used", "usage limit reached"), frozenset({"coupon_used", "coupon_limit"})
    ),
    **dict.fromkeys(("already applied", "code already applied"), frozenset({"coupon_useless", "coupon_used"})),
    **dict.fromkeys(
        ("minimum not reached", "minimum amount not reached"), frozenset({"coupon_useless", "redemption_below_minimum"})
    ),
    **dict.fromkeys(
        ("not applicable", "no reward"), frozenset({"coupon_useless", "reward_not_for_this", "reward_pays_nothing"})
    ),
}


# Words that say a step may be refused, or that nothing comes of it.
EXPECT_REFUSALS = frozenset({"error", "error_at_step", "http", "ledger_entries_added"})


def refuse_unknown(raw: Any) -> None:
    """Raises NotConfigurable with every expected word that nothing answers."""
    if not isinstance(raw, dict) or not raw:
        raise NotConfigurable("then: nothing is expected")
    unknown = {key for key in raw if _reader(key) is None}
    if unknown:
        told = {key: REASONS.get(key, "this word has no counterpart in the answers of the product") for key in raw}
        raise NotConfigurable("; ".join(f"then: {key!r}: {told[key]}" for key in raw if key in unknown))


def read_then(raw: dict[str, Any], setup: Setup, steps: list[Step]) -> dict[str, Read]:
    """For every expected word, how it is read. Raises NotConfigurable when the scenario leaves open what it means."""
    refuse_unknown(raw)
    readers = {}
    for key, expected in raw.items():
        make = _reader(key)
        assert make is not None  # refuse_unknown has looked
        readers[key] = make(setup, steps, expected)
        if f"{key}_after_recalculation" in raw:  # so this one is meant as it was before
            readers[key] = _before_change(readers[key])
    return readers


def _before_change(read: Read) -> Read:
    return lambda seen: read(replace(seen, sold=seen.asked[:1]))


def _reader(key: str) -> Maker | None:
    """How a word is read; words with a number or an article in them go by their form."""
    if key in _READERS:
        return _READERS[key]
    for form, make in _FORMS.items():
        found = re.fullmatch(form, key)
        if found:
            return make(**found.groupdict())
    return None


def follows(raw: dict[str, Any]) -> bool:
    """Is a balance or a lot asked for at some step?"""
    return any(key.startswith(("lot", "balance_", "ledger_")) or isinstance(raw[key], list) for key in raw)


def point_numbers(raw: dict[str, Any]) -> list[Any]:
    """Every number of points that is expected."""
    found: list[Any] = []
    for key in raw.keys() & _IN_POINTS:
        found += raw[key] if isinstance(raw[key], list) else [raw[key]]
    return found


def same(got: Any, expected: Any) -> bool:
    """Numbers by value whatever they are written as; lists piece by piece; texts to the letter."""
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(same, got, expected))
    if got is None or expected is None or isinstance(expected, bool):
        return got is expected
    left, right = as_number(got), as_number(expected)
    if left is not None and right is not None:
        return left == right
    return str(got) == str(expected)


def shown(got: Any, expected: Any) -> Any:
    """What was got, written as the expected value is: a number where that is a number."""
    if isinstance(got, list):
        if isinstance(expected, list) and len(got) == len(expected):
            return [shown(*pair) for pair in zip(got, expected, strict=True)]
        return [shown(one, None) for one in got]
    value = as_number(got)
    if value is None or isinstance(expected, bool) or not isinstance(expected, int | float):
        return f"{got.normalize():f}" if isinstance(got, Decimal) else got
    return int(value) if value == int(value) else float(value)


def as_number(raw: Any) -> Decimal | None:
    try:
        value = Decimal(str(raw))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _per_sale(word: str, *, needs: str) -> Callable[[Setup, list[Step], Any], Read]:
    """A word of a sale's answer: one number for the only sale, a list for several."""

    def reader(setup: Setup, steps: list[Step], expected: Any) -> Read:
        if not getattr(setup, needs):
            what = {"earns": "how points are earned", "pays": "what points pay"}.get(needs, "what comes off the price")
            raise NotConfigurable(f"then: {word} is asked for, but the scenario does not say {what}")
        count = len(sales(steps)) + sum(isinstance(step.action, Enrol) for step in steps)
        if isinstance(expected, list):
            # Of one basket that changes, each version.
            return lambda seen: [answer[word] for answer in (seen.asked if count == 1 else seen.sold)]
        if count != 1:
            raise NotConfigurable(f"then: one number for {word}, but there are {count} sales")
        return lambda seen: seen.sold[0][word] if seen.sold else None

    return reader


def _total(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """What is left to pay."""
    needs = next((one for one in ("discounts", "gives_on_top") if getattr(setup, one)), "pays")
    return _per_sale("to_pay", needs=needs)(setup, steps, expected)


def _of_sale(value: Callable[[dict[str, Any], Sale, Setup], Any]) -> Maker:
    """What is worked out of the answer to the only sale."""

    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        if not setup.discounts:
            raise NotConfigurable("then: a discount is asked for, but the scenario does not say what comes off")
        sold = sales(steps)
        if len(sold) != 1:
            raise NotConfigurable(f"then: the discounts of one sale, but there are {len(sold)}")
        return lambda seen: value(seen.sold[0], sold[0], setup) if seen.sold else None

    return make


def _discount(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """Some write what comes off below zero."""
    sign = -1 if str(expected).startswith("-") else 1
    return _of_sale(lambda answer, sale, setup: sign * Decimal(answer["discount"]))(setup, steps, expected)


def _by_line(answer: dict[str, Any], sale: Sale, setup: Setup) -> list[Decimal]:
    off = [Decimal(0)] * len(sale.lines)
    for one in answer["discounts"]:
        off[one["line"] - 1] += Decimal(one["amount"])
    return off


def _prices(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """Prices of pieces in any order; answered in the expected one when they are the same."""

    def prices(answer: dict[str, Any], sale: Sale, setup: Setup) -> list[Any]:
        found = [line.amount - off for line, off in zip(sale.lines, _by_line(answer, sale, setup), strict=True)]
        wanted = sorted(as_number(price) or Decimal(0) for price in expected)
        return list(expected) if sorted(found) == wanted else sorted(found)

    return _of_sale(prices)(setup, steps, expected)


def _after_rules(chosen: Callable[[int, dict[str, Any]], bool]) -> Maker:
    """The bill after the discounts of some rules."""

    def left(answer: dict[str, Any], sale: Sale, setup: Setup) -> Decimal:
        keys = {f"rule-{number}" for number, (_, effect) in enumerate(setup.rules) if chosen(number, effect)}
        off = sum(Decimal(one["amount"]) for one in answer["discounts"] if one["rule"] in keys)
        return Decimal(answer["total"]) - off

    return _of_sale(left)


def _totals(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """Of several sales what each costs; of one with several rewards what is left after each."""
    sold = sales(steps)
    if len(sold) != 1 or len(versions(steps)) > 1:
        return _total(setup, steps, expected)
    if len(sold[0].rewards) < 2:
        raise NotConfigurable("then: several totals, but there is one sale")

    def totals(seen: Seen) -> list[Decimal] | None:
        if not seen.sold:
            return None
        answer = seen.sold[0]
        left = Decimal(answer["total"]) - Decimal(answer["discount"])
        bills = []
        for reward in answer["rewards"]:
            left -= Decimal(reward["amount"])
            bills.append(left)
        return bills

    return totals


def _applied(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """Trials answer each for itself; a sale answers whether anything came off."""
    trials = sum(len(step.action.trials) for step in steps if isinstance(step.action, Trials))
    if trials == 0:
        return _of_sale(lambda answer, sale, setup: Decimal(answer["discount"]) > 0)(setup, steps, expected)
    if isinstance(expected, list):
        return lambda seen: seen.applied
    if trials != 1:
        raise NotConfigurable(f"then: one answer, but {trials} are asked for")
    return lambda seen: seen.applied[0]


def _lot(number: str, what: str | None = None, at: str | None = None) -> Maker:
    """What is left of a lot, at the end or after a sale or step."""
    return _then(what, at, lambda balance, lots: lots[int(number) - 1] if len(lots) >= int(number) else None)


def _balance_after(what: str, at: str) -> Maker:
    return _then(what, at, lambda balance, lots: balance)


def _then(what: str | None, at: str | None, value: Callable[[str, list[Decimal]], Any]) -> Maker:
    """A value after a step of the scenario, or after its so many-th sale; without either, at the end."""

    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        wanted = steps if at is None else [step for step in steps if what == "step" or isinstance(step.action, Sale)]
        place = len(wanted) if at is None else int(at)
        if not 1 <= place <= len(wanted):
            raise NotConfigurable(f"then: there is no {what} {at}")
        number = wanted[place - 1].number
        return lambda seen: next(
            (value(balance, lots) for step, balance, lots in seen.after if step.number == number), None
        )

    return make


def _around_expiry(word: str) -> Maker:
    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        nights = [step.number for step in steps if isinstance(step.action, Days) and step.action.run_expiry]
        if len(nights) != 1:
            raise NotConfigurable(f"then: {word} needs one step that burns points, not {len(nights)}")
        return lambda seen: next((one[1] for one in getattr(seen, word) if one[0].number == nights[0]), None)

    return make


def _line_of(sku: str) -> Maker:
    def off(answer: dict[str, Any], sale: Sale, setup: Setup) -> Decimal | None:
        shares = [
            share for line, share in zip(sale.lines, _by_line(answer, sale, setup), strict=True) if line.sku == sku
        ]
        return sum(shares, Decimal(0)) if shares else None

    return _of_sale(off)


def _before(setup: Setup, steps: list[Step], expected: Any) -> Read:
    """The bill before points pay."""
    return _per_sale("total", needs="pays")(setup, steps, expected)


def _revoked(setup: Setup, steps: list[Step], expected: Any) -> Read:
    returns = sum(isinstance(step.action, Return | Cancel) for step in steps if step.number)
    if isinstance(expected, list):
        return lambda seen: [answer["points_taken_back"] for answer in seen.returned]
    if returns != 1:
        raise NotConfigurable(f"then: one number of revoked points, but there are {returns} returns")

    def revoked(seen: Seen) -> Any:
        if seen.returned:
            return seen.returned[0]["points_taken_back"]
        # Goods that are all back already take nothing more with them.
        return 0 if seen.refusal in ERRORS["already returned"] else None

    return revoked


def _after(word: str) -> Maker:
    """The last version of a basket that changed."""

    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        found = _reader(word)
        if found is None:
            raise NotConfigurable(f"then: {word}: this word has no counterpart in the answers of the product")
        if len(versions(steps)) < 2:
            raise NotConfigurable("then: no basket is worked out anew")
        return found(setup, steps, expected)

    return make


def _each(word: str) -> Maker:
    """The same of every sale, or of every version of a basket."""

    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        found = _reader(word)
        if found is None or not isinstance(expected, list):
            raise NotConfigurable(f"then: {word} after each: not a list of what is known")
        return found(setup, steps, expected)

    return make


def _at_sale(word: str, at: str) -> Maker:
    """The same of one of several sales."""

    def make(setup: Setup, steps: list[Step], expected: Any) -> Read:
        found, count, place = _reader(word), len(sales(steps)), int(at)
        if found is None or not 1 <= place <= count:
            raise NotConfigurable(f"then: {word} of sale {at}: there are {count} sales")
        only = [step for step in steps if step.action is sales(steps)[place - 1]]
        read = found(setup, only, expected)
        return lambda seen: read(replace(seen, sold=seen.sold[place - 1 : place]))

    return make


def _balance(setup: Setup, steps: list[Step], expected: Any) -> Read:
    if not setup.earns and any(isinstance(step.action, Sale) and not step.action.points for step in steps):
        raise NotConfigurable("then: a balance after a sale, but the scenario does not say how points are earned")
    if isinstance(expected, list):
        return each_step(setup, steps, expected)
    return lambda seen: seen.balance


def _tier(setup: Setup, steps: list[Step], expected: Any) -> Read:
    if isinstance(expected, list):
        raise NotConfigurable("then: the tier is read once, after the last step")
    if not setup.tiers:
        raise NotConfigurable("then: a tier is asked for, but the scenario has none")
    return lambda seen: seen.tier or None


def _error(setup: Setup, steps: list[Step], expected: Any) -> Read:
    codes = ERRORS.get(str(expected))
    if codes is None:
        raise NotConfigurable(f"then: no refusal of the product means {expected!r}")
    return lambda seen: expected if seen.refusal in codes else seen.refusal or None


def _error_at(setup: Setup, steps: list[Step], expected: Any) -> Read:
    return lambda seen: seen.refused_at


_READERS: dict[str, Callable[[Setup, list[Step], Any], Read]] = {
    "points_earned": _per_sale("points_earned", needs="earns"),
    "points_used": _per_sale("points_redeemed", needs="pays"),
    "points_cost": _per_sale("points_redeemed", needs="pays"),
    "paid_with_points": _per_sale("paid_with_points", needs="pays"),
    "total": _total,
    "totals": _totals,
    "discount": _discount,
    "total_discount": _discount,
    "discount_incl_tax": _discount,
    "line_discounts": _of_sale(_by_line),
    "prices_sorted": _prices,
    "applied_percent": _of_sale(
        lambda answer, sale, setup: Decimal(answer["discount"]) * 100 / Decimal(answer["total"])
    ),
    "after_first": _after_rules(lambda number, effect: number == 0),
    "after_fixed": _after_rules(lambda number, effect: effect["type"] == "amount_off"),
    "applies": _applied,
    "eligible": _applied,
    "valid": _applied,
    "lots_left": _then(None, None, lambda balance, lots: lots),
    "lots_active_after": _then(None, None, lambda balance, lots: sum(left > 0 for left in lots)),
    "lots_active": _then(None, None, lambda balance, lots: sum(left > 0 for left in lots)),
    "balance_before_expiry": _around_expiry("before"),
    "balance_after_expiry": _around_expiry("after"),
    "ledger": lambda setup, steps, expected: lambda seen: seen.changes,
    "reason_kept": lambda setup, steps, expected: lambda seen: seen.notes[-1] if seen.notes else None,
    "before": _before,
    "points_revoked": _revoked,
    "balance": _balance,
    "tier": _tier,
    "level": _tier,
    **answers.READERS,
    **dict.fromkeys(
        ("gift_card_used", "wallet_used", "paid_with_gift_card", "paid_with_wallet"),
        _per_sale("paid_with_points", needs="pays"),
    ),
    "chosen": _discount,
    "discounts": _per_sale("discount", needs="discounts"),
    **dict.fromkeys(("locked", "pending", "locked_points"), lambda setup, steps, expected: lambda seen: seen.pending),
    "error": _error,
    "error_at_step": _error_at,
}
_FORMS: dict[str, Callable[..., Maker]] = {
    r"lot(?P<number>\d+)_left(_after_(?P<what>sale|step)(?P<at>\d+))?": _lot,
    r"balance_after_(?P<what>sale|step)(?P<at>\d+)": _balance_after,
    r"(?P<word>\w+)_after_recalculation": _after,
    r"(?P<word>\w+)_after_each": _each,
    r"(?P<word>\w+)_after_sale(?P<at>\d+)": _at_sale,
    r"(?P<sku>\w+)_line_discount": _line_of,
    r"free_(pieces|products|items|goods)": answers.free_pieces,
    r"free_(?P<sku>\w+)": answers.free_pieces,
}
_IN_POINTS = {"points_earned", "points_used", "points_cost", "points_revoked", "balance"}
