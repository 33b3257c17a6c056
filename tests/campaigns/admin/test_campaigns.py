"""The campaign's pages: a draft, its consequences, its progress, its end; and the people behind every figure."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Audience, Campaign, CampaignState, Recipient, RunState
from campaigns.services.running import start_due_runs
from loyalty_site.ground.models import Company, Job, JobState, Role
from members.models import ConsentAction
from tests.campaigns.mailing import CampaignRig, make_template
from tests.factories.configuration import UserFactory
from tests.smtp_sink import drop, reply


@pytest.fixture
def rig(rig: CampaignRig) -> CampaignRig:
    """On the clock of the pages."""
    rig.now = rig.mailing.now = timezone.now()
    return rig


@pytest.fixture
def marketer(db) -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.MARKETING, username="marta"))
    return client


def page(client: Client, name: str, campaign: Campaign) -> str:
    answer = client.get(reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk]), follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def press(client: Client, name: str, campaign: Campaign) -> str:
    answer = client.post(reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk]), follow=True)
    assert answer.status_code == 200
    campaign.refresh_from_db()
    return " ".join(answer.content.decode().split())


def form(**values: object) -> dict[str, object]:
    return {
        "name": "Spring",
        "audience": Audience.objects.create(name="Everybody").pk,
        "template": make_template("Spring").pk,
        "grace_minutes": 30,
        "holdout_percent": 10,
        "expectation": "",
        "_save": "",
        **values,
    }


def test_from_the_form_to_the_mailbox(marketer: Client, rig: CampaignRig):
    rig.people(60)
    answer = marketer.post(reverse("admin:campaigns_campaign_add"), form(holdout_percent=20))
    campaign = Campaign.objects.get()
    assert answer["Location"] == reverse("admin:campaigns_campaign_review", args=[campaign.pk])
    assert campaign.created_by is not None
    assert campaign.created_by.username == "marta"
    before = page(marketer, "review", campaign)
    assert "get the message, about" in before
    assert "Approve" in before
    approved = press(marketer, "approve", campaign)
    assert campaign.state == CampaignState.APPROVED
    held = 60 - int(approved.split("Send to ")[1].split()[0])
    assert 0 < held < 30
    assert "You may leave this page" in press(marketer, "send", campaign)
    rig.later(minutes=1)
    rig.work()
    run = rig.run(campaign)
    assert (run.state, run.holdout_count) == (RunState.DONE, held)  # as the button had said
    assert len(rig.mailing.sink.received) == 60 - held
    done = page(marketer, "change", campaign)
    assert "What it brought so far" in done
    assert "No effect is shown so far." in done or "Too few people" in done


@pytest.mark.parametrize("missing", ["send_on", "send_time"])
def test_a_day_wants_a_time(marketer: Client, rig: CampaignRig, missing: str):
    values = {"send_on": "2030-03-10", "send_time": "10:00"} | {missing: ""}
    text = marketer.post(reverse("admin:campaigns_campaign_add"), form(**values)).content.decode()
    assert "Give both a day and a time" in text
    assert not Campaign.objects.exists()


def test_the_consequences_say_what_the_clock_does(marketer: Client, rig: CampaignRig):
    Company.objects.update(time_zone="America/New_York")
    campaign = rig.make(send_on=dt.date(2030, 3, 10), send_time=dt.time(2, 30))
    assert "The clocks go forward on that day, so it starts at 3:30" in page(marketer, "review", campaign)
    rig.people(1)
    rig.approve(campaign)
    assert "Schedule for 1 person" in page(marketer, "review", campaign)


def test_nobody_left_and_nobody_held_out_are_said(marketer: Client, rig: CampaignRig):
    text = page(marketer, "review", rig.make())
    assert "Nobody would get it" in text
    assert "Nobody is held out" in text


def test_a_refusal_is_a_sentence_on_the_page(marketer: Client, rig: CampaignRig):
    campaign = rig.make(send_on=dt.date(2020, 1, 1), send_time=dt.time(10))
    rig.approve(campaign)
    assert "The start has passed." in press(marketer, "send", campaign)
    assert campaign.state == CampaignState.APPROVED


def test_an_approved_campaign_cannot_be_edited(marketer: Client, rig: CampaignRig):
    campaign = rig.make()
    rig.approve(campaign)
    url = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
    answer = marketer.post(url, form(name="Other"), follow=True)
    assert "Only a draft can be changed" in answer.content.decode()
    campaign.refresh_from_db()
    assert campaign.name == "Campaign 1"
    press(marketer, "reopen", campaign)
    assert campaign.state == CampaignState.DRAFT


def test_held_is_said_with_the_deed(marketer: Client, rig: CampaignRig):
    rig.people(2)
    tomorrow = timezone.now().date() + dt.timedelta(days=1)
    campaign = rig.make(send_on=tomorrow, send_time=dt.time(10))
    rig.go(campaign)
    start_due_runs(now=rig.now + dt.timedelta(days=4))
    text = page(marketer, "change", campaign)
    assert "It came too late and waits for you" in text
    assert "Send to 2 people" in text
    press(marketer, "confirm", campaign)
    assert campaign.state == CampaignState.RUNNING


def test_pause_go_on_and_cancel(marketer: Client, rig: CampaignRig):
    rig.people(3)
    campaign = rig.make()
    rig.go(campaign)
    assert "Go on" in press(marketer, "pause", campaign)
    assert "Pause" in press(marketer, "resume", campaign)
    assert "Nothing was sent yet" in page(marketer, "cancel", campaign)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.RUNNING
    assert "Nobody else will be written to" in press(marketer, "cancel", campaign)
    assert campaign.state == CampaignState.CANCELLED


def test_another_one_like_it_is_a_draft_of_its_own(marketer: Client, rig: CampaignRig):
    campaign = rig.make(expectation="Ten come.", send_on=dt.date(2030, 1, 1), send_time=dt.time(10))
    rig.approve(campaign)
    press(marketer, "cancel", campaign)
    assert "Write another one like it" in page(marketer, "change", campaign)
    assert "This is a new draft." in press(marketer, "copy", campaign)
    copy = Campaign.objects.latest("id")
    assert copy.pk != campaign.pk
    assert (copy.state, copy.expectation, copy.audience_id) == ("draft", "Ten come.", campaign.audience_id)
    assert (copy.send_on, copy.approved_at, copy.runs.count()) == (None, None, 0)
    assert copy.created_by is not None
    assert copy.created_by.username == "marta"


def test_the_progress_as_the_page_asks_for_it(marketer: Client, rig: CampaignRig):
    people = rig.people(4)
    sink = rig.mailing.sink
    addresses = [str(one.identifiers.get(kind="email").value) for one in people]
    sink.script(addresses[0], "rcpt", reply("550 5.1.1 nobody here"))
    sink.script(addresses[1], "stored", drop())
    rig.mailing.consent(people[2], ConsentAction.WITHDRAWN)
    campaign = rig.make()
    rig.go(campaign)
    for _ in range(3):
        rig.work()
        rig.later(minutes=2)
    answer = marketer.get(reverse("admin:campaigns_campaign_progress", args=[campaign.pk]))
    assert "no-store" in answer["Cache-Control"]
    found = answer.json()
    assert (found["state"], found["percent"], found["waits"]) == ("done", 100, "")
    assert found["counts"] == {
        "sent": "1", "failed": "1", "suppressed": "0", "unknown": "1", "cancelled": "0", "waiting": "0",
    }  # fmt: skip
    text = page(marketer, "change", campaign)
    assert "the address does not exist" in text
    assert "no consent for this channel" in text
    assert "Unknown: the mail server took the mail" in text


def test_work_that_stopped_says_so_and_goes_on(marketer: Client, rig: CampaignRig):
    campaign = rig.make()
    rig.go(campaign)
    Job.objects.update(state=JobState.FAILED)
    assert "The work stopped because of an error of ours." in page(marketer, "change", campaign)
    press(marketer, "resume", campaign)
    assert Job.objects.filter(state=JobState.WAITING).count() == 1


def test_why_it_waits_is_said(marketer: Client, rig: CampaignRig, settings):
    settings.SMTP_URL = ""
    rig.people(1)
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    assert "No mail server is set up" in page(marketer, "change", campaign)


def test_every_figure_leads_to_its_people(marketer: Client, rig: CampaignRig):
    people = rig.people(3)
    rig.mailing.consent(people[0], ConsentAction.WITHDRAWN)
    rig.go(rig.make())
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    url = reverse("admin:campaigns_recipient_changelist")
    run = rig.run(campaign)

    def rows(**query: object) -> int:
        answer = marketer.get(url, {"run": run.pk, **query})
        assert answer.status_code == 200
        return int(answer.context["cl"].queryset.count())

    assert rows() == 3
    assert rows(standing="treat", message="sent") == 2
    assert rows(standing="treat", message="failed") == 0
    assert rows(standing="excluded", reason="no_consent") == 1
    assert rows(standing="holdout") == 0
    text = page(marketer, "change", campaign).replace("&amp;", "&")
    assert f"{url}?run={run.pk}&standing=treat&message=sent" in text
    assert f"{url}?run={run.pk}&standing=excluded&reason=no_consent" in text
    recipient = Recipient.objects.filter(run=run).latest("id")
    assert marketer.get(reverse("admin:campaigns_recipient_change", args=[recipient.pk])).status_code == 200


def test_an_accountant_looks_and_does_nothing(rig: CampaignRig, db):
    client = Client()
    client.force_login(UserFactory(role=Role.ACCOUNTANT))
    rig.mailing.person("Anna Petrova")
    campaign = rig.make()
    assert "approve/" not in page(client, "review", campaign)
    rig.go(campaign)
    rig.work()
    listed = client.get(reverse("admin:campaigns_recipient_changelist")).content.decode()
    assert "Anna P." in listed
    assert "Petrova" not in listed
    assert client.post(reverse("admin:campaigns_campaign_cancel", args=[campaign.pk])).status_code == 403
