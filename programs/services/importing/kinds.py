"""The kinds of files, and who does the work of each. Jobs come in here and go on by the kind of their batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from loyalty_site.ground.policy import Action, Principal, permits
from loyalty_site.ground.services import JobProgress
from programs.models import ImportBatch, ImportKind
from programs.services.importing import apply, check, undoing
from programs.services.importing.receipts import applying as receipts_applying
from programs.services.importing.receipts import checking as receipts_checking
from programs.services.importing.receipts import undoing as receipts_undoing
from programs.services.importing.things import applying, checking
from programs.services.importing.things import undoing as things_undoing
from programs.services.importing.things.coupons import CouponLoader
from programs.services.importing.things.loader import Loader
from programs.services.importing.things.products import ProductLoader
from programs.services.importing.things.stores import StoreLoader

type Chunk = Callable[..., JobProgress]


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of file: its three kinds of chunk (batch_id, now), and what somebody must be allowed to `add` and
    `change` to load such files. Without such a resource, whoever may import may load it."""

    check: Chunk
    apply: Chunk
    undo: Chunk
    resource: str = ""


def _of_things(loader: Loader, resource: str) -> Work:
    return Work(
        partial(checking.run_chunk, loader),
        partial(applying.run_chunk, loader),
        partial(things_undoing.run_chunk, loader),
        resource,
    )


WORKS: dict[str, Work] = {
    ImportKind.CUSTOMERS: Work(check.run_chunk, apply.run_chunk, undoing.run_chunk),
    ImportKind.PRODUCTS: _of_things(ProductLoader(), "programs.product"),
    ImportKind.STORES: _of_things(StoreLoader(), "programs.store"),
    ImportKind.COUPONS: _of_things(CouponLoader(), "programs.couponseries"),
    ImportKind.RECEIPTS: Work(receipts_checking.run_chunk, receipts_applying.run_chunk, receipts_undoing.run_chunk),
}


def may_load(principal: Principal, kind: str) -> bool:
    """May this person bring in files of a kind? An import needs the right to import and the right to what it writes."""
    resource = WORKS[kind].resource
    return permits(principal, Action.ACT, "programs.importbatch") and (
        not resource or all(permits(principal, action, resource) for action in (Action.ADD, Action.CHANGE))
    )


def check_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """The next chunk of checking a batch."""
    return _work(batch_id).check(batch_id=batch_id, now=now)


def apply_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """The next chunk of applying a batch."""
    return _work(batch_id).apply(batch_id=batch_id, now=now)


def undo_chunk(*, batch_id: int, now: dt.datetime) -> JobProgress:
    """The next chunk of undoing a batch."""
    return _work(batch_id).undo(batch_id=batch_id, now=now)


def _work(batch_id: int) -> Work:
    return WORKS[ImportBatch.objects.values_list("kind", flat=True).get(pk=batch_id)]
