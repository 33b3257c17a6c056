"""Who came back after the first purchase, by age, sex and store (M29)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import connection

from programs.queries.base_lists import midnight, today_on
from programs.queries.lifecycle import LIVING
from programs.rules.shares import Proportion

WINDOWS = (30, 60, 90)
LOOKED_BACK = 365
# Upper ends of the bands of age, in years; above the last everybody is together.
AGE_ENDS = (24, 34, 44, 54, 64)

# The first sale is looked up and not taken from the summary: its store is asked, and a sale that was cancelled later is
# none. Another receipt of the same day is one visit. By the index of (member, time), a few rows a member.
_FIRST_AND_SECOND = """
    WITH sales AS NOT MATERIALIZED (
        SELECT p.member_id, p.business_on, p.occurred_at, p.store_id FROM programs_purchase p
        WHERE p.kind = 'sale' AND NOT EXISTS (
            SELECT 1 FROM programs_purchase v WHERE v.original_id = p.id AND v.is_void)
    )
    SELECT CASE WHEN m.birth_year IS NULL THEN NULL ELSE %(year)s - m.birth_year END AS age, m.sex, first.store_id,
           {counts}
    FROM programs_purchasesummary s
    JOIN members_member m ON m.id = s.member_id AND m.status = ANY(%(living)s) AND m.kind = 'person'
    CROSS JOIN LATERAL (SELECT business_on, store_id FROM sales WHERE member_id = s.member_id
                        ORDER BY occurred_at LIMIT 1) AS first
    LEFT JOIN LATERAL (SELECT business_on FROM sales WHERE member_id = s.member_id AND business_on > first.business_on
                       ORDER BY occurred_at LIMIT 1) AS second ON TRUE
    WHERE s.first_at >= %(since)s AND s.purchase_count > 0
    GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class SecondRates:
    """{window of days: who came back} of one group. People whose window has not ended are in none of its figures."""

    by: str  # "", "age", "sex" or "store"
    group: str  # of age "18-24" or "65", of sex its code, of a store its id; "" is: not known
    rates: dict[int, Proportion]


def second_purchases(*, now: dt.datetime, windows: tuple[int, ...] = WINDOWS) -> list[SecondRates]:
    """First everybody, then by age, sex and store of the first purchase, of people who first bought within LOOKED_BACK
    days before the longest window. One statement."""
    today = today_on(now)
    counts = ", ".join(
        f"count(*) FILTER (WHERE first.business_on < %(today)s::date - {days}),"
        f" count(*) FILTER (WHERE first.business_on < %(today)s::date - {days}"
        f" AND second.business_on <= first.business_on + {days})"
        for days in windows
    )
    values: dict[str, Any] = {
        "today": today,
        "year": today.year,
        "since": midnight(now, LOOKED_BACK + max(windows)),
        "living": list(LIVING),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_AND_SECOND.format(counts=counts), values)
        rows = cursor.fetchall()
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 2 * len(windows))
    for age, sex, store, *figures in rows:
        for key in (("", ""), ("age", age_band(age)), ("sex", sex), ("store", str(store))):
            sums[key] = [one + more for one, more in zip(sums[key], figures, strict=True)]
    order = ["", "age", "sex", "store"]
    return [
        SecondRates(
            by,
            group,
            {days: Proportion(found[2 * at + 1], found[2 * at]) for at, days in enumerate(windows)},
        )
        for (by, group), found in sorted(
            sums.items(), key=lambda one: (order.index(one[0][0]), one[0][1] == "", _first(one), one[0][1])
        )
    ]


def _first(one: tuple[tuple[str, str], list[int]]) -> int:
    """Stores by their number of people, the most first; ages and sexes as they are."""
    return -one[1][0] if one[0][0] == "store" else 0


def age_band(age: int | None) -> str:
    """'0-24', '25-34' ... '65', '' when the year of birth is not known. The age is that of this calendar year."""
    if age is None or age < 0:
        return ""
    least = 0
    for end in AGE_ENDS:
        if age <= end:
            return f"{least}-{end}"
        least = end + 1
    return str(least)
