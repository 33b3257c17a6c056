"""A run with frozen content, for tests of what stands in its mails: no audience is asked and nothing is sent."""

from __future__ import annotations

from typing import Any

from campaigns.models import Audience, Campaign, Run, Template
from campaigns.services.approval import approve_campaign
from feedback.models import Survey
from feedback.services import create_survey, open_survey
from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import system
from members.models import Channel, Member, Message, Purpose
from members.services import Claimed, Links, links_of, plan_messages
from tests.programs.shop import NOW

TESTS = system("tests")


def write_template(name: str = "News", **languages: dict[str, str]) -> Template:
    """A template with the given words: write_template(en={"subject": ..., "body": ...})."""
    template = Template.objects.create(name=name)
    for language, words in languages.items():
        template.texts.create(language=language, **{"subject": "News", "body": "Hello.", **words})
    return template


def opened_survey() -> Survey:
    survey = create_survey(survey=Survey(name="How was it?"), words={}, now=NOW)
    return open_survey(survey_id=survey.pk, actor=TESTS, now=NOW)


def frozen_run(template: Template, *, survey: Survey | None = None) -> Run:
    """The run of an approved campaign to everybody."""
    audience = Audience.objects.create(name=f"Everybody {template.pk}")
    campaign = Campaign.objects.create(name=template.name, audience=audience, template=template, survey=survey)
    return approve_campaign(campaign_id=campaign.pk, actor=TESTS, now=NOW)


def claimed(run: Run, members: list[Member]) -> tuple[list[Claimed], dict[int, Links]]:
    """The members' messages of the run, as members.services.deliver hands them to a renderer."""
    plan_messages(
        source="campaign",
        group=run.pk,
        items=[(run.pk * 1_000_000 + member.pk, member.pk) for member in members],
        channel=Channel.EMAIL,
        purpose=Purpose.MARKETING,
        due_at=NOW,
    )
    message_of = dict(Message.objects.filter(source_group=run.pk).values_list("member_id", "id"))
    found = [
        Claimed(
            message_id=message_of[member.pk],
            source_group=run.pk,
            source_id=member.pk,
            member_id=member.pk,
            address=f"member{member.pk}@example.com",
            name=member.name,
            language=member.language,
        )
        for member in members
    ]
    return found, links_of(one.message_id for one in found)


def speaks(member: Member, language: str) -> Member:
    member.language = language
    member.save(update_fields=["language"])
    return member


def any_company(**columns: Any) -> Company:
    company = Company.objects.get()
    for name, value in columns.items():
        setattr(company, name, value)
    company.save()
    return company
