"""Coupon codes, as files bring them, into one kind of coupon that the person chose: {"series": id} of the batch's terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import ClassVar, override
from zoneinfo import ZoneInfo

from programs.models import Coupon, CouponSeries, ImportBatch, ImportRow, UndoOutcome
from programs.queries.company import default_region
from programs.queries.referenced import referenced
from programs.rules.importing.coupons import COUPONS, read_coupon
from programs.rules.importing.headings import Vocabulary
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood
from programs.services.coupons import NewCode, change_ends, load_codes, remove_codes
from programs.services.history import lock_buyers
from programs.services.importing.check import READERS
from programs.services.importing.receipts.known import load_known
from programs.services.importing.things.loader import Loader, Stored, Write


def _series_of(batch: ImportBatch) -> CouponSeries:
    return CouponSeries.objects.select_related("program").get(pk=batch.terms["series"])


class CouponLoader(Loader):
    """A code that is there already keeps everything but its last day. Where a column names the member, the coupon is
    theirs alone."""

    about: ClassVar[Vocabulary] = COUPONS
    fixed: ClassVar[Mapping[str, str]] = {"member": "coupon_of_other_member"}

    @override
    def read(self, record: Record, plan: Plan, batch: ImportBatch) -> Understood:
        # Phones without a country's digits are of the company's own country.
        region = batch.default_region or batch.reading.setdefault("region", default_region())
        return read_coupon(record, plan, READERS, region=region, today=batch.created_at.date())

    @override
    def look_up(self, batch: ImportBatch, rows: Sequence[Understood], now: dt.datetime) -> None:
        """Whose the codes are: row.given["member"] is the number of the one whom all of the row's keys name."""
        known = load_known((key[:2] for row in rows for key in row.keys[1:]), [], [])
        for row in rows:
            keys = row.keys[1:]
            if any(key[:2] in known.erased for key in keys):
                row.refuse("erased")
                del row.keys[1:]
                continue
            owners: dict[int, str] = {}
            for kind, value, _ in keys:
                if (kind, value) in known.owners:
                    owners.setdefault(known.owners[kind, value], kind)
            if len(owners) > 1:
                first, second = list(owners.values())[:2]
                row.refuse(f"{first}_and_{second}_belong_to_different_members")
            elif owners:
                row.given["member"] = str(next(iter(owners)))
            elif keys:
                row.refuse("member_unknown")

    @override
    def settle(self, rows: Sequence[ImportRow]) -> None:
        """Locked until the codes are theirs: nobody is merged or forgotten meanwhile."""
        named = [row for row in rows if "member" in row.values["given"]]
        people = lock_buyers({int(row.values["given"]["member"]) for row in named})
        for row in named:
            row.member_id = people.get(int(row.values["given"]["member"]))
            if row.member_id is None:
                row.outcome, row.reason = "reject", "erased"
            else:
                row.values["given"]["member"] = str(row.member_id)

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
        codes = [
            NewCode(
                one.key,
                _end(one.values.get("valid_until", ""), series.program.time_zone),
                int(one.values["member"]) if "member" in one.values else None,
            )
            for one in new
        ]
        ids = load_codes(series=series, codes=codes, label=f"import {batch.pk}", now=now)
        for one, coupon_id in zip(new, ids, strict=True):
            one.id = coupon_id
        self.restore({one.id: one.values for one in writes if one.id and one not in new})

    @override
    def used(self, things: Mapping[int, Stored]) -> dict[int, str]:
        touched = Coupon.objects.filter(pk__in=things, is_withdrawn=True)
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
        Stored(
            row.pk,
            {
                "code": row.code,
                "valid_until": _day(row.valid_until, zones[row.series_id]),
                "member": str(row.member_id or ""),
            },
        )
        for row in rows
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
