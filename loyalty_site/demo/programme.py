"""What the marketer did with the programme later: a second version, in force from now on, and a draft tried on the past.

The receipts were sold under the first version, so what publishing changes, and what a draft would have cost, have
something to show.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from loyalty_site.demo.company import ACTOR
from loyalty_site.demo.receipts import ZONE
from loyalty_site.embedded.processes import EmbeddedError, var_folder
from loyalty_site.ground.models import Job, JobState
from programs.models import Program, ReplayRun, Reward, Rule, Tier
from programs.models.ladders import LadderWindow
from programs.queries.figures import money_text
from programs.rules.forecast.costs import whole
from programs.rules.forecast.totals import Cell, Totals
from programs.services.programs import publish_program
from programs.services.replays import start_replay

CARD_CATEGORY = "pastry"
CARD_NAME = "Every tenth pastry free"
EVERY = 10
POLL_SECONDS = 0.2


def renew(*, now: dt.datetime) -> bool:
    """Publish the second version: a stamp card, a week of seafood, birthdays, a gift for joining, a reward, and tiers that
    look back a year. False when an earlier run has done it."""
    with transaction.atomic():
        program = Program.objects.select_for_update().get()
        if program.versions.count() > 1:
            return False
        program.ladder_window, program.ladder_length = LadderWindow.MONTHS, 12
        program.ladder_keeps_months, program.ladder_grace_days = 12, 30
        program.welcome_points, program.welcome_days = 100, 30
        program.save()
        today = now.astimezone(ZoneInfo(ZONE)).date()
        monday = today - dt.timedelta(days=today.weekday())
        seafood_week = {"type": "dates", "from": str(monday), "to": str(monday + dt.timedelta(days=6))}
        Rule.objects.bulk_create(
            [
                Rule(
                    program=program,
                    key="pastry-card",
                    name=CARD_NAME,
                    conditions=[{"type": "category", "codes": [CARD_CATEGORY]}],
                    effect={"type": "stamp_card", "card": CARD_CATEGORY, "every": EVERY},
                    position=1,
                ),
                Rule(
                    program=program,
                    key="seafood-week",
                    name="Seafood week",
                    conditions=[{"type": "category", "codes": ["seafood", "packaged-seafood"]}, seafood_week],
                    effect={"type": "multiply", "factor": "2"},
                    position=2,
                ),
                Rule(
                    program=program,
                    key="birthday",
                    name="Happy birthday",
                    conditions=[{"type": "birthday", "before": 3, "after": 3}, {"type": "amount", "minimum": "20"}],
                    effect={"type": "points", "points": "50"},
                    position=3,
                ),
            ]
        )
        Reward.objects.create(
            program=program,
            key="bouquet",
            name="A bouquet at half price",
            cost=400,
            effect={"type": "amount_off", "amount": "5"},
        )
        publish_program(program=program, actor=ACTOR, effective_from=now, now=now)
    return True


def has_tried() -> bool:
    """Has an earlier run seen a trial through?"""
    return ReplayRun.objects.filter(finished_at__isnull=False).exists()


def try_draft(reach: Callable[[int, int | None], None], meanwhile: Callable[[], None]) -> str:
    """Write a draft if there is none, and have the real worker play it over all the receipts; a sentence with its
    figures. Raises EmbeddedError when the worker gives up."""
    run = ReplayRun.objects.order_by("id").first() or _draft_and_start(now=timezone.now())
    while run.finished_at is None:
        jobs = Job.objects.filter(pk__in=run.job_ids)
        if failed := jobs.filter(state=JobState.FAILED).first():
            raise EmbeddedError(f"the trial gave up ({failed.last_error}). Why is in {var_folder() / 'worker.log'}")
        reach(sum(job.done_count for job in jobs), run.receipt_count)
        meanwhile()
        time.sleep(POLL_SECONDS)
        run.refresh_from_db()
    totals, given = totals_of(run)
    off = money_text(given.discount, run.document["currency"], run.document["currency_exponent"])
    return f"{totals.receipts:,} receipts played, {given.points:,} points and {off} off under the draft"


def totals_of(run: ReplayRun) -> tuple[Totals, Cell]:
    """What a finished trial found, and its sums over all months, stores and tiers."""
    totals = Totals.from_json(run.totals or {})
    return totals, whole(totals)


def _draft_and_start(*, now: dt.datetime) -> ReplayRun:
    """A full trolley takes money off, which fewer points for dairy and a nearer Silver go with."""
    with transaction.atomic():
        program = Program.objects.get()
        Rule.objects.filter(program=program, key="dairy-weekend").update(
            name="Dairy counts double at the weekend", effect={"type": "multiply", "factor": "2"}
        )
        Tier.objects.filter(program=program, key="silver").update(threshold=300)
        Rule.objects.create(
            program=program,
            key="full-trolley",
            name="A full trolley",
            effect={
                "type": "steps_off",
                "steps": [{"from": "40", "percent": "1"}, {"from": "80", "percent": "2"}],
            },
            position=4,
        )
        return start_replay(program=program, from_on=None, actor=ACTOR, now=now)
