"""Finding what happened, by reading the tables: nothing that sells or returns knows of webhooks.

A row's number is given before its transaction commits, so "everything above the last number" loses rows of
transactions still at work. What is read instead are the rows of all transactions that were over when the snapshot
was taken (below the oldest at work) and had not been when it was last.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from loyalty_site.ground.rules.money import from_minor
from programs.models import DeliveryState, EventCursor, EventKind, WebhookDelivery, WebhookEndpoint

# How many rows later than others a number may commit; numbers further back have settled long ago.
ID_SLACK = 5000
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `subject` names it for good; `data` has ids and amounts, and nobody's name."""

    kind: str
    subject: str
    data: dict[str, Any]
    # For rows that are changed after they were made: who listens since later has not missed this.
    born_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A table that is read. `rows` selects t.id and what `tell` takes, with conditions on `t` appended."""

    name: str
    table: str
    rows: str
    tell: Callable[..., Event]


def _sale(row_id: int, kind: str, public_id: str, original: str | None, member: str | None, *more: Any) -> Event:
    store, business_on, occurred_at, currency, exponent, decimals, total, earned, redeemed, is_offline = more
    is_sale = kind == "sale"
    data = {
        ("sale" if is_sale else "return"): public_id,
        **({} if is_sale else {"sale": original}),
        "member": member,
        "store": store,
        "business_on": business_on.isoformat(),
        "occurred_at": occurred_at.isoformat(),
        "currency": currency,
        "total": f"{from_minor(total, exponent):f}",
        ("points_earned" if is_sale else "points_taken_back"): f"{from_minor(earned, decimals):f}",
        ("points_redeemed" if is_sale else "points_given_back"): f"{from_minor(redeemed, decimals):f}",
        "offline": is_offline,
    }
    return Event(EventKind.SALE_BOOKED if is_sale else EventKind.SALE_RETURNED, f"purchase:{row_id}", data)


def _burnt(row_id: int, member: str, decimals: int, points: int, at: dt.datetime) -> Event:
    data = {"member": member, "points": f"{from_minor(points, decimals):f}", "burnt_at": at.isoformat()}
    return Event(EventKind.POINTS_BURNT, f"burn:{row_id}", data)


def _enrolled(row_id: int, member: str, at: dt.datetime) -> Event:
    data = {"member": member, "enrolled_at": at.isoformat()}
    return Event(EventKind.MEMBER_ENROLLED, f"member:{row_id}", data, born_at=at)


def _tier(row_id: int, member: str, tier: str, at: dt.datetime) -> Event:
    data = {"member": member, "tier": tier, "from_at": at.isoformat()}
    return Event(EventKind.TIER_CHANGED, f"tier:{row_id}", data)


SOURCES = (
    Source(
        "purchases",
        "programs_purchase",
        """
        SELECT t.id, t.kind, t.public_id::text, o.public_id::text, m.public_id::text, s.code, t.business_on,
               t.occurred_at, t.currency, coalesce(g.currency_exponent, c.currency_exponent, 2),
               coalesce(g.point_decimals, 0), t.total_minor, t.points_earned, t.points_redeemed, t.is_offline
        FROM programs_purchase t JOIN programs_store s ON s.id = t.store_id
        LEFT JOIN programs_purchase o ON o.id = t.original_id LEFT JOIN members_member m ON m.id = t.member_id
        LEFT JOIN programs_programversion v ON v.id = t.version_id LEFT JOIN programs_program g ON g.id = v.program_id
        LEFT JOIN ground_company c ON true WHERE t.import_batch_id IS NULL
        """,
        _sale,
    ),
    Source(
        "burns",
        "programs_ledgertransaction",
        """
        SELECT t.id, m.public_id::text, g.point_decimals, p.points, t.occurred_at
        FROM programs_ledgertransaction t
        JOIN LATERAL (SELECT min(account_id) AS account, sum(amount)::bigint AS points FROM programs_posting
                      WHERE transaction_id = t.id AND to_bucket = 'burnt') p ON p.account IS NOT NULL
        JOIN programs_account a ON a.id = p.account JOIN members_member m ON m.id = a.owner_id
        JOIN programs_program g ON g.id = t.program_id WHERE t.kind = 'expire'
        """,
        _burnt,
    ),
    Source(
        "members",
        "members_member",
        # A row that is changed later is a row of a later transaction: told once all the same, by its subject.
        """
        SELECT t.id, t.public_id::text, t.created_at FROM members_member t WHERE t.status = 'enrolled'
        """,
        _enrolled,
    ),
    Source(
        "tiers",
        "programs_tierstanding",
        """
        SELECT t.id, m.public_id::text, t.tier_key, t.from_at FROM programs_tierstanding t
        JOIN programs_account a ON a.id = t.account_id JOIN members_member m ON m.id = a.owner_id WHERE true
        """,
        _tier,
    ),
)

# A row knows the low half of its transaction's number; the snapshot lends it the high half.
_NEW = """
    {rows} AND t.id > %(last_id)s
      AND (%(until)s - ((%(until)s - t.xmin::text::bigint) & 4294967295)) >= %(since)s
      AND (%(until)s - ((%(until)s - t.xmin::text::bigint) & 4294967295)) < %(until)s
    ORDER BY t.id
"""


def collect_events(*, now: dt.datetime) -> int:
    """Read what happened since the last time and lay out a delivery for every endpoint that asked for it.

    Returns how many deliveries were laid out. One at a time: whoever comes second finds the cursors locked and waits.
    """
    laid_out = 0
    for source in SOURCES:
        with transaction.atomic():
            endpoints = list(WebhookEndpoint.objects.filter(is_active=True).order_by("id"))
            for event in _new_events(source):
                laid_out += _lay_out(event, endpoints, now)
    return laid_out


# The first transaction that may still write here: the smallest at work when the snapshot was taken, leaving out those
# that are known to work in another database of the same server. What has ended since counts as ours: told later, never lost.
_HORIZON = """
    SELECT coalesce(
        (
            SELECT min(x::text::bigint) FROM pg_snapshot_xip(s) AS x
            WHERE NOT EXISTS (
                SELECT 1 FROM pg_stat_activity a
                WHERE a.datname <> current_database() AND a.backend_xid::text::bigint = x::text::bigint % 4294967296
            )
        ),
        pg_snapshot_xmax(s)::text::bigint
    ), (SELECT max(id) FROM {table})
    FROM pg_current_snapshot() AS s
"""


def _new_events(source: Source) -> Iterable[Event]:
    EventCursor.objects.get_or_create(source=source.name, defaults={"last_xid": 0})
    cursor_row = EventCursor.objects.select_for_update().get(source=source.name)
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON.format(table=source.table))
        until, last_id = cursor.fetchone()
        rows: list[Any] = []
        # The very first time there is nothing to tell: an endpoint hears of what happens from then on.
        if cursor_row.last_xid:
            floor = {"last_id": cursor_row.last_id - ID_SLACK, "since": cursor_row.last_xid, "until": until}
            cursor.execute(_NEW.format(rows=source.rows), floor)
            rows = cursor.fetchall()
    cursor_row.last_id, cursor_row.last_xid = max(cursor_row.last_id, last_id or 0), until
    cursor_row.save()
    return [source.tell(*row) for row in rows]


def _lay_out(event: Event, endpoints: list[WebhookEndpoint], now: dt.datetime) -> int:
    wanted = [
        endpoint
        for endpoint in endpoints
        if event.kind in endpoint.events and (event.born_at is None or event.born_at >= endpoint.created_at)
    ]
    made = 0
    for endpoint in wanted:
        delivery_id = uuid.uuid4()
        payload = {"id": str(delivery_id), "event": str(event.kind), "at": now.isoformat(), "data": event.data}
        _, is_new = WebhookDelivery.objects.get_or_create(
            endpoint=endpoint,
            event=event.kind,
            subject=event.subject,
            defaults={
                "public_id": delivery_id,
                "payload": payload,
                "state": DeliveryState.WAITING,
                "next_at": now,
                "created_at": now,
            },
        )
        made += is_new
    return made
