"""Where many members stand at once: what a mailing says of points. A chunk is read in a few statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import connection

from programs.models import Program, ProgramState, PurchaseSummary
from programs.queries.climbing import Ahead, ahead_of, stood_of, today_of
from programs.queries.standing import money_of, version_at
from programs.rules.documents import compile_document


@dataclass(frozen=True, slots=True)
class MemberStanding:
    """One member in the active programme. Points and money in minor units; tiers by the name they have now."""

    account_id: int
    available: int
    worth: int
    tier: str
    ahead: Ahead | None  # the next tier


@dataclass(frozen=True, slots=True)
class Standings:
    """How the programme counts, and who stands where. Members without an account are absent."""

    currency: str = ""
    currency_exponent: int = 0
    point_decimals: int = 0
    time_zone: str = "UTC"
    by_member: dict[int, MemberStanding] | None = None

    def of(self, member_id: int) -> MemberStanding | None:
        return (self.by_member or {}).get(member_id)


@dataclass(frozen=True, slots=True)
class NextBurn:
    """Minor points, and the last day on which they can still be spent."""

    points: int
    last_day: dt.date


# The access decides and not the owner: a household's members all read of the points they share.
_STANDINGS = """
    SELECT x.member_id, a.id, a.available, a.tier_key, a.spend_minor
    FROM programs_accountaccess x JOIN programs_account a ON a.id = x.account_id
    WHERE x.member_id = ANY(%s) AND x.program_id = %s AND x.ended_at IS NULL
"""
# Lots of one day burn together; the index programs_lot_spend gives each account's lots in this order.
_BURNS = """
    SELECT DISTINCT ON (l.account_id) l.account_id, l.expires_at, sum(l.remaining)
    FROM programs_lot l
    WHERE l.account_id = ANY(%s) AND l.remaining > 0 AND l.expires_at > %s
    GROUP BY l.account_id, l.expires_at
    ORDER BY l.account_id, l.expires_at
"""


def standings_of(member_ids: Sequence[int], *, now: dt.datetime) -> Standings:
    """Balance and tier of each member in the active programme, in four statements at most."""
    program = Program.objects.filter(state=ProgramState.ACTIVE).first()
    if program is None:
        return Standings()
    version = version_at(program.pk, now)
    compiled = compile_document(version.document) if version else None
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, [list(member_ids), program.pk])
        rows = cursor.fetchall()
    counted = {account_id: spend for _member, account_id, _available, _tier, spend in rows}
    if compiled and not compiled.climbs_by_spend:
        stood = stood_of(list(counted), compiled, today_of(compiled, now))
        counted = {account_id: one.counted for account_id, one in stood.items()}
    return Standings(
        currency=program.currency,
        currency_exponent=program.currency_exponent,
        point_decimals=program.point_decimals,
        time_zone=program.time_zone,
        by_member={
            member_id: MemberStanding(
                account_id=account_id,
                available=available,
                worth=money_of(compiled, available),
                tier=compiled.tier_name(tier) if compiled and tier else "",
                ahead=ahead_of(compiled, counted[account_id], tier) if compiled else None,
            )
            for member_id, account_id, available, tier, _spend in rows
        },
    )


def next_burns_of(account_ids: Sequence[int], *, now: dt.datetime, zone: str) -> dict[int, NextBurn]:
    """What burns next of each account; accounts of which nothing burns are absent. One statement."""
    tz = ZoneInfo(zone)
    with connection.cursor() as cursor:
        cursor.execute(_BURNS, [list(account_ids), now])
        return {account: NextBurn(int(points), _last_day(at, tz)) for account, at, points in cursor.fetchall()}


def _last_day(burns_at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """A lot burns at the midnight that ends its last day."""
    return (burns_at - dt.timedelta(microseconds=1)).astimezone(zone).date()


def last_visits_of(member_ids: Sequence[int], *, zone: str) -> dict[int, dt.date]:
    """The day of each member's last purchase in `zone`; who never bought is absent. One statement."""
    tz = ZoneInfo(zone)
    rows = PurchaseSummary.objects.filter(member__in=member_ids).values_list("member", "last_at")
    return {member: at.astimezone(tz).date() for member, at in rows if at}
