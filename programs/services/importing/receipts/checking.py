"""The preview of a file of receipts: every row staged with what it means, and at the end each receipt judged whole."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from loyalty_site.ground.rules.money import from_minor
from loyalty_site.ground.services import JobProgress
from programs.models import ImportBatch, ImportState
from programs.queries.importing import count_outcomes
from programs.rules.importing.plan import Plan
from programs.rules.importing.receipts import RECEIPT_LINES_MAX, SKU_MAX, receipt_key, understand_receipt
from programs.rules.importing.records import Record, read_records
from programs.rules.importing.rows import Understood
from programs.services.importing.check import RAW_CELL_MAX, READERS, REJECTED_CELL_MAX, next_records
from programs.services.importing.files import copy_of, read_lines
from programs.services.importing.receipts.known import House, Known, KnownStore, Stores, booked, load_known

NOON = dt.time(12)
# Beyond the file's own clock: the till's may run a little ahead of ours.
AHEAD = dt.timedelta(minutes=10)
_COPY = (
    "COPY programs_importrow (batch_id, line, raw, values, outcome, reason, warnings, member_id, object_id, same_as) "
    "FROM STDIN"
)
_ROOTS = "SELECT value, line FROM programs_importkey WHERE batch_id = %s AND kind = 'receipt' AND value = ANY(%s)"
_KEYS = """
    INSERT INTO programs_importkey (batch_id, kind, value, line)
    SELECT %s, 'receipt', * FROM unnest(%s::text[], %s::int[]) ON CONFLICT DO NOTHING
"""
# What can only be said of a receipt once all of its rows are there. One look over the rows, and only those that turn out
# otherwise are written.
_JUDGE = """
    WITH receipt AS MATERIALIZED (
        SELECT coalesce(same_as, line) AS root, bool_or(outcome = 'reject') AS is_bad, count(*) AS rows,
               min(member_id) AS member, max(member_id) AS other, bool_or(outcome = 'create') AS is_new
        FROM programs_importrow WHERE batch_id = %(batch)s AND outcome <> 'skip' GROUP BY 1
    ), differing AS (
        SELECT coalesce(r.same_as, r.line) AS root
        FROM programs_importrow r JOIN programs_purchase p ON p.id = r.object_id
        WHERE r.batch_id = %(batch)s AND r.outcome = 'unchanged'
        GROUP BY 1, p.id HAVING sum((r.values->'receipt'->>'amount')::bigint) <> p.total_minor
    ), judged AS (
        SELECT receipt.root, receipt.member, CASE
            WHEN is_bad THEN 'receipt_incomplete'
            WHEN differing.root IS NOT NULL THEN 'receipt_differs'
            WHEN member <> other THEN 'receipt_of_two_members'
            WHEN rows > %(most)s THEN 'receipt_too_long'
            WHEN is_new AND member IS NULL AND NOT %(keep)s THEN 'member_missing'
            ELSE '' END AS reason, is_new
        FROM receipt LEFT JOIN differing ON differing.root = receipt.root
    )
    UPDATE programs_importrow r SET
        outcome = CASE WHEN j.reason = '' THEN r.outcome ELSE 'reject' END, reason = j.reason,
        member_id = CASE WHEN j.reason = '' THEN j.member ELSE r.member_id END
    FROM judged j
    WHERE r.batch_id = %(batch)s AND coalesce(r.same_as, r.line) = j.root AND r.outcome IN ('create', 'unchanged')
      AND (j.reason <> '' OR r.member_id IS DISTINCT FROM j.member AND j.is_new)
"""
_COUNT = """
    SELECT count(DISTINCT (coalesce(same_as, line), values->'receipt'->>'kind')) FILTER (WHERE outcome = 'create'),
           count(DISTINCT coalesce(same_as, line)) FILTER (WHERE outcome = 'reject'),
           coalesce(sum((values->'receipt'->>'amount')::bigint
                        * CASE values->'receipt'->>'kind' WHEN 'return' THEN -1 ELSE 1 END)
                    FILTER (WHERE outcome = 'create'), 0)::bigint
    FROM programs_importrow WHERE batch_id = %s
"""


def run_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """Check the next records of a batch. Progress is counted in bytes of the file."""
    with transaction.atomic():
        return _run(batch_id, now)


def _run(batch_id: int, now: dt.datetime) -> JobProgress:
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.state != ImportState.CHECKING:
        return JobProgress(0, 0, is_finished=True)
    size = copy_of(batch.stored_name).stat().st_size
    plan = Plan.from_json(batch.reading["plan"])
    at = batch.reading.get("at") or {"offset": 0, "line": 1}
    lines = read_lines(batch.stored_name, offset=at["offset"], number=at["line"])
    records, last, is_finished = next_records(read_records(lines, plan.delimiter, is_wrapped=plan.is_wrapped))
    if last:
        _stage(batch, plan, [record for record in records if record.line > plan.last_head_line], now)
        at = {"offset": last.end, "line": last.last_line + 1}
    batch.reading = {**batch.reading, "at": at}
    if is_finished:
        _judge(batch)
        batch.state = ImportState.CHECKED
        batch.totals = totals_of(batch.pk)
    batch.save(update_fields=["reading", "state", "totals"])
    return JobProgress(at["offset"], size, is_finished=is_finished)


def totals_of(batch_id: int) -> dict[str, Any]:
    """count_outcomes of the rows, and `receipts` that are new, `receipts_rejected`, and the `money` of the new ones
    (minor, sales less returns)."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [batch_id])
        receipts, rejected, money = cursor.fetchone()
    return count_outcomes(batch_id) | {"receipts": receipts, "receipts_rejected": rejected, "money": money}


def _judge(batch: ImportBatch) -> None:
    keep = batch.terms.get("without_member") == "keep"
    with connection.cursor() as cursor:
        # Whatever the planner believes of rows that came a moment ago, they are read from end to end.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(_JUDGE, {"batch": batch.pk, "most": RECEIPT_LINES_MAX, "keep": keep})
        cursor.execute("SET LOCAL enable_nestloop = DEFAULT")


def _stage(batch: ImportBatch, plan: Plan, records: Sequence[Record], now: dt.datetime) -> None:
    house, stores = House(), Stores()
    region = batch.default_region or house.region
    rows = [
        (
            record,
            understand_receipt(record, plan, READERS, region=region, money=house.money, today=now.date()),
        )
        for record in records
    ]
    rows = [(record, row) for record, row in rows if row.outcome != "blank"]
    known = load_known(
        (key[:2] for _, row in rows for key in row.keys),
        {row.given["sku"] for _, row in rows if "sku" in row.given},
        {row.given["name"] for _, row in rows if "name" in row.given},
    )
    staged = [(record, row, _resolve(row, stores, known, batch.terms, now)) for record, row in rows]
    there = booked({_natural(row, means) for _, row, means in staged if not row.outcome})
    roots = _roots(batch, [means["root"] for *_, means in staged if means["root"]])
    new: dict[str, int] = {}
    with connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            for record, row, means in staged:
                root = roots.get(means["root"])
                if means["root"] and root is None:
                    roots[means["root"]] = new[means["root"]] = record.line
                purchase_id = there.get(_natural(row, means)) if not row.outcome else None
                shown = {} if row.reason == "erased" else _shown(row, house.money.exponent)
                copy.write_row(_staged(batch, record, row, means, purchase_id, root, shown))
        if new:
            cursor.execute(_KEYS, [batch.pk, list(new), list(new.values())])


def _resolve(row: Understood, stores: Stores, known: Known, terms: dict[str, str], now: dt.datetime) -> dict[str, Any]:
    """What the row means here, or its refusal; {"root", "store", "member", "moment", "on"}."""
    means: dict[str, Any] = {"root": "", "store": None, "member": None}
    if row.outcome == "skip":
        return means
    store, why = stores.find(row.given.get("store", ""))
    means["root"] = receipt_key(store.id if store else row.given.get("store", ""), row.given)
    if row.outcome:
        return means
    if store is None:
        row.refuse(why)
        return means
    means["store"] = store.id
    row.given["store"] = store.name
    _resolve_moment(row, store, means, now)
    _resolve_member(row, known, means, keeps_all=terms.get("without_member") == "keep")
    _resolve_product(row, known, makes_new=terms.get("products") == "create")
    return means


def _resolve_moment(row: Understood, store: KnownStore, means: dict[str, Any], now: dt.datetime) -> None:
    day = dt.date.fromisoformat(row.given["on"])
    clock = dt.time.fromisoformat(row.given["at"]) if "at" in row.given else NOON
    zone = dt.timezone(dt.timedelta(seconds=int(row.given["offset"]))) if "offset" in row.given else store.zone
    moment = dt.datetime.combine(day, clock, zone)
    on = moment.astimezone(store.zone).date()
    # Without a time, today's receipts count from noon, which may not have come yet.
    if moment > now + AHEAD and ("at" in row.given or on > now.astimezone(store.zone).date()):
        row.refuse("day_in_future")
    means["moment"] = min(moment.astimezone(dt.UTC), now)
    row.given["on"] = means["on"] = on.isoformat()
    means["root"] = receipt_key(store.id, row.given)


def _resolve_member(row: Understood, known: Known, means: dict[str, Any], *, keeps_all: bool) -> None:
    if row.outcome:
        return
    if any(key[:2] in known.erased for key in row.keys):
        # Nothing of somebody who was forgotten is stored again, not even to say why the row is refused.
        row.refuse("erased")
        row.keys.clear()
        return
    owners: dict[int, str] = {}
    for kind, value, _ in row.keys:
        if (kind, value) in known.owners:
            owners.setdefault(known.owners[kind, value], kind)
    if len(owners) > 1:
        first, second = list(owners.values())[:2]
        row.refuse(f"{first}_and_{second}_belong_to_different_members")
    elif owners:
        means["member"] = next(iter(owners))
    elif row.keys and not keeps_all:
        row.refuse("member_unknown")
    elif row.keys:
        row.warnings.append("member_unknown")


def _resolve_product(row: Understood, known: Known, *, makes_new: bool) -> None:
    """The SKU of the row's product; one that has only a name is found, and made, by it."""
    name = row.given.get("name", "")
    stored = known.by_name.get(name.lower(), "")
    sku = row.given.get("sku") or stored or name[:SKU_MAX].rstrip()
    if not sku or row.outcome:
        return
    row.given["sku"] = sku
    if sku not in known.skus and sku != stored:
        if makes_new:
            row.warnings.append("product_made")
        else:
            row.refuse("product_unknown")


def _natural(row: Understood, means: dict[str, Any]) -> tuple[int, str, str, str, str]:
    return means["store"], row.given.get("register", ""), row.given["number"], means["on"], row.given["kind"]


def _roots(batch: ImportBatch, keys: Sequence[str]) -> dict[str, int]:
    """{key: first row} of receipts that earlier chunks of this file began."""
    with connection.cursor() as cursor:
        cursor.execute(_ROOTS, [batch.pk, sorted(set(keys))])
        return dict(cursor.fetchall())


def _staged(
    batch: ImportBatch,
    record: Record,
    row: Understood,
    means: dict[str, Any],
    purchase_id: int | None,
    root: int | None,
    shown: dict[str, str],
) -> tuple[object, ...]:
    outcome = row.outcome or ("unchanged" if purchase_id else "create")
    values: dict[str, Any] = {"state": shown, "changed": [], "opening": None}
    if not row.outcome:
        values["receipt"] = {
            "kind": row.given["kind"],
            "store": means["store"],
            "register": row.given.get("register", ""),
            "number": row.given["number"],
            "on": means["on"],
            "at": means["moment"].isoformat(),
            "sku": row.given.get("sku", ""),
            "name": row.given.get("name", ""),
            "quantity": row.given["quantity"],
            "amount": int(row.given["amount"]),
            "discount": int(row.given["discount"]),
            "original": row.given.get("original", ""),
        }
    most = REJECTED_CELL_MAX if outcome == "reject" else RAW_CELL_MAX
    raw = [cell[:most].replace("\x00", "") for cell in record.cells[:RAW_CELL_MAX]] if row.reason != "erased" else []
    return (
        *(batch.pk, record.line, json.dumps(raw, ensure_ascii=False), json.dumps(values, ensure_ascii=False)),
        *(outcome, row.reason, json.dumps(list(dict.fromkeys(row.warnings)))),
        *(means["member"], purchase_id, root),
    )


def _shown(row: Understood, exponent: int) -> dict[str, str]:
    """For the preview and the report: the row as it was understood, with its member's key as written."""
    shown = {
        name: row.given[name]
        for name in ("number", "on", "at", "store", "register", "sku", "name", "quantity")
        if row.given.get(name)
    }
    if "amount" in row.given:
        sign = "-" if row.given["kind"] == "return" else ""
        shown["amount"] = f"{sign}{from_minor(int(row.given['amount']), exponent):f}"
    if row.keys:
        shown["member"] = row.keys[0][2]
    return shown
