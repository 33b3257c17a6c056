"""Coupon codes, as files bring them, into one kind of coupon that the person chose: {"series": id} of the batch's terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import ClassVar, override
from zoneinfo import ZoneInfo

from members.services import one_line
from programs.models import Coupon, CouponSeries, ImportBatch, UndoOutcome
from programs.queries.referenced import referenced
from programs.rules.importing.coupons import COUPONS, read_coupon
from programs.rules.importing.headings import Vocabulary
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood
from programs.services.coupons import change_ends, load_codes, remove_codes
from programs.services.importing.things.loader import Loader, Stored, Write


def _series_of(batch: ImportBatch) -> CouponSeries:
    return CouponSeries.objects.select_related("program").get(pk=batch.terms["series"])


class CouponLoader(Loader):
    """A code that is there already keeps everything but its last day."""

    about: ClassVar[Vocabulary] = COUPONS

    @override
    def read(self, record: Record, plan: Plan, batch: ImportBatch) -> Understood:
        return read_coupon(record, plan, one_line, today=batch.created_at.date())

    @override
    def find(self, batch: ImportBatch, keys: Collection[str], *, is_locked: bool = False) -> dict[str, Stored]:
        found = Coupon.objects.filter(code__in=keys, series=batch.terms["series"]).order_by("pk")
        return {one.values["code"]: one for one in _stored(found.select_for_update() if is_locked else found)}

    @override
    def locked(self, ids: Collection[int]) -> dict[int, Stored]:
        return {one.id: one for one in _stored(Coupon.objects.filter(pk__in=ids).select_for_update().order_by("pk"))}

    @override
    def refusals(self, batch: ImportBatch, keys: Collection[str]) -> dict[str, str]:
        others = Coupon.objects.filter(code__in=keys).exclude(series=batch.terms["series"])
        return dict.fromkeys(others.values_list("code", flat=True), "coupon_of_other_kind")

    @override
    def write(self, batch: ImportBatch, writes: Sequence[Write], now: dt.datetime) -> None:
        series = _series_of(batch)
        new = [one for one in writes if one.id is None]
        ends = [(one.key, _end(one.values.get("valid_until", ""), series.program.time_zone)) for one in new]
        ids = load_codes(series=series, ends=ends, label=f"import {batch.pk}", now=now)
        for one, coupon_id in zip(new, ids, strict=True):
            one.id = coupon_id
        self.restore({one.id: one.values for one in writes if one.id and one not in new})

    @override
    def used(self, things: Mapping[int, Stored]) -> dict[int, str]:
        touched = Coupon.objects.filter(pk__in=things, is_withdrawn=True) | Coupon.objects.filter(
            pk__in=things, member__isnull=False
        )
        ids = {*touched.values_list("pk", flat=True), *referenced(Coupon, things)}
        return dict.fromkeys(ids, str(UndoOutcome.USED))

    @override
    def restore(self, values: Mapping[int, dict[str, str]]) -> None:
        zones = dict(Coupon.objects.filter(pk__in=values).values_list("pk", "series__program__time_zone"))
        change_ends({pk: _end(one["valid_until"], zones[pk]) for pk, one in values.items() if "valid_until" in one})

    @override
    def remove(self, ids: Collection[int]) -> None:
        remove_codes(ids)


def _stored(found: Iterable[Coupon]) -> list[Stored]:
    rows = list(found)
    zones = dict(CouponSeries.objects.values_list("pk", "program__time_zone")) if rows else {}
    return [
        Stored(row.pk, {"code": row.code, "valid_until": _day(row.valid_until, zones[row.series_id])}) for row in rows
    ]


def _day(until: dt.datetime | None, zone: str) -> str:
    """The last day on which a coupon is good; the moment itself when it ends within a day; "" when it never does."""
    if until is None:
        return ""
    local = until.astimezone(ZoneInfo(zone))
    is_midnight = local.time() == dt.time()
    return (local.date() - dt.timedelta(days=1)).isoformat() if is_midnight else until.isoformat()


def _end(text: str, zone: str) -> dt.datetime | None:
    """The inverse: the end of that day on the programme's clock, or the moment."""
    if not text:
        return None
    if len(text) > len("2026-01-31"):
        return dt.datetime.fromisoformat(text)
    after = dt.date.fromisoformat(text) + dt.timedelta(days=1)
    return dt.datetime.combine(after, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)
