"""Phone numbers that operators give to new people: handed over once the old owner has not been seen for long.

The old owner keeps the account and its history; only the number finds somebody else from now on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty_site.ground.policy import Principal
from members.errors import IdentifierTaken, PhoneInUse, PhoneOfSilentMember
from members.models import EndedAs, Identifier, IdentifierKind, Member
from members.queries.identity import identity_policy
from members.services import add_identifier, end_identifier, enrol_member, read_identifier
from programs.models import PurchaseSummary
from programs.queries.company import company_zone
from programs.rules.dates import add_months


@transaction.atomic
def add_key(
    *, member_id: int, kind: str, text: str, region: str, actor: Principal, now: dt.datetime, hand_over: bool = False
) -> Identifier:
    """One more key for a member, as typed. With `hand_over` a phone of somebody long silent is theirs from now on.

    Raises IdentifierUnreadable, IdentifierTaken (no phone), PhoneOfSilentMember (say `hand_over`) or PhoneInUse.
    """
    _make_room(kind, text, region, keeper=member_id, hand_over=hand_over, actor=actor, now=now)
    return add_identifier(member_id=member_id, kind=kind, text=text, region=region, actor=actor, now=now)


@transaction.atomic
def enrol_with_number(
    *,
    name: str,
    identifiers: Sequence[tuple[str, str]],
    consents: Sequence[tuple[str, str, str]],
    region: str,
    actor: Principal,
    now: dt.datetime,
    hand_over: bool = False,
) -> Member:
    """Enrol somebody in the back office; with `hand_over` a phone of somebody long silent becomes theirs.

    Raises what members.services.enrol_member and add_key raise; nothing is written then.
    """
    for kind, text in identifiers:
        _make_room(kind, text, region, keeper=None, hand_over=hand_over, actor=actor, now=now)
    return enrol_member(
        name=name, identifiers=identifiers, consents=consents, region=region, actor=actor, now=now, source="admin"
    )


def judge_phone(identifier: Identifier, *, now: dt.datetime) -> PhoneOfSilentMember | PhoneInUse:
    """What to say when somebody else wants this live phone."""
    member = identifier.member
    visited = PurchaseSummary.objects.filter(member=member).values_list("last_at", flat=True).first()
    seen_at = max(filter(None, [visited, identifier.created_at]))
    today = now.astimezone(ZoneInfo(company_zone())).date()
    seen_on = seen_at.astimezone(ZoneInfo(company_zone())).date()
    if add_months(seen_on, identity_policy().silent_months) <= today:
        return PhoneOfSilentMember(day=seen_on.isoformat())
    return PhoneInUse()


def _make_room(
    kind: str, text: str, region: str, *, keeper: int | None, hand_over: bool, actor: Principal, now: dt.datetime
) -> None:
    value = read_identifier(kind=kind, text=text, region=region)
    live = Identifier.objects.select_for_update(no_key=True, of=("self",)).select_related("member")
    taken = live.filter(kind=kind, value=value, ended_at__isnull=True).exclude(member=keeper).first()
    if taken is None:
        return
    if kind != IdentifierKind.PHONE:
        raise IdentifierTaken
    refusal = judge_phone(taken, now=now)
    if not hand_over or isinstance(refusal, PhoneInUse):
        raise refusal
    end_identifier(identifier_id=taken.pk, actor=actor, now=now, ended_as=EndedAs.HANDED_OVER)
