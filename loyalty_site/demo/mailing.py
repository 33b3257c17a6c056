"""The demonstration's first mailing: a survey, an audience, a template and a campaign, sent by the real worker."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.utils import timezone

from campaigns.models import Audience, Campaign, CampaignState, Run, RunState, Template
from campaigns.queries.runs import run_figures
from campaigns.rules.criteria import (
    Birthday,
    Criterion,
    Language,
    Tier,
)
from campaigns.services.approval import approve_campaign
from campaigns.services.audiences import save_audience
from campaigns.services.running import start_campaign
from campaigns.services.segments import save_segment
from campaigns.services.starters import STARTERS, start_template
from feedback.models import Survey, SurveyState
from feedback.services import create_survey, open_survey
from loyalty_site.demo.company import LANGUAGES
from loyalty_site.demo.receipts import ZONE
from loyalty_site.embedded.processes import EmbeddedError, var_folder
from loyalty_site.ground.models import Job, JobState, User
from loyalty_site.middleware import principal_of
from members.models import ContactBudget, Segment

NAME = "How are we doing?"
RUSSIAN = "Readers of Russian"
AUDIENCES: dict[str, tuple[Criterion, ...]] = {
    "Everybody": (),
    "Silver and gold": (Tier(values=("silver", "gold")),),
    "Birthday within a week": (Birthday(days=7),),
    RUSSIAN: (Language(values=("ru",)),),
}
HOLDOUT_PERCENT = 10
POLL_SECONDS = 0.3
# In these a person has stepped in, in a demonstration that was there before; nobody waits for them.
_NOT_MOVING = (RunState.PAUSED, RunState.HELD, RunState.CANCELLED)


def is_out() -> bool:
    """Has an earlier run sent it?"""
    run = _run()
    return run is not None and (run.state == RunState.DONE or run.state in _NOT_MOVING)


def send(on_progress: Callable[[int, int | None], None], meanwhile: Callable[[], None]) -> str:
    """Write the campaign if it is not there, and see it through; a sentence with its figures. Raises as see_through."""
    run = see_through(Campaign.objects.filter(name=NAME).first() or _write_campaign(), on_progress, meanwhile)
    return f"{run_figures(run).sent:,} mails, {run.holdout_count:,} held out by lot, {run.excluded_count:,} left out, each with a reason"


def see_through(
    campaign: Campaign, on_progress: Callable[[int, int | None], None], meanwhile: Callable[[], None]
) -> Run:
    """Approve, start and await a campaign, from wherever an earlier run left it.

    Raises EmbeddedError when its work gives up.
    """
    if campaign.state == CampaignState.DRAFT:
        approve_campaign(campaign_id=campaign.pk, actor=principal_of(_marketer()), now=timezone.now())
        campaign.refresh_from_db()
    if campaign.state == CampaignState.APPROVED:
        start_campaign(campaign_id=campaign.pk, actor=principal_of(_marketer()), now=timezone.now())
    run = campaign.runs.latest("id")
    while run.state != RunState.DONE and run.state not in _NOT_MOVING:
        _give_up_with(run)
        on_progress(run_figures(run).ended, run.planned_count or None)
        meanwhile()
        time.sleep(POLL_SECONDS)
        run.refresh_from_db()
    return run


def write_news(audience: str, *, at: dt.datetime) -> Campaign:
    """A second campaign to one of AUDIENCES, at a time, without a survey and with nobody held out; a draft."""
    local = at.astimezone(ZoneInfo(ZONE))
    return Campaign.objects.create(
        name=f"News for: {audience}",
        audience=Audience.objects.get(name=audience),
        template=Template.objects.get(name=STARTERS["welcome-back"].name),
        holdout_percent=0,
        send_on=local.date(),
        send_time=local.time().replace(microsecond=0),
        created_by=_marketer(),
    )


def the_run() -> Run:
    """The run of the campaign that `send` has seen through."""
    run = _run()
    assert run is not None
    return run


def _run() -> Run | None:
    return Run.objects.filter(campaign__name=NAME).order_by("-id").first()


def _give_up_with(run: Run) -> None:
    failed = Job.objects.filter(payload__run_id=run.pk, state=JobState.FAILED).first()
    if failed:
        raise EmbeddedError(f"the mailing gave up ({failed.last_error}). Why is in {var_folder() / 'worker.log'}")


def _write_campaign() -> Campaign:
    now = timezone.now()
    marketer = _marketer()
    ContactBudget.objects.get_or_create(channel="", is_active=True, defaults={"messages": 3, "days": 7})
    for name, criteria in AUDIENCES.items():
        if not Audience.objects.filter(name=name).exists():
            save_audience(audience=Audience(name=name), criteria=criteria, actor=principal_of(marketer), now=now)
    if not Segment.objects.exists():
        best = Segment(name="Our best", name_ru="Лучшие", name_he="הטובים שלנו")
        save_segment(segment=best, audience=Audience.objects.get(name="Silver and gold"), now=now)
    return Campaign.objects.create(
        name=NAME,
        audience=Audience.objects.get(name="Everybody"),
        template=_template(),
        survey=_survey(),
        holdout_percent=HOLDOUT_PERCENT,
        expectation="A third of them answer, and who gets the mail buys more in the next two weeks than who was held out.",
        created_by=marketer,
    )


def _template() -> Template:
    """The survey's template; the other ones to begin with come along, to be looked at."""
    for starter in STARTERS.values():
        if not Template.objects.filter(name=starter.name).exists():
            start_template(
                starter=starter,
                name=starter.name,
                note=starter.note,
                languages=list(LANGUAGES),
                actor=principal_of(_marketer()),
                now=timezone.now(),
            )
    return Template.objects.get(name=STARTERS["survey"].name)


def _survey() -> Survey:
    survey = Survey.objects.filter(name=NAME).first()
    if survey is None:
        survey = create_survey(survey=Survey(name=NAME), words={}, now=timezone.now())
    if survey.state == SurveyState.DRAFT:
        survey = open_survey(survey_id=survey.pk, actor=principal_of(_marketer()), now=timezone.now())
    return survey


def _marketer() -> User:
    """Who writes in this company."""
    return User.objects.get(username="marketing")
