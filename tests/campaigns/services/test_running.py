"""A campaign's life: approved, started or held, stopped, resumed, cancelled, done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from campaigns.errors import AudienceInvalid, CampaignStartPassed, CampaignWrongState, SurveyNotOpen
from campaigns.models import Audience, Campaign, Recipient, Run, RunState
from campaigns.services.approval import approve_campaign, reopen_campaign
from campaigns.services.running import (
    cancel_campaign,
    confirm_held_campaign,
    pause_campaign,
    resume_campaign,
    start_due_runs,
)
from feedback.models import Survey
from loyalty_site.ground.models import Audit, Company, Job
from loyalty_site.ground.policy import Kind, Principal
from tests.campaigns.mailing import TESTS, CampaignRig
from tests.factories.configuration import UserFactory

ACTS = [approve_campaign, reopen_campaign, confirm_held_campaign, pause_campaign, resume_campaign, cancel_campaign]


def acts() -> list[str]:
    rows = Audit.objects.filter(object_type="campaigns.campaign").order_by("id")
    return list(rows.values_list("action", flat=True))


def test_from_draft_to_done(rig: CampaignRig):
    rig.people(5)
    campaign = rig.make(expectation="Two come back.")
    run = rig.approve(campaign)
    assert rig.state(campaign) == ("approved", "approved")
    assert (run.criteria, run.time_zone, run.purpose) == ([], "UTC", "marketing")
    assert Recipient.objects.count() == 0
    rig.start(campaign)
    assert rig.state(campaign) == ("running", "freezing")
    rig.work()
    assert rig.state(campaign) == ("done", "done")
    assert sum(rig.mailing.sink.recipients().values()) == 5
    figures = rig.figures(campaign)
    assert (figures.planned, figures.sent, figures.waiting, figures.percent) == (5, 5, 0, 100)
    assert acts() == ["approve", "start", "finish"]
    assert rig.work() == 0


def test_a_campaign_to_nobody_is_done_at_once(rig: CampaignRig):
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    assert rig.state(campaign) == ("done", "done")
    assert rig.figures(campaign).percent == 100


def test_an_approved_campaign_keeps_what_it_was_approved_with(rig: CampaignRig):
    campaign = rig.make([{"type": "joined", "days": 5}])
    rig.approve(campaign)
    Audience.objects.update(criteria=[])
    assert rig.run(campaign).criteria == [{"type": "joined", "days": 5}]


def test_nobody_approves_what_cannot_be_read(rig: CampaignRig):
    campaign = rig.make([{"type": "moon"}])
    with pytest.raises(AudienceInvalid):
        rig.approve(campaign)


def test_a_survey_must_be_open(rig: CampaignRig):
    campaign = rig.make(survey=Survey.objects.create(name="NPS"))
    with pytest.raises(SurveyNotOpen):
        rig.approve(campaign)


def test_who_approved_is_noted(rig: CampaignRig):
    person = UserFactory()
    campaign = rig.make()
    approve_campaign(campaign_id=campaign.pk, actor=Principal(Kind.STAFF, id=person.pk, role=person.role), now=rig.now)
    campaign.refresh_from_db()
    assert (campaign.approved_by, campaign.approved_at) == (person, rig.now)


def test_back_to_the_draft_ends_the_frozen_run(rig: CampaignRig):
    campaign = rig.make()
    rig.approve(campaign)
    reopen_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.approved_at, rig.run(campaign).state) == ("draft", None, RunState.CANCELLED)
    rig.approve(campaign)
    assert Run.objects.count() == 2


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_an_act_in_the_wrong_state_is_refused_in_words(rig: CampaignRig, act: Callable[..., object]):
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    with pytest.raises(CampaignWrongState, match="it is done"):
        act(campaign_id=campaign.pk, actor=TESTS, now=rig.now)


def scheduled(rig: CampaignRig, zone: str, local: str) -> Campaign:
    Company.objects.update(time_zone=zone)
    at = dt.datetime.fromisoformat(local)
    campaign = rig.make(send_on=at.date(), send_time=at.time())
    rig.go(campaign)
    return campaign


def due_of(rig: CampaignRig, campaign: Campaign) -> dt.datetime:
    due = rig.run(campaign).scheduled_for
    assert due is not None
    return due


def test_it_starts_by_itself_at_its_local_time(rig: CampaignRig):
    rig.people(1)
    campaign = scheduled(rig, "America/New_York", "2026-03-11 10:00")
    assert rig.state(campaign) == ("scheduled", "scheduled")
    due = dt.datetime(2026, 3, 11, 10, tzinfo=ZoneInfo("America/New_York"))
    assert due_of(rig, campaign) == due
    assert start_due_runs(now=due - dt.timedelta(seconds=1)) == []
    rig.now = due
    assert start_due_runs(now=rig.now) == [rig.run(campaign).pk]
    rig.work()
    assert rig.state(campaign) == ("done", "done")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Jerusalem", "Europe/London", "Australia/Lord_Howe"])
@pytest.mark.parametrize("day", ["2026-03-27", "2026-04-05", "2026-10-25", "2026-11-01"])
@pytest.mark.parametrize("local", ["01:30", "02:30", "10:00"])
def test_around_a_changed_clock_it_starts_once(
    rig: CampaignRig, zone: str, local: str, day: str, note_trials: Callable[[str, int], None]
):
    """A tick every five minutes for three hours around it, each one twice as two beats would."""
    campaign = scheduled(rig, zone, f"{day} {local}")
    due = due_of(rig, campaign)
    starts = []
    for minute in range(-90, 91, 5):
        for _beat in range(2):
            starts += start_due_runs(now=due + dt.timedelta(minutes=minute))
    assert starts == [rig.run(campaign).pk]
    assert rig.run(campaign).started_at == due
    note_trials("T31", 1)


@pytest.mark.parametrize(
    ("minutes", "outcome"), [(3, "freezing"), (30, "freezing"), (40, "held"), (3 * 24 * 60, "held")]
)
def test_a_late_start_is_held_beyond_its_grace(
    rig: CampaignRig, minutes: int, outcome: str, note_trials: Callable[[str, int], None]
):
    campaign = scheduled(rig, "UTC", "2026-03-11 10:00")
    for _beat in range(2):
        start_due_runs(now=due_of(rig, campaign) + dt.timedelta(minutes=minutes))
    assert rig.run(campaign).state == outcome
    assert Job.objects.count() == (outcome == "freezing")
    note_trials("T32", 1)


def test_what_is_held_goes_when_a_person_says_so(rig: CampaignRig):
    rig.people(1)
    campaign = scheduled(rig, "UTC", "2026-03-11 10:00")
    rig.later(days=3)
    start_due_runs(now=rig.now)
    assert rig.state(campaign) == ("scheduled", "held")
    confirm_held_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
    rig.work()
    assert rig.state(campaign) == ("done", "done")
    assert acts() == ["approve", "start", "hold", "confirm", "finish"]


def test_a_start_in_the_past_is_refused(rig: CampaignRig):
    with pytest.raises(CampaignStartPassed):
        scheduled(rig, "UTC", "2026-03-09 10:00")


def test_a_start_a_moment_ago_is_at_once(rig: CampaignRig):
    assert rig.state(scheduled(rig, "UTC", "2026-03-10 11:50")) == ("running", "freezing")


@pytest.mark.parametrize("stage", ["draft", "approved", "scheduled"])
def test_cancelled_before_it_began(rig: CampaignRig, stage: str):
    campaign = rig.make(send_on=dt.date(2026, 4, 1), send_time=dt.time(10))
    if stage != "draft":
        rig.approve(campaign)
    if stage == "scheduled":
        rig.start(campaign)
    assert cancel_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now) == 0
    campaign.refresh_from_db()
    assert campaign.state == "cancelled"
    assert start_due_runs(now=rig.now + dt.timedelta(days=60)) == []
