"""An account whose books do not add up stops giving points away until a person has looked."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.urls import reverse

from loyalty_site.ground.models import Audit, Role
from loyalty_site.ground.policy import system
from members.models import Member
from programs.errors import AccountFrozen, AccountUnbalanced
from programs.models import Account, Bucket, Flag, FlagKind, FlagState
from programs.queries.mismatches import is_broken
from programs.queries.shoppers import MemberKey, find_shopper
from programs.services import ledger
from programs.services.balances import current_balance
from programs.services.freezing import freeze_mismatched, unfreeze_account
from programs.tasks import roll_accounts_forward
from tests.factories.configuration import UserFactory
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db
TAMPERINGS = {
    "balance": "UPDATE programs_account SET available = available + 1 WHERE id = %s",
    "lot": "UPDATE programs_lot SET remaining = remaining - 1 WHERE account_id = %s",
    "granted": "UPDATE programs_lot SET granted = granted + 1 WHERE account_id = %s",
    "debt": "UPDATE programs_account SET debt = 1 WHERE id = %s",
}


def tamper(account: Account, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [account.pk])


@pytest.fixture
def anna(shop: Shop) -> Member:
    member = shop.member()
    shop.sell({"C": "100.00"}, member)
    shop.sell({"C": "100.00"}, shop.member("+12125550124", "Boris"))
    return member


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_mismatch_freezes_that_account_and_says_so_once(shop: Shop, anna: Member, what: str):
    assert freeze_mismatched(now=shop.now) == 0
    account = shop.account(anna)
    tamper(account, TAMPERINGS[what])
    before = Account.objects.values().get(pk=account.pk)
    assert is_broken(account.pk)
    assert not any(is_broken(other.pk) for other in Account.objects.exclude(pk=account.pk))
    assert freeze_mismatched(now=shop.now) == 1
    assert freeze_mismatched(now=shop.now) == 0
    assert list(Account.objects.filter(frozen_at__isnull=False)) == [account]
    # Nothing was corrected.
    assert Account.objects.values().get(pk=account.pk) | {"frozen_at": None} == before
    flag = Flag.objects.get(kind=FlagKind.FROZEN)
    assert (flag.member, flag.details) == (anna, {"account": account.pk})
    assert Audit.objects.filter(action="freeze", object_id=str(account.pk)).count() == 1


def test_a_frozen_account_earns_and_gives_nothing_away(shop: Shop, anna: Member):
    account = shop.account(anna)
    ledger.freeze([account.pk], now=shop.now)
    assert shop.sell({"C": "10.00"}, anna).outcome.points == 10
    with pytest.raises(AccountFrozen):
        shop.sell({"C": "10.00"}, anna, redeem="5")
    quoted = shop.quote({"C": "10.00"}, anna)
    assert quoted.outcome.points_maximum == 0
    with pytest.raises(AccountFrozen):
        shop.quote({"C": "10.00"}, anna, redeem="5")
    locked = ledger.lock_account(account.pk)
    for bucket in (Bucket.HELD, Bucket.TRANSFER, Bucket.REDEEMED):
        with pytest.raises(AccountFrozen):
            ledger.take_from_lots(locked, 1, bucket)
    shopper = find_shopper(MemberKey("id", str(anna.public_id)), at=shop.now)
    assert current_balance(shopper, now=shop.now).available == 0
    assert shop.account(anna).available == 110


def test_one_broken_account_does_not_stop_the_burning_of_the_others(shop: Shop, anna: Member, monkeypatch):
    account = shop.account(anna)
    tamper(account, "UPDATE programs_account SET available = 1 WHERE id = %s")
    late = shop.now + dt.timedelta(days=800)
    monkeypatch.setattr("programs.tasks.timezone.now", lambda: late)
    roll_accounts_forward()
    assert list(Account.objects.order_by("id").values_list("available", flat=True)) == [1, 0]
    assert Account.objects.get(pk=account.pk).frozen_at == late


def test_it_is_let_go_when_the_books_add_up_again_and_not_before(shop: Shop, anna: Member, client):
    account = shop.account(anna)
    tamper(account, TAMPERINGS["balance"])
    freeze_mismatched(now=shop.now)
    with pytest.raises(AccountUnbalanced):
        unfreeze_account(account_id=account.pk, reason="", actor=system("tests"), now=shop.now)
    client.force_login(UserFactory(role=Role.ADMINISTRATOR))
    url = reverse("admin:programs_account_unfreeze", args=[account.pk])
    assert "still do not add up" in client.post(url, {"reason": "Looked"}).content.decode()
    assert "do not add up; it is frozen" in client.get(reverse("admin:index")).content.decode()
    tamper(account, "UPDATE programs_account SET available = available - 1 WHERE id = %s")
    assert client.post(url, {"reason": "Somebody wrote by hand"}).status_code == 302
    shop.sell({"C": "10.00"}, anna, redeem="5")
    assert Flag.objects.get(kind=FlagKind.FROZEN).state == FlagState.DISMISSED
    assert "it is frozen" not in client.get(reverse("admin:index")).content.decode()
    assert Audit.objects.get(action="unfreeze").reason == "Somebody wrote by hand"
