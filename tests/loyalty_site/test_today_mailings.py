"""Today about campaigns and answers: every number is the rows behind it, and what waits for somebody is said."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from feedback.services import invite, submit_answer
from loyalty_site.ground.models import Role
from tests.campaigns.mailing import CampaignRig
from tests.feedback.world import make_message, make_survey
from tests.loyalty_site.test_today import client_of, rows_behind, today
from tests.members.mailing import open_mailing
from tests.smtp_sink import CountingSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def rig(settings):
    with CountingSink() as sink:
        mailing = open_mailing(sink, settings)
        settings.MESSAGE_RENDERERS = {"campaign": "campaigns.services.rendering.render_messages"}
        mailing.now = timezone.now()
        yield CampaignRig(mailing, now=mailing.now)


def test_mails_sent_are_the_rows_behind_them(rig: CampaignRig):
    rig.people(7)
    done = rig.make(holdout_percent=0)
    rig.go(done)
    rig.work()
    client = client_of(Role.MARKETING)
    page = today(client)["mailings"]
    assert page["sent"] == rows_behind(client, page["sent_url"]) == 7
    assert [(one["name"], one["figures"].sent) for one in page["done"]] == [(done.name, 7)]
    assert client.get(page["done"][0]["url"], follow=True).status_code == 200
    assert page["moving"] == []


def test_what_waits_for_a_person_is_said_to_those_who_may_act(rig: CampaignRig, settings):
    rig.people(2)
    approved = rig.make()
    rig.approve(approved)
    settings.SMTP_URL = ""
    stuck = rig.make()
    rig.go(stuck)
    rig.work()
    marketing = client_of(Role.MARKETING)
    page = today(marketing)
    texts = {task["text"]: task["url"] for task in page["tasks"]}
    assert set(texts) == {
        f"The campaign {approved.name} is approved and not started",
        f"The campaign {stuck.name} waits: no mail server is set up",
    }
    assert all(marketing.get(url, follow=True).status_code == 200 for url in texts.values())
    assert [one["name"] for one in page["mailings"]["moving"]] == [stuck.name]
    accountant = today(client_of(Role.ACCOUNTANT))
    assert not any("campaign" in task["text"] for task in accountant["tasks"])
    assert today(client_of(Role.SHOP_MANAGER)).get("mailings") is None


def test_the_score_is_that_of_the_answers(rig: CampaignRig):
    now = timezone.now() - dt.timedelta(hours=1)
    survey = make_survey(now=now)
    for score in (10, 9, 9, 8, 3):
        message = make_message(rig.mailing.person(), handed_at=now)
        token = invite(survey_id=survey.pk, items=[(message.member_id, message.pk)], now=now)[message.pk]
        submit_answer(token=token, score=score, comment="", now=now + dt.timedelta(minutes=5))
    client = client_of(Role.SUPPORT)
    nps = today(client)["nps"]
    assert (nps["score"], nps["figures"].n) == ("+40", 5)
    assert client.get(nps["url"]).status_code == 200
    assert sum(rows_behind(client, band["url"]) for band in nps["bands"]) == 5
