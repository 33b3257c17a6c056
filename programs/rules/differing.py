"""What one document changes against another: settings by their paths, rules, tiers and rewards as sentences. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from loyalty_site.ground.errors import Said
from programs.rules.documents import TierStep
from programs.rules.ladder import Ladder
from programs.rules.parsing import ConditionError, DocumentError, Units, decimal_of, listed, minor_of
from programs.rules.reading import parse_reward, parse_rule
from programs.rules.saying import ladder_words, reward_words, rule_words, tier_words

SETTING, RULE, TIER, REWARD, LADDER, CALENDAR, ORDER = (
    "setting",
    "rule",
    "tier",
    "reward",
    "ladder",
    "calendar",
    "order",
)
# Told as sentences below; the number of the document's form is nobody's matter.
_APART = {"schema", "rules", "tiers", "ladder", "calendars"}

# Settings that documents of earlier days do not have, and what is meant there.
_MEANT = {
    "earning.before_discounts": "False",
    "earning.rounds": "receipt",
    "discounts.stacking": "all",
    "discounts.order": "listed",
    "discounts.leftover": "largest",
    "redemption.max_points": "None",
    "redemption.own_points": "False",
    "returns.days": "None",
    "returns.grace_days": "0",
    "returns.gives_back": "True",
    "taxes.rounding": "line",
}

type Text = Said | str


@dataclass(frozen=True, slots=True)
class Change:
    """`name` is the path of a setting ("earning.points"), or what a row is called; "" before or after: new, or gone."""

    kind: str
    name: str
    before: Text
    after: Text


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any], *, units: tuple[Units, Units]) -> list[Change]:
    """All that is different, in the order of the document; `units` say the one and the other. Without a `before`
    everything is new."""
    return [
        *_settings(before, after),
        *_rows(TIER, before, after, units, _tier),
        *_ladder(before, after, units),
        *_rows(RULE, before, after, units, _rule),
        *_order(before, after),
        *_rows(REWARD, before, after, units, _reward),
        *_rows(CALENDAR, before, after, units, _calendar),
    ]


def _settings(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Change]:
    old, new = _flat(before or {}), _flat(after)
    if before is not None:
        old = {path: meant for path, meant in _MEANT.items() if path in new} | old
    paths = [*new, *(path for path in old if path not in new)]
    return [
        Change(SETTING, path, old.get(path, ""), new.get(path, ""))
        for path in paths
        if not _is_same(old.get(path, ""), new.get(path, ""))
    ]


def _is_same(before: str, after: str) -> bool:
    """Figures are the same however many noughts they are written with."""
    if before == after:
        return True
    try:
        return Decimal(before) == Decimal(after)
    except InvalidOperation:
        return False


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """{'earning.points': '1', ...} without what is told as sentences."""
    if not isinstance(value, Mapping):
        return {path: str(value)}
    found: dict[str, str] = {}
    for key, part in value.items():
        inner = f"{path}.{key}" if path else str(key)
        if inner not in _APART and inner != "redemption.rewards":
            found |= _flat(part, inner)
    return found


_LISTS = {TIER: "tiers", RULE: "rules", CALENDAR: "calendars"}


def _listed(kind: str, document: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    if document is None:
        return {}
    rows = document["redemption"].get("rewards", []) if kind == REWARD else document.get(_LISTS[kind], [])
    return {str(row["key"]): row for row in rows}


def _rows(
    kind: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    units: tuple[Units, Units],
    said: Callable[[Mapping[str, Any], Mapping[str, Any], Units], Said],
) -> list[Change]:
    old, new, found = _listed(kind, before), _listed(kind, after), []
    for key in [*new, *(key for key in old if key not in new)]:
        was = said(old[key], before or {}, units[0]) if key in old else ""
        now = said(new[key], after, units[1]) if key in new else ""
        name = str((new.get(key) or old[key])["name"])
        if key in old and key in new and old[key]["name"] != name:
            was = Said("“%(name)s”: %(said)s", name=old[key]["name"], said=was)
            now = Said("“%(name)s”: %(said)s", name=name, said=now)
        if str(was) != str(now):
            found.append(Change(kind, name, was, now))
    return found


def _rule(raw: Mapping[str, Any], document: Mapping[str, Any], units: Units) -> Said:
    try:
        return rule_words(parse_rule(raw, units), units)
    except (DocumentError, ConditionError):
        return _unread(raw)


def _reward(raw: Mapping[str, Any], document: Mapping[str, Any], units: Units) -> Said:
    try:
        return reward_words(parse_reward(raw, units), units)
    except (DocumentError, ConditionError):
        return _unread(raw)


def _tier(raw: Mapping[str, Any], document: Mapping[str, Any], units: Units) -> Said:
    try:
        ladder = Ladder.parse(document.get("ladder", {}), units)
        what = Said("threshold of tier %(tier)s", tier=raw["key"])
        step = TierStep(
            raw["key"],
            raw["name"],
            minor_of(raw["threshold"], ladder.decimals(units), what),
            decimal_of(raw["multiplier"], what),
        )
        return tier_words(step, ladder, units)
    except DocumentError:
        return _unread(raw)


def _calendar(raw: Mapping[str, Any], document: Mapping[str, Any], units: Units) -> Said:
    return listed([str(day) for day in raw["days"]])


def _unread(raw: Mapping[str, Any]) -> Said:
    """What cannot be read is shown as it was written."""
    return listed([json.dumps({key: part for key, part in raw.items() if key != "name"}, ensure_ascii=False)])


def _ladder(before: Mapping[str, Any] | None, after: Mapping[str, Any], units: tuple[Units, Units]) -> list[Change]:
    def said(document: Mapping[str, Any] | None, known: Units) -> Text:
        if document is None or not document.get("tiers"):
            return ""
        try:
            return listed(ladder_words(Ladder.parse(document.get("ladder", {}), known)))
        except DocumentError:
            return _unread(document["ladder"])

    was, now = said(before, units[0]), said(after, units[1])
    return [] if str(was) == str(now) else [Change(LADDER, "", was, now)]


def _order(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Change]:
    """Rules that stay are asked in another order: where that counts, it is a change."""
    old, new = _listed(RULE, before), _listed(RULE, after)
    was, now = [key for key in old if key in new], [key for key in new if key in old]
    if was == now:
        return []
    return [
        Change(ORDER, "", listed(str(new[key]["name"]) for key in was), listed(str(new[key]["name"]) for key in now))
    ]
