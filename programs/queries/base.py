"""The customer base as the page "Base and lifecycle" shows it: stages, fifths, issued and active, gifts, freshness.

Every figure has its list: the conditions of programs.queries.base_lists find exactly the people counted here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from programs.models import MemberStage, MemberStageChange, Program
from programs.queries.base_lists import ACTIVE_DAYS, BANDS, GIFTS, band_bounds, midnight, today_on
from programs.queries.company import company_zone
from programs.queries.lifecycle import LIVING
from programs.rules.lifecycle import ModelKind, stages_of

MOVES_DAYS = 30


@dataclass(frozen=True, slots=True)
class StageCount:
    """People in a stage, and moves into and out of it in the last MOVES_DAYS days (without redrawn thresholds)."""

    stage: str
    people: int
    came: int
    left: int


@dataclass(frozen=True, slots=True)
class Issued:
    """Enrolled members who can be identified in a way, and how many of them bought in the last N days ({days: people})."""

    kind: str
    people: int
    active: dict[int, int]


@dataclass(frozen=True, slots=True)
class GiftGone:
    """Welcome gifts of one programme that are older than the window: to how many people; who never came on a later
    day, what they got, and what of it still lies there (minor points)."""

    program: Program
    given: int
    gone: int
    points: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """{band or "never": people} of all living members."""

    total: int
    bought: dict[str, int]
    heard: dict[str, int]
    joined: int
    lost: int


def funnel(model: ModelKind, *, now: dt.datetime) -> list[StageCount]:
    """Every stage of the model in order; a stage that only an older model knew comes last while people are in it."""
    people = dict(MemberStage.objects.order_by().values_list("stage").annotate(Count("member")))
    moves = MemberStageChange.objects.filter(changed_on__gt=moves_since(now), is_redrawn=False).order_by()
    came = dict(moves.values_list("to_stage").annotate(Count("id")))
    left = dict(moves.values_list("from_stage").annotate(Count("id")))
    order = [stage.value for stage in stages_of(model)]
    order += [stage for stage in people if stage not in order]
    return [StageCount(stage, people.get(stage, 0), came.get(stage, 0), left.get(stage, 0)) for stage in order]


def moves_since(now: dt.datetime) -> dt.date:
    """Moves after this day are "of the last month"."""
    return today_on(now) - dt.timedelta(days=MOVES_DAYS)


def rfm_grid() -> dict[tuple[int, int], int]:
    """{(recency, frequency): people}, everybody who ever bought."""
    rows = MemberStage.objects.filter(recency__isnull=False).order_by().values_list("recency", "frequency")
    return {(recency, frequency): people for recency, frequency, people in rows.annotate(Count("member"))}


def issued_and_active(*, now: dt.datetime) -> list[Issued]:
    """First any way at all, then each kind of identifier that somebody has (M09). One statement."""
    active = ", ".join(f"count(*) FILTER (WHERE s.last_at >= %(since_{days})s)" for days in ACTIVE_DAYS)
    text = f"""
        SELECT coalesce(i.kind, ''), count(*), {active}
        FROM members_member m
        JOIN (SELECT member_id, kind FROM members_identifier WHERE ended_at IS NULL AND NOT is_blocked
              GROUP BY GROUPING SETS ((member_id), (member_id, kind))) AS i ON i.member_id = m.id
        LEFT JOIN programs_purchasesummary s ON s.member_id = m.id AND s.purchase_count > 0
        WHERE m.status = 'enrolled' GROUP BY i.kind ORDER BY i.kind NULLS FIRST
    """
    values = {f"since_{days}": midnight(now, days) for days in ACTIVE_DAYS}
    return [Issued(row[0], row[1], dict(zip(ACTIVE_DAYS, row[2:], strict=True))) for row in _rows(text, values)]


def gifts_gone(*, days: int, now: dt.datetime) -> list[GiftGone]:
    """By programme, the gifts that are more than `days` days old (M13); programmes that gave none are absent."""
    text = f"""
        SELECT program_id, count(*), count(*) FILTER (WHERE never_back),
               coalesce(sum(points) FILTER (WHERE never_back), 0)::bigint,
               coalesce(sum(remaining) FILTER (WHERE never_back), 0)::bigint
        FROM ({GIFTS}) AS gifts WHERE given_on < %(before)s GROUP BY program_id ORDER BY program_id DESC
    """
    rows = _rows(text, {"before": today_on(now) - dt.timedelta(days=days), **_zone()})
    programs = Program.objects.in_bulk([row[0] for row in rows])
    return [GiftGone(programs[program], *figures) for program, *figures in rows]


def freshness(*, now: dt.datetime) -> Freshness:
    """How long ago everybody last bought, and last got a mail or SMS that the server confirmed (M30)."""
    text = f"""
        SELECT {_band("s.last_at")}, {_band("c.heard_at")}, count(*)
        FROM members_member m
        LEFT JOIN programs_purchasesummary s ON s.member_id = m.id AND s.purchase_count > 0
        LEFT JOIN (SELECT member_id, max(claimed_at) AS heard_at FROM members_message WHERE state = 'sent'
                   GROUP BY member_id) AS c ON c.member_id = m.id
        WHERE m.status = ANY(%(living)s) GROUP BY 1, 2
    """
    values = {f"from_{key}": band_bounds(key, now)[0] for key in BANDS if _has_beginning(key)}
    bought = dict.fromkeys([*BANDS, "never"], 0)
    heard = dict(bought)
    for bought_in, heard_in, people in _rows(text, {**values, "living": list(LIVING)}):
        bought[bought_in] += people
        heard[heard_in] += people
    year = today_on(now) - dt.timedelta(days=365)
    joined = _rows(
        "SELECT count(*) FROM members_member WHERE status = ANY(%(living)s) AND joined_on >= %(year)s",
        {"living": list(LIVING), "year": year},
    )[0][0]
    lost = MemberStageChange.objects.filter(Q(to_stage="lost"), changed_on__gte=year, is_redrawn=False).count()
    return Freshness(sum(bought.values()), bought, heard, joined, lost)


def _band(column: str) -> str:
    """The band of a moment; the bands follow each other, so the first beginning that is not later is the one."""
    cases = " ".join(f"WHEN {column} >= %(from_{key})s THEN '{key}'" for key in BANDS if _has_beginning(key))
    last = next(key for key in BANDS if not _has_beginning(key))
    return f"CASE WHEN {column} IS NULL THEN 'never' {cases} ELSE '{last}' END"


def _has_beginning(key: str) -> bool:
    """Whether the band has a beginning; the oldest has none."""
    return BANDS[key][1] is not None


def _zone() -> dict[str, Any]:
    return {"zone": company_zone()}


def _rows(text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
