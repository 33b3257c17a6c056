"""Writing movements of one locked account: transactions, lots, postings and balances in one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from loyalty_site.ground.statements import Statement
from programs.models import Bucket, TransactionKind
from programs.services.ledger.locking import Locked

_MEMBER_BUCKETS = (Bucket.PENDING, Bucket.AVAILABLE, Bucket.HELD, Bucket.DEBT)


@dataclass(frozen=True, slots=True)
class Take:
    """`amount` minor points from one bucket to another; of a lot where points of a lot move."""

    amount: int
    from_bucket: Bucket
    to_bucket: Bucket
    lot_id: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A new lot of `amount` minor points from `source`. Whatever the account owes is repaid out of it at once.

    `cites_id` is the lot whose points are given again.
    """

    amount: int
    activates_at: dt.datetime | None
    expires_at: dt.datetime | None
    line_id: int | None = None
    source: Bucket = Bucket.ISSUED
    cites_id: int | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """One ledger transaction to be. Kinds must differ within one call of `post`."""

    kind: TransactionKind
    takes: Sequence[Take] = ()
    grants: Sequence[Grant] = ()


@dataclass(slots=True)
class _Rows:
    """The arrays of the one statement."""

    kinds: list[str] = field(default_factory=list)
    posting_kind: list[str] = field(default_factory=list)
    posting_lot: list[int | None] = field(default_factory=list)
    posting_from: list[str] = field(default_factory=list)
    posting_to: list[str] = field(default_factory=list)
    posting_amount: list[int] = field(default_factory=list)
    grant_kind: list[str] = field(default_factory=list)
    grant_line: list[int | None] = field(default_factory=list)
    grant_amount: list[int] = field(default_factory=list)
    grant_repaid: list[int] = field(default_factory=list)
    grant_pending: list[bool] = field(default_factory=list)
    grant_activates: list[dt.datetime | None] = field(default_factory=list)
    grant_expires: list[dt.datetime | None] = field(default_factory=list)
    grant_cites: list[int | None] = field(default_factory=list)
    grant_source: list[str] = field(default_factory=list)
    lot_held: dict[int, int] = field(default_factory=dict)
    lot_delta: dict[int, int] = field(default_factory=dict)
    delta: dict[Bucket, int] = field(default_factory=lambda: dict.fromkeys(_MEMBER_BUCKETS, 0))
    due: list[dt.datetime] = field(default_factory=list)


# One round trip instead of five: the sale's cost is mostly statements. New lots come before their postings
# because both hang on the RETURNING of what was inserted above them.
_POST = Statement("""
    WITH tx AS (
        INSERT INTO programs_ledgertransaction
            (program_id, kind, purchase_id, import_batch_id, hold_id, adjustment_id, merge_id, actor_label, occurred_at,
             posted_at)
        SELECT %(program)s, kind, %(purchase)s, %(batch)s, %(hold)s, %(adjustment)s, %(merge)s, %(actor)s, %(at)s, now()
        FROM unnest(%(kinds)s::text[]) AS kind
        RETURNING id, kind
    ), granted AS (
        SELECT nextval('programs_lot_id_seq') AS id, g.*
        FROM unnest(%(grant_kind)s::text[], %(grant_line)s::bigint[], %(grant_amount)s::bigint[],
                    %(grant_repaid)s::bigint[], %(grant_pending)s::boolean[], %(grant_activates)s::timestamptz[],
                    %(grant_expires)s::timestamptz[], %(grant_cites)s::bigint[], %(grant_source)s::text[])
             AS g(kind, line, amount, repaid, pending, activates_at, expires_at, cites, source)
    ), lots AS (
        INSERT INTO programs_lot
            (id, account_id, purchase_line_id, issuer_id, granted, remaining, is_pending, earned_at, activates_at, expires_at,
             cites_id)
        SELECT id, %(account)s, line, %(partner)s, amount, amount - repaid, pending, %(at)s, activates_at, expires_at,
               cites
        FROM granted
    ), spent AS (
        UPDATE programs_lot
        SET remaining = remaining + change, held = held + kept, is_pending = is_pending AND NOT activated
        FROM unnest(%(lot_ids)s::bigint[], %(lot_changes)s::bigint[], %(lot_helds)s::bigint[],
                    %(lot_activated)s::boolean[])
             AS moved(lot, change, kept, activated)
        WHERE programs_lot.id = moved.lot
    ), posted AS (
        INSERT INTO programs_posting (transaction_id, account_id, lot_id, from_bucket, to_bucket, amount, partner_id)
        SELECT tx.id, %(account)s, p.lot, p.from_bucket, p.to_bucket, p.amount, %(partner)s
        FROM unnest(%(posting_kind)s::text[], %(posting_lot)s::bigint[], %(posting_from)s::text[],
                    %(posting_to)s::text[], %(posting_amount)s::bigint[])
             AS p(kind, lot, from_bucket, to_bucket, amount)
        JOIN tx ON tx.kind = p.kind
        UNION ALL
        SELECT tx.id, %(account)s, g.id, g.source, CASE WHEN g.pending THEN 'pending' ELSE 'available' END, g.amount,
               %(partner)s
        FROM granted g JOIN tx ON tx.kind = g.kind
        UNION ALL
        SELECT tx.id, %(account)s, g.id, CASE WHEN g.pending THEN 'pending' ELSE 'available' END, 'debt', g.repaid,
               %(partner)s
        FROM granted g JOIN tx ON tx.kind = g.kind WHERE g.repaid > 0
    )
    UPDATE programs_account
    SET pending = pending + %(pending)s, available = available + %(available)s, held = held + %(held)s,
        debt = debt - %(debt)s, spend_minor = spend_minor + %(spend)s, tier_key = %(tier)s,
        next_due_at = least(next_due_at, %(due)s::timestamptz),
        active_at = greatest(active_at, %(active_at)s::timestamptz)
    WHERE id = %(account)s
""")


def post(
    account: Locked,
    movements: Sequence[Movement],
    *,
    now: dt.datetime,
    partner_id: int | None = None,
    purchase_id: int | None = None,
    import_batch_id: int | None = None,
    hold_id: int | None = None,
    adjustment_id: int | None = None,
    merge_id: int | None = None,
    active_at: dt.datetime | None = None,
    actor_label: str = "",
    spend_change: int = 0,
    tier_key: str | None = None,
) -> None:
    """Write `movements` of an account whose lock the caller holds, and bring `account` up to date.

    `spend_change` (minor money), `tier_key` and `active_at` (the moment of a sale) travel along because the
    account row is written anyway.
    The database refuses (IntegrityError) whatever would take a lot or a balance below zero.
    """
    rows = _rows(account, movements)
    if tier_key is not None:
        account.tier_key = tier_key
    due = min(rows.due, default=None)
    parameters = {
        "program": account.program_id,
        "account": account.id,
        "purchase": purchase_id,
        "batch": import_batch_id,
        "hold": hold_id,
        "adjustment": adjustment_id,
        "merge": merge_id,
        "active_at": active_at,
        "partner": partner_id,
        "actor": actor_label,
        "at": now,
        "kinds": rows.kinds,
        "posting_kind": rows.posting_kind,
        "posting_lot": rows.posting_lot,
        "posting_from": rows.posting_from,
        "posting_to": rows.posting_to,
        "posting_amount": rows.posting_amount,
        "grant_kind": rows.grant_kind,
        "grant_line": rows.grant_line,
        "grant_amount": rows.grant_amount,
        "grant_repaid": rows.grant_repaid,
        "grant_pending": rows.grant_pending,
        "grant_activates": rows.grant_activates,
        "grant_expires": rows.grant_expires,
        "grant_cites": rows.grant_cites,
        "grant_source": rows.grant_source,
        "lot_ids": list(rows.lot_delta),
        "lot_changes": list(rows.lot_delta.values()),
        "lot_helds": [rows.lot_held.get(lot, 0) for lot in rows.lot_delta],
        "lot_activated": [_is_activated(movements, lot) for lot in rows.lot_delta],
        "pending": rows.delta[Bucket.PENDING],
        "available": rows.delta[Bucket.AVAILABLE],
        "held": rows.delta[Bucket.HELD],
        "debt": rows.delta[Bucket.DEBT],
        "spend": spend_change,
        "tier": account.tier_key,
        "due": due,
    }
    _POST.run(parameters)
    account.pending += rows.delta[Bucket.PENDING]
    account.available += rows.delta[Bucket.AVAILABLE]
    account.held += rows.delta[Bucket.HELD]
    account.debt -= rows.delta[Bucket.DEBT]
    account.spend += spend_change
    if due is not None:
        account.next_due_at = min(due, account.next_due_at or due)


def _rows(account: Locked, movements: Sequence[Movement]) -> _Rows:
    rows = _Rows()
    # What is owed when the grants are written: the takes of the same call may have raised or lowered it.
    owed = account.debt
    for movement in movements:
        for take in movement.takes:
            owed += take.amount * ((take.from_bucket == Bucket.DEBT) - (take.to_bucket == Bucket.DEBT))
    for movement in movements:
        if not movement.takes and not movement.grants:
            continue
        rows.kinds.append(movement.kind.value)
        for take in movement.takes:
            _add_take(rows, movement.kind, take)
        for grant in movement.grants:
            repaid = min(owed, grant.amount)
            owed -= repaid
            _add_grant(rows, movement.kind, grant, repaid)
    return rows


def _add_take(rows: _Rows, kind: TransactionKind, take: Take) -> None:
    rows.posting_kind.append(kind.value)
    rows.posting_lot.append(take.lot_id)
    rows.posting_from.append(take.from_bucket.value)
    rows.posting_to.append(take.to_bucket.value)
    rows.posting_amount.append(take.amount)
    change = 0
    if take.from_bucket in rows.delta:
        rows.delta[take.from_bucket] -= take.amount
        change -= take.amount if take.from_bucket != Bucket.DEBT else 0
    if take.to_bucket in rows.delta:
        rows.delta[take.to_bucket] += take.amount
        change += take.amount if take.to_bucket != Bucket.DEBT else 0
    if take.lot_id is not None:
        rows.lot_delta[take.lot_id] = rows.lot_delta.get(take.lot_id, 0) + change
        # Held points stay in their lot; what they left or came to is the lot's spendable part.
        kept = take.amount * ((take.to_bucket == Bucket.HELD) - (take.from_bucket == Bucket.HELD))
        rows.lot_held[take.lot_id] = rows.lot_held.get(take.lot_id, 0) + kept


def _add_grant(rows: _Rows, kind: TransactionKind, grant: Grant, repaid: int) -> None:
    pending = grant.activates_at is not None
    bucket = Bucket.PENDING if pending else Bucket.AVAILABLE
    rows.grant_kind.append(kind.value)
    rows.grant_line.append(grant.line_id)
    rows.grant_amount.append(grant.amount)
    rows.grant_repaid.append(repaid)
    rows.grant_pending.append(pending)
    rows.grant_activates.append(grant.activates_at)
    rows.grant_expires.append(grant.expires_at)
    rows.grant_cites.append(grant.cites_id)
    rows.grant_source.append(grant.source.value)
    rows.delta[bucket] += grant.amount - repaid
    rows.delta[Bucket.DEBT] += repaid
    rows.due += [moment for moment in (grant.activates_at, grant.expires_at) if moment is not None]


def _is_activated(movements: Sequence[Movement], lot_id: int) -> bool:
    return any(
        take.lot_id == lot_id and take.from_bucket == Bucket.PENDING and take.to_bucket == Bucket.AVAILABLE
        for movement in movements
        for take in movement.takes
    )
