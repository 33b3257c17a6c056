"""The nightly stages and scores of a million members, beside one bare statement over the same summaries.

The bare one is what would be written by hand: the same stages and fifths, every row upserted, no history. Every night
a slice of the people buys, and a day passes; the two take turns, each with a table of its own.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.measure import compare, fill_tables, fresh_database

MEMBERS = int(os.environ.get("MEMBERS", "1000000"))
ROUNDS = 3
FIRST = dt.datetime(2026, 6, 1, 3, 0, tzinfo=dt.UTC)
# Nine in ten have bought; few of them often, and the last time longer ago the rarer they buy.
_DATA = """
    INSERT INTO members_member (public_id, kind, status, name, search_name, language, sex, joined_on, source, note, custom)
    SELECT gen_random_uuid(), 'person', 'enrolled', 'Person ' || n, 'person ' || n, 'en', '', date '2025-01-01', '', '', '{}'
    FROM generate_series(1, %(members)s) n;
    INSERT INTO programs_purchasesummary (member_id, purchase_count, spend_minor, returned_minor, first_at, last_at)
    SELECT id, n, n * (500 + h %% 9000), 0, %(first)s::timestamptz - make_interval(days => (h %% 700)::int + n * 9, secs => (h %% 80000)::int),
           %(first)s::timestamptz - make_interval(days => (h %% 700)::int, secs => (h %% 80000)::int)
    FROM (SELECT id, abs(hashint8(id)::bigint) AS h,
                 1 + (power((abs(hashint8(id + 7)::bigint) %% 10000) / 10000.0, 3) * 40)::int AS n FROM members_member) AS who
    WHERE id %% 10 <> 0;
    CREATE TABLE bare_stage (member_id bigint PRIMARY KEY, stage text, recency int, frequency int, money int);
"""
# One in a hundred, others every day.
_BUY = """
    UPDATE programs_purchasesummary SET last_at = %s, purchase_count = purchase_count + 1, spend_minor = spend_minor + 1999
    WHERE hashint8(member_id + %s) %% 100 = 0
"""
_BARE = """
    INSERT INTO bare_stage
    SELECT member_id,
           CASE WHEN silent > CASE WHEN purchase_count >= 4 THEN greatest(30, 4.0 * gap) ELSE 365 END THEN 'lost'
                WHEN silent > CASE WHEN purchase_count >= 4 THEN greatest(30, 2.0 * gap) ELSE 90 END THEN 'at_risk'
                WHEN purchase_count >= 20 AND known >= 365 THEN 'committed' WHEN purchase_count >= 8 AND known >= 180 THEN 'loyal'
                WHEN purchase_count >= 4 THEN 'attached' WHEN purchase_count >= 2 THEN 'repeat' ELSE 'first' END,
           recency, frequency, money
    FROM (SELECT member_id, purchase_count, %(now)s::date - last_at::date AS silent, %(now)s::date - first_at::date AS known,
                 (last_at::date - first_at::date) / greatest(purchase_count - 1, 1)::float8 AS gap,
                 ntile(5) OVER (ORDER BY last_at) AS recency, ntile(5) OVER (ORDER BY purchase_count) AS frequency,
                 ntile(5) OVER (ORDER BY spend_minor) AS money
          FROM programs_purchasesummary) AS s
    ON CONFLICT (member_id) DO UPDATE SET stage = excluded.stage, recency = excluded.recency,
        frequency = excluded.frequency, money = excluded.money
"""


def main() -> int:
    with fresh_database():
        return run()


def run() -> int:
    from django.db import connection, transaction

    from programs.models import MemberStage, MemberStageChange
    from programs.services.lifecycle import refresh_stages

    prepare()
    day = 0

    def product(_number: int) -> None:
        refresh_stages(now=FIRST + dt.timedelta(days=day))

    def bare(_number: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '128MB'")
            cursor.execute(_BARE, {"now": FIRST + dt.timedelta(days=day)})

    print("the first night, when everybody is new:")
    first = compare(product, bare, rounds=1, each=1)
    ratios = []
    for night in range(ROUNDS):
        day = night + 1
        with connection.cursor() as cursor:
            cursor.execute(_BUY, [FIRST + dt.timedelta(days=day), day])
            bought = cursor.rowcount
            cursor.execute("VACUUM ANALYZE programs_purchasesummary")
        print(f"night {day}, after {bought} people bought:")
        ratios += compare(product, bare, rounds=1, each=1)
    assert MemberStage.objects.count() == MEMBERS
    moves = MemberStageChange.objects.count()
    assert moves > 0
    print(
        f"{MEMBERS} members, {moves} moves in {ROUNDS} nights; the first night {first[0]:.2f} times the bare statement"
    )
    print(f"RATIO lifecycle {statistics.median(ratios):.2f} goal <=1.5")
    return 0


def prepare() -> None:
    from tests.factories.configuration import CompanyFactory

    CompanyFactory(time_zone="America/New_York")
    fill_tables(_DATA, {"members": MEMBERS, "first": FIRST})


if __name__ == "__main__":
    sys.exit(main())
