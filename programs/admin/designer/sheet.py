"""A rule being written: its conditions, what it gives, its limits, all forms of one page.

Rows are added and taken away by the server, so the page needs no script: what was typed comes back as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from programs.admin.designer import kinds
from programs.admin.designer.parts import ConditionForm, EffectForm, LimitForm, RewardForm, RuleForm, TypedForm
from programs.admin.designer.sight import Sight
from programs.services.drafts import RewardWish, RuleWish

ROWS_MAX = 30
_OWN = ("last", "group", "priority", "exclusive", "limits")


class Conditional:
    """What rules and rewards have in common: a row for each condition, and what is given. `focus` is the id of the row
    that was added last."""

    def __init__(self, sight: Sight, effect: str) -> None:
        self.sight = sight
        self.conditions: list[ConditionForm] = []
        self.effect: Any = None
        self.effect_type = effect
        self.focus = ""

    def show_conditions(self, conditions: Sequence[Any]) -> None:
        """As a draft has them. Those of a kind that nobody knows any more are left out."""
        for raw in conditions:
            kind = kinds.CONDITION_KINDS.get(str(raw.get("type"))) if isinstance(raw, Mapping) else None
            if kind is not None:
                prefix = f"when{len(self.conditions)}"
                self.conditions.append(ConditionForm(kind, self.sight, raw=raw, prefix=prefix))

    def read_conditions(self, data: Any, *, is_judged: bool) -> None:
        """As a page sent them, without the one that was taken away."""
        for number in range(min(_count(data, "conditions"), ROWS_MAX)):
            kind = kinds.CONDITION_KINDS.get(data.get(f"when{number}-kind", ""))
            if kind is not None and data.get("away", "") != f"when{number}":
                self._add(ConditionForm, "conditions", data, f"when{number}", kind, self.sight, is_judged=is_judged)

    def _add(self, form: Any, rows: str, data: Any, prefix: str, *args: Any, is_judged: bool) -> None:
        made = _read(form, data, prefix, *args, is_judged=is_judged)
        listed = getattr(self, rows)
        if not is_judged:  # rows before it may have been taken away: it moves up
            made.prefix = f"{prefix.rstrip('0123456789')}{len(listed)}"
        listed.append(made)

    def add_condition(self, kind: str) -> None:
        """One more row, empty."""
        if kind in kinds.CONDITION_KINDS and len(self.conditions) < ROWS_MAX:
            self.focus = f"when{len(self.conditions)}"
            self.conditions.append(ConditionForm(kinds.CONDITION_KINDS[kind], self.sight, prefix=self.focus))


class Sheet(Conditional):
    """The forms of one rule."""

    def __init__(self, sight: Sight, effect: str) -> None:
        super().__init__(sight, effect)
        self.rule: Any = None
        self.limits: list[LimitForm] = []

    @property
    def may_limit(self) -> bool:
        """Whether what it gives can be limited."""
        return kinds.takes_limits(self.effect_type)

    @classmethod
    def blank(cls, sight: Sight, effect: str) -> Sheet:
        """A new rule that gives something of this kind."""
        sheet = cls(sight, effect)
        sheet.rule = RuleForm(effect, prefix="rule")
        sheet.effect = EffectForm(kinds.EFFECT_KINDS[effect], sight, prefix="then")
        return sheet

    @classmethod
    def of(cls, sight: Sight, *, name: str, conditions: Sequence[Any], effect: Mapping[str, Any]) -> Sheet:
        """A rule as a draft has it."""
        sheet = cls(sight, str(effect.get("type")))
        sheet.rule = RuleForm(sheet.effect_type, raw=effect, name=name, prefix="rule")
        own = {key: value for key, value in effect.items() if key not in _OWN}
        sheet.effect = EffectForm(kinds.EFFECT_KINDS[sheet.effect_type], sight, raw=own, prefix="then")
        sheet.show_conditions(conditions)
        for number, raw in enumerate(effect.get("limits") or [] if sheet.may_limit else []):
            sheet.limits.append(LimitForm(sheet.effect_type, sight, raw=raw, prefix=f"limit{number}"))
        return sheet

    @classmethod
    def posted(cls, sight: Sight, data: Any, *, effect: str, is_judged: bool) -> Sheet:
        """What a page sent. `is_judged`: to be saved; else to be shown again as it was typed."""
        sheet = cls(sight, effect)
        sheet.rule = _read(RuleForm, data, "rule", effect, is_judged=is_judged)
        sheet.effect = _read(EffectForm, data, "then", kinds.EFFECT_KINDS[effect], sight, is_judged=is_judged)
        sheet.read_conditions(data, is_judged=is_judged)
        for number in range(min(_count(data, "limits"), ROWS_MAX) if sheet.may_limit else 0):
            if data.get("away", "") != f"limit{number}":
                sheet._add(LimitForm, "limits", data, f"limit{number}", effect, sight, is_judged=is_judged)
        return sheet

    def add_limit(self) -> None:
        """One more limit, empty."""
        if self.may_limit and len(self.limits) < ROWS_MAX:
            self.focus = f"limit{len(self.limits)}"
            self.limits.append(LimitForm(self.effect_type, self.sight, prefix=self.focus))

    def is_valid(self) -> bool:
        """Every form, so that each says what is wrong with it."""
        found = [form.is_valid() for form in (self.rule, self.effect, *self.conditions, *self.limits)]
        if not all(found):
            return False
        limits = [(one["of"], one.get("per"), one.get("within")) for one in (form.part() for form in self.limits)]
        for number, limit in enumerate(limits):
            if limit in limits[:number]:
                self.limits[number].add_error(None, gettext("There is such a limit already."))
                return False
        return True

    def wish(self, *, key: str) -> RuleWish:
        """What is to be saved; `key` is the rule's own."""
        self.effect.fallback_card = key
        effect = self.effect.part() | self.rule.part()
        if self.limits:
            effect["limits"] = [form.part() for form in self.limits]
        return RuleWish(
            name=self.rule.cleaned_data["name"],
            conditions=[form.part() for form in self.conditions],
            effect=effect,
        )


class RewardSheet(Conditional):
    """The forms of one reward."""

    def __init__(self, sight: Sight, effect: str) -> None:
        super().__init__(sight, effect)
        self.reward: Any = None

    @classmethod
    def of(
        cls,
        sight: Sight,
        effect: Mapping[str, Any],
        initial: Mapping[str, Any] | None = None,
        conditions: Sequence[Any] = (),
    ) -> RewardSheet:
        """A reward as a draft has it, or a new one with an effect of this kind."""
        sheet = cls(sight, str(effect["type"]))
        own = {key: value for key, value in effect.items() if key not in _OWN}
        sheet.reward = RewardForm(sight, prefix="reward", initial=dict(initial or {}))
        raw = own if len(own) > 1 else None
        sheet.effect = EffectForm(kinds.EFFECT_KINDS[sheet.effect_type], sight, raw=raw, prefix="then")
        sheet.show_conditions(conditions)
        return sheet

    @classmethod
    def posted(cls, sight: Sight, data: Any, *, effect: str, is_judged: bool) -> RewardSheet:
        """What a page sent. `is_judged`: to be saved; else to be shown again as it was typed."""
        sheet = cls(sight, effect)
        sheet.reward = _read(RewardForm, data, "reward", sight, is_judged=is_judged)
        sheet.effect = _read(EffectForm, data, "then", kinds.EFFECT_KINDS[effect], sight, is_judged=is_judged)
        sheet.read_conditions(data, is_judged=is_judged)
        return sheet

    def is_valid(self) -> bool:
        """Every form, so that each says what is wrong with it."""
        return all(form.is_valid() for form in (self.reward, self.effect, *self.conditions))

    def wish(self) -> RewardWish:
        """What is to be saved."""
        data = self.reward.cleaned_data
        conditions = [form.part() for form in self.conditions]
        return RewardWish(name=data["name"], cost=data["cost"], effect=self.effect.part(), conditions=conditions)


def _read(form: Any, data: Any, prefix: str, *args: Any, is_judged: bool) -> Any:
    if is_judged:
        return form(*args, data=data, prefix=prefix)
    made: TypedForm = form(*args, prefix=prefix)
    made.initial.update(made.typed(data))
    return made


def _count(data: Any, name: str) -> int:
    said = data.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 4 else 0
