"""What rules have counted: read before they are asked, and for whoever wants to know how many stamps there are."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from programs.models import Benefit as BenefitRow
from programs.rules.basket import Benefit
from programs.rules.counted import Counted, day_of, period_of
from programs.rules.documents import Compiled
from programs.rules.limits import MEMBER


def said(*, receipts: str = "true", holds: str = "true") -> str:
    """SQL: what each receipt `p`, and each hold `h` that is still open, has moved of which counter."""
    return f"""
    SELECT v.program_id, c.key, CASE WHEN c.member THEN p.member_id END AS member_id, c."on" AS period_on, c.amount
    FROM programs_purchase p JOIN programs_programversion v ON v.id = p.version_id,
         jsonb_to_recordset(p.facts -> 'counts') AS c(key text, member boolean, "on" date, amount bigint)
    WHERE p.facts ? 'counts' AND {receipts}
    UNION ALL
    SELECT v.program_id, c.key, CASE WHEN c.member THEN coalesce(m.survivor_id, m.id) END, c."on", c.amount
    FROM programs_hold h JOIN programs_programversion v ON v.id = h.version_id
    JOIN members_member m ON m.id = h.member_id,
         jsonb_to_recordset(h.order -> 'counts') AS c(key text, member boolean, "on" date, amount bigint)
    WHERE h.state = 'open' AND jsonb_array_length(coalesce(h.order -> 'counts', '[]')) > 0 AND {holds}
    """


_READ = """
    SELECT c.key, c.amount FROM programs_rulecounter c
    JOIN unnest(%(keys)s::text[], %(members)s::bigint[], %(periods)s::date[]) AS w(key, member_id, period_on)
      ON c.program_id = %(program)s AND c.key = w.key AND c.member_id IS NOT DISTINCT FROM w.member_id
         AND c.period_on IS NOT DISTINCT FROM w.period_on
"""
# The sale first, then what came back of it.
_OF_SALE = """
    SELECT kind, facts -> 'counts' FROM programs_purchase
    WHERE (id = %(sale)s OR original_id = %(sale)s) AND facts ? 'counts' ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose counters, and in the periods of which moment."""

    program_id: int
    member_id: int | None
    at: dt.datetime


def counters_of(version: Compiled, whose: Whose) -> dict[str, int]:
    """What each counter that `version` asks says, 0 where nothing is counted. One statement; takes no lock: for a sale the
    account is locked, and what all share is asked again when it is counted."""
    day = day_of(version, whose.at)
    asked = version.asked.counters
    with connection.cursor() as cursor:
        cursor.execute(
            _READ,
            {
                "program": whose.program_id,
                "keys": [one.key for one in asked],
                "members": [whose.member_id if one.per == MEMBER else None for one in asked],
                "periods": [period_of(one.within, day) for one in asked],
            },
        )
        return dict.fromkeys((one.key for one in asked), 0) | dict(cursor.fetchall())


def counted_with(purchase_id: int) -> tuple[list[Counted], list[Counted]]:
    """(what a sale moved, what its returns moved until now)."""
    sold: list[Counted] = []
    back: list[Counted] = []
    with connection.cursor() as cursor:
        cursor.execute(_OF_SALE, {"sale": purchase_id})
        for kind, stored in cursor.fetchall():
            (sold if kind == "sale" else back).extend(map(Counted.from_json, _json(stored)))
    return sold, back


def benefits_given(purchase_id: int) -> list[Benefit]:
    """What a sale gave besides points and money off."""
    rows = BenefitRow.objects.filter(purchase=purchase_id).order_by("id")
    return [Benefit(row.rule_key, row.kind, row.times, row.details) for row in rows]


def _json(stored: Any) -> Any:
    # A cursor gives jsonb as its text.
    return json.loads(stored) if isinstance(stored, str) else stored
