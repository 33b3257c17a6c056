"""The document of a published version, and its compiled form.

A document is plain JSON, frozen at publication:

    {"schema": 1, "currency": "USD", "currency_exponent": 2, "point_decimals": 0,
     "earning": {"points": "1", "per": "1.00", "rounding": "down", "on_points": false},
     "redemption": {"point_value": "0.01", "minimum": "0", "step": "1", "max_percent": 50},
     "time_zone": "Europe/Madrid", "activation_days": 0,
     "expiry": {"kind": "months", "months": 12, "days": null, "years": 1}, "idle_months": null,
     "returns": {"days": null, "grace_days": 0},
     "negative": {"policy": "allow", "floor": "0"},
     "tiers": [{"key": "silver", "name": "Silver", "threshold": "500.00", "multiplier": "1.5"}],
     "rules": [{"key": "dairy", "name": "Dairy week", "conditions": [{"type": "category", "codes": ["dairy"]}],
                "effect": {"type": "multiply", "factor": "2"}}]}

Documents of the first versions say `"expiry_months": 12` (or null) instead of `expiry`, and nothing of idleness
or the time for returns; they compile for ever. Points and money are decimal texts in it; `compile_document` turns them into minor units once per version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from loyalty_site.ground.errors import Said
from loyalty_site.ground.rules.money import ROUNDINGS, to_minor
from programs.rules.conditions import Condition, parse_condition
from programs.rules.dates import Expiry

SCHEMA = 1


class DocumentError(ValueError):
    """The draft contradicts itself or cannot be read; the text is for the person who edits it, `said` in any language."""

    def __init__(self, sentence: str, **context: object) -> None:
        self.said = Said(sentence, **context)
        super().__init__(str(self.said))


@dataclass(frozen=True, slots=True)
class TierStep:
    key: str
    name: str
    threshold: int
    multiplier: Decimal


@dataclass(frozen=True, slots=True)
class EarnRule:
    """`extra` is what the rule adds to the base points of the lines it matches: a factor of 2 adds 1 times."""

    key: str
    name: str
    conditions: tuple[Condition, ...]
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Compiled:
    """A version ready to be asked. Money and points in minor units; `rate` is minor points per minor money."""

    currency: str
    currency_exponent: int
    point_decimals: int
    rate: Decimal
    rounding: str
    earn_on_points: bool
    point_value: Decimal  # minor money per minor point
    redeem_minimum: int
    redeem_step: int
    redeem_max_percent: int
    time_zone: str
    activation_days: int
    expiry: Expiry
    idle_months: int | None  # without a purchase, after which all points burn
    return_days: int | None
    grace_days: int  # how long points live on that are given back after their day
    negative_policy: str
    negative_floor: int
    tiers: tuple[TierStep, ...]  # by rising threshold
    rules: tuple[EarnRule, ...]

    def burns_at(self, earned_at: dt.datetime) -> dt.datetime | None:
        """When a lot earned at `earned_at` burns; None: never."""
        return self.expiry.burns_at(earned_at, self.time_zone)

    def tier_name(self, key: str) -> str:
        return next((tier.name for tier in self.tiers if tier.key == key), key)

    def tier_for(self, spend: int) -> str:
        """The highest tier whose threshold the accumulated spend (minor money) reaches; '' below the first."""
        reached = [tier.key for tier in self.tiers if spend >= tier.threshold]
        return reached[-1] if reached else ""

    def next_tier(self, spend: int) -> TierStep | None:
        return next((tier for tier in self.tiers if tier.threshold > spend), None)


def _decimal(raw: object, name: Said) -> Decimal:
    try:
        value = Decimal(str(raw))
    except InvalidOperation as error:
        raise DocumentError("%(what)s is not a number: %(value)s", what=name, value=raw) from error
    if not value.is_finite() or value < 0:
        raise DocumentError("%(what)s must be a number of at least 0", what=name)
    return value


def _minor(raw: object, exponent: int, name: Said) -> int:
    try:
        return to_minor(_decimal(raw, name), exponent)
    except ValueError as error:
        raise DocumentError(
            "%(what)s has more decimals than %(most)s: %(value)s", what=name, most=exponent, value=raw
        ) from error


def compile_document(document: Mapping[str, Any]) -> Compiled:
    """The compiled form of a document. Raises DocumentError or ConditionError with a text for the editor."""
    if document.get("schema") != SCHEMA:
        raise DocumentError("unknown schema %(schema)s", schema=document.get("schema"))
    exponent, decimals = int(document["currency_exponent"]), int(document["point_decimals"])
    earning, redemption, negative = document["earning"], document["redemption"], document["negative"]
    per = _decimal(earning["per"], Said("money per points"))
    if per == 0:
        raise DocumentError("points for every 0 of money would be endless")
    if earning["rounding"] not in ROUNDINGS:
        raise DocumentError("unknown rounding %(rounding)s", rounding=earning["rounding"])
    # (points / per) in whole units; both sides scale to minor units.
    rate = _decimal(earning["points"], Said("points")) / per * Decimal(10) ** (decimals - exponent)
    step = _minor(redemption["step"], decimals, Said("step of redemption"))
    if step == 0:
        raise DocumentError("the step of redemption must be above 0")
    return Compiled(
        currency=document["currency"],
        currency_exponent=exponent,
        point_decimals=decimals,
        rate=rate,
        rounding=earning["rounding"],
        earn_on_points=bool(earning["on_points"]),
        point_value=_decimal(redemption["point_value"], Said("value of a point"))
        * Decimal(10) ** (exponent - decimals),
        redeem_minimum=_minor(redemption["minimum"], decimals, Said("least redemption")),
        redeem_step=step,
        redeem_max_percent=int(redemption["max_percent"]),
        time_zone=document["time_zone"],
        activation_days=int(document["activation_days"]),
        expiry=_expiry(document),
        idle_months=document.get("idle_months"),
        return_days=document.get("returns", {}).get("days"),
        grace_days=int(document.get("returns", {}).get("grace_days", 0)),
        negative_policy=negative["policy"],
        negative_floor=_minor(negative["floor"], decimals, Said("limit of debt")),
        tiers=_tiers(document["tiers"], exponent),
        rules=tuple(parse_rule(raw) for raw in document["rules"]),
    )


def _expiry(document: Mapping[str, Any]) -> Expiry:
    if "expiry" not in document:
        return Expiry("months", months=document["expiry_months"])
    raw = document["expiry"]
    if raw["kind"] not in {"never", "months", "days", "year_end"}:
        raise DocumentError("unknown life of points %(kind)s", kind=raw["kind"])
    if raw["kind"] == "days" and raw["days"] is None:
        raise DocumentError("say after how many days points burn")
    return Expiry(raw["kind"], months=raw["months"], days=raw["days"], years=int(raw["years"]))


def _tiers(raw_tiers: list[Mapping[str, Any]], exponent: int) -> tuple[TierStep, ...]:
    tiers = [
        TierStep(
            raw["key"],
            raw["name"],
            _minor(raw["threshold"], exponent, Said("threshold of tier %(tier)s", tier=raw["key"])),
            _decimal(raw["multiplier"], Said("multiplier of tier %(tier)s", tier=raw["key"])),
        )
        for raw in raw_tiers
    ]
    if len({tier.threshold for tier in tiers}) != len(tiers) or len({tier.key for tier in tiers}) != len(tiers):
        raise DocumentError("two tiers share a key or a threshold")
    return tuple(sorted(tiers, key=lambda tier: tier.threshold))


def parse_rule(raw: Mapping[str, Any]) -> EarnRule:
    """One rule of a document. Raises DocumentError or ConditionError with a text for the editor."""
    key = str(raw["key"])
    effect = raw["effect"]
    if not isinstance(effect, Mapping) or effect.get("type") != "multiply":
        raise DocumentError('rule %(rule)s: the effect must be {"type": "multiply", "factor": …}', rule=key)
    factor = _decimal(effect.get("factor"), Said("factor of rule %(rule)s", rule=key))
    if factor < 1:
        raise DocumentError("rule %(rule)s: a factor below 1 would take points away", rule=key)
    return EarnRule(key, str(raw["name"]), tuple(parse_condition(part) for part in raw["conditions"]), factor)
