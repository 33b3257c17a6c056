"""People are erased while tills sell to them; afterwards nobody finds them anywhere (T60)."""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from feedback.services import invite, submit_answer
from loyalty_site.ground.admin.exporting import write_chunk
from loyalty_site.ground.models import Role
from loyalty_site.ground.policy import Kind, Principal, system
from loyalty_site.ground.services.exports import ExportOrder, order_export
from loyalty_site.services import erase_member, whole_member
from loyalty_site.services.merging import merge_members
from members.models import Consent, Identifier, Member, MemberStatus, Message, Suppression
from members.services import plan_messages, write_notice
from members.services.companies import add_contact, create_company
from members.services.duplicates import request_scan, scan_chunk
from members.services.households import add_to_household
from members.services.lending import lend_card
from members.services.page_codes import send_page_code
from members.services.profile import change_profile
from programs.models import (
    Account,
    AccountAccess,
    EventKind,
    Flag,
    ImportRow,
    OfflineConflict,
    Purchase,
    Terminal,
    WebhookDelivery,
)
from programs.queries.verify import verify
from programs.services.adjusting import ListOrder, draft_list
from programs.services.adjustments import Wish, adjust
from programs.services.coupons import issue_coupons
from programs.services.flags import Subject, raise_flag
from programs.services.households import share_account
from programs.services.importing import UploadOrder, apply, check, confirm_import, start_check, upload_file
from programs.services.importing.kinds import apply_chunk, check_chunk
from programs.services.joining import JoinOrder, ask_to_join
from programs.services.pins import set_pin
from programs.services.webhooks import add_endpoint, collect_events
from tests.canaries import in_files, in_logs, in_queue, in_tables
from tests.factories.configuration import CouponSeriesFactory, TerminalFactory, UserFactory
from tests.feedback.world import make_message, make_survey
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]
ACTOR = system("tests")
# Names, e-mails and notes; cards; phones as stored, and as people spell them.
CANARY = r"qzcanary|99900770\d|\+?1 ?\(?646\)?[ -]?777[ -]?\d{4}"
SELLERS = 2


def phone(number: int) -> str:
    return f"+1646777{number:04}"


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> Shop:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    made = open_shop(redeem_max_percent=100)
    made.now = timezone.now()
    Terminal.objects.update(scopes=["lookup", "earn", "redeem", "enrol"])
    return made


def import_people(shop: Shop, numbers: range) -> None:
    """From a file with all that a file can carry, and rows about them that the check rejects."""
    lines = ["name,phone,email,card,city,note,points"]
    for number in numbers:
        name = f"Qzcanary{number} Vexqzcanary"
        card = f"99900770{number:04}"
        lines.append(f"{name},{phone(number)},qzcanary{number}@example.com,{card},Qzcanaryville,likes qzcanary tea,50")
    lines.append(f"Qzcanary twice,+1 (646) 777-{numbers[0]:04},qzcanary{numbers[1]}@example.com,,,,")
    lines.append(f"Qzcanary bad points,{phone(numbers[0])},,,,,many")
    content = "\n".join(lines).encode()
    order = UploadOrder(file_name="people.csv", blocks=[content], default_region="US", program=shop.program)
    # The same people in a file that was uploaded and checked, and is not applied yet.
    waiting = upload_file(order, actor=ACTOR, now=shop.now)
    start_check(waiting.pk, now=shop.now, in_background=False)
    check.run_chunk(batch_id=waiting.pk, now=shop.now)
    # And in one that nobody has checked.
    upload_file(order, actor=ACTOR, now=shop.now)
    batch = upload_file(order, actor=ACTOR, now=shop.now)
    start_check(batch.pk, now=shop.now, in_background=False)
    check.run_chunk(batch_id=batch.pk, now=shop.now)
    confirm_import(batch.pk, actor=ACTOR, now=shop.now, in_background=False)
    apply.run_chunk(batch_id=batch.pk, now=shop.now)
    assert ImportRow.objects.filter(batch=batch, outcome="reject").count() == 2


def enrol_people(till: ApiTill, numbers: range) -> None:
    for number in numbers:
        body = {
            "name": f"Qzcanary{number} Vexqzcanary",
            "phone": phone(number),
            "email": f"qzcanary{number}@example.com",
            "consents": [{"purpose": "processing"}, {"purpose": "marketing", "channel": "email"}],
        }
        assert till.post("members", body).status_code == 201
        assert till.post("members", body).status_code == 409  # the refusal names them, masked, and is stored


def leave_traces(shop: Shop, people: list[Member]) -> None:
    """Everything that people or the staff can write about a person."""
    survey = make_survey(now=shop.now)
    series = CouponSeriesFactory(program=shop.program)
    staff = Principal(Kind.STAFF, id=UserFactory(username="asker").pk, label="asker")
    for member in people:
        message = make_message(member, handed_at=shop.now)
        Message.objects.filter(pk=message.pk).update(detail="550 qzcanary is unknown")
        token = invite(survey_id=survey.pk, items=[(member.pk, message.pk)], now=shop.now)[message.pk]
        submit_answer(token=token, score=3, comment="qzcanary was rude to me", now=shop.now)
        member.note, member.custom = "qzcanary's mother", {"dog": "Qzcanary"}
        change_profile(member=member, now=shop.now)
        Member.objects.filter(pk=member.pk).update(custom=member.custom)
        line = "Ask how Qzcanary is"
        write_notice(member_id=member.pk, text=line, actor=staff, today=shop.now.date(), now=shop.now)
        raise_flag("sweep", f"{member.pk}", Subject(member_id=member.pk), details={}, now=shop.now)
        issue_coupons(series=series, count=1, member=member, actor=ACTOR, now=shop.now)
        adjust(shop.account(member).pk, Wish(100, "goodwill", note="qzcanary complained"), actor=staff, now=shop.now)
    Flag.objects.update(note="talked to qzcanary")
    set_pin(member_id=people[0].pk, pin="4711", actor=ACTOR, now=shop.now)
    plan_messages(
        source="test",
        group=9,
        items=[(member.pk, member.pk) for member in people],
        channel="email",
        purpose="processing",
        due_at=shop.now,
    )
    draft_list(
        ListOrder(shop.program, "Sorry", f"{phone(0)};5\n{phone(0)};6\n{people[0].name};5", "goodwill", "US"),
        actor=staff,
        now=shop.now,
    )
    boss = UserFactory(username="boss", role=Role.ADMINISTRATOR)
    order = ExportOrder("members.member", "q=qzcanary", "csv", "for the accountant", 1, created_by_id=boss.pk)
    who = Principal(Kind.STAFF, boss.pk, boss.username, boss.role)
    export = order_export(replace(order, query=""), actor=who, now=shop.now)
    write_chunk(export_id=export.pk, now=shop.now)
    order_export(replace(order, query="q=Qzcanary0+Vexqzcanary"), actor=who, now=shop.now)
    add_to_household(member_id=people[0].pk, other_id=people[1].pk, actor=ACTOR, now=shop.now)
    share_account(shop.account(people[0]).pk, people[1].pk, may_spend=True, actor=ACTOR, now=shop.now)
    if len(people) > 3:
        merge_members(
            people[2].pk, people[3].pk, choices={"name": "merged", "note": "merged"}, actor=ACTOR, now=shop.now
        )


def leave_traces_elsewhere(shop: Shop, till: ApiTill, people: list[Member]) -> None:
    """What reaches the database by other doors: other files, other pages, tills without a line, other systems."""
    add_endpoint(url="https://example.com/hook", events=list(EventKind.values), actor=ACTOR, now=shop.now)
    collect_events(now=shop.now)  # what happens from here on
    firm = create_company(
        name="Qzcanary and Sons",
        identifiers=[("email", "office@qzcanary.example")],
        region="US",
        tax_number="QZCANARY7",
        actor=ACTOR,
        now=shop.now,
    )
    rows = ["number,date,phone,sku,qty,amount"]
    uploads = []
    for number, member in enumerate(people):
        keys = dict(Identifier.objects.filter(member=member, ended_at=None).values_list("kind", "value"))
        if "phone" not in keys:  # one of two who were merged
            continue
        rows += [f"old-{number},2024-01-05,{keys['phone']},A,1,9.00", f"bad-{number},2024-01-05,{keys['phone']},A,1,x"]
        order = JoinOrder(f"qzcanary{number}x@example.com", keys["phone"], "Qzcanary Two", "en", (), "US", None, None)
        ask_to_join(order, address=f"192.0.2.{number}", now=shop.now)
        if "email" in keys:
            send_page_code(member_id=member.pk, deed="download", now=shop.now)
        add_contact(company_id=firm.pk, person_id=member.pk, roles=["decides"], actor=ACTOR, now=shop.now)
        lend_card(member_id=firm.pk, to_id=member.pk, actor=ACTOR, now=shop.now)
        uploads += [
            {
                "client_id": f"offline-canary-{number}-{which}",
                "kind": "sale",
                "occurred_at": (shop.now - dt.timedelta(hours=2)).isoformat(),
                "receipt_number": f"offline-{number}-{which}",
                "member": {kind: key},
                "lines": [{"sku": "A", "quantity": "1", "amount": "10.00"}],
            }
            for which, (kind, key) in enumerate([*keys.items(), ("email", f"qzcanary{number}y@example.com")])
        ]
    assert till.post("offline-batches", {"receipts": uploads}, key=None).status_code == 200
    collect_events(now=shop.now)
    old = UploadOrder(
        file_name=f"Receipts of {people[0].name}.csv",
        blocks=["\n".join(rows).encode()],
        default_region="US",
        kind="receipts",
    )
    batch = upload_file(old, actor=ACTOR, now=shop.now)
    start_check(batch.pk, now=shop.now, in_background=False)
    check_chunk(batch_id=batch.pk, now=shop.now)
    confirm_import(batch.pk, actor=ACTOR, now=shop.now, in_background=False)
    apply_chunk(batch_id=batch.pk, now=shop.now)
    scan = request_scan(now=shop.now, everybody=True)
    while not scan_chunk(scan=scan.pk, now=shop.now).is_finished:
        pass


class Sellers:
    """Threads that sell to everybody, again and again, by phone and by id."""

    def __init__(self, shop: Shop, people: list[tuple[str, str]]) -> None:
        self.shop, self.people = shop, people
        self.statuses: Counter[int] = Counter()
        self.is_over = threading.Event()
        tills = [ApiTill(TerminalFactory(store=shop.terminal.store), shop.now) for _ in range(SELLERS)]
        self.threads = [threading.Thread(target=self._sell, args=(till, at)) for at, till in enumerate(tills)]

    @contextmanager
    def selling(self) -> Iterator[None]:
        """While the block runs; it begins with ten sales."""
        give_up = time.monotonic() + 60
        for thread in self.threads:
            thread.start()
        try:
            while self.statuses[201] < 10 and time.monotonic() < give_up:
                time.sleep(0.01)
            yield
        finally:
            self.is_over.set()
            for thread in self.threads:
                thread.join()

    def _sell(self, till: ApiTill, at: int) -> None:
        number, chance = 0, random.Random(at)
        while not self.is_over.is_set():
            number += 1
            key, public_id = chance.choice(self.people)
            body: dict[str, Any] = {
                "lines": [{"sku": "A", "quantity": "1", "amount": "10.00"}],
                "member": {"phone": key} if number % 2 else {"id": public_id},
            }
            if number % 7:
                body |= {"receipt_number": f"{at}-{number}", "register": str(at)}
            self.statuses[till.post("sales" if number % 7 else "holds", body).status_code] += 1
        connection.close()


def search(tmp_path: Path) -> dict[str, Any]:
    return {
        "tables": in_tables(CANARY),
        "files": in_files(CANARY, tmp_path),
        "logs": in_logs(CANARY),
        "queue": in_queue(CANARY),
    }


def test_nobody_finds_an_erased_person_anywhere(
    shop: Shop,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    trials: Callable[[int, int], int],
    note_trials: Callable[..., None],
):
    caplog.set_level(logging.INFO)
    count = trials(14, 1000)
    import_people(shop, range(count // 2))
    till = ApiTill(shop.terminal, shop.now)
    enrol_people(till, range(count // 2, count))
    people = list(Member.objects.order_by("pk"))
    assert len(people) == count
    leave_traces(shop, people[:14])
    leave_traces_elsewhere(shop, till, people[:14])
    assert set(search(tmp_path)["tables"]) >= {
        "members_member",
        "members_identifier",
        "members_address",
        "members_message",
        "programs_importrow",
        "programs_importkey",
        "programs_idempotencyrecord",
        "programs_adjustment",
        "programs_adjustmentbatch",
        "programs_flag",
        "feedback_answer",
        "members_merge",
        "ground_exportfile",
        "programs_joinrequest",
        "programs_importbatch",
        "members_companydetails",
    }  # the search is awake
    assert len(search(tmp_path)["files"]) == 9  # four uploads with their copies, and a list

    keys = [(phone(at), str(member.public_id)) for at, member in enumerate(people)]
    sellers = Sellers(shop, keys)
    with sellers.selling():
        began, slowest = time.perf_counter(), 0.0
        for member in Member.objects.filter(survivor=None).order_by("pk"):
            one = time.perf_counter()
            erase_member(member.pk, reason="in_writing", actor=ACTOR, now=timezone.now())
            slowest = max(slowest, time.perf_counter() - one)
        seconds = time.perf_counter() - began

    assert set(sellers.statuses) <= {201, 404, 429}
    assert sellers.statuses[201]
    assert sellers.statuses[404]
    assert search(tmp_path) == {"tables": {}, "files": [], "logs": [], "queue": []}
    assert not [record for record in caplog.records if "qzcanary" in record.getMessage().lower()]
    assert set(Member.objects.values_list("status", flat=True)) == {MemberStatus.ERASED}
    # Kept: the ledger whole, receipts, the proof of what they allowed, and hashes against their return.
    assert [finding for finding in verify() if finding.violations] == []
    assert Purchase.objects.filter(member__in=people).exists()
    assert OfflineConflict.objects.exists()
    assert WebhookDelivery.objects.exists()
    assert Consent.objects.filter(member__in=people, action="granted").exists()
    assert Suppression.objects.filter(reason="erased", member=None).count() >= 3 * count
    left = Account.objects.filter(owner__in=people)
    assert not left.filter(held__gt=0).exists()
    # The first one's account was shared: those points stayed with the other, until that one was erased too.
    assert not left.exclude(owner=people[0]).filter(available__gt=0).exists()
    assert not AccountAccess.objects.filter(member__in=people, ended_at__isnull=True).exists()
    note_trials(
        "T60",
        count,
        f"canary hits 0; {sum(sellers.statuses.values())} sales meanwhile; {seconds / count:.3f} s an erasure, "
        f"slowest {slowest:.3f} s",
    )


@pytest.mark.parametrize("part", range(len(whole_member.FORGET)))
def test_a_part_that_is_left_out_is_found(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None], part: int
):
    """The negative control: without any one of the parts the search finds the person."""
    import_people(shop, range(2))
    people = list(Member.objects.order_by("pk"))
    leave_traces(shop, people)
    kept = tuple(one for at, one in enumerate(whole_member.FORGET) if at != part)
    monkeypatch.setattr(whole_member, "FORGET", kept)
    for member in people:
        erase_member(member.pk, reason="law", actor=ACTOR, now=timezone.now())
    hits = search(tmp_path)
    note_mutant(killed=bool(hits["tables"]))
    assert hits["tables"]
