"""Discounts that grow with what the member has bought before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from loyalty_site.ground.errors import Said
from programs.rules.basket import Basket, Facts, Line
from programs.rules.discounts.shares import (
    COMMON,
    ROUNDINGS_OF_DISCOUNTS,
    DiscountEffect,
    Pieces,
    is_of_receipt,
    on_all,
    with_more,
)
from programs.rules.discounts.sums import AmountOff, PercentOff, Step, plain_count, read_steps, step_for, steps_words
from programs.rules.parsing import (
    ConditionError,
    DocumentError,
    Units,
    flag_of,
    money_text,
    one_of,
    only_known,
    points_text,
)
from programs.rules.windows import POINTS, SPEND, VISITS, WINDOW, Window


@dataclass(frozen=True, slots=True)
class Scale:
    """The highest step that the member's spend or visits in a window reach says what comes off: a share or a sum.

    `with_this`: the sale itself counts too, at what it costs after the discounts given so far. Nobody reaches nothing."""

    type: ClassVar[str] = "scale_off"
    window: Window
    steps: tuple[Step, ...]
    rounding: str
    with_this: bool
    of_receipt: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any], units: Units) -> Self:
        only_known(raw, (*COMMON, *WINDOW, "steps", "rounding", "with_this", "scope"))
        try:
            window = Window.parse(raw)
        except ConditionError as error:
            raise DocumentError(
                "say “of” (spend, visits or points), and one of “days”, “months” (whole numbers), “calendar” (month, quarter or "
                "year), or none for ever"
            ) from error
        decimals = {SPEND: units.money, POINTS: units.points, VISITS: 0}
        if window.of == POINTS and raw.get("with_this", False):
            raise DocumentError("what a sale earns is not known before it, so not “with_this”")
        return cls(
            window,
            read_steps(raw, units, decimals[window.of]),
            one_of(raw.get("rounding", "down"), ROUNDINGS_OF_DISCOUNTS, Said("rounding")),
            flag_of(raw.get("with_this", False), Said("“with_this”")),
            is_of_receipt(raw),
        )

    @property
    def needs(self) -> str:
        return self.window.needs

    @property
    def details(self) -> dict[str, Any]:
        return {}

    def words(self, units: Units) -> Said:
        starts = {SPEND: money_text, POINTS: points_text}.get(self.window.of, plain_count)
        steps = steps_words(self.steps, units, start=starts)
        known = {"when": self.window.words(), "steps": steps}
        what = {
            POINTS: Said("by the points earned %(when)s: %(steps)s", **known),
            SPEND: Said("by what was spent %(when)s: %(steps)s", **known),
        }.get(self.window.of, Said("by how often they came %(when)s: %(steps)s", **known))
        return with_more(what, Said("this purchase included") if self.with_this else None, on_all(self))

    def of_member(self, facts: Facts, basket: Basket) -> DiscountEffect | None:
        """The step of this member."""
        reached = self.window.before(facts)
        if reached is None:
            return None
        if self.with_this:
            reached += basket.total if self.window.of == SPEND else 1
        step = step_for(self.steps, reached)
        if step is None:
            return None
        if step[1]:
            return PercentOff(step[1], None, None, self.rounding, per_line=False, of_receipt=self.of_receipt)
        return AmountOff(step[2], per_piece=False, minimum=0, of_receipt=self.of_receipt)

    def shares(self, lines: Sequence[Line], left: Sequence[int], leftover: str) -> list[int]:
        """Of nobody: nothing."""
        return [0] * len(lines)

    def pieces_in(self, lines: Sequence[Line], left: Sequence[int]) -> Pieces:
        return Pieces(0, 0)
