"""What was bought in windows of time, for the rules that ask for it (rules/windows.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from loyalty_site.ground.statements import Statement
from programs.rules.windows import SPEND, VISITS, Window

# By member, because that is what receipts are indexed by: everybody who uses the account or has used it. Theirs are the
# receipts of the account and of those that were merged into it (one after the other, too), and of whoever still uses it also what they bought before
# any programme. Goods that came back count on the day they were bought, so that they lower what they had raised and
# nothing else; a sale that was cancelled is no visit. A store's day begins up to 14 hours before or after that of UTC.
_BOUGHT = Statement("""
    SELECT greatest(coalesce(sum(CASE b.kind WHEN 'sale' THEN b.net ELSE -b.net END), 0), 0)::bigint,
           greatest(count(*) FILTER (WHERE b.kind = 'sale') - count(*) FILTER (WHERE b.is_void), 0),
           greatest(coalesce(sum(CASE b.kind WHEN 'sale' THEN b.points ELSE -b.points END), 0), 0)::bigint
    FROM unnest(%(accounts)s::bigint[], %(sinces)s::date[], %(moments)s::timestamptz[], %(receipts)s::bigint[])
         WITH ORDINALITY AS a(account, since, moment, receipt, nth)
    LEFT JOIN LATERAL (
        SELECT p.kind, p.is_void, p.total_minor - p.reward_minor AS net, p.points_earned AS points
        FROM (SELECT member_id, bool_or(ended_at IS NULL) AS uses FROM programs_accountaccess
              WHERE account_id = a.account GROUP BY member_id) AS x
        JOIN programs_purchase p ON p.member_id = x.member_id
        LEFT JOIN programs_purchase o ON o.id = p.original_id
        WHERE p.occurred_at >= (a.since - 2)::timestamp AT TIME ZONE 'UTC'
          AND coalesce(o.business_on, p.business_on) >= a.since
          AND (a.moment IS NULL OR (p.occurred_at, p.id) < (a.moment, a.receipt))
          AND (p.account_id = a.account OR (p.account_id IS NULL AND x.uses)
               OR p.account_id IN (WITH RECURSIVE handed AS (
                       SELECT id FROM programs_account WHERE successor_id = a.account
                       UNION SELECT c.id FROM programs_account c JOIN handed ON c.successor_id = handed.id)
                   SELECT id FROM handed))
    ) AS b ON true
    GROUP BY a.nth ORDER BY a.nth
""")


@dataclass(frozen=True, slots=True)
class Question:
    """What `account_id` bought from the day `since` on; up to `before`, if it is given: (moment, id of the receipt that
    comes first among those of that moment)."""

    account_id: int
    since: dt.date
    before: tuple[dt.datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """Minor money after discounts, sales, and minor points earned, all less what came back; never below 0."""

    spend: int
    visits: int
    points: int


def bought(questions: Sequence[Question]) -> list[Bought]:
    """The answers in their order, in one statement."""
    if not questions:
        return []
    befores = [question.before or (None, 0) for question in questions]
    rows = _BOUGHT.rows(
        {
            "accounts": [question.account_id for question in questions],
            "sinces": [question.since for question in questions],
            "moments": [moment for moment, _ in befores],
            "receipts": [receipt for _, receipt in befores],
        }
    )
    return [Bought(*row) for row in rows]


def windows_of(
    account_id: int, windows: Sequence[Window], today: dt.date, *, before: tuple[dt.datetime, int] | None = None
) -> dict[str, int]:
    """Facts.windows for these windows on a day of the store's calendar."""
    days = sorted({window.since(today) for window in windows})
    found = dict(zip(days, bought([Question(account_id, day, before) for day in days]), strict=True))
    return {window.key: _figure(window, found[window.since(today)]) for window in windows}


def windows_in_order(
    account_id: int, asked: Sequence[tuple[Sequence[Window], dt.date, tuple[dt.datetime, int]]]
) -> list[dict[str, int]]:
    """The same for many receipts of an account, (windows, day, what comes before), in one statement."""
    questions = [
        Question(account_id, window.since(today), before) for windows, today, before in asked for window in windows
    ]
    found = iter(bought(questions))
    return [{window.key: _figure(window, next(found)) for window in windows} for windows, _, _ in asked]


def _figure(window: Window, one: Bought) -> int:
    return one.spend if window.of == SPEND else one.visits if window.of == VISITS else one.points
