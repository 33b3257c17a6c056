"""Where random lives are lived: looking people and files up, and taking files through the import."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any
from unittest import mock

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from loyalty_site.ground import failpoints
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.failpoints import FailpointError
from members.models import (
    Channel,
    Identifier,
    Member,
    MemberStatus,
)
from members.services.suppressions import ADDRESS_KINDS
from programs.models import ImportBatch, ImportRow, ImportState
from programs.services.importing import (
    UploadOrder,
    apply,
    check,
    confirm_import,
    start_check,
    upload_file,
)
from programs.services.importing.consents import CONSENTS
from tests.histories.wishes import BOSS, DECLARED, HEADINGS, KINDS, as_typed, differences, done
from tests.programs.canonical import canonical
from tests.programs.shop import Shop


class Room(RuleBasedStateMachine):
    """Help for the rules; nothing happens by itself."""

    now: dt.datetime
    shop: Shop
    steps: int
    files: list[tuple[bytes, str]]

    def begin(self, act: str) -> None:
        self.steps += 1
        done.acts[act] += 1
        self.tick()

    def tick(self) -> None:
        """No two acts happen in one instant."""
        self.now += dt.timedelta(minutes=1)

    def waiting(self, which: int) -> ImportBatch | None:
        """One of the files that are checked, or half applied."""
        states = [ImportState.CHECKED, ImportState.APPLYING]
        found = list(ImportBatch.objects.filter(state__in=states).order_by("pk"))
        return found[which % len(found)] if found else None

    def living(self, one: int) -> Member | None:
        """One of those who are there, whoever was merged or erased."""
        gone = [MemberStatus.ERASED, MemberStatus.MERGED]
        found = list(Member.objects.exclude(status__in=gone).order_by("pk"))
        return found[one % len(found)] if found else None

    def records(self, member_id: int) -> set[int]:
        """All records that are this person now."""
        return {member_id, *Member.objects.filter(survivor=member_id).values_list("pk", flat=True)}

    def held(self, member_id: int, channel: str) -> set[str]:
        kind = ADDRESS_KINDS[Channel(channel)]
        return set(
            Identifier.objects.filter(member=member_id, kind=kind, ended_at=None).values_list("value", flat=True)
        )

    def _content(self, rows: list[dict[str, Any]]) -> bytes:
        lines = [HEADINGS]
        for row in rows:
            keys = [as_typed(kind, row["keys"][kind]) if kind in row["keys"] else "" for kind in KINDS]
            given_on = (self.now - dt.timedelta(days=row["age"])).date().isoformat()
            said = [row["consent"], given_on if row["consent"] else "", row["source"] if row["consent"] else ""]
            lines.append(",".join([*keys, row["name"], row["note"], str(row["points"]), *said]))
        return "\n".join(lines).encode()

    def _check(self, content: bytes, mode: str) -> ImportBatch:
        order = UploadOrder(
            file_name="people.csv",
            blocks=[content],
            default_region="US",
            program=self.shop.program,
            points_mode=mode,
            consents=DECLARED if content.count(b"\n") % 4 else None,
        )
        batch = upload_file(order, actor=BOSS, now=self.now)
        start_check(batch.pk, now=self.now, in_background=False)
        while not check.run_chunk(batch_id=batch.pk, now=self.now).is_finished:
            pass
        batch.refresh_from_db()
        batch.reading = {**batch.reading, "lines_wanted": content.count(b"\n")}
        batch.save(update_fields=["reading"])
        return batch

    def _load(self, content: bytes, mode: str) -> ImportBatch | None:
        """Checked and applied; None when it was refused."""
        batch = self._check(content, mode)
        if not self._try(lambda: confirm_import(batch.pk, actor=BOSS, now=self.now, in_background=False)):
            return None
        assert self._chunks(apply, batch.pk, 2, "")
        self.files.append((content, mode))
        batch.refresh_from_db()
        return batch

    def _load_again(self, content: bytes, mode: str) -> None:
        """A row that did its work and was not undone does nothing any more; one that was refused may have its day."""
        self.tick()
        same = {"batch__file_hash": hashlib.sha256(content).hexdigest(), "batch__points_mode": mode}
        applied = ImportRow.objects.filter(**same, applied_at__isnull=False)
        lines = applied.exclude(undo="undone").exclude(outcome__in=["reject", "skip"])
        old = set(lines.exclude(outcome="unchanged").values_list("line", flat=True))
        # One that had nothing to do has done it as long as the one before has.
        undone = set(applied.filter(undo="undone").values_list("line", flat=True))
        old |= set(lines.filter(outcome="unchanged").values_list("line", flat=True)) - undone
        # Of somebody who had to stay as they are, an undoing takes only the consents; those may come again.
        parted = set(applied.exclude(undo__in=["", "undone"]).values_list("line", flat=True))
        before = canonical()
        batch = self._load(content, mode)
        if batch is None:
            return
        again = {row.line: row for row in batch.rows.all() if row.outcome in {"create", "update"}}
        doubled = [
            line
            for line in old & again.keys()
            if set(again[line].values.get("changed", ())) - ({CONSENTS} if line in parted else set())
        ]
        assert doubled == [], [(again[line].line, again[line].outcome, again[line].values) for line in doubled]
        if not any(row.values.get("changed") for row in again.values()):
            changed = differences(before, canonical())
            assert changed == {}, changed

    def _chunks(self, step: Any, batch_id: int, rows: int, fails: str, *, once: bool = False) -> bool:
        """Run the chunks of a job; whether it is finished. `fails` names the failpoints of a worker that fails once."""
        with mock.patch.object(step, "CHUNK_ROWS", rows):
            failpoints.arm(f"{fails}.chunk.before_commit:raise:1" if fails else "")
            try:
                while True:
                    try:
                        with transaction.atomic():
                            is_finished = step.run_chunk(batch_id=batch_id, now=self.now).is_finished
                    except FailpointError:
                        continue
                    if is_finished or once:
                        return is_finished
            finally:
                failpoints.arm("")

    def _try[T](self, act: Callable[[], T]) -> T | None:
        """Refusals are fine: what they leave behind is looked at."""
        try:
            with transaction.atomic():
                return act()
        except DomainError:
            return None
