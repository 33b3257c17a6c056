"""Segments that audiences fill: made, refreshed, and kept while rules ask for them."""

from __future__ import annotations

import datetime as dt

import pytest

from campaigns.errors import SegmentAsked, SegmentWouldBeEmpty
from campaigns.models import Audience
from campaigns.rules.audiences import parse_criteria
from campaigns.services.audiences import save_audience
from campaigns.services.segments import delete_segment, save_segment
from campaigns.tasks import refresh_segments
from loyalty_site.ground.models import Job, JobState
from members.models import Address, Member, Segment, SegmentMember
from programs.errors import DraftInvalid
from programs.queries.cited import programs_naming
from tests.campaigns.mailing import TESTS, CampaignRig
from tests.factories.configuration import ProgramFactory, RewardFactory, RuleFactory, publish

HAIFA = [{"type": "city", "values": ["Haifa"], "is_not": False}]
NOWHERE = [{"type": "city", "values": ["Nowhere"]}]


@pytest.fixture
def audience(rig: CampaignRig) -> Audience:
    """Two people in Haifa, one of whom may not be written to, and two elsewhere."""
    rig.people(2)
    for member in (rig.mailing.person("Anna Petrova"), rig.mailing.person("Ben Levi", consents=False)):
        Address.objects.create(member=member, city="Haifa")
    return Audience.objects.create(name="Haifa", criteria=HAIFA)


@pytest.fixture
def segment(rig: CampaignRig, audience: Audience) -> Segment:
    made = Segment(name="Neighbours")
    save_segment(segment=made, audience=audience, now=rig.now)
    rig.work()
    return made


def inside(segment: Segment) -> set[str]:
    return set(SegmentMember.objects.filter(segment=segment).values_list("member__name", flat=True))


def ask_for(segment: Segment) -> None:
    """A published rule that asks for it."""
    program = ProgramFactory(name="Points for all")
    RuleFactory(program=program, conditions=[{"type": "segment", "keys": [segment.key], "not": True}])
    publish(program)
    RuleFactory(program=program, conditions=[{"type": "tier", "keys": ["second"]}])


def test_an_audience_fills_it_and_every_night_looks_again(rig: CampaignRig, segment: Segment):
    assert segment.key == "neighbours"
    assert inside(segment) == {"Anna Petrova", "Ben Levi"}  # also whom no mail may reach
    Address.objects.filter(member__name="Ben Levi").delete()
    second = Segment(name="נערים")  # no key can be made of it
    save_segment(segment=second, audience=Audience.objects.create(name="All"), now=rig.now)
    assert second.key == "segment"
    third = Segment(name="Spoilt")
    save_segment(segment=third, audience=Audience.objects.create(name="Spoilt", criteria=[{"type": "?"}]), now=rig.now)
    refresh_segments()
    rig.now += dt.timedelta(days=3650)  # the job of the night is due by the clock of the wall
    rig.work()
    assert inside(segment) == {"Anna Petrova"}
    assert len(inside(second)) == Member.objects.count()
    # One that cannot be filled keeps no other from it, and is seen among the jobs.
    assert set(Job.objects.exclude(state=JobState.DONE).values_list("payload__segment", flat=True)) == {third.pk}
    assert Segment.objects.get(pk=third.pk).refreshed_at is None


def test_a_changed_audience_is_looked_up_at_once(rig: CampaignRig, segment: Segment, audience: Audience):
    turned = parse_criteria([{**HAIFA[0], "is_not": True}])
    save_audience(audience=audience, criteria=turned, actor=TESTS, now=rig.now)
    rig.work()
    assert inside(segment).isdisjoint({"Anna Petrova", "Ben Levi"})
    assert len(inside(segment)) == 2


def test_what_a_published_rule_asks_for_is_neither_deleted_nor_emptied(
    rig: CampaignRig, segment: Segment, audience: Audience
):
    nobody = Audience.objects.create(name="Nobody", criteria=NOWHERE)
    save_segment(segment=segment, audience=nobody, now=rig.now)  # as long as no rule relies on it
    save_segment(segment=segment, audience=audience, now=rig.now)
    ask_for(segment)
    assert programs_naming("neighbours") == ["Points for all"]
    assert programs_naming("second") == []  # a tier of that key is no segment
    with pytest.raises(SegmentAsked) as asked:
        delete_segment(segment_id=segment.pk)
    assert "Rules of Points for all ask for the segment Neighbours" in str(asked.value)
    with pytest.raises(SegmentWouldBeEmpty):
        save_segment(segment=segment, audience=nobody, now=rig.now)
    with pytest.raises(SegmentWouldBeEmpty):
        save_audience(audience=audience, criteria=parse_criteria(NOWHERE), actor=TESTS, now=rig.now)
    rig.work()
    assert len(inside(segment)) == 2


def test_a_reward_for_the_people_in_it_keeps_it_too(segment: Segment):
    """Even in a draft: it could not be published any more."""
    RewardFactory(program__name="Thanks", conditions=[{"type": "segment", "keys": ["neighbours"], "not": False}])
    with pytest.raises(SegmentAsked, match="Rules of Thanks ask"):
        delete_segment(segment_id=segment.pk)


def test_one_that_no_rule_asks_for_goes_with_its_rows(segment: Segment):
    delete_segment(segment_id=segment.pk)
    assert not SegmentMember.objects.exists()
    with pytest.raises(DraftInvalid, match="there is no segment “neighbours”"):
        ask_for(segment)
