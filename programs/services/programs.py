"""Publishing a programme: the draft becomes one immutable document that sales cite from then on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Max

from loyalty_site.ground.errors import Said
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.queries.fields import known_fields
from members.queries.segments import segment_names
from programs.errors import DraftInvalid
from programs.models import LadderWindow, Program, ProgramState, ProgramVersion, Reward, Rule
from programs.queries.calendars import calendars_named
from programs.rules.checking import findings
from programs.rules.conditions import ConditionError
from programs.rules.documents import SCHEMA, Compiled, DocumentError, compile_document
from programs.rules.field_conditions import check_field
from programs.rules.parsing import Units
from programs.rules.welcome import Welcome, read_welcome


def draft_document(program: Program) -> dict[str, Any]:
    """The document that publishing the draft now would freeze; rules/documents.py describes its shape."""
    rules = [raw_rule(rule) for rule in program.rules.filter(is_active=True)]
    rewards = [raw_reward(reward) for reward in program.rewards.filter(is_active=True)]
    return {
        "schema": SCHEMA,
        "name": program.name,
        "goal": program.goal,
        "key_factor": program.key_factor,
        "currency": program.currency,
        "currency_exponent": program.currency_exponent,
        "point_decimals": program.point_decimals,
        "time_zone": program.time_zone,
        "earning": {
            "points": str(program.earn_points),
            "per": str(program.earn_per),
            "rounding": program.rounding,
            "on_points": program.earn_on_points,
            "before_discounts": program.earn_before_discounts,
            "rounds": program.earn_rounds,
        },
        "discounts": {
            "stacking": program.discount_stacking,
            "order": program.discount_order,
            "leftover": program.discount_leftover,
        },
        "redemption": {
            "point_value": str(program.point_value),
            "minimum": str(program.redeem_minimum),
            "step": str(program.redeem_step),
            "max_percent": program.redeem_max_percent,
            "max_points": None if program.redeem_max_points is None else str(program.redeem_max_points),
            "own_points": program.redeem_own_points,
            "rewards": rewards,
        },
        "activation_days": program.activation_days,
        "expiry": {
            "kind": program.expiry_kind,
            "months": program.expiry_months,
            "days": program.expiry_days,
            "years": program.expiry_years,
        },
        "idle_months": program.idle_months,
        "welcome": {"points": str(program.welcome_points), "days": program.welcome_days},
        "returns": {
            "days": program.return_days,
            "grace_days": program.restore_grace_days,
            "gives_back": program.return_gives_back,
        },
        "taxes": {"rounding": program.tax_rounding},
        "negative": {"policy": program.negative_policy, "floor": str(program.negative_floor)},
        "tiers": [
            {"key": tier.key, "name": tier.name, "threshold": str(tier.threshold), "multiplier": str(tier.multiplier)}
            for tier in program.tiers.all()
        ],
        "ladder": _ladder(program),
        "calendars": calendars_named(_named_in([*rules, *rewards], "holiday", "calendar")),
        "rules": rules,
    }


def raw_rule(rule: Rule) -> dict[str, Any]:
    """A rule of the draft as its document will say it."""
    return {"key": rule.key, "name": rule.name, "conditions": rule.conditions, "effect": rule.effect}


def raw_reward(reward: Reward) -> dict[str, Any]:
    """A reward of the draft as its document will say it."""
    known = {"key": reward.key, "name": reward.name, "cost": str(reward.cost)}
    return known | {"conditions": reward.conditions, "effect": reward.effect}


def draft_mark(document: Mapping[str, Any]) -> str:
    """Names what a draft says, so that nobody publishes another than they have read."""
    return hashlib.blake2b(json.dumps(document, sort_keys=True).encode(), digest_size=8).hexdigest()


def _ladder(program: Program) -> dict[str, Any]:
    window: dict[str, Any] = {}
    match program.ladder_window:
        case LadderWindow.DAYS | LadderWindow.MONTHS:
            window = {str(program.ladder_window): program.ladder_length}
        case LadderWindow.MONTH | LadderWindow.QUARTER | LadderWindow.YEAR:
            window = {"calendar": str(program.ladder_window)}
    return {
        "of": program.ladder_of,
        **window,
        "this_sale": program.ladder_this_sale,
        "keeps_months": program.ladder_keeps_months,
        "grace_days": program.ladder_grace_days,
        "falls": program.ladder_falls,
    }


def publish_program(
    *,
    program: Program,
    actor: Principal,
    effective_from: dt.datetime,
    now: dt.datetime,
    margin_percent: Decimal | None = None,
    declared: Mapping[str, str] | None = None,
    read: str = "",
) -> ProgramVersion:
    """Freeze the draft as the next version, valid from `effective_from`, and make the programme active.

    Raises DraftInvalid with what is wrong when the draft cannot be compiled, has no goal or no key factor,
    contradicts itself, is not the one that was `read` (its draft_mark; "": whatever it says now), or another programme
    is running. IntegrityError of `programs_one_active`: another one started meanwhile. `margin_percent`, where it was
    asked for, is kept for the next time; `declared` is the goal and the key factor {column: value}, where the draft did
    not say them.
    """
    declared = declared or {}
    with transaction.atomic():
        locked = Program.objects.select_for_update().get(pk=program.pk)
        if read and read != draft_mark(draft_document(locked)):
            raise DraftInvalid(
                problem=Said("somebody has changed the draft since you opened this page; read what changes once more")
            )
        for column, said in declared.items():
            setattr(locked, column, said)
        document = draft_document(locked)
        try:
            compiled = compile_draft(document)
            read_welcome(document)
        except (DocumentError, ConditionError) as error:
            raise DraftInvalid(problem=error.said) from error
        for problem in draft_refusals(locked, compiled, today=now.date()):
            raise DraftInvalid(problem=problem)
        number = (locked.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        version = ProgramVersion.objects.create(
            program=locked,
            number=number,
            document=document,
            effective_from=effective_from,
            published_at=now,
            published_by_id=actor.id,
        )
        locked.state = ProgramState.ACTIVE
        locked.margin_percent = locked.margin_percent if margin_percent is None else margin_percent
        locked.save(update_fields=["state", "margin_percent", *declared])
        record_audit(
            actor=actor,
            action="publish",
            target="programs.program",
            target_id=locked.pk,
            now=now,
            details={"version": number, "effective_from": effective_from.isoformat()},
        )
    return version


def draft_refusals(program: Program, compiled: Compiled, *, today: dt.date, units: Units | None = None) -> list[Said]:
    """Why a draft that can be compiled must not be published, the nearest first; `units` say it with names."""
    found = undeclared(program)
    running = running_beside(program)
    if running is not None:
        found.append(
            Said(
                "“%(name)s” is running, and there is one programme at a time: write these rules into its draft",
                name=running.name,
            )
        )
    return [*found, *(one.said for one in findings(compiled, today=today, units=units) if one.refuses)]


def running_beside(program: Program | None = None) -> Program | None:
    """The programme that tills follow now, where it is another than this."""
    return Program.objects.filter(state=ProgramState.ACTIVE).exclude(pk=program.pk if program else 0).first()


def undeclared(program: Program) -> list[Said]:
    """What a programme must say of itself before it is published, and does not."""
    found = []
    if not program.goal:
        found.append(
            Said("choose its goal: to attract new customers, to keep the loyal, or to hold off rivals; one, not two")
        )
    if not program.key_factor:
        found.append(
            Said("choose its key factor: special treatment, a service of its own, or a special price; one, not two")
        )
    return found


def compile_draft(document: dict[str, Any]) -> Compiled:
    """The compiled form of a draft's document, asked besides whether its conditions fit the company's own fields as they
    are today, and whether its segments are there. Raises DocumentError or ConditionError."""
    compiled = compile_document(document)
    if compiled.fields:
        kinds = field_kinds()
        for condition in compiled.fields:
            check_field(condition, kinds)
    segments = {key for one in compiled.asked.segments for key in one.keys}
    for key in sorted(segments.difference(segment_names("", keys=segments)) if segments else ()):
        raise ConditionError("condition “segment”: there is no segment “%(key)s”; choose another one", key=key)
    return compiled


def field_kinds() -> dict[str, tuple[str, frozenset[str]]]:
    """{code: (kind, codes of its list)} of the company's own fields that are asked."""
    return {one.code: (one.kind, frozenset(option.code for option in one.options)) for one in known_fields()}


@lru_cache(maxsize=256)
def compiled_version(version_id: int) -> Compiled:
    """A version ready to be asked; compiled once per process, because versions never change."""
    return compile_document(ProgramVersion.objects.get(pk=version_id).document)


@lru_cache(maxsize=256)
def welcome_of(version_id: int) -> Welcome:
    """What a version gives to new members."""
    return read_welcome(ProgramVersion.objects.get(pk=version_id).document)


@lru_cache(maxsize=256)
def cited_series(version_id: int) -> frozenset[str]:
    """Keys of the kinds of coupons that some rule of a version asks for."""
    return frozenset(_named_in(ProgramVersion.objects.get(pk=version_id).document, "coupon", "series"))


def _named_in(part: Any, kind: str, setting: str) -> Iterator[str]:
    """What conditions of a kind, however deep, say in a setting: each text of a list, or the text."""
    if isinstance(part, dict):
        if part.get("type") == kind:
            said = part.get(setting, ())
            yield from [said] if isinstance(said, str) else said
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _named_in(inner, kind, setting)
