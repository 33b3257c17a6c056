"""Who is in a segment: written by difference, carried along by a merge, forgotten with the person."""

from __future__ import annotations

import datetime as dt

import pytest

from loyalty_site.services import erase_member, member_data
from loyalty_site.services.merging import undo_merge
from members.models import Member, MemberStatus, Segment, SegmentMember
from members.queries.segments import people_in, segment_names, segments_of
from members.services.segments import Filled, fill_segment
from tests.factories.configuration import CompanyFactory, segment_of
from tests.loyalty_site.services.merging import BOSS, merge
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(days=1)


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def three(shop: Shop) -> tuple[Member, Member, Member]:
    return shop.member(), shop.member("+12125550124", "Ben"), shop.member("+12125550125", "Vera")


def inside(key: str) -> dict[str, dt.datetime]:
    """{name: since}"""
    return dict(SegmentMember.objects.filter(segment__key=key).values_list("member__name", "since"))


def fill(segment: Segment, *members: Member, at: dt.datetime) -> Filled | None:
    people = ("SELECT id FROM members_member WHERE id = ANY(%s)", [[one.pk for one in members]])
    return fill_segment(segment_id=segment.pk, people=people, now=at)


def test_who_stays_keeps_the_day_and_only_the_difference_is_written(three: tuple[Member, Member, Member]):
    anna, ben, vera = three
    Member.objects.filter(pk=vera.pk).update(status=MemberStatus.CONTACT)
    other = segment_of("other", anna, ben)
    segment = segment_of("best")
    assert fill(segment, anna, ben, vera, at=NOW) == Filled(2, 0)  # a contact earns nothing, so is in no segment
    Member.objects.filter(pk=vera.pk).update(status=MemberStatus.ENROLLED)
    assert fill(segment, ben, vera, at=LATER) == Filled(1, 1)
    assert inside("best") == {"Ben": NOW, "Vera": LATER}
    assert fill(segment, ben, vera, at=LATER) == Filled(0, 0)
    assert Segment.objects.get(pk=segment.pk).refreshed_at == LATER
    assert segments_of([anna.pk, ben.pk]) == {anna.pk: {"other"}, ben.pk: {"other", "best"}}
    assert set(people_in(Member.objects.all(), "best")) == {ben, vera}
    other.delete()
    assert fill(other, anna, at=LATER) is None


def test_a_merge_carries_segments_along_and_its_undo_back(three: tuple[Member, Member, Member]):
    anna, ben, _vera = three
    segment_of("both", anna, ben, at=NOW)
    segment_of("hers", anna, at=NOW)
    segment_of("his", ben, at=LATER)
    gone = segment_of("gone", ben)
    made = merge(anna, ben)
    assert segments_of([anna.pk, ben.pk]) == {anna.pk: {"both", "hers", "his", "gone"}}
    assert inside("his") == {anna.name: LATER}
    gone.delete()
    undo_merge(made.pk, actor=BOSS, now=LATER)
    assert segments_of([anna.pk, ben.pk]) == {anna.pk: {"both", "hers"}, ben.pk: {"both", "his"}}
    assert inside("his") == {"Ben": LATER}


def test_a_person_reads_their_segments_and_leaves_them_when_forgotten(three: tuple[Member, Member, Member]):
    anna, ben, _vera = three
    segment = segment_of("best", anna, ben, at=NOW)
    Segment.objects.update(name_ru="Лучшие")
    Member.objects.filter(pk=anna.pk).update(language="ru")
    assert member_data(anna.pk)["about_you"]["groups_you_are_in"] == [{"name": "Лучшие", "since": NOW.isoformat()}]
    erase_member(anna.pk, reason="in_person", actor=BOSS, now=NOW)
    assert inside("best") == {"Ben": NOW}
    assert fill(segment, anna, ben, at=LATER) == Filled(0, 0)  # whatever finds them, they do not come back


def test_names_are_those_of_the_reader(db):
    CompanyFactory()
    segment_of("best")
    segment_of("old")
    Segment.objects.filter(key="best").update(name_he="הטובים")
    assert segment_names("he") == {"best": "הטובים", "old": "Old"}
    assert segment_names("ru", keys=["old", "new"]) == {"old": "Old"}
