"""Taking a till's offline receipts in: each under its own key and in its own transaction, in the order of their time."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from loyalty_site.ground.errors import DomainError
from programs.errors import IdempotencyKeyReused, ReceiptExists
from programs.models import OfflineBatch, OfflineConflict, Purchase
from programs.services.idempotency import Answer, once
from programs.services.offline.conflicts import book_waiting, propose_corrections
from programs.services.offline.receipts import Booked, OfflineReceipt, Terms, book, current_terms
from programs.services.tills import Till

BATCH_MAX = 200
ENDPOINT = "offline-batches"
TRIES = 3


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one receipt. `status` is booked, flagged, duplicate or rejected; points in minor points.

    `sale` is the public id of the receipt booked (None while nothing could be). `problems` maps codes to what fills
    their sentences; `refusal` is why a rejected one is.
    """

    client_id: str
    status: str
    sale: str | None = None
    points: int = 0
    decimals: int = 0
    problems: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A batch and its receipts, in the order in which they were sent."""

    batch: OfflineBatch
    items: tuple[Item, ...]


def take_in(till: Till, receipts: Sequence[OfflineReceipt], *, unreadable: int, now: dt.datetime) -> Received:
    """Book what a till sold without a connection. `unreadable` counts receipts that the edge could not read.

    Every receipt is booked in a transaction of its own under its own key, so a repeat of the whole upload, or of a
    part of it in any other order, books nothing twice. Rules refuse nothing: what does not fit is an OfflineConflict.
    """
    assert till.terminal_id is not None  # only terminals upload
    batch = OfflineBatch.objects.create(terminal_id=till.terminal_id, received_at=now, rejected_count=unreadable)
    terms = current_terms()
    found: dict[int, Item] = {}
    order = sorted(range(len(receipts)), key=lambda i: (receipts[i].occurred_at, receipts[i].kind == "return", i))
    for position in order:
        found[position] = _take_one(batch, till, receipts[position], terms, now=now)
    items = tuple(found[position] for position in range(len(receipts)))
    sales = [item.sale for item in items if item.sale] + book_waiting(till, now=now)
    propose_corrections(batch, list(Purchase.objects.filter(public_id__in=sales).values_list("id", flat=True)), now=now)
    count = {status: sum(item.status == status for item in items) for status in ("booked", "flagged", "duplicate")}
    batch.booked_count, batch.flagged_count, batch.duplicate_count = count.values()
    batch.rejected_count += sum(item.status == "rejected" for item in items)
    batch.save(update_fields=["booked_count", "flagged_count", "duplicate_count", "rejected_count"])
    return Received(batch, items)


def _take_one(batch: OfflineBatch, till: Till, receipt: OfflineReceipt, terms: Terms, *, now: dt.datetime) -> Item:
    try:
        return _under_key(batch, till, receipt, receipt.client_id, terms, now=now)
    except IdempotencyKeyReused:
        pass
    except DomainError as error:
        return Item(receipt.client_id, "rejected", refusal=error)
    # The key stands for something else: two tills with one memory, or the till tried it online before. The content
    # decides, so the same content is booked once under a key of its own.
    own = "c:" + hashlib.sha256(receipt.client_id.encode() + receipt.body_hash).hexdigest()[:62]
    try:
        return _under_key(batch, till, receipt, own, terms, now=now)
    except DomainError as error:
        return Item(receipt.client_id, "rejected", refusal=error)


def _under_key(
    batch: OfflineBatch, till: Till, receipt: OfflineReceipt, key: str, terms: Terms, *, now: dt.datetime
) -> Item:
    def run() -> Answer:
        booked = book(till, receipt, terms, now=now)
        if key != receipt.client_id and not booked.is_duplicate:
            booked.problems["key_reused"] = {}
        if booked.problems and not booked.is_duplicate:
            _note_conflict(batch, receipt, booked)
        return Answer(200, _to_json(booked), "application/json")

    for attempt in range(1, TRIES + 1):
        try:
            answer = once(
                terminal_id=till.terminal_id or 0,
                key=key,
                endpoint=ENDPOINT,
                body_hash=receipt.body_hash,
                now=now,
                run=run,
            )
            break
        except ReceiptExists:
            # Another upload has taken the number since we looked; now we see whose it is.
            if attempt == TRIES:
                raise
    return _item(till, receipt, json.loads(answer.body), is_replay=answer.is_replay)


def _to_json(booked: Booked) -> str:
    return json.dumps(
        {
            "sale": booked.purchase,
            "points": booked.points,
            "decimals": booked.decimals,
            "duplicate": booked.is_duplicate,
            "problems": booked.problems,
        }
    )


def _item(till: Till, receipt: OfflineReceipt, stored: dict[str, Any], *, is_replay: bool) -> Item:
    sale, problems = stored["sale"], stored["problems"]
    if is_replay and sale is None:
        sale = _booked_since(till, receipt)
    status = "duplicate" if is_replay or stored["duplicate"] else "flagged" if problems else "booked"
    return Item(receipt.client_id, status, sale, stored["points"], stored["decimals"], problems)


def _booked_since(till: Till, receipt: OfflineReceipt) -> str | None:
    """A return that had waited for its sale may have been booked by now."""
    conflict = (
        OfflineConflict.objects.filter(
            batch__terminal=till.terminal_id, client_id=receipt.client_id, purchase__isnull=False
        )
        .select_related("purchase")
        .first()
    )
    return str(conflict.purchase.public_id) if conflict and conflict.purchase else None


def _note_conflict(batch: OfflineBatch, receipt: OfflineReceipt, booked: Booked) -> None:
    purchase = Purchase.objects.filter(public_id=booked.purchase).first() if booked.purchase else None
    with transaction.atomic():
        OfflineConflict.objects.create(
            batch=batch,
            purchase=purchase,
            client_id=receipt.client_id,
            codes=list(booked.problems),
            details=booked.problems,
            waiting=_waiting(receipt) if booked.waits else None,
            account_id=booked.account_id if booked.correction else None,
            points=booked.correction,
        )


def _waiting(receipt: OfflineReceipt) -> dict[str, Any]:
    """What book_waiting needs to book a return later."""
    return {
        "receipt_number": receipt.receipt_number,
        "register": receipt.register,
        "occurred_at": receipt.occurred_at.isoformat(),
        "cashier_number": receipt.cashier_number,
        "sale_id": receipt.sale_id,
        "sale_register": receipt.sale_register,
        "sale_number": receipt.sale_number,
        "sale_on": receipt.sale_on.isoformat() if receipt.sale_on else None,
        "pieces": [[piece.position, str(piece.quantity)] for piece in receipt.pieces],
    }
