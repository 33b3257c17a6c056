"""Listing the people of a run: everybody once, each with standing and reason, the same whoever does it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from campaigns.models import Recipient, Run, RunState, Standing
from campaigns.queries.audiences import company_frame
from campaigns.rules.scheduling import is_held_out
from campaigns.services.freezing import freeze_run, list_people
from campaigns.services.running import enqueue_lanes
from loyalty_site.ground.models import Job
from members.models import Address, ConsentAction, Member, MemberStatus
from members.services import suppress
from tests.campaigns.mailing import CampaignRig


def standings(run: Run) -> Counter[tuple[str, str]]:
    return Counter(Recipient.objects.filter(run=run).values_list("standing", "reason"))


def freeze(rig: CampaignRig, run: Run) -> bool:
    return freeze_run(run_id=run.pk, turn=run.turn, now=rig.now)


def test_everybody_meant_is_listed_once_with_the_reason(rig: CampaignRig):
    mailing = rig.mailing
    people = [*mailing.people(3), mailing.person(consents=False), mailing.person(email=None), *mailing.people(2)]
    outsider, gone, refused = mailing.person("Elsewhere"), people[5], people[6]
    for person in people:
        Address.objects.create(member=person, city="Boston")
    Address.objects.create(member=outsider, city="Haifa")
    Member.objects.filter(pk=gone.pk).update(status=MemberStatus.CONTACT)
    address = refused.identifiers.get(kind="email").value
    suppress(channel="email", address=address, reason="complaint", member_id=refused.pk, now=rig.now)
    run = rig.go(rig.make([{"type": "city", "values": ["Boston"]}]))
    assert freeze(rig, run)
    assert standings(run) == {
        ("treat", ""): 3,
        ("excluded", "no_consent"): 1,
        ("excluded", "no_address"): 1,
        ("excluded", "not_member"): 1,
        ("excluded", "suppressed"): 1,
    }
    run.refresh_from_db()
    assert (run.planned_count, run.holdout_count, run.excluded_count) == (3, 0, 4)
    assert run.excluded_reasons == {"no_consent": 1, "no_address": 1, "not_member": 1, "suppressed": 1}
    assert (run.state, run.frozen_at) == (RunState.RUNNING, rig.now)


@pytest.mark.parametrize("percent", [0, 1, 10, 50])
def test_the_lot_of_the_database_is_the_lot_of_the_rules(rig: CampaignRig, percent: int):
    people = _many(rig, 400)
    run = rig.go(rig.make(holdout_percent=percent))
    freeze(rig, run)
    held = set(Recipient.objects.filter(run=run, standing=Standing.HOLDOUT).values_list("member_id", flat=True))
    assert held == {pk for pk in people if is_held_out(run.seed, pk, percent)}
    run.refresh_from_db()
    assert run.holdout_count == len(held)
    assert run.planned_count == 400 - len(held)


def test_the_held_out_get_no_message(rig: CampaignRig):
    _many(rig, 60)
    campaign = rig.make(holdout_percent=50)
    rig.go(campaign)
    rig.work()
    run = rig.run(campaign)
    assert len(rig.mailing.sink.received) == run.planned_count == 60 - run.holdout_count
    assert 10 < run.holdout_count < 50


def test_freezing_again_does_nothing(rig: CampaignRig):
    rig.people(4)
    run = rig.go(rig.make())
    assert freeze(rig, run)
    before = standings(run)
    assert not freeze(rig, run)
    assert standings(run) == before


def test_a_crash_leaves_nothing_and_the_next_one_lists_the_same(rig: CampaignRig):
    _many(rig, 50)
    run = rig.go(rig.make(holdout_percent=30))
    with transaction.atomic():
        freeze(rig, run)
        first = set(Recipient.objects.filter(run=run).values_list("member_id", "standing"))
        transaction.set_rollback(True)
    assert not Recipient.objects.exists()
    assert freeze(rig, run)
    assert set(Recipient.objects.filter(run=run).values_list("member_id", "standing")) == first


def test_nobody_can_be_listed_twice(rig: CampaignRig):
    rig.people(2)
    run = rig.go(rig.make())
    freeze(rig, run)
    with pytest.raises(IntegrityError), transaction.atomic():
        list_people(run, company_frame(rig.now))


def test_who_loses_the_consent_between_approval_and_start_is_left_out(rig: CampaignRig):
    (person,) = rig.people(1)
    campaign = rig.make()
    rig.approve(campaign)
    rig.mailing.consent(person, ConsentAction.WITHDRAWN)
    rig.start(campaign)
    rig.work()
    assert standings(rig.run(campaign)) == {("excluded", "no_consent"): 1}


def test_the_further_lanes_come_when_the_people_are_listed(rig: CampaignRig, settings: Any):
    settings.MAIL_LANES = 4
    run = rig.go(rig.make())
    assert Job.objects.count() == 1
    freeze(rig, run)
    assert sorted(Job.objects.values_list("payload__lane", flat=True)) == [0, 1, 2, 3]
    enqueue_lanes(run, rig.now)
    assert Job.objects.count() == 5


def _many(rig: CampaignRig, count: int) -> set[int]:
    return {person.pk for person in rig.people(count)}
