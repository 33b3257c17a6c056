"""A programme to start from: one of the ready ones becomes a draft with its tiers, rules and rewards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from programs.models import Program, Reward, Rule, Tier
from programs.rules.starters import Starter, starter_document


@transaction.atomic
def start_program(
    starter: Starter,
    *,
    actor: Principal,
    now: dt.datetime,
    unit: Decimal = Decimal(1),
    translate: Callable[[str], str] = str,
    name: str = "",
) -> Program:
    """A draft made of a ready programme in the company's currency and zone. `unit`: rules/starters.py; `translate` gives
    its names in a language. `name` is its own, where it shall not have the starter's. Its code is numbered when it is
    taken."""
    company = Company.objects.first()
    document = starter_document(
        starter,
        currency=company.currency if company else "USD",
        exponent=company.currency_exponent if company else 2,
        time_zone=company.time_zone if company else "UTC",
        unit=unit,
        translate=translate,
    )
    document["name"] = name or document["name"]
    program = Program.objects.create(
        code=_free_code(starter.key), goal=starter.goal, key_factor=starter.factor, **_columns(document)
    )
    _rows(program, document)
    record_audit(
        actor=actor,
        action="add",
        target="programs.program",
        target_id=program.pk,
        now=now,
        details={"starter": starter.key},
    )
    return program


def _free_code(wanted: str) -> str:
    taken = set(Program.objects.filter(code__startswith=wanted).values_list("code", flat=True))
    code, number = wanted, 2
    while code in taken:
        code, number = f"{wanted}-{number}", number + 1
    return code


def _columns(document: Mapping[str, Any]) -> dict[str, Any]:
    """The draft's own columns, as services/programs.draft_document reads them."""
    earning, redemption, expiry = document["earning"], document["redemption"], document["expiry"]
    return {
        "name": document["name"],
        "currency": document["currency"],
        "currency_exponent": document["currency_exponent"],
        "point_decimals": document["point_decimals"],
        "time_zone": document["time_zone"],
        "earn_points": earning["points"],
        "earn_per": earning["per"],
        "rounding": earning["rounding"],
        "earn_on_points": earning["on_points"],
        "earn_before_discounts": earning["before_discounts"],
        "discount_stacking": document["discounts"]["stacking"],
        "discount_leftover": document["discounts"]["leftover"],
        "point_value": redemption["point_value"],
        "redeem_minimum": redemption["minimum"],
        "redeem_step": redemption["step"],
        "redeem_max_percent": redemption["max_percent"],
        "redeem_max_points": redemption["max_points"],
        "redeem_own_points": redemption["own_points"],
        "activation_days": document["activation_days"],
        "expiry_kind": expiry["kind"],
        "expiry_months": expiry["months"],
        "expiry_days": expiry["days"],
        "expiry_years": expiry["years"],
        "idle_months": document["idle_months"],
        "welcome_points": document["welcome"]["points"],
        "welcome_days": document["welcome"]["days"],
        "return_days": document["returns"]["days"],
        "restore_grace_days": document["returns"]["grace_days"],
        "return_gives_back": document["returns"]["gives_back"],
        "negative_policy": document["negative"]["policy"],
        "negative_floor": document["negative"]["floor"],
    }


def _rows(program: Program, document: Mapping[str, Any]) -> None:
    Tier.objects.bulk_create([Tier(program=program, **tier) for tier in document["tiers"]])
    placed = enumerate(document["rules"], start=1)
    Rule.objects.bulk_create([Rule(program=program, position=place, **rule) for place, rule in placed])
    Reward.objects.bulk_create([Reward(program=program, **reward) for reward in document["redemption"]["rewards"]])
