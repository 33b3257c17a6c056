"""Finding a member from the till: by POST, because a phone number in an address would land in every log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.errors import (
    IdentifierBlocked,
    IdentifierReplaced,
    IdentifierWithdrawn,
    MemberNotFound,
)
from members.services import explain_missing, guess_identifiers, read_identifier, whoever_showed
from programs.api import answers, given, schema
from programs.api.reading import read_body
from programs.api.serializers import LookupAnswerSerializer, LookupRequestSerializer
from programs.queries.company import default_region
from programs.queries.hints import hints_for
from programs.queries.reasons import benefit_sentence
from programs.queries.shoppers import MemberKey, Shopper, find_shopper
from programs.rules import codes
from programs.services.balances import CurrentBalance, current_balance
from programs.services.lookups import allow_lookup, note_found, note_miss
from programs.services.offers import kinds_of_coupons, offers_for
from programs.services.tills import Till


class LookupView(APIView):
    """Who is this, and what can they spend? Masked name, status, tier and spendable points only."""

    @extend_schema(
        operation_id="lookup",
        summary="Find a member",
        parameters=[schema.LANGUAGE],
        request=LookupRequestSerializer,
        responses={200: LookupAnswerSerializer} | schema.problems(404, 429),
        examples=[schema.LOOKUP_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        data = read_body(LookupRequestSerializer, request.data)
        now = timezone.now()
        till = till_of(request)
        key = member_key(data, till, now=now)
        shopper = shopper_in_front(key, till, now=now)
        note_found(till, shopper, now=now)
        found = current_balance(shopper, now=now)
        return Response(
            {
                "member": answers.member(shopper),
                "presented_by": answers.presented_by(shopper),
                "spendable": answers.text(found.available, found.point_decimals),
                "worth": answers.text(found.worth_minor, found.currency_exponent),
                "tier": answers.tier_held(found.tier_key, found.tier_name, found.climbed),
                "next_tier": answers.next_tier(found.climbed),
                **(_said_and_offered(shopper, till, found, now) if "hints" in till.scopes else {}),
                "own_fields": answers.fields(shopper, get_language() or ""),
                "burns": answers.burns(found.burns, found.point_decimals),
                "stamps": given.stamps(found.stamps),
            }
        )


def till_of(request: Request) -> Till:
    """The terminal that asks."""
    assert isinstance(request.auth, Till)  # the policy lets only terminals in here
    return request.auth


def member_key(data: dict[str, Any], till: Till, *, now: dt.datetime) -> MemberKey:
    """The one key in a valid MemberKeySerializer's data, normalised.

    Raises IdentifierUnreadable, MemberNotFound, TillCodeOld, or TooManyMisses when the till may not search any more. The id
    of an earlier answer is no search.
    """
    ((kind, value),) = data.items()
    if kind == "id":
        return MemberKey("id", str(value))
    allow_lookup(till, now=now)
    if shown := whoever_showed(value, at=now):
        return MemberKey("id", shown)
    region = default_region()
    if kind != "any":
        return MemberKey(kind, read_identifier(kind=kind, text=value, region=region))
    readings = guess_identifiers(text=value, region=region)
    if not readings:
        note_miss(till, now=now)
        raise MemberNotFound
    return MemberKey(*readings[0], also=tuple(readings[1:]))


def shopper_in_front(key: MemberKey, till: Till, *, now: dt.datetime) -> Shopper:
    """Who stands at the till, by `key`. Raises MemberNotFound or IdentifierBlocked, which is counted as a miss."""
    with misses_counted(key, till, now=now):
        shopper = find_shopper(key, at=now)
        if shopper is None:
            raise MemberNotFound
        if shopper.is_blocked:
            raise IdentifierBlocked
    return shopper


@contextmanager
def misses_counted(key: MemberKey | None, till: Till, *, now: dt.datetime) -> Iterator[None]:
    """Counts a search by `key` that finds nobody, or only a blocked card: whoever walks through numbers is stopped."""
    try:
        yield
    except (MemberNotFound, IdentifierBlocked) as refusal:
        if key is not None and key.kind != "id":
            if isinstance(refusal, MemberNotFound):
                for kind, value in key.readings:
                    _explain(kind, value, till, now=now)
            note_miss(till, now=now)
        raise


def _explain(kind: str, value: str, till: Till, *, now: dt.datetime) -> None:
    """What is known of a card that finds nobody. A slip of the finger teaches nothing, so it is not counted as a miss."""
    try:
        explain_missing(kind=kind, value=value)
    except (IdentifierReplaced, IdentifierWithdrawn):
        note_miss(till, now=now)
        raise


def _said_and_offered(shopper: Shopper, till: Till, found: CurrentBalance, now: dt.datetime) -> dict[str, Any]:
    """`hints`, `notices`, `offers` and `privileges` of the answer."""
    today = now.astimezone(ZoneInfo(till.zone)).date()
    kinds = kinds_of_coupons(shopper)
    hints = hints_for(
        shopper.member_id,
        today=today,
        now=now,
        program_id=shopper.program_id,
        cited=kinds,
        notices_about=shopper.told_about,
    )
    offers = offers_for(shopper, till, found, kinds=kinds if hints.coupons else (), now=now)
    return {
        "hints": {
            "birthday_this_week": hints.birthday_this_week,
            "first_visit_since": hints.first_visit_since,
            "usual": [{"sku": sku, "name": name} for sku, name in hints.usual],
            "coupons": hints.coupons,
            "ask_about_offers": hints.is_unasked,
        },
        "notices": [{"id": number, "text": text, "is_once": is_once} for number, text, is_once in hints.notices],
        "offers": {
            "rewards": answers.rewards(offers.rewards, found.point_decimals),
            "coupons": [
                {
                    "code": codes.shown(one.code),
                    "name": one.name,
                    "until": one.until.isoformat() if one.until else None,
                }
                for one in offers.coupons
            ],
        },
        "privileges": [
            {"rule": one.rule, "kind": one.kind, "text": benefit_sentence(one)} for one in offers.privileges
        ],
    }
