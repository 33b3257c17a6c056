"""What the rules of a version ask to know, so that nothing else is looked up before they are asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

from programs.rules.buyer_conditions import BUYER_CONDITIONS, Buyer, BuyerCondition, InSegment
from programs.rules.conditions import inner
from programs.rules.field_conditions import FieldSays
from programs.rules.history_conditions import Redeemed
from programs.rules.ladder import Ladder
from programs.rules.limits import Counter
from programs.rules.matching import CompiledRule, Conditioned
from programs.rules.served import needs_of
from programs.rules.windows import Window

NOTHING: Mapping[str, bool] = {}


@runtime_checkable
class Counting(Protocol):
    """A condition or an effect that looks at what was bought in a window."""

    @property
    def window(self) -> Window: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """`needs` are names of served.py; `windows` those that Facts.windows must have a figure for; `fields` and `buyer` the
    conditions on whoever buys, each once; `counters` what Facts.counters is read from and Outcome.counts added to."""

    needs: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    fields: tuple[FieldSays, ...] = ()
    buyer: tuple[BuyerCondition, ...] = ()
    counters: tuple[Counter, ...] = ()
    redeemed: tuple[str, ...] = ()  # rewards of which it is asked how often a member has claimed them; "": spent points

    @classmethod
    def of(cls, rules: Iterable[CompiledRule], rewards: Iterable[Conditioned], ladder: Ladder) -> Self:
        """What these rules, the conditions of these rewards and this ladder ask."""
        parts: list[object] = [part for rule in rules for part in _parts(rule)]
        parts += [inner(condition) for one in rewards for condition in (*one.of_receipt, *one.of_line)]
        if not ladder.is_simple:
            parts.append(ladder)
        windows = [part.window for part in parts if isinstance(part, Counting)]
        return cls(
            needs=frozenset(need for part in parts for need in needs_of(part)),
            windows=tuple({window.key: window for window in windows if not window.is_kept}.values()),
            fields=tuple({part.key: part for part in parts if isinstance(part, FieldSays)}.values()),
            counters=tuple(dict.fromkeys(filter(None, [getattr(part, "counter", None) for part in parts]))),
            redeemed=tuple(dict.fromkeys(part.reward for part in parts if isinstance(part, Redeemed))),
            buyer=tuple({part.key: part for part in parts if isinstance(part, BUYER_CONDITIONS)}.values()),
        )

    @property
    def segments(self) -> tuple[InSegment, ...]:
        """What of `buyer` asks for segments."""
        return tuple(one for one in self.buyer if isinstance(one, InSegment))

    def traits(self, buyer: Buyer, today: dt.date, told: Mapping[str, bool] = NOTHING) -> tuple[str, ...]:
        """What Facts.traits is for a buyer on a day of the store's calendar: keys of the conditions that hold. `told`
        {key: whether it held} has the answers that are known already."""
        said = tuple(one.key for one in self.fields if one.answer(buyer.custom))
        return said + tuple(
            one.key for one in self.buyer if (told[one.key] if one.key in told else one.answer(buyer, today))
        )


def _parts(rule: CompiledRule) -> Iterator[object]:
    yield rule.effect
    yield getattr(rule.effect, "takes", None)
    yield from rule.limits
    yield from map(inner, (*rule.of_receipt, *rule.of_line))
