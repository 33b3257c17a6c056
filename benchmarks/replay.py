"""A draft played over a million receipts of two lines, beside reading them: the same stream, each receipt taken apart to its
values and forgotten.

Both run chunk by chunk, as the jobs do, and take turns. The draft has twenty rules (a category each), tiers, burning and
both purses; with COMPARED=1 the running version is asked about every receipt as well. RECEIPTS=100000 for a quick look.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.measure import Cpu, Used, fresh_database, report

RECEIPTS = int(os.environ.get("RECEIPTS", "1000000"))
IS_COMPARED = os.environ.get("COMPARED", "") == "1"
MEMBERS = RECEIPTS // 20
ROUNDS = int(os.environ.get("ROUNDS", "3"))
RULES = 20
FIRST = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_DATA = """
    INSERT INTO members_member (public_id, kind, status, name, search_name, language, sex, joined_on, source, note, custom)
    SELECT gen_random_uuid(), 'person', 'enrolled', 'Person ' || n, 'person ' || n, 'en', '', date '2025-01-01', '', '', '{}'
    FROM generate_series(1, %(members)s) n;
    INSERT INTO programs_category (code, name) SELECT 'category-' || n, 'Category ' || n FROM generate_series(0, 39) n;
    INSERT INTO programs_product (sku, name, category_id)
    SELECT 'sku-' || n, 'Article ' || n, c.id FROM generate_series(0, 9999) n JOIN programs_category c ON c.code = 'category-' || n %% 40;
    INSERT INTO programs_purchase (kind, store_id, register, receipt_number, business_on, occurred_at, member_id, currency,
                                   total_minor, points_earned, points_redeemed, tender_minor, discount_minor, facts, import_batch_id)
    SELECT 'sale', %(store)s, '1', n::text, at::date, at, m.id, 'USD', 1500, 0, 0, 0, 0, '{}', %(batch)s
    FROM (SELECT n, %(first)s::timestamptz + make_interval(secs => (n - 1) * (365 * 86400.0 / %(receipts)s)) AS at,
                 1 + abs(hashint8(n)::bigint) %% %(members)s AS who FROM generate_series(1, %(receipts)s) n) AS g
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS who FROM members_member) m USING (who) ORDER BY g.n;
    INSERT INTO programs_purchaseline (purchase_id, position, sku, product_id, category_id, quantity, amount_minor, discount_minor,
                                       tax_included, tender_minor, points_redeemed, points_earned)
    SELECT p.id, k, x.sku, x.id, x.category_id, 1 + (p.id + k) %% 3, 100 + abs(hashint8(p.id * 2 + k)::bigint) %% 4900, 0,
           true, 0, 0, 0
    FROM programs_purchase p CROSS JOIN generate_series(1, 2) k
    JOIN programs_product x ON x.sku = 'sku-' || abs(hashint8(p.id * 7 + k)::bigint) %% 10000 ORDER BY p.id, k;
    UPDATE programs_purchase p SET total_minor = l.total
    FROM (SELECT purchase_id, sum(amount_minor) AS total FROM programs_purchaseline GROUP BY 1) l WHERE l.purchase_id = p.id;
    INSERT INTO programs_purchasesummary (member_id, purchase_count, spend_minor, returned_minor, first_at, last_at)
    SELECT member_id, count(*), sum(total_minor), 0, min(occurred_at), max(occurred_at) FROM programs_purchase GROUP BY 1;
"""


def main() -> int:
    with fresh_database():
        return run()


def run() -> int:
    from loyalty_site.ground.models import Job
    from loyalty_site.ground.policy import system
    from programs.models import ReplayPart, ReplayRun
    from programs.queries.past import PastReader, next_people
    from programs.services.replays import CHUNK_RECEIPTS, replay_chunk, start_replay

    program = prepare()
    cpu = Cpu()

    def read() -> None:
        """What the replay reads, taken apart and forgotten."""
        count = 0
        for half in (0, 1):
            after, is_last = 0, False
            while not is_last:
                people = next_people(program.pk, half=half, after=after, receipts=CHUNK_RECEIPTS)
                for past in PastReader(since=FIRST, until=UNTIL).read(people):
                    count += len(past.lines)
                after, is_last = people.until, people.is_last
        assert count == 2 * RECEIPTS, count

    def replay() -> ReplayRun:
        run = start_replay(program=program, from_on=None, actor=system("bench"), now=UNTIL)
        for half in (0, 1):
            while not replay_chunk(run_id=run.pk, half=half, now=UNTIL).is_finished:
                pass
        run.refresh_from_db()
        assert run.totals is not None
        assert run.totals["receipts"] == RECEIPTS
        return run

    def cost(work: Any) -> Used:
        before = cpu()
        work()
        return cpu() - before

    mine: list[Used] = []
    yard: list[Used] = []
    tops = [most_memory()]
    for number in range(ROUNDS):
        for is_product in (number % 2 == 1, number % 2 == 0):
            (mine if is_product else yard).append(cost(replay if is_product else read))
        tops.append(most_memory())
    points = sum(cell[6] for cell in (ReplayRun.objects.latest("pk").totals or {})["cells"])
    print(f"{RECEIPTS} receipts of 2 lines, {MEMBERS} members, {points} points; compared: {IS_COMPARED}")
    ratios = report(mine, yard, 1)
    print(f"most memory of this process: {tops[0]} MB before, {tops[-1]} MB after")
    assert not ReplayPart.objects.exists()
    Job.objects.all().delete()
    both_cores(start_replay(program=program, from_on=None, actor=system("bench"), now=UNTIL))
    print(f"RATIO replay-memory {tops[-1] - tops[0]} goal <=200")
    print(f"RATIO replay{'-compared' if IS_COMPARED else ''} {statistics.median(ratios):.2f} goal <=4")
    return 0


def most_memory() -> int:
    """Megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def both_cores(run: Any) -> None:
    """The two halves in processes of their own, as two workers take them: how much of two cores they use."""
    from django.db import connection

    database = connection.settings_dict["NAME"]
    code = (
        "import datetime as dt, sys, time, django; django.setup();"
        "from django.db import connection; connection.settings_dict['NAME'] = sys.argv[1];"
        "from programs.services.replays import replay_chunk\n"
        "now = dt.datetime.fromisoformat(sys.argv[4])\n"
        "while not replay_chunk(run_id=int(sys.argv[2]), half=int(sys.argv[3]), now=now).is_finished: pass\n"
        "print(time.process_time())"
    )
    began = time.monotonic()
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code, database, str(run.pk), str(half), UNTIL.isoformat()],
            stdout=subprocess.PIPE,
            text=True,
        )
        for half in (0, 1)
    ]
    used = [float(worker.communicate()[0]) for worker in workers]
    took = time.monotonic() - began
    run.refresh_from_db()
    assert run.totals["receipts"] == RECEIPTS
    print(
        f"two workers: {took:.1f} s, of which each used {used[0]:.1f} s and {used[1]:.1f} s of CPU, PostgreSQL besides"
    )


def prepare() -> Any:
    from django.db import connection
    from psycopg import ClientCursor

    from benchmarks.engine import document
    from programs.models import ImportBatch
    from tests.factories import configuration as make

    make.CompanyFactory()
    program = make.ProgramFactory(expiry_months=6, redeem_minimum=100)
    for rule in document()["rules"]:
        make.RuleFactory(
            program=program, key=rule["key"], conditions=rule["conditions"], effect=rule["effect"], name=rule["name"]
        )
    for key, threshold, factor in (("silver", 200, "1.5"), ("gold", 800, 2)):
        make.TierFactory(program=program, key=key, threshold=threshold, multiplier=factor)
    if IS_COMPARED:
        make.publish(program, at=FIRST)
        program.rules.filter(key="rule-3").delete()
    batch = ImportBatch.objects.create(kind="receipts", file="past.csv", file_name="past.csv", file_hash="0" * 64)
    values = {
        "members": MEMBERS,
        "receipts": RECEIPTS,
        "first": FIRST,
        "store": make.StoreFactory(time_zone="UTC").pk,
        "batch": batch.pk,
    }
    with connection.cursor() as cursor:
        for statement in _DATA.split(";\n"):
            if statement.strip():
                cursor.execute(ClientCursor(connection.connection).mogrify(statement, values))
        cursor.execute("VACUUM ANALYZE")
    return program


if __name__ == "__main__":
    sys.exit(main())
