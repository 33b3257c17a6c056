"""A campaign on its way: people who can be written to, a relay that counts, and a worker that does what is due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from campaigns.models import Audience, Campaign, Run, Template, TemplateText
from campaigns.queries.runs import RunFigures, run_figures
from campaigns.services.approval import approve_campaign
from campaigns.services.running import start_campaign
from loyalty_site.ground.policy import system
from loyalty_site.ground.services import claim_due_jobs, claim_job, run_claimed_job
from members.models import Member
from tests.members.mailing import NOW, Mailing

TESTS = system("tests")


def make_template(name: str = "News") -> Template:
    template = Template.objects.create(name=name)
    TemplateText.objects.create(
        template=template, language="en", subject="Hello {{ name }}", body="There is news, {{ first_name }}."
    )
    return template


def cannot_render(*_claimed: object, **_more: object) -> dict[int, str]:
    """A renderer that is broken as a whole."""
    raise LookupError("no content")


@dataclass
class CampaignRig:
    """`make` writes a campaign to everybody, `go` approves and starts it, `work` is a worker until nothing is due."""

    mailing: Mailing
    now: dt.datetime = NOW
    made: list[Campaign] = field(default_factory=list)

    def people(self, count: int) -> list[Member]:
        return self.mailing.people(count)

    def make(self, criteria: list[dict[str, Any]] | None = None, **values: Any) -> Campaign:
        number = len(self.made) + 1
        audience = Audience.objects.create(name=f"Audience {number}", criteria=criteria or [])
        values = {"holdout_percent": 0, **values}
        campaign = Campaign.objects.create(
            name=f"Campaign {number}", audience=audience, template=make_template(f"News {number}"), **values
        )
        self.made.append(campaign)
        return campaign

    def approve(self, campaign: Campaign) -> Run:
        return approve_campaign(campaign_id=campaign.pk, actor=TESTS, now=self.now)

    def start(self, campaign: Campaign) -> Run:
        return start_campaign(campaign_id=campaign.pk, actor=TESTS, now=self.now)

    def go(self, campaign: Campaign) -> Run:
        self.approve(campaign)
        return self.start(campaign)

    def work(self, *, rounds: int = 100) -> int:
        """Do what is due now, the clock standing still; how many jobs were taken up."""
        taken = 0
        for _ in range(rounds):
            ids = claim_due_jobs(now=self.now)
            if not ids:
                break
            for job_id in ids:
                token = claim_job(job_id, now=self.now)
                if token:
                    run_claimed_job(job_id, token, clock=lambda: self.now)
                    taken += 1
        return taken

    def later(self, **delta: float) -> None:
        self.now += dt.timedelta(**delta)
        self.mailing.now = self.now

    def figures(self, campaign: Campaign) -> RunFigures:
        return run_figures(self.run(campaign))

    def run(self, campaign: Campaign) -> Run:
        found = campaign.runs.order_by("-id").first()
        assert found is not None
        return found

    def state(self, campaign: Campaign) -> tuple[str, str]:
        """(of the campaign, of its newest run)."""
        campaign.refresh_from_db()
        return campaign.state, self.run(campaign).state
