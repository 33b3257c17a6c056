"""Stages and RFM scores of everybody in SQL: the nightly statement and the preview of thresholds read from here.

Hand-written, because a million members are classified in one pass; programs.rules.lifecycle says the same in plain
Python, and a test holds the two together on random people.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from members.models import MemberStatus
from programs.models import LifecycleModel, MemberStage, MemberStageChange
from programs.queries.company import company_zone
from programs.rules.lifecycle import LifecycleRules, Silence, Stage, active_stages, needs_of

# Erased people are in no stage; somebody who was merged into another is not there either.
LIVING = (MemberStatus.ENROLLED.value, MemberStatus.CONTACT.value)
HISTORY_SHOWN = 20

# OFFSET 0 keeps the planner from writing the two conversions of dates into every branch of the CASE.
_PEOPLE = """
    SELECT m.id AS member_id, coalesce(m.joined_on, (m.created_at AT TIME ZONE %(zone)s)::date) AS known_on,
           s.purchase_count AS purchases, s.spend_minor, (s.first_at AT TIME ZONE %(zone)s)::date AS first_on,
           (s.last_at AT TIME ZONE %(zone)s)::date AS last_on
    FROM members_member m
    LEFT JOIN programs_purchasesummary s ON s.member_id = m.id AND s.purchase_count > 0
                                        AND s.first_at IS NOT NULL AND s.last_at IS NOT NULL
    WHERE m.status = ANY(%(living)s) OFFSET 0
"""
# Bounds by moment and not by day: the index and the sort are cheaper, and the day of a moment never runs backwards.
_BOUNDS = """
    SELECT (r[1] AT TIME ZONE %(zone)s)::date AS r1, (r[2] AT TIME ZONE %(zone)s)::date AS r2,
           (r[3] AT TIME ZONE %(zone)s)::date AS r3, (r[4] AT TIME ZONE %(zone)s)::date AS r4,
           f[1] AS f1, f[2] AS f2, f[3] AS f3, f[4] AS f4, m[1] AS m1, m[2] AS m2, m[3] AS m3, m[4] AS m4
    FROM (SELECT percentile_disc('{0.2,0.4,0.6,0.8}'::float8[]) WITHIN GROUP (ORDER BY last_at) AS r,
                 percentile_disc('{0.2,0.4,0.6,0.8}'::float8[]) WITHIN GROUP (ORDER BY purchase_count) AS f,
                 percentile_disc('{0.2,0.4,0.6,0.8}'::float8[]) WITHIN GROUP (ORDER BY spend_minor) AS m
          FROM programs_purchasesummary
          WHERE purchase_count > 0 AND first_at IS NOT NULL AND last_at IS NOT NULL) AS fifths
"""


@dataclass(frozen=True, slots=True)
class MemberLife:
    """What the member page says: the stage now and every move before, the newest first."""

    stage: MemberStage
    moves: tuple[MemberStageChange, ...]


def lifecycle_model() -> LifecycleModel:
    """The one row; with the defaults, and not saved, while nobody has touched it."""
    return LifecycleModel.objects.first() or LifecycleModel(pk=1)


def stage_case(rules: LifecycleRules) -> str:
    """The stage of a row of people (columns purchases, first_on, last_on) as a CASE; reads parameters of `rule_values`."""
    active = [
        f"WHEN purchases >= %({stage.value}_purchases)s AND %(today)s::date - first_on >= %({stage.value}_days)s"
        f" THEN '{stage.value}'"
        for stage in reversed(active_stages(rules.model))
        if stage != Stage.FIRST
    ]
    return f"""CASE WHEN purchases IS NULL THEN '{Stage.POTENTIAL.value}'
        WHEN {_silent("lost", rules)} THEN '{Stage.LOST.value}'
        WHEN {_silent("at_risk", rules)} THEN '{Stage.AT_RISK.value}'
        {" ".join(active)} ELSE '{Stage.FIRST.value}' END"""


def _silent(name: str, rules: LifecycleRules) -> str:
    silent = "%(today)s::date - last_on"
    if rules.silence == Silence.DAYS:
        return f"{silent} > %({name}_limit)s"
    return f"""CASE WHEN purchases >= %(rhythm_purchases)s AND last_on > first_on
        THEN {silent} > %(rhythm_least_days)s
             AND ({silent})::bigint * (purchases - 1) * 10 > %({name}_tenths)s::bigint * (last_on - first_on)
        ELSE {silent} > %({name}_limit)s END"""


def rule_values(rules: LifecycleRules, *, now: dt.datetime) -> dict[str, Any]:
    """The parameters of the statements here: thresholds, the company's zone and its day."""
    zone = company_zone()
    values: dict[str, Any] = {
        "zone": zone,
        "today": now.astimezone(ZoneInfo(zone)).date(),
        "living": list(LIVING),
        "at_risk_limit": rules.at_risk_days,
        "lost_limit": rules.lost_days,
        "at_risk_tenths": rules.at_risk_tenths,
        "lost_tenths": rules.lost_tenths,
        "rhythm_purchases": rules.rhythm_purchases,
        "rhythm_least_days": rules.rhythm_least_days,
    }
    for stage in active_stages(rules.model):
        purchases, days = needs_of(stage, rules)
        values |= {f"{stage.value}_purchases": purchases, f"{stage.value}_days": days}
    return values


def classified(rules: LifecycleRules) -> str:
    """SELECT (member_id, stage, first_since, recency, frequency, money) of every living member.

    `first_since` is what can be said of a stage that is seen for the first time: since when somebody is known, or
    since the first purchase; of the other stages nobody knows.
    """
    scores = ", ".join(
        f"1 + ({column} > {letter}1)::int + ({column} > {letter}2)::int + ({column} > {letter}3)::int"
        f" + ({column} > {letter}4)::int AS {name}"
        for column, letter, name in (("last_on", "r", "recency"), ("purchases", "f", "frequency"), ("spend_minor", "m", "money"))
    )  # fmt: skip
    return f"""
        SELECT member_id, stage, CASE stage WHEN '{Stage.POTENTIAL.value}' THEN known_on
                                            WHEN '{Stage.FIRST.value}' THEN first_on END AS first_since,
               recency, frequency, money
        FROM (SELECT member_id, known_on, first_on, {stage_case(rules)} AS stage, {scores}
              FROM ({_PEOPLE}) AS people CROSS JOIN ({_BOUNDS}) AS bounds) AS seen
    """


def stages_by(rules: LifecycleRules, *, now: dt.datetime) -> dict[str, int]:
    """{stage: people} as these thresholds would draw them now, in the order of the funnel; stages of nobody with 0."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {stage_case(rules)} AS stage, count(*) FROM ({_PEOPLE}) AS people GROUP BY 1",
            rule_values(rules, now=now),
        )
        found = dict(cursor.fetchall())
    return {str(stage): found.get(stage.value, 0) for stage in _order(rules)}


def _order(rules: LifecycleRules) -> Iterable[Stage]:
    return (Stage.POTENTIAL, *active_stages(rules.model), Stage.AT_RISK, Stage.LOST)


def life_of(member_id: int) -> MemberLife | None:
    """The stage of one member and its history; None before the first night that saw them."""
    stage = MemberStage.objects.filter(member=member_id).first()
    if stage is None:
        return None
    moves = MemberStageChange.objects.filter(member=member_id).order_by("-id")[:HISTORY_SHOWN]
    return MemberLife(stage, tuple(moves))
