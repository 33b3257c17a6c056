"""The clock's edge: what celery-beat calls exists, and starts what is due."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from campaigns.tasks import start_due_runs
from tests.campaigns.mailing import CampaignRig


def test_the_beat_s_own_task_starts_what_is_due(rig: CampaignRig):
    assert start_due_runs.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    due = timezone.now() - dt.timedelta(minutes=1)
    campaign = rig.make(send_on=due.date(), send_time=due.time().replace(microsecond=0))
    rig.now = due - dt.timedelta(hours=1)
    rig.go(campaign)
    assert rig.state(campaign) == ("scheduled", "scheduled")
    start_due_runs()
    assert rig.state(campaign) == ("running", "freezing")
