"""A till sells while the office merges the same person's two records, and undoes it again (T26)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from loyalty_site.ground.policy import system
from loyalty_site.services.merging import merge_members, undo_merge
from members.models import Member, Merge
from programs.models import Account, Purchase
from programs.queries.verify import verify
from programs.services.ledger import locking
from tests.programs.shop import Shop, open_shop
from tests.races.together import Pair, racing_pair, widen

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
BOSS = system("tests")


@pytest.fixture
def shop() -> Shop:
    made = open_shop(redeem_max_percent=100)
    made.now = timezone.now()
    return made


def two(shop: Shop, number: int) -> tuple[Member, Member]:
    """The same person twice, with 100 and 30 points; the one who goes has the smaller account every other time."""
    people = [shop.member(f"+1212555{number:02}{n:02}", f"Person {number}") for n in range(2)]
    for member, amount in zip(people, ("100.00", "30.00"), strict=True):
        shop.sell({"C": amount}, member)
    return (people[0], people[1]) if number % 2 else (people[1], people[0])


def trial(shop: Shop, pair: Pair, number: int) -> tuple[int, int]:
    """(points of both that anybody can spend, receipts of the survivor) after a sale of 7.00 during a merge."""
    stays, goes = two(shop, number)
    merged, sold = pair.race(
        lambda: merge_members(stays.pk, goes.pk, actor=BOSS, now=shop.now),
        lambda: shop.sell({"C": "7.00"}, goes),
    )
    assert isinstance(merged, Merge), merged
    assert not isinstance(sold, Exception), sold
    return Account.objects.get(owner=stays).available, Purchase.objects.filter(member=stays).count()


def broken() -> list[str]:
    return [finding.check.what for finding in verify() if finding.violations]


def test_a_sale_during_a_merge_is_the_survivors(
    shop: Shop, trials: Callable[[int, int], int], note_trials: Callable[[str, int], None]
):
    count = trials(4, 100)
    with racing_pair() as pair:
        assert [trial(shop, pair, number) for number in range(count)] == [(137, 3)] * count
    assert broken() == []
    note_trials("T26", count)


def test_a_sale_during_an_undo_is_booked_on_one_of_both(
    shop: Shop, trials: Callable[[int, int], int], note_trials: Callable[[str, int], None]
):
    count = trials(3, 100)
    with racing_pair() as pair:
        for number in range(count):
            stays, goes = two(shop, number)
            done = merge_members(stays.pk, goes.pk, actor=BOSS, now=shop.now)
            undone, sold = pair.race(
                lambda done=done: undo_merge(done.pk, actor=BOSS, now=shop.now),
                lambda goes=goes: shop.sell({"C": "7.00"}, goes),
            )
            assert isinstance(undone, Merge), undone
            assert not isinstance(sold, Exception), sold
            both = Account.objects.filter(owner__in=[stays, goes])
            assert sum(account.available for account in both) == 137
    assert broken() == []
    note_trials("T26", count)


def test_without_asking_the_account_points_are_left_behind(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: a till that does not look whether its account was closed while it waited."""
    real = locking.lock_account

    def blind(account_id: int) -> locking.Locked:
        account = real(account_id)
        account.successor_id = None
        return account

    from programs.services import sales

    monkeypatch.setattr(sales.ledger, "lock_account", blind)
    widen(monkeypatch, "merge.after_locks")
    # In some rounds the sale comes before the merge and nothing is wrong: it takes as many as it takes.
    with racing_pair() as pair:
        killed = any(trial(shop, pair, number) != (137, 3) for number in range(20))
    assert killed
    note_mutant(killed=killed)
