"""What a run brought: buyers of both groups since the people were listed, and answers of its own messages."""

from __future__ import annotations

import datetime as dt

from campaigns.models import Recipient, Standing
from campaigns.queries.runs import pace, run_answers, run_buyers
from campaigns.rules.results import Share
from feedback.services import invite, submit_answer
from loyalty_site.ground.models import Company
from members.models import Message
from tests.campaigns.mailing import CampaignRig
from tests.feedback.world import make_survey
from tests.programs.shop import open_shop


def test_who_bought_since_is_counted_in_both_groups(rig: CampaignRig):
    shop = open_shop()
    Company.objects.update(sender_email="news@corner.example")
    people = {person.pk: person for person in rig.people(40)}
    early = next(iter(people.values()))
    shop.now = rig.now - dt.timedelta(days=1)
    shop.sell({"A": "5.00"}, early)  # before anybody was listed
    campaign = rig.make(holdout_percent=50)
    rig.go(campaign)
    assert run_buyers(rig.run(campaign)) is None
    rig.work()
    run = rig.run(campaign)
    groups: dict[str, list[int]] = {standing: [] for standing in (Standing.TREAT, Standing.HOLDOUT)}
    for standing, member_id in Recipient.objects.filter(run=run).values_list("standing", "member_id"):
        if member_id != early.pk:
            groups[standing].append(member_id)
    shop.now = rig.now + dt.timedelta(hours=1)
    for member_id in groups[Standing.TREAT][:4] + groups[Standing.HOLDOUT][:2]:
        shop.sell({"A": "10.00"}, people[member_id])
    shop.sell({"A": "10.00"}, people[groups[Standing.TREAT][0]])  # twice is one buyer
    shop.sell({"A": "10.00"}, None)
    found = run_buyers(run)
    assert found is not None
    assert found.treated == Share(4, run.planned_count)
    assert found.held_out == Share(2, run.holdout_count)
    assert found.difference is not None


def test_answers_are_those_of_the_run_s_own_messages(rig: CampaignRig):
    survey = make_survey(now=rig.now)
    people = rig.people(3)
    campaign, other = rig.make(survey=survey), rig.make(survey=survey)
    assert run_answers(rig.approve(rig.make())) is None
    for one in (campaign, other):
        rig.go(one)
        rig.work()
    run = rig.run(campaign)
    assert run_answers(run) == Share(0, 3)  # rendering invited them
    message = Message.objects.get(source_group=run.pk, source="campaign", member=people[0])
    token = invite(survey_id=survey.pk, items=[(people[0].pk, message.pk)], now=rig.now)[message.pk]
    submit_answer(token=token, score=9, comment="", now=rig.now + dt.timedelta(minutes=5))
    assert run_answers(run) == Share(1, 3)
    assert run_answers(rig.run(other)) == Share(0, 3)


def test_the_pace_is_that_since_it_went_on(rig: CampaignRig):
    rig.people(1)
    campaign = rig.make()
    rig.go(campaign)
    rig.work()
    run = rig.run(campaign)
    run.state, run.watched_since, run.watched_ended = "running", rig.now, 300
    run.planned_count = 1000
    figures = rig.figures(campaign)
    found = pace(run, figures, rig.now + dt.timedelta(minutes=2))
    assert found.per_minute == 150
    assert found.seconds_left == 0
    assert pace(run, figures, rig.now).per_minute == 0
