"""Trying a draft on the company's past receipts, in the background: two jobs, each with a half of the members.

A chunk plays some members from their first receipt to their last and writes one part; the part and the place where the
next one begins are the same row, so a worker that was killed repeats a chunk or goes on after it, and nothing counts twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty_site.ground.failpoints import failpoint
from loyalty_site.ground.models import Company, Job
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import JobProgress, enqueue_job, record_audit
from programs.errors import DraftInvalid
from programs.models import Program, ReplayPart, ReplayRun
from programs.queries.past import Past, PastReader, People, buyers_of, next_people, piece_costs, receipts_by_half
from programs.queries.standing import version_at
from programs.rules.asking import NOTHING
from programs.rules.conditions import ConditionError
from programs.rules.documents import Compiled, DocumentError, compile_document
from programs.rules.forecast import Player, Totals, sum_of
from programs.rules.forecast.sides import NOBODY
from programs.rules.welcome import read_welcome
from programs.services.programs import compile_draft, compiled_version, draft_document

CHUNK_RECEIPTS = 20_000
_ALWAYS = dt.datetime(1, 1, 2, tzinfo=dt.UTC)


def start_replay(*, program: Program, from_on: dt.date | None, actor: Principal, now: dt.datetime) -> ReplayRun:
    """Begin to play the draft of `program` over all receipts until now, or those from a day on.

    Raises DraftInvalid with what is wrong when the draft cannot be compiled.
    """
    with transaction.atomic():
        document = draft_document(program)
        try:
            compile_draft(document)
            read_welcome(document)
        except (DocumentError, ConditionError) as error:
            raise DraftInvalid(problem=error.said) from error
        counts = receipts_by_half()
        run = ReplayRun.objects.create(
            program=program,
            version=version_at(program.pk, now),
            document=document,
            from_on=from_on,
            until_at=now,
            receipt_count=sum(counts),
            created_by_id=actor.id,
        )
        jobs = [
            enqueue_job(
                kind="programs.replay_draft", payload={"run_id": run.pk, "half": half}, now=now, total_count=count
            )
            for half, count in enumerate(counts)
        ]
        run.job_ids = [job.pk for job in jobs]
        run.save(update_fields=["job_ids"])
        record_audit(
            actor=actor,
            action="try_draft",
            target="programs.program",
            target_id=program.pk,
            now=now,
            details={"trial": run.pk, "from": from_on.isoformat() if from_on else ""},
        )
    return run


def replay_chunk(*, run_id: int, half: int, now: dt.datetime) -> JobProgress:
    """The handler of the job: the next members of a half. Progress is counted in receipts."""
    run = ReplayRun.objects.select_related("program").defer("totals").get(pk=run_id)
    parts = ReplayPart.objects.filter(run=run, half=half)
    last = parts.order_by("-until_member", "is_last").defer("totals").first()
    # As it was when the trial began: adding everybody up again for every chunk would cost more than the chunk.
    total = Job.objects.filter(pk=run.job_ids[half]).values_list("total_count", flat=True).first() or 0
    if run.finished_at is not None or (last is not None and last.is_last):
        _finish(run_id, now=now)
        return JobProgress(total, total, is_finished=True)
    after = last.until_member if last is not None else 0
    people = next_people(run.program_id, half=half, after=after, receipts=CHUNK_RECEIPTS)
    totals = play(run, people)
    with transaction.atomic():
        # The unique row of this place: whoever comes second with the same members writes nothing.
        ReplayPart.objects.bulk_create(
            [
                ReplayPart(
                    run=run,
                    half=half,
                    after_member=after,
                    until_member=people.until,
                    receipt_count=people.receipt_count,
                    is_last=people.is_last,
                    totals=totals.to_json(),
                )
            ],
            ignore_conflicts=True,
        )
        failpoint("replay.chunk.before_commit")
    failpoint("replay.chunk.after_commit")
    if people.is_last:
        _finish(run_id, now=now)  # takes the parts away
        return JobProgress(total, total, is_finished=True)
    done = sum(parts.values_list("receipt_count", flat=True))
    return JobProgress(min(done, total), total, is_finished=False)


def play(run: ReplayRun, people: People) -> Totals:
    """The sums of these members under the draft of `run`, and under the version that it is compared with."""
    draft, current = compile_document(run.document), _current(run)
    welcome = read_welcome(run.document)
    player = Player(
        draft,
        current,
        until=run.until_at,
        costs=piece_costs(draft.currency_exponent),
        welcome=(welcome.points, welcome.days),
    )
    reader = PastReader(since=_since(run), until=run.until_at, needs=player.needs)
    buyers = buyers_of(people.keys) if player.asks_buyer else {}
    segments, key = player.segment_keys, 0
    for past in reader.read(people):
        if past.key != key:
            if key:
                player.finish()
            key = past.key
            player.begin(key, buyers.get(key, NOBODY))
        if past.is_return:
            player.give_back(past.at, past.store, past.original, past.pieces, past.total, is_void=past.is_void)
        else:
            player.sell(
                past.at,
                past.store,
                past.lines,
                past.receipt,
                partner=past.partner,
                channel=past.channel,
                told=_told(past, segments) if segments else NOTHING,
            )
    if key:
        player.finish()
    return player.totals


def _told(past: Past, questions: frozenset[str]) -> dict[str, bool]:
    """{question: whether it held} of those about the buyer that the receipt's own version asked as well."""
    version, held = past.sold_by()
    asked = compiled_version(version).asked.segments if version else ()
    return {one.key: one.key in held for one in asked if one.key in questions}


def assume(*, run: ReplayRun, values: Mapping[str, Any], actor: Principal, now: dt.datetime) -> None:
    """Put `values`, {key: {low, likely, high, source}}, in the place of our assumptions about a trial; nothing is played
    again."""
    with transaction.atomic():
        ReplayRun.objects.filter(pk=run.pk).update(assumptions=dict(values))
        record_audit(
            actor=actor,
            action="assume",
            target="programs.replayrun",
            target_id=run.pk,
            now=now,
            details={"keys": sorted(values)},
        )


def _current(run: ReplayRun) -> Compiled | None:
    return compiled_version(run.version_id) if run.version_id is not None else None


def _since(run: ReplayRun) -> dt.datetime:
    """The first moment that counts, by the company's clock."""
    if run.from_on is None:
        return _ALWAYS
    zone = Company.objects.values_list("time_zone", flat=True).first() or "UTC"
    return dt.datetime.combine(run.from_on, dt.time(), ZoneInfo(zone))


def _finish(run_id: int, *, now: dt.datetime) -> None:
    """Add the parts up once both halves are done; whoever comes first does it."""
    with transaction.atomic():
        run = ReplayRun.objects.select_for_update(of=("self",)).get(pk=run_id)
        parts = ReplayPart.objects.filter(run=run)
        if run.finished_at is not None or parts.filter(is_last=True).count() < len(run.job_ids):
            return
        whole = sum_of(parts.values_list("totals", flat=True).iterator())
        run.totals, run.receipt_count, run.finished_at = whole.to_json(), whole.receipts, now
        run.save(update_fields=["totals", "receipt_count", "finished_at"])
        parts.delete()
