"""The ladder of tiers: what counts for accounts today, since when they stand where they stand, what is ahead of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from loyalty_site.ground.rules.money import minor_text
from programs.queries.windows import Question, bought
from programs.rules.documents import Compiled, TierStep
from programs.rules.ladder import Standing, certain_until
from programs.rules.windows import POINTS, SPEND, VISITS

# What is kept with every sale anyway.
_KEPT = {
    SPEND: "a.spend_minor",
    VISITS: """
    (SELECT coalesce(sum(s.purchase_count), 0)::bigint
     FROM (SELECT DISTINCT coalesce(x.buyer_id, x.member_id) AS member_id
           FROM programs_accountaccess x WHERE x.account_id = a.id AND x.ended_at IS NULL) AS m
     JOIN programs_purchasesummary s ON s.member_id = m.member_id)
    """,
}
_STOOD = """
    SELECT a.id, a.owner_id, a.tier_key, a.tier_floor, a.tier_below_on, coalesce(s.from_at, a.opened_at),
           coalesce(s.reason, ''), {counted}
    FROM programs_account a
    LEFT JOIN LATERAL (SELECT t.from_at, t.reason FROM programs_tierstanding t WHERE t.account_id = a.id
                       ORDER BY t.id DESC LIMIT 1) AS s ON true
    WHERE {which} ORDER BY a.id LIMIT %(limit)s
"""
_THESE = "a.id = ANY(%(accounts)s)"
# Nobody looks at accounts that nobody uses any more.
_NEXT = """
    a.program_id = %(program)s AND a.id > %(after)s AND a.successor_id IS NULL
    AND EXISTS (SELECT FROM programs_accountaccess u WHERE u.account_id = a.id AND u.ended_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Stood:
    """How an account stands: `counted` is what the ladder counts today (minor money, minor points, or purchases);
    `reason` is why it stands there (TierStanding.reason, or "")."""

    account_id: int
    owner_id: int
    standing: Standing
    counted: int
    reason: str


def stood_of(account_ids: Sequence[int], version: Compiled, today: dt.date) -> dict[int, Stood]:
    """{account: how it stands} on a day of the programme's calendar. Two statements at most."""
    rows = _rows(version, today, _THESE, {"accounts": list(account_ids), "limit": len(account_ids)})
    return {one.account_id: one for one in rows}


def stood_next(program_id: int, version: Compiled, today: dt.date, *, after: int, limit: int) -> list[Stood]:
    """The next accounts of a programme in the order of their ids. Two statements at most."""
    return _rows(version, today, _NEXT, {"program": program_id, "after": after, "limit": limit})


def _rows(version: Compiled, today: dt.date, which: str, named: dict[str, Any]) -> list[Stood]:
    window, zone = version.ladder.window, ZoneInfo(version.time_zone)
    with connection.cursor() as cursor:
        cursor.execute(_STOOD.format(counted=_KEPT[window.of] if window.is_kept else "0", which=which), named)
        found = [_stood(zone, *row) for row in cursor.fetchall()]
    if window.is_kept:
        return found
    # Counted as the rules are told at the till, so that the night and the till never differ.
    figures = bought([Question(one.account_id, window.since(today)) for one in found])
    return [replace(one, counted=getattr(figure, window.of)) for one, figure in zip(found, figures, strict=True)]


def _stood(
    zone: ZoneInfo,
    account_id: int,
    owner_id: int,
    tier: str,
    floor: str,
    below: dt.date | None,
    from_at: dt.datetime,
    reason: str,
    counted: int,
) -> Stood:
    since = from_at.astimezone(zone).date()
    # What was noted before the tier was reached anew says nothing any more.
    standing = Standing(tier, since, floor, below if below and below > since else None)
    return Stood(account_id, owner_id, standing, int(counted), reason)


def today_of(version: Compiled, now: dt.datetime) -> dt.date:
    """The day by the programme's clock."""
    return now.astimezone(ZoneInfo(version.time_zone)).date()


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next tier by its name, and what is missing to it: of money, points or purchases (`of`), in the smallest units,
    of which `decimals` are behind the point."""

    name: str
    missing: int
    of: str
    decimals: int

    @property
    def text(self) -> str:
        """What is missing as a decimal text: "12.50" of money, "120" of points, "3" of purchases."""
        return minor_text(self.missing, self.decimals)


def ahead_of(version: Compiled, counted: int, held: str) -> Ahead | None:
    """The first tier above the one that is `held` and above what is reached; None on the highest."""
    least = max([counted, *(step.threshold for step in version.tiers if step.key == held)])
    step = version.next_tier(least)
    return None if step is None else _ahead(version, step, counted)


def _ahead(version: Compiled, step: TierStep, counted: int) -> Ahead:
    of = version.ladder.window.of
    decimals = {SPEND: version.currency_exponent, POINTS: version.point_decimals, VISITS: 0}[of]
    return Ahead(step.name, step.threshold - counted, of, decimals)


def missing_to(version: Compiled, one: Stood) -> Ahead | None:
    """What is missing today to the tier that an account stands on; None where it is reached, or set by hand."""
    step = next((step for step in version.tiers if step.key == one.standing.tier), None)
    if step is None or step.threshold <= one.counted or one.standing.floor == step.key:
        return None
    return _ahead(version, step, one.counted)


@dataclass(frozen=True, slots=True)
class Climbed:
    """Where an account stands on the ladder, for whoever asks: `kept_on` is the last day on which its tier is certain
    (None: for as long as it is reached, or for ever)."""

    ahead: Ahead | None
    kept_on: dt.date | None


NOT_CLIMBED = Climbed(None, None)


def climbed_of(account_id: int, version: Compiled | None, *, spend: int, tier: str, now: dt.datetime) -> Climbed:
    """Of one account, which has accumulated `spend` and stands on `tier`, as of now. No statement for the simplest ladder, else two at most."""
    if version is None or not version.tiers:
        return NOT_CLIMBED
    if version.ladder.is_simple:
        return Climbed(ahead_of(version, spend, tier), None)
    today = today_of(version, now)
    stood = stood_of([account_id], version, today)[account_id]
    return Climbed(ahead_of(version, stood.counted, tier), certain_until(version.ladder, stood.standing, today))
