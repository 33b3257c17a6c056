"""Twenty rules on a basket of four lines, said again in the languages of three rule libraries.

What is compared is the question every one of them can answer: which rules match, and what each gives by itself ("raw":
nothing is capped, grouped, spread over lines or explained). A library is asked for the money of the lines a rule is
about; the last multiplication is the same plain Python for all of them. The libraries are given what favours them: facts
as they take them in fastest, weekday, minute, day and total ready-made, expressions compiled beforehand, and of several
ways to ask the fastest counts.

EACH asks one expression per rule, as a list of rules that people add to and end is kept. FUSED glues all twenty into a
single expression by hand: one crossing into the library for all of them, and not a list of rules any more.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import cel
import zen
from json_logic import jsonLogic

from programs.rules.basket import Basket, Facts, Line
from programs.rules.documents import Compiled

type Raw = dict[str, int]  # rule -> minor points, of those that match
type Conditions = list[dict[str, Any]]

STORES, SHELVES = ("centre", "harbour", "station"), 20

# Half of them ask for a category, as most rules of most shops do; the others ask one of everything else.
RULES: list[tuple[dict[str, Any], Conditions]] = [
    *(({"type": "multiply", "factor": "2"}, [{"type": "category", "codes": [f"shelf-{n}"]}]) for n in range(10)),
    ({"type": "multiply", "factor": "1.5"}, [{"type": "category", "codes": ["shelf-10", "shelf-11", "shelf-12"]}]),
    ({"type": "points", "points": "30"}, [{"type": "product", "skus": ["sku-130"]}]),
    ({"type": "multiply", "factor": "3"}, [{"type": "product", "skus": ["sku-141", "sku-150", "sku-161"]}]),
    (
        {"type": "multiply", "factor": "2"},
        [{"type": "category", "codes": ["shelf-13"]}, {"type": "weekday", "days": [1, 2]}],
    ),
    (
        {"type": "multiply", "factor": "1.2"},
        [{"type": "category", "codes": ["shelf-14"]}, {"type": "hours", "from": "09:00", "until": "12:00"}],
    ),
    ({"type": "multiply", "factor": "1.1"}, [{"type": "store", "codes": ["harbour"]}]),
    ({"type": "points", "points": "50"}, [{"type": "amount", "minimum": "100"}]),
    ({"type": "points_per_money", "points": "1", "per": "4"}, [{"type": "tier", "keys": ["gold"]}]),
    ({"type": "multiply", "factor": "2"}, [{"type": "dates", "from": "2026-12-01", "to": "2026-12-31"}]),
    ({"type": "points", "points": "100"}, [{"type": "nth_purchase", "every": 10}]),
]
KEYS = [f"rule-{number}" for number in range(len(RULES))]
_OF_LINE = ("category", "product")


@dataclass(frozen=True, slots=True)
class Asked:
    """One basket as we take it, and the same facts as the libraries do."""

    basket: Basket
    facts: Facts
    known: dict[str, Any]
    packed: bytes


def baskets(count: int) -> list[Asked]:
    """As many different ones, the same in every run."""
    dice = random.Random(20)
    return [_basket(dice) for _ in range(count)]


def _basket(dice: random.Random) -> Asked:
    shelves = [dice.randrange(SHELVES) for _ in range(4)]
    lines = tuple(
        Line(f"sku-{shelf}{dice.randrange(2)}", Decimal(1), dice.randrange(100, 5000), f"shelf-{shelf}")
        for shelf in shelves
    )
    at = dt.datetime(2026, dice.choice((3, 12)), dice.randrange(1, 29), dice.randrange(8, 20), 30, tzinfo=dt.UTC)
    basket = Basket(lines, dice.choice(STORES), at)
    facts = Facts(tier=dice.choice(("", "silver", "gold")), purchases=dice.randrange(30))
    known = {
        "lines": [{"sku": line.sku, "category": line.category, "amount": line.amount} for line in lines],
        "store": basket.store,
        "weekday": at.isoweekday(),
        "minute": at.hour * 60 + at.minute,
        "day": at.toordinal(),
        "total": basket.total,
        "tier": facts.tier,
        "nth": (facts.purchases or 0) + 1,
    }
    return Asked(basket, facts, known, json.dumps(known).encode())


def ours(version: Compiled) -> Callable[[Asked], Raw]:
    """The engine's own index of rules, without anything that `evaluate` puts around it; the multiplication is theirs."""
    matching, effects = version.rules.matching, dict(zip(KEYS, EFFECTS, strict=True))

    def ask(asked: Asked) -> Raw:
        amounts = [line.amount for line in asked.basket.lines]
        return {
            rule.key: effects[rule.key](sum([amounts[position] for position in positions]))
            for rule, positions in matching(asked.basket, asked.facts)
        }

    return ask


def given(version: Compiled, asked: Asked) -> Raw:
    """The same from what the engine really gives, line by line."""
    lines = asked.basket.lines
    earning = [line.amount for line in lines]
    return {
        rule.key: sum([one.points for one in rule.give(positions, earning, lines)])
        for rule, positions in version.rules.matching(asked.basket, asked.facts)
    }


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _day(written: str) -> int:
    return dt.date.fromisoformat(written).toordinal()


def _said(condition: dict[str, Any], line: str, within: Callable[[str, Sequence[Any]], str]) -> str:
    """A condition in a language written like C. `within` says that a name is one of some values."""
    match condition:
        case {"type": "category", "codes": codes}:
            return within(f"{line}.category", codes)
        case {"type": "product", "skus": skus}:
            return within(f"{line}.sku", skus)
        case {"type": "weekday", "days": days}:
            return within("weekday", days)
        case {"type": "hours", "from": start, "until": until}:
            return f"minute >= {_minutes(start)} {{and}} minute < {_minutes(until)}"
        case {"type": "store", "codes": codes}:
            return within("store", codes)
        case {"type": "amount", "minimum": minimum}:
            return f"total >= {int(minimum) * 100}"
        case {"type": "tier", "keys": keys}:
            return within("tier", keys)
        case {"type": "dates", "from": first, "to": last}:
            return f"day >= {_day(first)} {{and}} day <= {_day(last)}"
        case {"type": "nth_purchase", "every": every}:
            return f"nth % {every} == 0"
    raise ValueError(condition)


def _within(name: str, values: Sequence[Any]) -> str:
    written = [json.dumps(value) for value in values]
    return f"{name} == {written[0]}" if len(written) == 1 else f"{name} in [{', '.join(written)}]"


def _parts(conditions: Conditions, line: str, conjunction: str) -> tuple[str, str]:
    """What is asked of the receipt and what of a line; an empty text asks nothing."""
    of_receipt = [_said(one, line, _within) for one in conditions if one["type"] not in _OF_LINE]
    of_line = [_said(one, line, _within) for one in conditions if one["type"] in _OF_LINE]
    return tuple(f" {conjunction} ".join(parts).replace("{and}", conjunction) for parts in (of_receipt, of_line))  # type: ignore[return-value]


def _effects() -> list[Callable[[int], int]]:
    """What each rule gives for the money of its lines: of the same texts as the document, by the programme's rate."""

    def effect(raw: dict[str, Any]) -> Callable[[int], int]:
        if raw["type"] == "points":
            points = int(raw["points"])
            return lambda money: points
        if raw["type"] == "multiply":
            top, bottom = (Decimal(raw["factor"]) - 1).as_integer_ratio()
        else:
            top, bottom = (Decimal(raw["points"]) / Decimal(raw["per"])).as_integer_ratio()
        return lambda money: money * top // (bottom * 100)

    return [effect(raw) for raw, _conditions in RULES]


EFFECTS = _effects()


def _given(money_by_rule: Iterable[int]) -> Raw:
    return {key: effect(int(money)) for key, effect, money in zip(KEYS, EFFECTS, money_by_rule, strict=True) if money}


def _cel_text(conditions: Conditions) -> str:
    of_receipt, of_line = _parts(conditions, "l", "&&")
    amounts = f"lines.map(l, {of_line}, l.amount)" if of_line else "[total]"
    return f"({of_receipt}) ? {amounts} : []" if of_receipt else amounts


def cel_each() -> Callable[[Asked], Raw]:
    """common-expression-language: the facts taken in once for all rules; macros have no sum, so Python adds."""
    programs = [cel.compile(_cel_text(conditions)) for _effect, conditions in RULES]

    def ask(asked: Asked) -> Raw:
        context = cel.Context(asked.known)
        return _given([sum(program.execute(context)) for program in programs])

    return ask


def cel_fused() -> Callable[[Asked], Raw]:
    """The same twenty as the elements of one list."""
    program = cel.compile("[" + ", ".join(f"({_cel_text(conditions)})" for _effect, conditions in RULES) + "]")
    return lambda asked: _given([sum(amounts) for amounts in program.execute(asked.known)])


def _zen_text(conditions: Conditions) -> str:
    of_receipt, of_line = _parts(conditions, "#", "and")
    money = f"sum(map(filter(lines, {of_line}), #.amount))" if of_line else "total"
    return f"({of_receipt}) ? {money} : 0" if of_receipt else money


def zen_each(*, packed: bool) -> Callable[[Asked], Raw]:
    """zen-engine: a compiled expression a rule. `packed`: the facts as JSON instead of a dictionary."""
    expressions = [zen.compile_expression(_zen_text(conditions)) for _effect, conditions in RULES]

    def ask(asked: Asked) -> Raw:
        known = asked.packed if packed else asked.known
        return _given([expression.evaluate(known) for expression in expressions])

    return ask


def zen_fused() -> Callable[[Asked], Raw]:
    """The same twenty as the elements of one list."""
    expression = zen.compile_expression(
        "[" + ", ".join(f"({_zen_text(conditions)})" for _effect, conditions in RULES) + "]"
    )
    return lambda asked: _given(expression.evaluate(asked.known))


def zen_table() -> Callable[[Asked], Raw]:
    """A decision table of twenty rows that collects what matches: what the library is known for."""
    rows = []
    for number, (_effect, conditions) in enumerate(RULES):
        of_receipt, of_line = _parts(conditions, "line", "and")
        asks = [f"({part})" for part in (of_receipt, of_line) if part]
        rows.append({"_id": f"row-{number}", "asked": " and ".join(asks), "rule": str(number)})
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "asked", "name": "asked"}],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    # It is asked once for each line; the receipt's facts stand beside it.
    decision = zen.ZenEngine().create_decision(
        json.dumps(
            {
                "nodes": [
                    {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
                    {
                        "id": "table",
                        "type": "decisionTableNode",
                        "name": "table",
                        "content": table,
                        "position": {"x": 1, "y": 0},
                    },
                    {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
                ],
                "edges": [
                    {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
                    {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
                ],
            }
        )
    )

    def ask(asked: Asked) -> Raw:
        money = [0] * len(RULES)
        receipt = {name: value for name, value in asked.known.items() if name != "lines"}
        for line in asked.known["lines"]:
            for hit in decision.evaluate(receipt | {"line": line})["result"]:
                money[int(hit["rule"])] += line["amount"]
        return _given(money)

    return ask


def _logic(condition: dict[str, Any]) -> dict[str, Any]:
    """A condition as a tree of JsonLogic."""

    def within(name: str, values: Sequence[Any]) -> dict[str, Any]:
        return {"==": [{"var": name}, values[0]]} if len(values) == 1 else {"in": [{"var": name}, list(values)]}

    match condition:
        case {"type": "category", "codes": codes}:
            return within("category", codes)
        case {"type": "product", "skus": skus}:
            return within("sku", skus)
        case {"type": "weekday", "days": days}:
            return within("weekday", days)
        case {"type": "hours", "from": start, "until": until}:
            minute = {"var": "minute"}
            return {"and": [{">=": [minute, _minutes(start)]}, {"<": [minute, _minutes(until)]}]}
        case {"type": "store", "codes": codes}:
            return within("store", codes)
        case {"type": "amount", "minimum": minimum}:
            return {">=": [{"var": "total"}, int(minimum) * 100]}
        case {"type": "tier", "keys": keys}:
            return within("tier", keys)
        case {"type": "dates", "from": first, "to": last}:
            return {"<=": [_day(first), {"var": "day"}, _day(last)]}
        case {"type": "nth_purchase", "every": every}:
            return {"==": [{"%": [{"var": "nth"}, every]}, 0]}
    raise ValueError(condition)


def logic_each() -> Callable[[Asked], Raw]:
    """json-logic: a tree a rule. It answers the lines that match; Python adds, which is faster than its `reduce`."""

    def tree(conditions: Conditions) -> dict[str, Any]:
        of_receipt = [_logic(one) for one in conditions if one["type"] not in _OF_LINE]
        of_line = [_logic(one) for one in conditions if one["type"] in _OF_LINE]
        lines: dict[str, Any] = {"var": "lines"}
        if of_line:
            lines = {"filter": [lines, of_line[0] if len(of_line) == 1 else {"and": of_line}]}
        return {"if": [of_receipt[0], lines, []]} if of_receipt else lines

    trees = [tree(conditions) for _effect, conditions in RULES]

    def ask(asked: Asked) -> Raw:
        known = asked.known
        return _given([sum([line["amount"] for line in jsonLogic(tree, known)]) for tree in trees])

    return ask


EACH: dict[str, list[tuple[str, Callable[[], Callable[[Asked], Raw]]]]] = {
    "common-expression-language": [("a program a rule", cel_each)],
    "zen-engine": [
        ("an expression a rule", lambda: zen_each(packed=False)),
        ("an expression a rule, facts as JSON", lambda: zen_each(packed=True)),
        ("a decision table, asked for each line", zen_table),
    ],
    "json-logic": [("a tree a rule", logic_each)],
}
FUSED: dict[str, Callable[[], Callable[[Asked], Raw]]] = {
    "common-expression-language": cel_fused,
    "zen-engine": zen_fused,
}
