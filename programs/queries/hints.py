"""What a till may hint at about the person in front of it: flags, favourites and notices, never dates or figures of
theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from members.queries.notices import LIVE
from programs.queries.coupons_to_use import USABLE
from programs.rules.dates import is_birthday_within

# Favourites are looked for among this many of the newest receipts, so that a regular of ten years costs no more.
RECEIPTS_READ = 50
USUAL_SHOWN = 3
NOTICES_SHOWN = 5
# What counts as the week of a birthday: as many days before and after it.
BIRTHDAY_DAYS = 3
# How long ago the visit before was, in the words a till gets: never dates.
ABSENCES = ((365, "year"), (182, "half_year"), (91, "quarter"), (30, "month"))


@dataclass(frozen=True, slots=True)
class Hints:
    """`notices`: (id, text, whether it is to be said once), newest first. `first_visit_since`: "never" (it is the first), "month", "quarter", "half_year", "year", or "" for a regular."""

    birthday_this_week: bool
    first_visit_since: str
    usual: tuple[tuple[str, str], ...]
    coupons: int
    is_unasked: bool = False  # about offers, neither yes nor no
    notices: tuple[tuple[int, str, bool], ...] = ()


# One article counts once a receipt: a crate of water is one habit, not twenty-four. Nothing that was only bought once.
_HINTS = f"""
    SELECT m.birth_month, m.birth_day, s.last_at,
           (SELECT count(*) {USABLE}),
           (SELECT coalesce(json_agg(json_build_array(u.sku, coalesce(p.name, '')) ORDER BY u.times DESC, u.sku), '[]')
            FROM (SELECT l.sku, max(l.product_id) AS product_id, count(DISTINCT l.purchase_id) AS times
                  FROM (SELECT id FROM programs_purchase WHERE member_id = m.id AND kind = 'sale'
                        ORDER BY occurred_at DESC LIMIT %(receipts)s) r
                  JOIN programs_purchaseline l ON l.purchase_id = r.id
                  GROUP BY l.sku HAVING count(DISTINCT l.purchase_id) > 1
                  ORDER BY times DESC, l.sku LIMIT %(shown)s) u
            LEFT JOIN programs_product p ON p.id = u.product_id),
           NOT EXISTS (SELECT 1 FROM members_currentconsent n WHERE n.member_id = m.id AND n.purpose = 'marketing'),
           (SELECT coalesce(json_agg(json_build_array(t.id, t.text, t.is_once) ORDER BY t.id DESC), '[]')
            FROM (SELECT id, text, is_once FROM members_notice
                  WHERE member_id = ANY(%(about)s) AND {LIVE}
                  ORDER BY id DESC LIMIT %(notices)s) t)
    FROM members_member m LEFT JOIN programs_purchasesummary s ON s.member_id = m.id
    WHERE m.id = %(member)s
"""


def hints_for(
    member_id: int,
    *,
    today: dt.date,
    now: dt.datetime,
    program_id: int | None = None,
    cited: Collection[str] = (),
    notices_about: Sequence[int] = (),
) -> Hints:
    """The hints about one member and the notices about some, in one statement; `today` is the day on the store's wall.
    Coupons count that are of a programme and of one of the kinds that its rules name, `cited`."""
    asked: dict[str, Any] = {
        "member": member_id,
        "about": list(notices_about),
        "program": program_id,
        "cited": sorted(cited),
        "today": today,
        "now": now,
        "receipts": RECEIPTS_READ,
        "shown": USUAL_SHOWN,
        "notices": NOTICES_SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HINTS, asked)
        month, day, last_at, coupons, usual, is_unasked, notices = cursor.fetchone()
    return Hints(
        birthday_this_week=bool(month and day) and is_birthday_within(month, day, today, BIRTHDAY_DAYS),
        first_visit_since=_absence(last_at, now),
        usual=tuple((sku, name) for sku, name in usual),
        coupons=coupons,
        is_unasked=is_unasked,
        notices=tuple((number, text, is_once) for number, text, is_once in notices),
    )


def _absence(last_at: dt.datetime | None, now: dt.datetime) -> str:
    if last_at is None:
        return "never"
    return next((word for days, word in ABSENCES if now - last_at >= dt.timedelta(days=days)), "")
