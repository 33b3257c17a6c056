"""What the Today page is told about campaigns."""

from __future__ import annotations

import datetime as dt

from campaigns.queries.today import today_campaigns
from campaigns.services.running import start_due_runs
from loyalty_site.ground.models import Job
from tests.campaigns.mailing import CampaignRig


def test_nothing_yet(db):
    found = today_campaigns()
    assert (found.on_the_way, found.needs_person, found.is_first) == ([], [], True)


def test_what_is_on_its_way_and_what_needs_a_person(rig: CampaignRig, settings):
    rig.people(2)
    held, later, waits, moving, stuck, _draft = (
        rig.make(send_on=dt.date(2026, 3, 11), send_time=dt.time(10)),
        rig.make(send_on=dt.date(2026, 5, 1), send_time=dt.time(10)),
        rig.make(),
        rig.make(),
        rig.make(),
        rig.make(),
    )
    rig.go(held)
    rig.go(later)
    rig.approve(waits)
    rig.go(stuck)
    Job.objects.all().delete()
    settings.SMTP_URL = ""
    rig.go(moving)
    rig.work()
    start_due_runs(now=rig.now + dt.timedelta(days=5))
    found = today_campaigns()
    assert {one.campaign_id: one.why for one in found.needs_person} == {
        held.pk: "held",
        stuck.pk: "stuck",
        moving.pk: "no_server",
        waits.pk: "approved",
    }
    assert [one.campaign_id for one in found.on_the_way] == [stuck.pk, moving.pk, held.pk, later.pk]
    going = found.on_the_way[1]
    assert (going.state, going.percent, going.sent) == ("running", 0, 0)
    assert not found.is_first
