"""Consents by import: only with evidence and a source, never over a no, and taken back by an undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loyalty_site.ground.policy import system
from loyalty_site.services import erase_member
from loyalty_site.services.merging import merge_members, undo_merge
from members.models import Consent, ConsentEvidence, CurrentConsent, Identifier, Member, Merge
from members.services import record_consent, set_channel_consent, suppress
from members.services.suppressions import suppressed_among
from programs.models import ImportBatch, ImportRow
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
from tests.programs.canonical import canonical, grown, logs
from tests.programs.shop import NOW, Shop

pytestmark = pytest.mark.django_db
ACTOR = system("tests")
LATER = NOW + dt.timedelta(hours=1)
LAST = NOW + dt.timedelta(hours=2)
HEAD = "email,phone,name,consent,consent date,consent source,consent wording\n"
SOURCE = {"place": "Form at the till", "by": "Our shop", "channels": ["email"]}
YES = "yes,2024-05-01,form 12,v2"


def finish(step: Callable[..., Any], batch: ImportBatch, now: dt.datetime) -> None:
    while not step(batch_id=batch.pk, now=now).is_finished:
        pass


@pytest.fixture
def bring(shop: Shop, settings: Any, tmp_path: Path) -> Callable[..., ImportBatch]:
    """bring(rows, source) -> an applied import."""
    settings.MEDIA_ROOT = tmp_path

    def do(rows: str, source: dict[str, Any] | None = SOURCE, between: Callable[[], Any] | None = None) -> ImportBatch:
        order = UploadOrder("x.csv", [(HEAD + rows).encode()], "US", program=shop.program, consents=source)
        batch = upload_file(order, actor=ACTOR, now=NOW)
        start_check(batch.pk, now=NOW, in_background=False)
        finish(check.run_chunk, batch, NOW)
        if between:
            between()
        confirm_import(batch.pk, actor=ACTOR, now=NOW, in_background=False)
        finish(apply.run_chunk, batch, NOW)
        batch.refresh_from_db()
        return batch

    return do


Bring = Callable[..., ImportBatch]


def undo(batch: ImportBatch) -> ImportBatch:
    start_undo(batch.pk, actor=ACTOR, now=LAST, in_background=False)
    finish(undoing.run_chunk, batch, LAST)
    return ImportBatch.objects.get(pk=batch.pk)


def by(email: str) -> Member:
    return Identifier.objects.get(value=email, ended_at__isnull=True).member


def allowed(email: str) -> dict[str, bool]:
    rows = CurrentConsent.objects.filter(member=by(email), purpose="marketing")
    return dict(rows.values_list("channel", "is_granted"))


def person(shop: Shop, email: str, phone: str = "+12125550190") -> Member:
    member = shop.member(phone, "Ann Known")
    Identifier.objects.create(member=member, kind="email", value=email, shown=email, created_at=shop.now)
    return member


def say(member: Member, action: str, channel: str = "email", now: dt.datetime = NOW - dt.timedelta(days=9)) -> None:
    record_consent(
        member=member,
        purpose="marketing",
        channel=channel,
        action=action,
        method="page",
        proof="",
        actor=ACTOR,
        now=now,
    )


def test_a_yes_with_evidence_and_source_is_an_act_with_its_proof(bring: Bring):
    batch = bring(f"ann@example.com,,Ann,{YES}\n")
    consent = Consent.objects.get(member=by("ann@example.com"))
    assert (consent.purpose, consent.channel, consent.action) == ("marketing", "email", "granted")
    assert (consent.method, consent.proof) == ("import", f"import {batch.pk}, line 2")
    evidence = ConsentEvidence.objects.get(consent=consent)
    assert (evidence.given_on.isoformat(), evidence.how, evidence.wording) == ("2024-05-01", "form 12", "v2")
    assert evidence.source == "Form at the till; Our shop"
    assert allowed("ann@example.com") == {"email": True}
    assert batch.totals["consents"] == {"raise": 1}


@pytest.mark.parametrize(
    ("cells", "source", "verdict"),
    [
        (YES, {}, "no_source"),
        (YES, {**SOURCE, "by": ""}, "no_source"),
        (YES, {**SOURCE, "channels": []}, "no_channel"),
        (YES, {**SOURCE, "channels": ["sms"]}, "no_address"),
        ("yes,,form 12,", SOURCE, "no_evidence"),
        ("yes,2024-05-01,,v2", SOURCE, "no_evidence"),
        ("yes,2034-05-01,form 12,", SOURCE, "no_evidence"),
        ("maybe,2024-05-01,form 12,", SOURCE, None),
        (",2024-05-01,form 12,", SOURCE, None),
    ],
)
def test_without_any_of_them_nothing_is_raised(cells: str, source: dict[str, Any], verdict: str | None, bring: Bring):
    batch = bring(f"ann@example.com,,Ann,{cells}\n", source)
    assert not Consent.objects.exists()
    assert batch.totals["consents"] == ({verdict: 1} if verdict else {})


def test_never_over_a_no(shop: Shop, bring: Bring):
    shop.now = NOW - dt.timedelta(days=10)
    refused, unsubscribed, member_wide, processing = (
        person(shop, f"{name}@example.com", f"+1212555020{n}") for n, name in enumerate(("no", "out", "wide", "keep"))
    )
    say(refused, "granted")
    say(refused, "withdrawn")
    set_channel_consent(member=unsubscribed, channel="email", granted=False, method="page", proof="", now=NOW)
    suppress(channel="email", address="old@example.com", reason="complaint", member_id=member_wide.pk, now=NOW)
    suppress(channel="email", address="new@example.com", reason="hard_bounce", member_id=None, now=NOW)
    record_consent(
        member=processing, purpose="processing", channel="", action="withdrawn", method="page", proof="", actor=ACTOR,
        now=NOW,
    )  # fmt: skip
    before = Consent.objects.count()
    batch = bring("".join(f"{name}@example.com,,X,{YES}\n" for name in ("no", "out", "wide", "keep", "new")))
    assert Consent.objects.count() == before
    assert batch.totals["consents"] == {"opted_out": 2, "suppressed": 3}


def test_a_no_said_between_preview_and_applying_wins(shop: Shop, bring: Bring):
    ann = person(shop, "ann@example.com")

    def refuse() -> None:
        set_channel_consent(member=ann, channel="email", granted=False, method="page", proof="", now=NOW)

    batch = bring(f"ann@example.com,,Ann,{YES}\n", between=refuse)
    assert not Consent.objects.exists()
    assert batch.totals["consents"] == {"suppressed": 1}


def test_a_no_ends_a_consent_unless_it_is_older(shop: Shop, bring: Bring):
    shop.now = NOW - dt.timedelta(days=10)
    for number, name in enumerate(("ann", "bob", "cid")):
        say(person(shop, f"{name}@example.com", f"+1212555020{number}"), "granted")
    batch = bring(
        "ann@example.com,,Ann,no,,,\n"
        "bob@example.com,,Bob,no,2020-01-01,,\n"
        "cid@example.com,,Cid,unsubscribed,,,\n"
        "dan@example.com,,Dan,no,,,\n"
        "eve@example.com,,Eve,unsubscribed,,,\n",
        None,
    )
    assert allowed("ann@example.com") == {"email": False}
    assert allowed("bob@example.com") == {"email": True}
    assert allowed("cid@example.com")["email"] is False
    assert allowed("dan@example.com") == {}  # an empty box is no wish
    assert allowed("eve@example.com") == {"email": False}
    assert batch.totals["consents"]["older"] == 1


@pytest.mark.parametrize("chunk", [1000, 1])
@pytest.mark.parametrize("cells", [(YES, "no,,,"), ("no,,,", YES)])
def test_of_two_rows_on_one_person_the_no_counts(
    cells: tuple[str, str], chunk: int, bring: Bring, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(apply, "CHUNK_ROWS", chunk)
    bring("".join(f"ann@example.com,,Ann,{one}\n" for one in cells))
    assert allowed("ann@example.com").get("email") is not True


def test_the_same_file_again_with_its_source_named(shop: Shop, bring: Bring):
    rows = f"ann@example.com,,Ann,{YES}\nbob@example.com,,Bob,no,,,\n"
    bring(rows, None)
    assert not Consent.objects.exists()
    say(by("bob@example.com"), "granted", now=LATER)
    again = bring(rows)
    assert allowed("ann@example.com") == {"email": True}
    assert allowed("bob@example.com") == {"email": True}  # that no was heard before
    assert again.totals["consents"] == {"raise": 1, "repeated": 1, "already": 2}
    assert (again.totals["changed"], again.totals["unchanged"]) == (1, 1)
    once = logs()["members_consent"]
    bring(rows)
    assert logs()["members_consent"] == once


def test_undoing_takes_back_and_restores_by_rows_of_its_own(shop: Shop, bring: Bring):
    shop.now = NOW - dt.timedelta(days=10)
    say(person(shop, "ann@example.com", "+12125550201"), "granted")
    person(shop, "bob@example.com", "+12125550202")
    before, log = canonical(), logs()
    batch = bring(
        f"ann@example.com,,Ann Known,no,,,\nbob@example.com,,Ann Known,{YES}\neve@example.com,,Eve,{YES}\n"
        "ann@example.com,,Ann Known,unsubscribed,,,\n"
    )
    assert canonical()["consents"] != before["consents"]
    undone = undo(batch)
    assert undone.totals["kept"] == 0
    assert canonical() == before
    new = grown(log, logs())["members_consent"]
    assert [row["action"] for row in new].count("reversed") == [row["action"] for row in new].count("granted") - 1 + 2
    assert not ConsentEvidence.objects.filter(consent__member__status="erased").exclude(how="").exists()
    assert [finding for finding in verify() if finding.violations] == []


def test_undoing_never_turns_a_no_given_since(shop: Shop, bring: Bring):
    shop.now = NOW - dt.timedelta(days=10)
    ann = person(shop, "ann@example.com", "+12125550201")
    bob = person(shop, "bob@example.com", "+12125550202")
    say(ann, "granted")
    batch = bring(f"ann@example.com,,Ann Known,no,,,\nbob@example.com,,Ann Known,{YES}\n")
    # Ann is lowered already, so that her own no leaves no row in the log.
    set_channel_consent(member=ann, channel="email", granted=False, method="page", proof="", now=LATER)
    set_channel_consent(member=bob, channel="email", granted=False, method="page", proof="", now=LATER)
    undo(batch)
    assert allowed("ann@example.com") == {"email": False}
    assert allowed("bob@example.com") == {"email": False}


def test_a_raised_consent_goes_also_from_those_who_stay(shop: Shop, bring: Bring):
    person(shop, "ann@example.com", "+12125550201")
    batch = bring(f"ann@example.com,,Ann Renamed,{YES}\n")
    shop.now = LATER
    shop.sell({"A": "10.00"}, by("ann@example.com"))
    assert undo(batch).totals["kept"] == 1
    assert by("ann@example.com").name == "Ann Renamed"
    assert allowed("ann@example.com") == {}


def test_a_raised_consent_goes_also_from_those_whom_merges_gave_it(shop: Shop, bring: Bring):
    batch = bring(f"ann@example.com,,Ann,{YES}\n")
    ann, eve = by("ann@example.com"), person(shop, "eve@example.com", "+12125550202")
    last = person(shop, "last@example.com", "+12125550203")
    merge = merge_members(eve.pk, ann.pk, actor=ACTOR, now=LATER)
    merge_members(last.pk, eve.pk, actor=ACTOR, now=LATER)
    assert allowed("last@example.com") == {"email": True}
    assert undo(batch).totals["kept"] == 1
    assert allowed("last@example.com") == {}
    assert not CurrentConsent.objects.filter(is_granted=True).exists()
    # And the merges can still be taken back.
    undo_merge(Merge.objects.get(survivor=last).pk, actor=ACTOR, now=LAST)
    undo_merge(merge.pk, actor=ACTOR, now=LAST)
    assert not CurrentConsent.objects.filter(is_granted=True).exists()


def test_a_merged_persons_own_yes_stays(shop: Shop, bring: Bring):
    batch = bring(f"ann@example.com,,Ann,{YES}\n")
    eve = person(shop, "eve@example.com", "+12125550202")
    merge_members(eve.pk, by("ann@example.com").pk, actor=ACTOR, now=LATER)
    say(eve, "granted", now=LATER)
    undo(batch)
    assert allowed("eve@example.com") == {"email": True}


@pytest.mark.parametrize("how", ["at the desk", "on a page", "by a complaint"])
def test_the_no_of_a_record_that_was_merged_since_outlives_the_undoing(how: str, shop: Shop, bring: Bring):
    shop.now = NOW - dt.timedelta(days=10)
    ann, eve = person(shop, "ann@example.com", "+12125550201"), person(shop, "eve@example.com", "+12125550202")
    say(ann, "granted")
    batch = bring("ann@example.com,,Ann Known,no,,,\n")
    if how == "at the desk":
        say(eve, "withdrawn")
    elif how == "on a page":
        set_channel_consent(member=eve, channel="email", granted=False, method="page", proof="", now=shop.now)
    else:
        suppress(channel="email", address="eve@example.com", reason="complaint", member_id=None, now=shop.now)
    merge_members(ann.pk, eve.pk, actor=ACTOR, now=LATER)
    undo(batch)
    assert allowed("ann@example.com") == {"email": False}


def test_undoing_gives_back_a_yes_whose_address_had_been_refused_before(shop: Shop, bring: Bring):
    shop.now = NOW - dt.timedelta(days=10)
    ann = person(shop, "ann@example.com")
    say(ann, "granted")
    suppress(channel="email", address="ann@example.com", reason="complaint", member_id=ann.pk, now=shop.now)
    before = canonical()
    batch = bring("ann@example.com,,Ann Known,no,,,\n")
    undo(batch)
    assert canonical() == before
    assert suppressed_among(channel="email", addresses=["ann@example.com"])


def test_a_complaint_since_keeps_the_no_of_the_file(shop: Shop, bring: Bring):
    ann = person(shop, "ann@example.com")
    say(ann, "granted")
    batch = bring("ann@example.com,,Ann Known,no,,,\n")
    suppress(channel="email", address="ann@example.com", reason="complaint", member_id=ann.pk, now=LATER)
    undo(batch)
    assert allowed("ann@example.com") == {"email": False}


def test_the_forgotten_leave_no_words_behind(shop: Shop, bring: Bring):
    bring("ann@example.com,,Ann Canary,yes,2024-05-01,by Ann Canary,words of Ann Canary\n")
    ann = by("ann@example.com")
    erase_member(ann.pk, reason="in_writing", actor=ACTOR, now=LATER)
    evidence = ConsentEvidence.objects.get(consent__member=ann)
    assert (evidence.how, evidence.wording) == ("", "")
    assert not ImportRow.objects.filter(values__icontains="canary").exists()


def test_a_merged_person_keeps_the_stricter(shop: Shop, bring: Bring):
    ann = person(shop, "ann@example.com", "+12125550201")
    bring(f"bob@example.com,,Bob,{YES}\n")
    say(ann, "withdrawn", now=NOW)
    merge_members(ann.pk, by("bob@example.com").pk, choices={}, actor=ACTOR, now=LATER)
    assert not CurrentConsent.objects.filter(member=ann, is_granted=True).exists()


def test_the_test_sees_a_raise_over_a_no(
    shop: Shop, bring: Bring, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The mutant: nobody asks whether the address is suppressed."""
    monkeypatch.setattr("members.services.evidence._suppressed", lambda *_: set())
    ann = person(shop, "ann@example.com")
    set_channel_consent(member=ann, channel="email", granted=False, method="page", proof="", now=NOW)
    bring(f"ann@example.com,,Ann,{YES}\n")
    note_mutant(killed=Consent.objects.filter(action="granted").exists())
    assert Consent.objects.filter(action="granted").exists()
