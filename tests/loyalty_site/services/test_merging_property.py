"""Whatever is edited, sold, merged and undone in whatever order: the books add up, and no no becomes a yes."""

from __future__ import annotations

import itertools
import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import system
from loyalty_site.services.merging import merge_members, undo_merge
from members.models import Channel, Consent, ConsentAction, Identifier, Member, MemberStatus, Merge, Purpose
from members.services import record_consent
from members.services.profile import change_profile
from programs.models import Account
from tests.loyalty_site.services.merging import wrong
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db
BOSS = system("tests")
PEOPLE = 3

person = st.integers(0, PEOPLE - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), person, person),
        st.tuples(st.just("undo"), st.integers(0, 5), person),
        st.tuples(st.just("edit"), person, st.sampled_from([0, 1])),
        st.tuples(st.just("sell"), person, st.integers(1, 40)),
        st.tuples(st.just("spend"), person, st.integers(1, 40)),
        st.tuples(st.just("return"), st.integers(0, 5), person),
        st.tuples(st.just("yes"), person, person),
        st.tuples(st.just("no"), person, person),
    ),
    min_size=3,
    max_size=10,
)


class Life:
    """Three records of people, their sales, and who said no last."""

    def __init__(self) -> None:
        self.shop: Shop = open_shop(redeem_max_percent=100, negative_policy="allow")
        self.people = [self.shop.member(f"+1212555010{n}", f"Person {n}") for n in range(PEOPLE)]
        self.sales: list[object] = []

    def do(self, step: tuple[str, int, int]) -> None:
        what, one, other = step
        try:
            with transaction.atomic():
                getattr(self, f"_{what}")(one, other)
        except DomainError:
            pass  # refusals are fine; what they leave behind is looked at

    def _merge(self, one: int, other: int) -> None:
        merge_members(self.people[one].pk, self.people[other].pk, actor=BOSS, now=NOW)

    def _undo(self, number: int, _other: int) -> None:
        merges = list(Merge.objects.order_by("id"))
        if merges:
            undo_merge(merges[number % len(merges)].pk, actor=BOSS, now=NOW)

    def _edit(self, one: int, other: int) -> None:
        member = Member.objects.get(pk=self.people[one].pk)
        member.name = f"Edited {other}"
        change_profile(member=member, now=NOW)

    def _sell(self, one: int, amount: int) -> None:
        self.sales.append(self.shop.sell({"C": f"{amount}.00"}, self.people[one]))

    def _spend(self, one: int, points: int) -> None:
        self.sales.append(self.shop.sell({"C": "1.00"}, self.people[one], redeem=str(points)))

    def _return(self, number: int, _other: int) -> None:
        if self.sales:
            self.shop.give_back(self.sales[number % len(self.sales)], {1: "1"})

    def _yes(self, one: int, _other: int) -> None:
        self._say(one, ConsentAction.GRANTED)

    def _no(self, one: int, _other: int) -> None:
        self._say(one, ConsentAction.WITHDRAWN)

    def _say(self, one: int, action: str) -> None:
        record_consent(
            member=self.people[one],
            purpose=Purpose.MARKETING,
            channel=Channel.EMAIL,
            action=action,
            method="tests",
            proof="",
            actor=BOSS,
            now=NOW,
        )


def check(life: Life) -> None:
    assert wrong() == []
    for member in life.people:
        log = list(Consent.objects.filter(member=member).order_by("id").values_list("action", "method"))
        for (before, _how), (after, method) in itertools.pairwise(log):
            if (before, after) == (ConsentAction.WITHDRAWN, ConsentAction.GRANTED):
                assert method == "tests", "a merge brought a yes back over a no"
    for row in Member.objects.filter(status=MemberStatus.MERGED):
        assert row.survivor is not None
        assert row.survivor.status != MemberStatus.MERGED
        assert not Identifier.objects.filter(member=row, ended_at__isnull=True).exists()
        account = Account.objects.filter(owner=row).first()
        assert account is None or (account.available, account.pending, account.debt) == (0, 0, 0)


@settings(
    max_examples=int(os.environ.get("MERGE_STORIES", "6")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=steps)
def test_any_story_keeps_the_books_and_every_no(story: list[tuple[str, int, int]]):
    with transaction.atomic():
        life = Life()
        for step in story:
            life.do(step)
        check(life)
        transaction.set_rollback(True)
