"""Stores, as files bring them: of a partner that is there already, known by code, or by name where there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import ClassVar, override
from zoneinfo import available_timezones

from loyalty_site.ground.models import Company
from members.services import fold_words, one_line
from programs.models import ImportBatch, Partner, Store, UndoOutcome
from programs.queries.cited import cited_by_rules
from programs.queries.referenced import referenced
from programs.rules.importing.headings import Vocabulary
from programs.rules.importing.plan import Plan
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood
from programs.rules.importing.stores import CODE_MAX, STORES, read_store
from programs.services.importing.things.loader import Loader, Stored, Write


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """{small letters: name}: whole names, and last parts (Moscow) that only one zone has."""
    names = available_timezones()
    lasts = [name.rpartition("/")[2].casefold() for name in names]
    places = {last: name for last, name in zip(lasts, names, strict=True) if lasts.count(last) == 1}
    return places | {name.casefold(): name for name in names}


class StoreLoader(Loader):
    """The key is "partner id:code"."""

    about: ClassVar[Vocabulary] = STORES
    needs: ClassVar[tuple[str, ...]] = ("name",)

    @override
    def read(self, record: Record, plan: Plan, batch: ImportBatch) -> Understood:
        return read_store(record, plan, one_line, zones=_zones())

    @override
    def look_up(self, batch: ImportBatch, rows: Sequence[Understood], now: dt.datetime) -> None:
        """The partner of each, and a code for those that the file knows by name only."""
        partners = list(Partner.objects.order_by("pk"))
        by_text = {text.casefold(): one for one in reversed(partners) for text in (one.name, one.code)}
        usual = next((one for one in partners if one.pk == batch.terms.get("partner")), None)
        usual = usual or (partners[0] if len(partners) == 1 else None)
        codes = _Codes()
        for row in rows:
            text = row.given.get("partner", "")
            partner = by_text.get(text.casefold()) if text else usual
            if partner is None:
                row.refuse("partner_unknown" if text else "partner_missing")
                continue
            row.given["partner"] = partner.name
            code = row.given.setdefault("code", codes.of(partner.pk, row.given.get("name", "")))
            row.keys.append(("store", f"{partner.pk}:{code}", code))

    @override
    def find(self, batch: ImportBatch, keys: Collection[str], *, is_locked: bool = False) -> dict[str, Stored]:
        wanted = {key.partition(":")[2] for key in keys}
        stores = Store.objects.filter(code__in=wanted).order_by("pk").select_related("partner")
        if is_locked:
            stores = stores.select_for_update(of=("self",))
        return {f"{store.partner_id}:{store.code}": _stored(store) for store in stores}

    @override
    def locked(self, ids: Collection[int]) -> dict[int, Stored]:
        stores = Store.objects.filter(pk__in=ids).order_by("pk").select_related("partner")
        return {store.pk: _stored(store) for store in stores.select_for_update(of=("self",))}

    @override
    def write(self, batch: ImportBatch, writes: Sequence[Write], now: dt.datetime) -> None:
        company = Company.objects.first()
        zone = company.time_zone if company else "UTC"
        new = [one for one in writes if one.id is None]
        made = Store.objects.bulk_create(_new(one, zone) for one in new)
        for one, store in zip(new, made, strict=True):
            one.id = store.pk
        _change({one.id: one.values for one in writes if one.id and one not in new})

    @override
    def used(self, things: Mapping[int, Stored]) -> dict[int, str]:
        cited = cited_by_rules().codes
        reasons = {pk: str(UndoOutcome.CITED) for pk, one in things.items() if one.values["code"] in cited}
        return reasons | dict.fromkeys(referenced(Store, things), str(UndoOutcome.WORKING))

    @override
    def restore(self, values: Mapping[int, dict[str, str]]) -> None:
        _change(values)

    @override
    def remove(self, ids: Collection[int]) -> None:
        Store.objects.filter(pk__in=ids).delete()


class _Codes:
    """Codes for stores that a file knows by their names: their own where they are there, new ones of plain letters."""

    def __init__(self) -> None:
        rows = list(Store.objects.order_by("-pk").values_list("partner_id", "name", "code"))
        self._by_name = {(partner, name.casefold()): code for partner, name, code in rows}
        self._taken = {(partner, code) for partner, _name, code in rows}

    def of(self, partner_id: int, name: str) -> str:
        known = self._by_name.get((partner_id, name.casefold()))
        if known:
            return known
        stem = "-".join(fold_words(name))[: CODE_MAX - 5].strip("-") or "store"
        number = 1
        while (partner_id, code := stem if number == 1 else f"{stem}-{number}") in self._taken:
            number += 1
        self._taken.add((partner_id, code))
        self._by_name[partner_id, name.casefold()] = code
        return code


def _stored(store: Store) -> Stored:
    return Stored(
        store.pk,
        {
            "code": store.code,
            "name": store.name,
            "partner": store.partner.name,
            "city": store.city,
            "time_zone": store.time_zone,
            "is_open": "yes" if store.is_open else "no",
        },
    )


def _new(one: Write, zone: str) -> Store:
    partner_id, _, code = one.key.partition(":")
    values = one.values
    return Store(
        partner_id=int(partner_id),
        code=code,
        name=values["name"],
        city=values.get("city", ""),
        time_zone=values.get("time_zone", zone),
        is_open=values.get("is_open") != "no",
    )


def _change(values: Mapping[int, dict[str, str]]) -> None:
    stores = list(Store.objects.filter(pk__in=values))
    for store in stores:
        new = values[store.pk]
        store.name, store.city = new.get("name", store.name), new.get("city", store.city)
        store.time_zone = new.get("time_zone", store.time_zone)
        store.is_open = new["is_open"] == "yes" if "is_open" in new else store.is_open
    Store.objects.bulk_update(stores, ["name", "city", "time_zone", "is_open"], batch_size=500)
