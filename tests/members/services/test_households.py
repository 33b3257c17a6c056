"""Households: one at a time, one head, and a head that leaves hands over."""

from __future__ import annotations

import pytest

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from members import errors
from members.models import Member, Relation
from members.queries.households import are_one_household, household_of
from members.services import add_to_household, enrol_member, remove_from_household

pytestmark = pytest.mark.django_db
BOSS = system("tests")


@pytest.fixture
def people(now) -> list[Member]:
    return [
        enrol_member(name=f"Person {n}", identifiers=[("phone", f"+1212555010{n}")], region="US", actor=BOSS, now=now)
        for n in range(4)
    ]


def add(member, other, now):
    return add_to_household(member_id=member.pk, other_id=other.pk, actor=BOSS, now=now)


def names(member):
    household = household_of(member.pk)
    return [one.name for one in household.members] if household else []


def test_whoever_takes_somebody_in_first_is_the_head(people, now):
    a, b, c, d = people
    add(a, b, now)
    add(b, c, now)
    assert names(c) == names(a) == ["Person 0", "Person 1", "Person 2"]
    assert names(d) == []
    assert are_one_household(b.pk, c.pk)
    assert not are_one_household(a.pk, a.pk)
    assert not are_one_household(a.pk, d.pk)
    assert [act.action for act in Audit.objects.filter(object_type="members.relation")] == ["add_to_household"] * 2


def test_one_household_at_a_time_for_heads_and_others(people, now):
    a, b, c, d = people
    add(a, b, now)
    add(c, d, now)
    for member, other in ((c, b), (c, a), (a, b)):
        with pytest.raises(errors.HouseholdTaken):
            add(member, other, now)
    with pytest.raises(errors.HouseholdSamePerson):
        add(a, a, now)


def test_the_erased_live_nowhere(people, now):
    a, b, *_ = people
    Member.objects.filter(pk=b.pk).update(status="erased")
    with pytest.raises(errors.MemberNotFound):
        add(a, b, now)


def test_the_head_hands_over_to_whoever_came_first(people, now):
    a, b, c, _d = people
    add(a, b, now)
    add(a, c, now)
    assert remove_from_household(member_id=a.pk, actor=BOSS, now=now) == [b.pk, c.pk]
    assert names(c) == ["Person 1", "Person 2"]
    assert names(a) == []
    assert remove_from_household(member_id=c.pk, actor=BOSS, now=now) == [b.pk]
    assert names(b) == []
    with pytest.raises(errors.HouseholdNone):
        remove_from_household(member_id=b.pk, actor=BOSS, now=now)
    assert Relation.objects.filter(ended_at__isnull=True).count() == 0
