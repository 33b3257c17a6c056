"""Tiers by import: by the names of the programme's own, only upwards, and taken back by an undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loyalty_site.ground.policy import system
from members.models import Identifier, Member
from programs.models import Account, ImportBatch, Tier, TierStanding
from programs.queries.verify import verify
from programs.services.importing import (
    UploadOrder,
    apply,
    check,
    confirm_import,
    start_check,
    start_undo,
    undoing,
    upload_file,
)
from tests.factories.configuration import publish
from tests.programs.canonical import canonical
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
Bring = Callable[[str], ImportBatch]


def finish(step: Callable[..., Any], batch: ImportBatch, now: dt.datetime = NOW) -> None:
    while not step(batch_id=batch.pk, now=now).is_finished:
        pass


@pytest.fixture
def bring(shop: Shop, settings: Any, tmp_path: Path) -> Bring:
    settings.MEDIA_ROOT = tmp_path
    Tier.objects.filter(program=shop.program).delete()
    for number, (key, name) in enumerate([("base", "Base"), ("silver", "Silver"), ("gold", "Золотой")]):
        Tier.objects.create(program=shop.program, key=key, name=name, threshold=number * 1000, multiplier=number + 1)
    publish(shop.program, at=NOW - dt.timedelta(days=30))

    def do(rows: str) -> ImportBatch:
        content = f"phone,name,membership level\n{rows}".encode()
        batch = upload_file(UploadOrder("x.csv", [content], "US", program=shop.program), actor=ACTOR, now=NOW)
        start_check(batch.pk, now=NOW, in_background=False)
        finish(check.run_chunk, batch)
        confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
        finish(apply.run_chunk, batch)
        batch.refresh_from_db()
        return batch

    return do


def tier(phone: str) -> str:
    member = Identifier.objects.get(value=phone, ended_at__isnull=True).member
    return Account.objects.get(owner=member).tier_key


def test_by_name_or_key_and_only_upwards(shop: Shop, bring: Bring):
    batch = bring(
        "+12125550101,Ann,золотой\n+12125550102,Bob,SILVER\n+12125550103,Cid,Platinum\n+12125550104,Dan,\n"
        "+12125550101,Ann,silver\n"
    )
    assert [tier(f"+1212555010{n}") for n in range(1, 5)] == ["gold", "silver", "", ""]
    warnings = {row.line: row.warnings for row in batch.rows.exclude(warnings=[])}
    assert warnings == {4: ["tier_unknown"], 6: ["tier_lower"]}
    assert list(TierStanding.objects.values_list("tier_key", "reason").order_by("tier_key")) == [
        ("gold", "import"), ("silver", "import"),
    ]  # fmt: skip
    again = bring("+12125550102,Bob,gold\n")
    assert (again.totals["changed"], tier("+12125550102")) == (1, "gold")
    assert bring("+12125550102,Bob,gold\n").totals["changed"] == 0
    # A sale does not take it away, and counts by it.
    shop.now = NOW + dt.timedelta(hours=1)
    shop.sell({"A": "10.00"}, Member.objects.get(name="Bob"))
    assert tier("+12125550102") == "gold"


def test_undoing_puts_everybody_back_where_they_stood(shop: Shop, bring: Bring):
    bring("+12125550101,Ann,silver\n")
    shop.member("+12125550102", "Bob")
    before = canonical()
    batch = bring("+12125550101,Ann,gold\n+12125550102,Bob,gold\n+12125550103,Cid,gold\n")
    assert canonical() != before or tier("+12125550102") == "gold"
    start_undo(batch.pk, actor=ACTOR, now=NOW, in_background=False)
    finish(undoing.run_chunk, batch)
    assert ImportBatch.objects.get(pk=batch.pk).totals["kept"] == 0
    assert canonical() == before
    assert (tier("+12125550101"), tier("+12125550102")) == ("silver", "")
    assert [finding for finding in verify() if finding.violations] == []


def test_a_tier_reached_since_stays(shop: Shop, bring: Bring):
    batch = bring("+12125550101,Ann,silver\n")
    shop.now = NOW + dt.timedelta(hours=1)
    Account.objects.filter(owner__name="Ann").update(tier_key="gold")
    start_undo(batch.pk, actor=ACTOR, now=shop.now, in_background=False)
    finish(undoing.run_chunk, batch, shop.now)
    assert Account.objects.get(tier_key="gold")


@pytest.mark.parametrize("reason", ["bought", "moved"])
def test_whoever_bought_by_their_tier_keeps_it(reason: str, shop: Shop, bring: Bring):
    """What they bought since counted by it: they stay as they are, by name and reason. Of somebody whom the file brought
    it is the account that says so."""
    if reason == "bought":
        shop.member("+12125550101", "Ann")
    shop.member("+12125550102", "Bob")
    batch = bring("+12125550101,Ann,gold\n+12125550102,Bob,gold\n")
    shop.now = NOW + dt.timedelta(hours=1)
    shop.sell({"A": "10.00"}, Member.objects.get(name="Ann"))
    start_undo(batch.pk, actor=ACTOR, now=shop.now, in_background=False)
    finish(undoing.run_chunk, batch, shop.now)
    assert list(batch.rows.order_by("line").values_list("undo", flat=True)) == [reason, "undone"]
    assert (tier("+12125550101"), tier("+12125550102")) == ("gold", "")
    assert [finding for finding in verify() if finding.violations] == []


def test_without_tiers_in_the_programme_the_column_says_nothing(shop: Shop, bring: Bring):
    Tier.objects.filter(program=shop.program).delete()
    publish(shop.program, at=NOW - dt.timedelta(days=1))
    batch = bring("+12125550101,Ann,Gold\n")
    assert (batch.totals["created"], batch.totals["rows_with_warnings"]) == (1, 0)
