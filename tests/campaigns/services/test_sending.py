"""Moving a run: fed, delivered, waiting without spinning, paused by people and by errors, cancelled in the middle."""

from __future__ import annotations

import datetime as dt

import pytest

from campaigns.models import PauseReason, Run, RunState
from campaigns.queries.runs import is_stuck, pace
from campaigns.services import sending
from campaigns.services.running import cancel_campaign, pause_campaign, resume_campaign, settle_cancelled_runs
from campaigns.services.sending import advance_run
from loyalty_site.ground.models import Job, JobState
from members.models import ConsentAction, ContactBudget, Member, Message
from members.rules.sending import Outcome, Verdict
from members.services.delivery.claiming import claim_messages, mark_handed
from members.services.delivery.outcomes import Settled, write_outcomes
from tests.campaigns.mailing import TESTS, CampaignRig
from tests.smtp_sink import drop, reply


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FEED_SIZE", 8)
    monkeypatch.setattr(sending, "DELIVER_SIZE", 5)


def chunks(run: Run, count: int, rig: CampaignRig) -> None:
    """A worker's first chunks; its job is left to the next."""
    run.refresh_from_db()
    for _ in range(count):
        advance_run(run_id=run.pk, turn=run.turn, now=rig.now)


def email(member: Member) -> str:
    return str(member.identifiers.get(kind="email").value)


def test_more_than_one_feed_reaches_everybody_once(rig: CampaignRig, small_chunks: None):
    rig.people(25)
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    assert rig.figures(campaign).sent == 25
    assert set(rig.mailing.sink.recipients().values()) == {1}


def test_several_lanes_share_the_work(rig: CampaignRig, small_chunks: None, settings):
    settings.MAIL_LANES = 3
    rig.people(30)
    campaign = rig.make()
    rig.go(campaign)
    for _ in range(3):  # a lane that finds nothing to do looks again
        rig.work()
        rig.later(seconds=3)
    assert rig.state(campaign) == ("done", "done")
    assert list(Job.objects.values_list("state", flat=True)) == [JobState.DONE] * 3
    assert set(rig.mailing.sink.recipients().values()) == {1}


def test_pause_resume_and_nobody_twice(rig: CampaignRig, small_chunks: None):
    rig.people(23)
    campaign = rig.make()
    chunks(rig.go(campaign), 4, rig)
    assert 0 < rig.figures(campaign).sent < 23
    for _ in range(2):
        pause_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
        before = len(rig.mailing.sink.received)
        rig.work()
        assert len(rig.mailing.sink.received) == before < 23
        assert rig.state(campaign) == ("running", "paused")
        resume_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
        chunks(rig.run(campaign), 1, rig)
    rig.work()
    assert rig.figures(campaign).sent == 23
    assert set(rig.mailing.sink.recipients().values()) == {1}


def test_a_job_of_before_the_pause_does_nothing_after_it(rig: CampaignRig):
    rig.people(3)
    campaign = rig.make()
    run = rig.go(campaign)
    pause_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
    resume_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
    assert advance_run(run_id=run.pk, turn=0, now=rig.now).is_finished
    assert rig.run(campaign).state == RunState.FREEZING


def test_cancelled_in_the_middle_everybody_is_accounted_for(rig: CampaignRig, small_chunks: None):
    rig.people(30)
    campaign = rig.make()
    chunks(rig.go(campaign), 4, rig)
    cancelled = cancel_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
    figures = rig.figures(campaign)
    assert 0 < figures.sent < 30
    assert 0 < cancelled < figures.cancelled  # some had no message yet
    assert figures.planned == 30 == figures.ended
    rig.work()
    assert rig.state(campaign) == ("cancelled", "cancelled")
    assert len(rig.mailing.sink.received) == figures.sent


def test_what_comes_back_after_a_cancel_is_cancelled_too(rig: CampaignRig):
    """Handed over when somebody cancelled, refused for now by the server: nothing may try it again."""
    rig.people(2)
    campaign = rig.make()
    run = rig.go(campaign)
    chunks(run, 2, rig)
    claim = claim_messages(source="campaign", group=run.pk, channel="email", limit=1, now=rig.now)
    mine = mark_handed(token=claim.token, ids=[claim.messages[0].message_id], now=rig.now)
    assert cancel_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now) == 1
    write_outcomes(
        token=claim.token,
        settled=[Settled(claim.messages[0], Outcome(Verdict.RETRY, "451"), mine[claim.messages[0].message_id])],
        now=rig.now,
    )
    assert rig.figures(campaign).waiting == 1
    assert settle_cancelled_runs(now=rig.now) == 1
    assert settle_cancelled_runs(now=rig.now) == 0
    assert rig.figures(campaign).cancelled == rig.figures(campaign).planned == 2


def test_too_many_failures_pause_it(rig: CampaignRig, settings, monkeypatch: pytest.MonkeyPatch):
    settings.MAIL_ERRORS_LEAST, settings.MAIL_ERRORS_PERCENT = 10, 20
    monkeypatch.setattr(sending, "DELIVER_SIZE", 10)
    rig.people(40)
    rig.mailing.sink.script(None, "rcpt", reply("554 5.7.1 not from you"))
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    run = rig.run(campaign)
    assert (run.state, run.pause_reason) == (RunState.PAUSED, PauseReason.ERRORS)
    assert rig.figures(campaign).failed == 10
    rig.mailing.sink.behave()
    resume_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
    rig.work()
    assert rig.state(campaign) == ("done", "done")
    assert (rig.figures(campaign).sent, rig.figures(campaign).failed) == (30, 10)


def test_a_few_failures_do_not(rig: CampaignRig, settings):
    settings.MAIL_ERRORS_LEAST, settings.MAIL_ERRORS_PERCENT = 10, 20
    for person in rig.people(40)[:8]:
        rig.mailing.sink.script(email(person), "rcpt", reply("554 5.7.1 not from you"))
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    assert rig.state(campaign) == ("done", "done")


def test_work_that_failed_for_good_can_go_on(rig: CampaignRig, settings):
    rig.people(2)
    campaign = rig.make()
    rig.go(campaign)
    settings.MESSAGE_RENDERERS = {"campaign": "tests.campaigns.mailing.cannot_render"}
    for _ in range(8):
        rig.work()
        rig.later(hours=1)
    assert Job.objects.get().state == JobState.FAILED
    assert is_stuck(rig.run(campaign))
    settings.MESSAGE_RENDERERS = {"campaign": "campaigns.services.rendering.render_messages"}
    resume_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
    assert not is_stuck(rig.run(campaign))
    rig.work()
    assert rig.state(campaign) == ("done", "done")


def test_going_on_with_what_moves_changes_nothing(rig: CampaignRig):
    campaign = rig.make()
    rig.go(campaign)
    resume_campaign(campaign_id=campaign.pk, actor=TESTS, now=rig.now)
    assert (Job.objects.count(), rig.run(campaign).turn) == (1, 0)


def test_quiet_hours_wait_without_spinning(rig: CampaignRig):
    ContactBudget.objects.create(messages=9, days=1, quiet_from=dt.time(11), quiet_until=dt.time(15))
    rig.people(3)
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    run = rig.run(campaign)
    assert (run.blocked, run.goes_on_at) == ("quiet", dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC))
    assert Job.objects.get().run_at == run.goes_on_at
    assert pace(run, rig.figures(campaign), rig.now).seconds_left is None
    rig.later(hours=3)
    rig.work()
    assert rig.state(campaign) == ("done", "done")
    assert rig.run(campaign).blocked == ""


def test_without_a_mail_server_it_waits_and_says_so(rig: CampaignRig, settings):
    url, settings.SMTP_URL = settings.SMTP_URL, ""
    rig.people(2)
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    assert rig.run(campaign).blocked == "no_server"
    settings.SMTP_URL = url
    rig.later(minutes=2)
    rig.work()
    assert rig.state(campaign) == ("done", "done")


def test_a_mail_to_be_tried_again_is_waited_for(rig: CampaignRig):
    (one, _other) = rig.people(2)
    rig.mailing.sink.script(email(one), "rcpt", reply("451 4.3.0 later"), times=1)
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    assert rig.state(campaign) == ("running", "running")
    assert rig.figures(campaign).retrying == 1
    waits_until = rig.run(campaign).goes_on_at
    assert waits_until is not None
    assert dt.timedelta(seconds=59) < waits_until - rig.now < dt.timedelta(seconds=75)
    rig.later(seconds=75)
    rig.work()
    assert rig.state(campaign) == ("done", "done")
    assert rig.figures(campaign).sent == 2


def test_an_unknown_outcome_ends_the_run_and_stays_visible(rig: CampaignRig):
    people = rig.people(3)
    rig.mailing.sink.script(email(people[1]), "stored", drop())
    campaign = rig.make()
    rig.go(campaign)
    for _ in range(3):
        rig.work()
        rig.later(minutes=2)
    assert rig.state(campaign) == ("done", "done")
    assert (rig.figures(campaign).sent, rig.figures(campaign).unknown) == (2, 1)
    assert set(rig.mailing.sink.recipients().values()) == {1}


def test_who_withdraws_meanwhile_is_left_out_with_the_reason(rig: CampaignRig):
    people = rig.people(2)
    campaign = rig.make()
    chunks(rig.go(campaign), 2, rig)
    rig.mailing.consent(people[0], ConsentAction.WITHDRAWN)
    rig.work()
    figures = rig.figures(campaign)
    assert (figures.sent, figures.suppressed) == (1, 1)
    assert figures.reasons == {("suppressed", "no_consent"): 1}


def test_the_second_campaign_of_a_day_meets_the_contact_budget(rig: CampaignRig):
    ContactBudget.objects.create(messages=1, days=7)
    rig.people(3)
    for campaign in (rig.make(), rig.make()):
        rig.go(campaign)
        rig.later(minutes=1)
        rig.work()
    assert rig.run(campaign).excluded_reasons == {"over_budget": 3}
    assert rig.state(campaign) == ("done", "done")
    assert Message.objects.count() == 3
