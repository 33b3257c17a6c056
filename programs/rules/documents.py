"""The document of a published version, and its compiled form.

A document is plain JSON, frozen at publication:

    {"schema": 1, "currency": "USD", "currency_exponent": 2, "point_decimals": 0,
     "earning": {"points": "1", "per": "1.00", "rounding": "down", "rounds": "receipt", "on_points": false,
                 "before_discounts": false},
     "discounts": {"stacking": "all", "order": "listed", "leftover": "largest"},
     "redemption": {"point_value": "0.01", "minimum": "0", "step": "1", "max_percent": 50, "max_points": null,
                    "own_points": false,
                    "rewards": [{"key": "cake", "name": "A cake", "cost": "50",
                                 "conditions": [{"type": "category", "codes": ["cakes"]}],
                                 "effect": {"type": "percent_off", "percent": "100", "pieces": 1}}]},
     "time_zone": "Europe/Madrid", "activation_days": 0,
     "expiry": {"kind": "months", "months": 12, "days": null, "years": 1}, "idle_months": null,
     "returns": {"days": null, "grace_days": 0, "gives_back": true}, "taxes": {"rounding": "line"},
     "negative": {"policy": "allow", "floor": "0"},
     "ladder": {"of": "spend", "this_sale": false, "keeps_months": null, "grace_days": 0, "falls": "to_reached"},
     "calendars": [{"key": "holidays", "name": "Public holidays", "days": ["12-25", "2026-04-02"]}],
     "tiers": [{"key": "silver", "name": "Silver", "threshold": "500.00", "multiplier": "1.5"}],
     "rules": [{"key": "dairy", "name": "Dairy week", "conditions": [{"type": "category", "codes": ["dairy"]}],
                "effect": {"type": "multiply", "factor": "2"}}]}

Points and money are decimal texts in it; `compile_document` turns them into minor units once per version. Documents of
the first versions say `"expiry_months": 12` (or null) instead of `expiry`; they compile for ever, and what a document of
an earlier day does not have is read as it was meant then: off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from loyalty_site.ground.errors import Said
from programs.rules.asking import Asked
from programs.rules.benefits import BENEFITS
from programs.rules.calendars import read_calendars
from programs.rules.dates import Expiry
from programs.rules.discounts import DISCOUNTS, LEFTOVERS, StampCard
from programs.rules.effects import CAPS, DiscountCap, Exclude, PointsCap
from programs.rules.field_conditions import FieldSays
from programs.rules.giving import GiveMore, Share, giver_of, share_by_money, tier_giver
from programs.rules.ladder import Ladder
from programs.rules.matching import CompiledRule, RuleIndex
from programs.rules.parsing import DocumentError, Units, decimal_of, flag_of, minor_of, one_of, rate_text, rounding_of
from programs.rules.reading import Reward, parse_reward, parse_rule
from programs.rules.served import SERVED
from programs.rules.taxes import PER_LINE, TAX_ROUNDINGS
from programs.rules.windows import SPEND, Window

__all__ = [
    "SCHEMA",
    "STACKING",
    "Compiled",
    "CompiledRule",
    "DocumentError",
    "Reward",
    "TierStep",
    "compile_document",
    "parse_reward",
    "parse_rule",
]

SCHEMA = 1
# Several discounts on one line: all of them one after the other; each line its first; the best one of the receipt.
STACKING = ("all", "first", "best")
# Which of them comes first: as they are listed (those with a priority before), or what takes most off by itself.
ORDERS = ("listed", "larger")


@dataclass(frozen=True, slots=True)
class TierStep:
    key: str
    name: str
    threshold: int
    multiplier: Decimal


@dataclass(frozen=True, slots=True)
class Compiled:
    """A version ready to be asked. Money and points in minor units; `rate` is minor points per minor money."""

    currency: str
    currency_exponent: int
    point_decimals: int
    rate: Fraction
    rounding: str
    earn_on_points: bool
    point_value: Decimal  # minor money per minor point
    money_per_points: tuple[int, int]  # the same as a whole ratio: so much minor money for so many minor points
    redeem_minimum: int
    redeem_step: int
    redeem_max_percent: int
    time_zone: str
    activation_days: int
    expiry: Expiry
    idle_months: int | None  # without a purchase, after which all points burn
    return_days: int | None
    grace_days: int  # how long points live on that are given back after their day
    gives_back: bool  # points that paid for goods that come back
    negative_policy: str
    negative_floor: int
    tiers: tuple[TierStep, ...]  # by rising threshold
    ladder: Ladder  # what climbs them
    climbs_by_spend: bool  # all that was ever spent does
    rules: RuleIndex  # those that give points, in the order of the document
    base_shares: Share  # minor money of the lines -> their base points
    details: dict[str, Any]  # what fills the sentence of the base points
    tier_gives: Mapping[str, GiveMore]  # what each tier gives on top of the base points
    discounts: tuple[CompiledRule, ...] = ()
    exclusive: tuple[CompiledRule, ...] = ()  # those of the discounts that count alone
    excludes: tuple[CompiledRule, ...] = ()
    caps: tuple[CompiledRule, ...] = ()
    discount_caps: tuple[CompiledRule, ...] = ()
    benefits: tuple[CompiledRule, ...] = ()  # those that give something else than points and money off
    stamp_cards: tuple[CompiledRule, ...] = ()  # those of the discounts that count pieces
    counting: tuple[CompiledRule, ...] = ()  # those with a limit that is counted outside
    counts: bool = False  # a sale adds to something that is counted outside
    stacking: str = "all"
    larger_first: bool = False
    leftover: str = "largest"
    earn_before_discounts: bool = False
    redeem_max_points: int | None = None
    own_points: bool = False
    rewards: tuple[Reward, ...] = ()
    asking_rewards: tuple[Reward, ...] = ()  # those of them that have conditions
    tax_rounding: str = PER_LINE
    asked: Asked = field(default_factory=Asked)  # what must be known before the rules are asked

    @property
    def needs_purchases(self) -> bool:
        """Whether a rule asks which purchase of the member this is."""
        return "purchases" in self.asked.needs

    @property
    def fields(self) -> tuple[FieldSays, ...]:
        """What rules ask of the company's own fields."""
        return self.asked.fields

    def reward(self, key: str) -> Reward | None:
        return next((reward for reward in self.rewards if reward.key == key), None)

    def burns_at(self, earned_at: dt.datetime) -> dt.datetime | None:
        """When a lot earned at `earned_at` burns; None: never."""
        return self.expiry.burns_at(earned_at, self.time_zone)

    @property
    def first_tier(self) -> str:
        """The tier on which everybody stands from the start; "" where there is none."""
        return self.tiers[0].key if self.tiers and not self.tiers[0].threshold else ""

    def tier_name(self, key: str) -> str:
        return next((tier.name for tier in self.tiers if tier.key == key), key)

    def tier_for(self, spend: int) -> str:
        """The highest tier whose threshold the accumulated spend (minor money, or what else the ladder counts) reaches;
        '' below the first."""
        reached = ""
        for tier in self.tiers:
            if spend < tier.threshold:
                break
            reached = tier.key
        return reached

    def next_tier(self, spend: int) -> TierStep | None:
        return next((tier for tier in self.tiers if tier.threshold > spend), None)


def compile_document(document: Mapping[str, Any], *, served: frozenset[str] = SERVED) -> Compiled:
    """The compiled form of a document. Raises DocumentError or ConditionError with a text for the editor, also where a
    rule needs what is not `served`."""
    if document.get("schema") != SCHEMA:
        raise DocumentError("unknown schema %(schema)s", schema=document.get("schema"))
    exponent, decimals = int(document["currency_exponent"]), int(document["point_decimals"])
    earning, redemption, negative = document["earning"], document["redemption"], document["negative"]
    per = decimal_of(earning["per"], Said("money per points"))
    if per == 0:
        raise DocumentError("points for every 0 of money would be endless")
    # (points / per) in whole units; both sides scale to minor units.
    units = Units(exponent, decimals, served, read_calendars(document))
    rate = Fraction(decimal_of(earning["points"], Said("points"))) / Fraction(per) * units.scale
    step = minor_of(redemption["step"], decimals, Said("step of redemption"))
    if step == 0:
        raise DocumentError("the step of redemption must be above 0")
    ladder = Ladder.parse(document.get("ladder", {}), units)
    rounding = rounding_of(earning["rounding"])
    on_lines = one_of(earning.get("rounds", "receipt"), ("receipt", "line"), Said("“rounds”")) == "line"
    rules = [
        replace(
            rule,
            give=giver_of(rule.key, rule.name, rule.effect, rate, units, rounding=rounding, on_lines=on_lines),
        )
        for rule in (parse_rule(raw, units) for raw in document["rules"])
    ]
    _check_cards(rules)
    rules.sort(key=lambda rule: (not rule.priority, rule.priority))
    rewards = _rewards(redemption.get("rewards", []), units)
    asked = Asked.of(rules, rewards, ladder)
    discounts = document.get("discounts", {})
    point_value = decimal_of(redemption["point_value"], Said("value of a point")) * Decimal(10) ** (exponent - decimals)
    tiers = _tiers(document["tiers"], ladder.decimals(units))
    compiled = Compiled(
        currency=document["currency"],
        currency_exponent=exponent,
        point_decimals=decimals,
        rate=rate,
        rounding=rounding,
        base_shares=share_by_money(rate, rounding, on_lines=on_lines),
        earn_on_points=bool(earning["on_points"]),
        point_value=point_value,
        money_per_points=point_value.as_integer_ratio(),
        redeem_minimum=minor_of(redemption["minimum"], decimals, Said("least redemption")),
        redeem_step=step,
        redeem_max_percent=int(redemption["max_percent"]),
        time_zone=document["time_zone"],
        activation_days=int(document["activation_days"]),
        expiry=_expiry(document),
        idle_months=document.get("idle_months"),
        return_days=document.get("returns", {}).get("days"),
        grace_days=int(document.get("returns", {}).get("grace_days", 0)),
        gives_back=flag_of(document.get("returns", {}).get("gives_back", True), Said("“gives_back”")),
        negative_policy=negative["policy"],
        negative_floor=minor_of(negative["floor"], decimals, Said("limit of debt")),
        tiers=tiers,
        ladder=ladder,
        climbs_by_spend=ladder.window == Window(SPEND),
        rules=RuleIndex.of(
            tuple(rule for rule in rules if not isinstance(rule.effect, (*DISCOUNTS, *BENEFITS, *CAPS, Exclude)))
        ),
        details={"rate": rate_text(rate, units)},
        tier_gives={tier.key: tier_giver(tier.key, tier.name, tier.multiplier, rounding) for tier in tiers},
        discounts=tuple(rule for rule in rules if isinstance(rule.effect, DISCOUNTS)),
        exclusive=tuple(rule for rule in rules if rule.is_exclusive and isinstance(rule.effect, DISCOUNTS)),
        excludes=tuple(rule for rule in rules if isinstance(rule.effect, Exclude)),
        caps=tuple(rule for rule in rules if isinstance(rule.effect, PointsCap)),
        discount_caps=tuple(rule for rule in rules if isinstance(rule.effect, DiscountCap)),
        benefits=tuple(rule for rule in rules if isinstance(rule.effect, BENEFITS)),
        stamp_cards=tuple(rule for rule in rules if isinstance(rule.effect, StampCard)),
        counting=tuple(rule for rule in rules if any(limit.key for limit in rule.limits)),
        counts=bool(asked.redeemed)
        or any(limit.key for rule in rules for limit in rule.limits)
        or any(isinstance(rule.effect, (StampCard, *BENEFITS)) for rule in rules),
        stacking=one_of(discounts.get("stacking", "all"), STACKING, Said("stacking of discounts")),
        larger_first=one_of(discounts.get("order", "listed"), ORDERS, Said("order of discounts")) == "larger",
        leftover=one_of(discounts.get("leftover", "largest"), LEFTOVERS, Said("left-over cents")),
        earn_before_discounts=bool(earning.get("before_discounts", False)),
        redeem_max_points=_optional_points(redemption.get("max_points"), decimals),
        own_points=bool(redemption.get("own_points", False)),
        rewards=rewards,
        asking_rewards=tuple(reward for reward in rewards if reward.of_line or reward.of_receipt),
        tax_rounding=one_of(
            document.get("taxes", {}).get("rounding", PER_LINE), TAX_ROUNDINGS, Said("rounding of taxes")
        ),
        asked=asked,
    )
    # Else what is earned would depend on what is paid with it, and that on what is earned.
    if compiled.own_points and (not compiled.earn_on_points or compiled.activation_days):
        raise DocumentError(
            "points of the receipt itself can only be spent when the part paid with points earns too "
            "and points can be spent at once"
        )
    return compiled


def _check_cards(rules: list[CompiledRule]) -> None:
    """A stamp card that frees pieces takes its stamps by itself: nothing else may take them from the same card, or both
    would give something for the same stamps."""
    freeing = [rule.effect.card for rule in rules if isinstance(rule.effect, StampCard)]
    taking = {takes.card for takes in (getattr(rule.effect, "takes", None) for rule in rules) if takes}
    for card in freeing:
        if card in taking or freeing.count(card) > 1:
            raise DocumentError(
                "two rules take the stamps of the card %(card)s; give one of them another card", card=card
            )


def _optional_points(raw: object, decimals: int) -> int | None:
    return None if raw is None else minor_of(raw, decimals, Said("points at most"))


def _rewards(raw_rewards: list[Mapping[str, Any]], units: Units) -> tuple[Reward, ...]:
    rewards = tuple(parse_reward(raw, units) for raw in raw_rewards)
    if len({reward.key for reward in rewards}) != len(rewards):
        raise DocumentError("two rewards share a key")
    return rewards


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
            minor_of(raw["threshold"], exponent, Said("threshold of tier %(tier)s", tier=raw["key"])),
            decimal_of(raw["multiplier"], Said("multiplier of tier %(tier)s", tier=raw["key"])),
        )
        for raw in raw_tiers
    ]
    if len({tier.threshold for tier in tiers}) != len(tiers) or len({tier.key for tier in tiers}) != len(tiers):
        raise DocumentError("two tiers share a key or a threshold")
    return tuple(sorted(tiers, key=lambda tier: tier.threshold))
