"""A customer file from upload to applied, beside one COPY and INSERT..SELECT of the same rows into the same tables.

And beside django-import-export's bulk resource, which writes one row a customer where we write about ten.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
_FOLDER = tempfile.mkdtemp(prefix="regulars-bench-")
os.environ.setdefault("MEDIA_ROOT", _FOLDER)

import psutil  # noqa: E402

from benchmarks.measure import Cpu, fresh_database  # noqa: E402

CUSTOMERS = int(os.environ.get("CUSTOMERS", "1000000"))
STOCK = min(CUSTOMERS, 20_000)
NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
HEADINGS = ["phone", "name", "email", "card", "city", "date of birth", "points"]

_STAGE = """
    CREATE TEMP TABLE bare (
        line serial, phone text, name text, email text, card text, city text, birth date, points int,
        member bigint, account bigint, lot bigint, tx bigint
    )
"""
# Everything that the import leaves behind of a new customer: the row of the file with what it was understood as (which is
# what an undoing needs of somebody new), the person, three keys, an address, an account with its access, and the opening
# balance as a lot, a movement and a posting. Not in it: what the import writes and takes away again, namely the keys by
# which a later row of the file finds an earlier one, and the second version of the file's row when it is applied.
_BARE = """
    UPDATE bare SET member = nextval('members_member_id_seq'), account = nextval('programs_account_id_seq'),
        lot = nextval('programs_lot_id_seq'), tx = nextval('programs_ledgertransaction_id_seq');
    INSERT INTO members_member (id, public_id, kind, status, name, search_name, language, sex, birth_year, birth_month,
                                birth_day, source, note, custom)
    SELECT member, gen_random_uuid(), 'person', 'enrolled', name, lower(name), '', '', extract(year FROM birth),
           extract(month FROM birth), extract(day FROM birth), 'import', '', '{}' FROM bare;
    INSERT INTO members_identifier (member_id, kind, value, shown, created_at)
    SELECT member, 'phone', phone, phone, %(now)s FROM bare UNION ALL
    SELECT member, 'email', email, email, %(now)s FROM bare UNION ALL
    SELECT member, 'card', card, card, %(now)s FROM bare;
    INSERT INTO members_address (member_id, city, street, postcode) SELECT member, city, '', '' FROM bare;
    INSERT INTO programs_account (id, program_id, owner_id, available, opened_at, active_at, next_due_at)
    SELECT account, %(program)s, member, points, %(now)s, %(now)s, %(now)s::timestamptz + interval '1 year' FROM bare;
    INSERT INTO programs_accountaccess (account_id, member_id, program_id, since)
    SELECT account, member, %(program)s, %(now)s FROM bare;
    INSERT INTO programs_ledgertransaction (id, program_id, kind, import_batch_id, actor_label, occurred_at)
    SELECT tx, %(program)s, 'opening', %(batch)s, 'import ' || %(batch)s, %(now)s FROM bare;
    INSERT INTO programs_lot (id, account_id, granted, remaining, is_pending, earned_at, expires_at)
    SELECT lot, account, points, points, false, %(now)s, %(now)s::timestamptz + interval '1 year' FROM bare;
    INSERT INTO programs_posting (transaction_id, account_id, lot_id, from_bucket, to_bucket, amount)
    SELECT tx, account, lot, 'issued', 'available', points FROM bare;
    INSERT INTO programs_importrow (batch_id, line, raw, values, outcome, reason, warnings, member_id, applied_at)
    SELECT %(batch)s, line, jsonb_build_array(phone, name, email, card, city, birth, points::text),
           jsonb_build_object('given', given, 'opening', jsonb_build_array('add', points::text), 'keys', jsonb_build_array(
                                  jsonb_build_array('phone', phone, phone), jsonb_build_array('email', email, email),
                                  jsonb_build_array('card', card, card)), 'search', lower(name)),
           'create', '', '[]', member, %(now)s
    FROM bare, LATERAL (SELECT jsonb_build_object('phone', phone, 'name', name, 'email', email, 'card', card,
                                                  'city', city, 'birth_date', birth, 'points', points::text)) AS g(given)
"""


def customers(prefix: int, count: int) -> Iterator[list[str]]:
    """People whose keys no other prefix has."""
    for number in range(count):
        key = f"{prefix}{number:07d}"
        day = dt.date(1950, 1, 1) + dt.timedelta(days=number % 20_000)
        yield [
            f"+790{key}",
            f"Customer {number} of {prefix}",
            f"customer{key}@example.org",
            f"C{key}",
            f"Town {number % 500}",
            day.isoformat(),
            str(number % 900 + 1),
        ]


def blocks(prefix: int, count: int, *, headings: bool) -> Iterator[bytes]:
    """The same as a CSV file, a thousand lines at a time."""
    lines = [",".join(HEADINGS)] if headings else []
    for row in customers(prefix, count):
        lines.append(",".join(row))
        if len(lines) >= 1000:
            yield ("\n".join(lines) + "\n").encode()
            lines = []
    if lines:
        yield ("\n".join(lines) + "\n").encode()


def main() -> int:
    try:
        with fresh_database():
            return run()
    finally:
        shutil.rmtree(_FOLDER, ignore_errors=True)


def run() -> int:
    from members.models import Identifier, Member
    from programs.models import Lot
    from tests.factories import configuration as make

    make.CompanyFactory()
    program = make.ProgramFactory(expiry_months=12)
    make.publish(program, at=NOW - dt.timedelta(days=800))
    # Plans of empty tables would be told from those of full ones only by chance.
    empty = written()
    before = measured("bare COPY and INSERT..SELECT", CUSTOMERS, lambda: load_bare(program.pk, prefix=1))
    settle()
    first = written()
    peak = [0]
    ours = measured("import", CUSTOMERS, lambda: bring(program, peak))
    settle()
    compare_rows(empty, first, written())
    assert Member.objects.count() == Lot.objects.count() == 2 * CUSTOMERS
    assert Identifier.objects.count() == 6 * CUSTOMERS
    print(f"{CUSTOMERS} customers; peak memory {peak[0] / 2**20:.0f} MiB above start; ratio {ours / before:.2f} so far")
    # The import finds tables that the yardstick filled before it, so the yardstick goes on where the import ends, too.
    after = measured("bare COPY and INSERT..SELECT again", CUSTOMERS, lambda: load_bare(program.pk, prefix=4))
    bare = (before + after) / 2
    stock = measured("django-import-export, in bulk", STOCK, load_with_stock_resource)
    print(f"ratio to the yardstick before {ours / before:.2f}, after {ours / after:.2f}")
    print(f"RATIO import {ours / bare:.2f} goal <=1.5")
    print(f"RATIO import-vs-stock {stock / ours:.2f} goal >=2")
    return 0


def settle() -> None:
    """Clean up after one path before the other is measured: otherwise autovacuum would sweep up the rows of the yardstick,
    which it cannot see before their one commit, in the time of the import. What it does of an import's own rows while
    they come stays on the import's bill."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join((*TABLES, 'programs_importkey'))}")
        cursor.execute("CHECKPOINT")


TABLES = (
    *("members_member", "members_identifier", "members_address", "programs_account", "programs_accountaccess"),
    *("programs_ledgertransaction", "programs_lot", "programs_posting", "programs_importrow"),
)


def written() -> dict[str, tuple[int, int]]:
    """{table: (rows, bytes in them)} of everything that an import leaves behind."""
    from django.db import connection

    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*), coalesce(sum(pg_column_size(t.*)), 0)::bigint FROM {table} t")
            found[table] = cursor.fetchone()
    return found


def compare_rows(
    empty: dict[str, tuple[int, int]], first: dict[str, tuple[int, int]], both: dict[str, tuple[int, int]]
) -> None:
    """The yardstick is one only when it writes as many rows to the same tables as the import, and rows as long."""
    for table in TABLES:
        bare, ours = (
            [after - before for before, after in zip(old[table], new[table], strict=True)]
            for old, new in ((empty, first), (first, both))
        )
        assert bare[0] == ours[0] > 0, (table, bare, ours)
        assert abs(ours[1] / bare[1] - 1) < 0.05, (table, bare, ours)
        print(f"{table}: {ours[0]} rows each; bytes {bare[1] / bare[0]:.0f} bare, {ours[1] / ours[0]:.0f} ours")


def measured(name: str, count: int, work: Callable[[], None]) -> float:
    """Seconds of CPU a customer, ours and the database's."""
    cpu = Cpu()
    before, began = cpu(), time.monotonic()
    work()
    used, took = (cpu() - before).total, time.monotonic() - began
    print(f"{name}: {used / count * 1e6:.0f} us of CPU a customer, {count / took:.0f} customers a second", flush=True)
    return used / count


def load_bare(program_id: int, *, prefix: int = 1) -> None:
    """The yardstick: one transaction, nothing checked, nobody looked up."""
    from django.db import connection, transaction
    from psycopg import ClientCursor

    from programs.models import ImportBatch

    batch = ImportBatch.objects.create(file_name="bare", file_hash="", default_region="RU")
    values = {"now": NOW, "program": program_id, "batch": batch.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("COPY bare (phone, name, email, card, city, birth, points) FROM STDIN (FORMAT csv)") as copy:
            for block in blocks(prefix, CUSTOMERS, headings=False):
                copy.write(block)
        for statement in _BARE.split(";\n"):
            cursor.execute(ClientCursor(connection.connection).mogrify(statement, values).replace("%", "%%"))
        cursor.execute("DROP TABLE bare")


def bring(program: Any, peak: list[int], *, prefix: int = 2) -> None:
    """The product: upload, look, check, confirm, apply. Memory is looked at after every chunk."""
    from loyalty_site.ground.policy import system
    from programs.models import ImportBatch
    from programs.services.importing import UploadOrder, apply, check, confirm_import, start_check, upload_file

    process = psutil.Process()
    start = process.memory_info().rss
    actor = system("benchmark")
    order = UploadOrder(
        file_name="customers.csv",
        blocks=blocks(prefix, CUSTOMERS, headings=True),
        default_region="RU",
        program=program,
    )
    batch = upload_file(order, actor=actor, now=NOW)
    for step, begin in (
        (check.run_chunk, lambda: start_check(batch.pk, now=NOW, in_background=False)),
        (apply.run_chunk, lambda: confirm_import(batch.pk, actor=actor, now=NOW, in_background=False)),
    ):
        begin()
        told, progress = 0, step(batch_id=batch.pk, now=NOW)
        while not progress.is_finished:
            now = process.memory_info().rss - start
            peak[0] = max(peak[0], now)
            tenths = progress.done_count * 10 // (progress.total_count or 1)
            if tenths > told:
                told = tenths
                print(f"{step.__module__}: {told * 10} %, {now / 2**20:.1f} MiB above start", flush=True)
            progress = step(batch_id=batch.pk, now=NOW)
    assert ImportBatch.objects.get(pk=batch.pk).totals["created"] == CUSTOMERS


def load_with_stock_resource() -> None:
    """The library at its best: in bulk, no comparison, no transaction of its own; people alone, no keys, no points."""
    import tablib
    from import_export import resources

    from members.models import Member

    class People(resources.ModelResource):
        class Meta:
            model = Member
            fields = ("public_id", "name", "search_name", "birth_year", "birth_month", "birth_day", "source")
            import_id_fields = ("public_id",)
            use_bulk = True
            batch_size = 1000
            skip_diff = True
            skip_unchanged = False
            use_transactions = False
            force_init_instance = True

    path = Path(_FOLDER) / "stock.csv"
    with path.open("w") as target:
        target.write("public_id,name,search_name,birth_year,birth_month,birth_day,source\n")
        for number, (_phone, name, _email, _card, _city, birth, _points) in enumerate(customers(3, STOCK)):
            year, month, day = birth.split("-")
            target.write(f"00000000-0000-4000-8000-{number:012d},{name},{name.lower()},{year},{month},{day},stock\n")
    found = People().import_data(tablib.Dataset().load(path.read_text(), format="csv"), raise_errors=True)
    assert found.totals["new"] == STOCK


if __name__ == "__main__":
    sys.exit(main())
