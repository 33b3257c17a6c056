"""From draft to approved: everything that decides what is sent is frozen into a run, so later edits change nothing."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction

from campaigns.errors import CampaignWrongState, SurveyNotOpen
from campaigns.models import Campaign, CampaignState, Run, RunState
from campaigns.queries.audiences import criteria_of
from campaigns.services.content import freeze_content
from feedback.models import SurveyState
from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Kind, Principal
from loyalty_site.ground.services import record_audit
from loyalty_site.ground.services.transactions import wait_patiently

# While a run is here, nobody has been listed and nothing was sent.
BEFORE_START = (RunState.APPROVED, RunState.SCHEDULED, RunState.HELD)


@transaction.atomic
def approve_campaign(*, campaign_id: int, actor: Principal, now: dt.datetime) -> Run:
    """Freeze the content, criteria, survey, hold-out and time of a draft into a run that can be started.

    Raises CampaignWrongState when it is no draft, AudienceInvalid, SurveyNotOpen, and what freeze_content refuses.
    """
    campaign = lock_campaign(campaign_id, CampaignState.DRAFT)
    survey = campaign.survey
    if survey is not None and survey.state != SurveyState.OPEN:
        raise SurveyNotOpen
    criteria_of(campaign.audience.criteria)
    company = Company.objects.get()
    run = Run.objects.create(
        campaign=campaign,
        channel=campaign.channel,
        purpose=campaign.template.purpose,
        content=freeze_content(campaign.template, survey=survey, company=company),
        criteria=campaign.audience.criteria,
        survey=survey,
        holdout_percent=campaign.holdout_percent,
        seed=secrets.token_hex(8),
        send_on=campaign.send_on,
        send_time=campaign.send_time,
        time_zone=company.time_zone,
        grace_minutes=campaign.grace_minutes,
        created_at=now,
    )
    campaign.state, campaign.approved_at = CampaignState.APPROVED, now
    campaign.approved_by_id = actor.id if actor.kind is Kind.STAFF else None
    campaign.save(update_fields=["state", "approved_at", "approved_by"])
    note(run.campaign_id, run, "approve", actor, now)
    return run


@transaction.atomic
def reopen_campaign(*, campaign_id: int, actor: Principal, now: dt.datetime) -> None:
    """Take a campaign that has not begun back to the draft; its frozen run ends. Raises CampaignWrongState."""
    campaign = lock_campaign(campaign_id, CampaignState.APPROVED, CampaignState.SCHEDULED)
    run = lock_run(campaign, *BEFORE_START)
    run.state, run.finished_at = RunState.CANCELLED, now
    run.save(update_fields=["state", "finished_at"])
    campaign.state, campaign.approved_at, campaign.approved_by = CampaignState.DRAFT, None, None
    campaign.save(update_fields=["state", "approved_at", "approved_by"])
    note(run.campaign_id, run, "reopen", actor, now)


@transaction.atomic
def copy_campaign(*, campaign_id: int, actor: Principal, now: dt.datetime) -> Campaign:
    """A new draft with the same audience, words and plan, without the day: for the next time."""
    campaign = Campaign.objects.get(pk=campaign_id)
    campaign.pk = None
    campaign._state.adding = True
    campaign.state, campaign.approved_at, campaign.approved_by = CampaignState.DRAFT, None, None
    campaign.send_on = campaign.send_time = None
    campaign.created_at, campaign.created_by_id = now, actor.id if actor.kind is Kind.STAFF else None
    campaign.save()
    record_audit(
        actor=actor,
        action="add",
        target="campaigns.campaign",
        target_id=campaign.pk,
        now=now,
        details={"copy_of": campaign_id},
    )
    return campaign


def lock_campaign(campaign_id: int, *states: CampaignState) -> Campaign:
    """The campaign, locked until the transaction ends. Raises CampaignWrongState when it is in none of `states`."""
    wait_patiently()
    campaign = (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("audience", "template", "survey")
        .get(pk=campaign_id)
    )
    if campaign.state not in states:
        raise CampaignWrongState(state=campaign.get_state_display())
    return campaign


def lock_run(campaign: Campaign, *states: RunState) -> Run:
    """The campaign's newest run, locked. Raises CampaignWrongState when it is in none of `states`."""
    run = Run.objects.select_for_update().filter(campaign=campaign).order_by("-id").first()
    if run is None or run.state not in states:
        raise CampaignWrongState(state=(run or campaign).get_state_display())
    return run


def note(
    campaign_id: int, run: Run | None, action: str, actor: Principal, now: dt.datetime, *, reason: str = ""
) -> None:
    """An audit row of an act on a campaign, within the act's transaction."""
    record_audit(
        actor=actor,
        action=action,
        target="campaigns.campaign",
        target_id=campaign_id,
        now=now,
        reason=reason,
        details={"run": run.pk} if run else {},
    )
