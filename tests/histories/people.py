"""Random histories of people: files come and are undone, records are merged and parted, people buy, say yes and no, leave.

Beside the product runs a small model of its own of who said no to what, and since when. Whatever happens, nobody whom
the model has as having refused may be written to, and the books hold.
"""

from __future__ import annotations

from typing import Any, override

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from loyalty_site.ground.queries.verify import all_checks, run_checks
from loyalty_site.services import erase_member
from loyalty_site.services.merging import merge_members, undo_merge
from members.models import (
    Channel,
    Consent,
    CurrentConsent,
    Identifier,
    Member,
    MemberStatus,
    Merge,
    Message,
    Purpose,
    SuppressionReason,
)
from members.queries.preferences import find_message
from members.services import (
    add_identifier,
    end_identifier,
    enrol_member,
    plan_messages,
    record_consent,
    set_channel_consent,
    suppress,
    unsubscribe,
)
from members.services.profile import change_profile
from members.services.suppressions import suppressed_among
from programs.models import Account, ImportBatch, ImportRow, ImportState
from programs.services.importing import (
    apply,
    confirm_import,
    discard_import,
    start_undo,
    undoing,
)
from tests.histories.room import Room
from tests.histories.wishes import (
    BOSS,
    CHANNELS,
    CHUNKS,
    OWN_WORDS,
    Wishes,
    as_typed,
    channels,
    differences,
    done,
    key_of,
    kinds,
    modes,
    rows,
    who,
)
from tests.programs.canonical import canonical, grown, logs
from tests.programs.shop import NOW, Shop, open_shop


class Lives(Room):
    """A few people of one shop. Each history is a transaction that is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.history = transaction.atomic()
        self.history.__enter__()
        self.now = NOW
        self.wishes = Wishes()
        self.sales: list[Any] = []
        self.files: list[tuple[bytes, str]] = []
        self.log: dict[str, dict[int, Any]] = {}
        self.steps = 0
        self.every = 5

    @initialize()
    def open(self) -> None:
        self.shop: Shop = open_shop(redeem_max_percent=100, negative_policy="allow")
        self.enrol(0)
        self.enrol(1)

    @override
    def teardown(self) -> None:
        done.histories += 1
        done.steps += self.steps
        try:
            self.look()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        finally:
            transaction.set_rollback(True)
            self.history.__exit__(None, None, None)

    # -- files

    @rule(rows=rows, mode=modes)
    def upload(self, rows: list[dict[str, Any]], mode: str) -> None:
        """A file is checked; it waits until somebody applies or discards it."""
        self.begin("upload")
        self._check(self._content(rows), mode)

    @rule(which=st.integers(0, 9), chunk=CHUNKS, fails=st.booleans(), stops=st.booleans())
    def apply(self, which: int, chunk: int, fails: bool, stops: bool) -> None:
        """All of it, or a chunk and the rest another time; a worker may fail on the way."""
        self.begin("apply")
        if batch := self.waiting(which):
            if batch.state == ImportState.CHECKED:
                self._try(lambda: confirm_import(batch.pk, actor=BOSS, now=self.now, in_background=False))
            self._chunks(apply, batch.pk, chunk, "import" if fails else "", once=stops)

    @rule(rows=rows, mode=modes)
    def load_twice(self, rows: list[dict[str, Any]], mode: str) -> None:
        """The same file right after itself changes nothing."""
        self.begin("load twice")
        content = self._content(rows)
        if self._load(content, mode) is not None:
            self._load_again(content, mode)

    @precondition(lambda self: self.files)
    @rule(which=st.integers(0, 9))
    def load_again(self, which: int) -> None:
        """A file of long ago comes once more: whatever became of its people, it changes nothing."""
        self.begin("load again")
        self._load_again(*self.files[which % len(self.files)])

    @rule(rows=rows, mode=modes)
    def load_and_undo(self, rows: list[dict[str, Any]], mode: str) -> None:
        """Undone at once, everything is as it was."""
        self.begin("load and undo")
        before, log = canonical(), logs()
        batch = self._load(self._content(rows), mode)
        if batch is None:
            return
        self.tick()
        start_undo(batch.pk, actor=BOSS, now=self.now, in_background=False)
        assert self._chunks(undoing, batch.pk, 2, "")
        batch.refresh_from_db()
        assert batch.totals["kept"] == 0, list(batch.rows.values_list("line", "undo"))
        changed = differences(before, canonical())
        assert changed == {}, changed
        new = grown(log, logs())
        assert {row["import_batch_id"] for row in new["programs_ledgertransaction"]} <= {batch.pk}
        self.files.pop()

    @rule(which=st.integers(0, 9), chunk=CHUNKS, fails=st.booleans())
    def undo_import(self, which: int, chunk: int, fails: bool) -> None:
        self.begin("undo import")
        batches = list(ImportBatch.objects.filter(state__in=["done", "undone"]).order_by("pk"))
        if not batches:
            return
        batch = batches[which % len(batches)]
        if self._try(lambda: start_undo(batch.pk, actor=BOSS, now=self.now, in_background=False)):
            assert self._chunks(undoing, batch.pk, chunk, "undo" if fails else "")

    @rule(which=st.integers(0, 9))
    def discard(self, which: int) -> None:
        self.begin("discard")
        if batch := self.waiting(which):
            self._try(lambda: discard_import(batch.pk))

    # -- the staff

    @rule(number=who)
    def enrol(self, number: int) -> None:
        """At the desk, with a phone and an e-mail; refused where somebody has one of them."""
        self.begin("enrol")
        keys = [(kind, key_of(kind, number)) for kind in ("phone", "email")]
        self._try(
            lambda: enrol_member(name=f"Person {number}", identifiers=keys, region="US", actor=BOSS, now=self.now)
        )

    @rule(one=who, name=st.sampled_from(["Anna", "Clara", ""]))
    def edit(self, one: int, name: str) -> None:
        self.begin("edit")
        if member := self.living(one):
            member.name = name
            change_profile(member=member, now=self.now)

    @rule(one=who, kind=kinds, number=who)
    def give_key(self, one: int, kind: str, number: int) -> None:
        self.begin("give key")
        if member := self.living(one):
            text = as_typed(kind, number)
            self._try(
                lambda: add_identifier(member_id=member.pk, kind=kind, text=text, region="US", actor=BOSS, now=self.now)
            )

    @rule(one=who, kind=kinds)
    def take_key(self, one: int, kind: str) -> None:
        self.begin("take key")
        member = self.living(one)
        key = Identifier.objects.filter(member=member, kind=kind, ended_at=None).order_by("pk").first()
        if member and key:
            end_identifier(identifier_id=key.pk, actor=BOSS, now=self.now)

    @rule(one=who, other=who)
    def merge(self, one: int, other: int) -> None:
        self.begin("merge")
        survivor, merged = self.living(one), self.living(other)
        if survivor is None or merged is None:
            return
        held = {way: self.held(survivor.pk, way) | self.held(merged.pk, way) for way in CHANNELS}
        if self._try(lambda: merge_members(survivor.pk, merged.pk, actor=BOSS, now=self.now)):
            self.wishes.merge(survivor.pk, merged.pk, held, self.now)

    @rule(which=st.integers(0, 5))
    def unmerge(self, which: int) -> None:
        self.begin("unmerge")
        if merges := list(Merge.objects.filter(undone_at=None).order_by("pk")):
            self._try(lambda: undo_merge(merges[which % len(merges)].pk, actor=BOSS, now=self.now))

    @rule(one=who)
    def erase(self, one: int) -> None:
        self.begin("erase")
        if member := self.living(one):
            records = self.records(member.pk)
            if self._try(lambda: erase_member(member.pk, reason="in_writing", actor=BOSS, now=self.now)):
                self.wishes.gone |= records

    # -- the people

    @rule(one=who, channel=channels, yes=st.booleans())
    def choose(self, one: int, channel: str, yes: bool) -> None:
        """On their own page."""
        self.begin("choose")
        if member := self.living(one):
            records, held = self.records(member.pk), self.held(member.pk, channel)
            set_channel_consent(member=member, channel=channel, granted=yes, method="page", proof="", now=self.now)
            if yes:
                self.wishes.say_yes(records, channel, held, lifts=True)
            else:
                self.wishes.say_no(records, channel, held, self.now)

    @rule(one=who, channel=channels, yes=st.booleans())
    def say_at_the_desk(self, one: int, channel: str, yes: bool) -> None:
        """Somebody of the staff writes down what the person said."""
        self.begin("say")
        if member := self.living(one):
            record_consent(
                member=member,
                purpose=Purpose.MARKETING,
                channel=channel,
                action="granted" if yes else "withdrawn",
                method="desk",
                proof="",
                actor=BOSS,
                now=self.now,
            )
            if yes:
                self.wishes.say_yes(self.records(member.pk), channel, (), lifts=False)
            else:
                self.wishes.say_no(self.records(member.pk), channel, (), self.now)

    @rule(one=who)
    def unsubscribe(self, one: int) -> None:
        """By the link of a mail that they got, perhaps under an earlier record."""
        self.begin("unsubscribe")
        numbers = list(Member.objects.exclude(status=MemberStatus.ERASED).order_by("pk").values_list("pk", flat=True))
        if not numbers:
            return
        record = numbers[one % len(numbers)]
        plan_messages(
            source="tests",
            group=1,
            items=[(self.steps, record)],
            channel="email",
            purpose="marketing",
            due_at=self.now,
        )
        member = Member.objects.get(pk=record)
        root = member.survivor_id or record
        held = self.held(root, Channel.EMAIL)
        found = find_message(Message.objects.get(source="tests", source_id=self.steps).pk)
        assert found is not None
        unsubscribe(message=found, method="one-click", now=self.now)
        self.wishes.say_no(self.records(root), Channel.EMAIL, held, self.now)

    @rule(one=who)
    def complain(self, one: int) -> None:
        """To their mail provider: it is the address that counts."""
        self.begin("complain")
        if member := self.living(one):
            for address in self.held(member.pk, Channel.EMAIL):
                suppress(
                    channel=Channel.EMAIL,
                    address=address,
                    reason=SuppressionReason.COMPLAINT,
                    member_id=member.pk,
                    now=self.now,
                )
                self.wishes.complaints.add((Channel.EMAIL, address))

    @rule(one=who, amount=st.integers(1, 40), redeem=st.sampled_from([0, 0, 1, 5]))
    def buy(self, one: int, amount: int, redeem: int) -> None:
        self.begin("buy")
        if member := self.living(one):
            self.shop.now = self.now
            sold = self._try(lambda: self.shop.sell({"C": f"{amount}.00"}, member, redeem=str(redeem)))
            self.sales += [sold] if sold else []

    @precondition(lambda self: self.sales)
    @rule(which=st.integers(0, 9))
    def bring_back(self, which: int) -> None:
        self.begin("bring back")
        self.shop.now = self.now
        self._try(lambda: self.shop.give_back(self.sales[which % len(self.sales)], {1: "1"}))

    # -- after each step

    @invariant()
    def nobody_is_written_to_who_refused(self) -> None:
        granted = CurrentConsent.objects.filter(is_granted=True).exclude(member__status=MemberStatus.MERGED)
        for member_id, purpose, channel in granted.values_list("member_id", "purpose", "channel"):
            assert member_id not in self.wishes.gone
            assert (member_id, purpose, channel) not in self.wishes.refused, (member_id, purpose, channel)
        for (channel, address), refusers in self.wishes.addresses.items():
            if refusers or (channel, address) in self.wishes.complaints:
                assert suppressed_among(channel=channel, addresses=[address]) == {address}, (channel, address)
        for channel, address in self.wishes.complaints:
            assert suppressed_among(channel=channel, addresses=[address]) == {address}, (channel, address)

    @invariant()
    def every_yes_has_a_ground(self) -> None:
        """What a merge took over came from a yes that no undoing has taken back."""
        for row in CurrentConsent.objects.filter(is_granted=True).select_related("consent"):
            consent = row.consent
            while consent.method == "merge":
                consent = Consent.objects.get(pk=int(consent.proof.rpartition("consent ")[2]))
            if consent.method == "import":
                taken_back = Consent.objects.filter(action="reversed", proof__endswith=f"undone, consent {consent.pk}")
                assert not taken_back.exists(), (row.member_id, row.purpose, row.channel, consent.proof)

    @invariant()
    def what_only_grows_has_grown(self) -> None:
        after = logs()
        if self.log:
            new = grown(self.log, after)
            for row in new["members_consent"]:
                assert row["action"] != "granted" or row["method"] in OWN_WORDS | {"merge", "import"}, row
        self.log = after

    @invariant()
    def the_books_hold(self) -> None:
        if self.steps % self.every == 0:
            self.look()

    def look(self) -> None:
        """Everything that `manage.py verify` asks, and who a merged record leads to."""
        assert [(one.check.what, one.violations) for one in run_checks(all_checks()) if one.violations] == []
        for row in Member.objects.filter(status=MemberStatus.MERGED).select_related("survivor"):
            assert row.survivor is not None
            assert row.survivor.status not in {MemberStatus.MERGED, MemberStatus.ERASED}
            assert not Identifier.objects.filter(member=row, ended_at=None).exists()
            account = Account.objects.filter(owner=row).first()
            assert account is None or (account.available, account.pending, account.debt) == (0, 0, 0)
        for batch in ImportBatch.objects.filter(state__in=["checked", "applying", "done", "undoing", "undone"]):
            found = dict.fromkeys(("create", "update", "unchanged", "reject", "skip"), 0)
            lines = list(ImportRow.objects.filter(batch=batch).values_list("line", "outcome", "reason"))
            for line, outcome, reason in lines:
                assert line
                assert outcome != "reject" or reason
                found[outcome] += 1
            assert len({line for line, _, _ in lines}) == len(lines) == batch.reading["lines_wanted"]
            if batch.state in {"done", "undoing", "undone"}:
                names = {"create": "created", "update": "updated", "unchanged": "unchanged", "reject": "rejected"}
                wanted = {outcome: batch.totals[name] for outcome, name in names.items()}
                assert {outcome: found[outcome] for outcome in names} == wanted, batch.pk
