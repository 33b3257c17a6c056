"""Burning the points of a day: balances, lots, movements and postings, beside one bare UPDATE of the same lots and balances;
by itself, and together with the warnings of it a month and a week before.

Every round burns a slice of its own, so both paths meet tables of the same size and age.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import sys
from collections.abc import Callable

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.measure import Cpu, Used, fresh_database, report

ACCOUNTS = int(os.environ.get("ACCOUNTS", "1000000"))
ROUNDS = 3
# As many as come due on the last day of a quarter: about one account in fourteen in every slice, 216,000 of a million
# in the three slices of each path.
SLICE = ACCOUNTS * 72 // 1000
FIRST = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
# Days between the slices: more than the first warning comes ahead, so that each is warned of by itself.
APART = 40

# Two lots an account: one that is due (on a day of its slice, or next year) and one that has years to go.
_DATA = """
    INSERT INTO members_member (public_id, kind, status, name, search_name, language, sex, joined_on, source, note, custom)
    SELECT gen_random_uuid(), 'person', 'enrolled', 'Person ' || n, 'person ' || n, 'en', '', date '2025-01-01', '', '', '{}'
    FROM generate_series(1, %(accounts)s) n;
    INSERT INTO programs_account (program_id, owner_id, available, next_due_at)
    SELECT %(program)s, m.id, 300,
           CASE WHEN n < 2 * %(rounds)s * %(slice)s THEN %(first)s::timestamptz + make_interval(days => (n / %(slice)s)::int * %(apart)s)
                ELSE %(first)s::timestamptz + interval '1 year' END
    FROM (SELECT id, row_number() OVER (ORDER BY hashint8(id), id) - 1 AS n FROM members_member) m ORDER BY m.id;
    INSERT INTO programs_lot (account_id, granted, remaining, is_pending, earned_at, expires_at)
    SELECT id, 100, 100, false, %(first)s::timestamptz - interval '1 year', next_due_at FROM programs_account ORDER BY id;
    INSERT INTO programs_lot (account_id, granted, remaining, is_pending, earned_at, expires_at)
    SELECT id, 200, 200, false, %(first)s::timestamptz - interval '1 month', %(first)s::timestamptz + interval '3 years'
    FROM programs_account ORDER BY id;
"""
_BARE = """
    WITH due AS (
        SELECT id, account_id, remaining FROM programs_lot
        WHERE account_id IN (SELECT id FROM programs_account WHERE next_due_at <= %(now)s)
          AND remaining > 0 AND expires_at <= %(now)s
    ), emptied AS (
        UPDATE programs_lot l SET remaining = 0 FROM due WHERE due.id = l.id
    )
    UPDATE programs_account a SET available = a.available - burnt.points, next_due_at = NULL
    FROM (SELECT account_id, sum(remaining) AS points FROM due GROUP BY account_id) AS burnt
    WHERE a.id = burnt.account_id
"""


def main() -> int:
    with fresh_database():
        return run()


def run() -> int:
    from django.db import connection

    from programs.models import BurnWarning, LedgerTransaction, Posting
    from programs.services.ledger import roll_due_accounts
    from programs.services.warnings import warn_of_burning

    prepare()
    day = iter(range(2 * ROUNDS))

    def moment() -> dt.datetime:
        return FIRST + dt.timedelta(days=APART * next(day))

    def warn(now: dt.datetime) -> None:
        # Nobody of these has an address: a letter's cost is mail.py's.
        for days in (30, 7):
            assert warn_of_burning(now=now - dt.timedelta(days=days)) == SLICE

    def burn(now: dt.datetime) -> None:
        rolled = 0
        while more := roll_due_accounts(now=now):
            rolled += more
        assert rolled == SLICE, rolled

    def bare(now: dt.datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_BARE, {"now": now})
            assert cursor.rowcount == SLICE

    cpu = Cpu()

    def cost(path: Callable[[dt.datetime], None], now: dt.datetime) -> Used:
        before = cpu()
        path(now)
        return cpu() - before

    warned: list[Used] = []
    burnt: list[Used] = []
    yard: list[Used] = []
    for number in range(ROUNDS):
        for is_product in (number % 2 == 1, number % 2 == 0):
            now = moment()
            if is_product:
                warned.append(cost(warn, now))
                burnt.append(cost(burn, now))
            else:
                yard.append(cost(bare, now))
    assert LedgerTransaction.objects.count() == Posting.objects.count() == ROUNDS * SLICE
    assert BurnWarning.objects.count() == 2 * ROUNDS * SLICE
    print(f"{ACCOUNTS} accounts, {SLICE} due a round; burning:")
    ratios = report(burnt, yard, 1)
    print("warnings at two thresholds, and burning:")
    together = report([one + other for one, other in zip(warned, burnt, strict=True)], yard, 1)
    print(f"RATIO burn {statistics.median(ratios):.2f} goal <=2")
    print(f"RATIO burn-warned {statistics.median(together):.2f} goal <=2")
    return 0


def prepare() -> None:
    from django.db import connection
    from psycopg import ClientCursor

    from tests.factories import configuration as make

    make.CompanyFactory()
    program = make.ProgramFactory(expiry_months=12)
    make.publish(program, at=FIRST - dt.timedelta(days=800))
    values = {
        "accounts": ACCOUNTS,
        "program": program.pk,
        "rounds": ROUNDS,
        "slice": SLICE,
        "first": FIRST,
        "apart": APART,
    }
    with connection.cursor() as cursor:
        for statement in _DATA.split(";\n"):
            if statement.strip():
                cursor.execute(ClientCursor(connection.connection).mogrify(statement, values).replace("%", "%%"))
        cursor.execute("VACUUM ANALYZE programs_account")
        cursor.execute("VACUUM ANALYZE programs_lot")


if __name__ == "__main__":
    sys.exit(main())
