"""The pages of what guards the points: flags, limits, cashiers' and members' PINs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Audit, Role
from programs.models import Cashier, Flag, FlagKind, SpendingPin, Terminal, TillPolicy
from programs.services.flags import Subject, raise_flag
from tests.factories.configuration import CashierFactory, StoreFactory, UserFactory
from tests.programs.shop import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def client_of(role: str, shop: Shop) -> Client:
    person = UserFactory(username=f"the {role}", role=role)
    if role == Role.SHOP_MANAGER:
        shop.terminal.store.staff.add(person)
    client = Client()
    client.force_login(person)
    return client


def raise_split(shop: Shop, store_id: int, key: str = "x") -> Flag:
    sold = shop.sell({"A": "10.00"}, shop.member(phone=f"+1212555{len(key):04}"))
    subject = Subject(store_id=store_id, member_id=sold.shopper.member_id, purchase_id=sold.purchase_id)
    raise_flag(FlagKind.SPLIT, key, subject, details={"days": 3, "purchases": [sold.purchase_id]}, now=NOW)
    return Flag.objects.get(subject=key)


def test_a_shop_manager_decides_about_the_own_store_without_seeing_names(shop: Shop):
    flag = raise_split(shop, shop.till.store_id)
    foreign = raise_split(shop, StoreFactory().pk, "foreign")
    manager = client_of(Role.SHOP_MANAGER, shop)
    listed = manager.get(reverse("admin:programs_flag_changelist"))
    assert [row.pk for row in listed.context["cl"].result_list] == [flag.pk]
    page = manager.get(reverse("admin:programs_flag_change", args=[flag.pk])).content.decode()
    assert "On 3 days three or more receipts within ten minutes." in page
    assert "Anna P." in page
    assert "Petrova" not in page
    assert reverse("admin:programs_purchase_change", args=[flag.purchase_id]) in page
    decide = reverse("admin:programs_flag_decide", args=[flag.pk])
    assert manager.post(decide, {"state": "dismissed", "note": ""}).status_code == 302
    flag.refresh_from_db()
    assert flag.state == "open"  # a decision says what was found out
    manager.post(decide, {"state": "dismissed", "note": "Two prams, three bags.", "decided_by": 1, "kind": "parking"})
    flag.refresh_from_db()
    assert (flag.state, flag.note, flag.kind) == ("dismissed", "Two prams, three bags.", "split")
    assert Audit.objects.filter(action="decide", object_id=str(flag.pk)).count() == 1
    manager.post(reverse("admin:programs_flag_decide", args=[foreign.pk]), {"state": "dismissed", "note": "Not mine."})
    foreign.refresh_from_db()
    assert foreign.state == "open"


def test_open_flags_are_a_task_of_today(shop: Shop):
    raise_split(shop, shop.till.store_id)
    for role, expected in ((Role.SHOP_MANAGER, True), (Role.SUPPORT, True), (Role.MARKETING, False)):
        page = client_of(role, shop).get(reverse("admin:index")).content.decode()
        assert ("1 flag to look at" in page) is expected, role


@pytest.mark.parametrize("kind", list(FlagKind))
def test_every_kind_of_flag_says_what_it_means(shop: Shop, kind: str):
    from programs.admin.flag_words import meaning

    assert meaning(Flag(kind=kind))


def test_a_cashier_s_pin_is_set_here_and_shown_nowhere(shop: Shop):
    cashier = CashierFactory(store=shop.terminal.store)
    manager = client_of(Role.SHOP_MANAGER, shop)
    url = reverse("admin:programs_cashier_change", args=[cashier.pk])
    form = {"store": shop.terminal.store.pk, "name": "Sam", "number": "7", "is_active": "on"}
    assert b"not all the same" in manager.post(url, {**form, "new_pin": "1111"}).content
    sent = {**form, "new_pin": "2580", "pin_hash": "injected", "member": "1"}
    assert manager.post(url, sent).status_code == 302
    cashier.refresh_from_db()
    assert check_password("2580", cashier.pin_hash)
    assert cashier.member is None  # whose member a cashier is, is not for a shop manager to say
    before = cashier.pin_hash
    manager.post(url, form)
    assert Cashier.objects.get(pk=cashier.pk).pin_hash == before
    assert "2580" not in manager.get(url).content.decode()
    assert Audit.objects.filter(action="set_pin", object_id=str(cashier.pk)).count() == 1


def test_an_administrator_says_which_member_a_cashier_is(shop: Shop):
    member = shop.member()
    cashier = CashierFactory(store=shop.terminal.store)
    url = reverse("admin:programs_cashier_change", args=[cashier.pk])
    form = {"store": shop.terminal.store.pk, "name": "Sam", "number": "7", "is_active": "on", "member": member.pk}
    assert client_of(Role.ADMINISTRATOR, shop).post(url, form).status_code == 302
    assert Cashier.objects.get(pk=cashier.pk).member == member


def test_limits_are_set_on_one_page_and_apply_at_once(shop: Shop):
    admin = client_of(Role.ADMINISTRATOR, shop)
    form = {
        "program": shop.program.pk,
        "member_spend_day": "500",
        "lookup_misses": "10",
        "hold_minutes": "30",
        "offline_days": "7",
        "step_up_contact_hours": "",
        "cashier_pin_required": "on",
    }
    assert admin.post(reverse("admin:programs_tillpolicy_add"), form).status_code == 302
    policy = TillPolicy.objects.get()
    assert (policy.member_spend_day, policy.lookup_misses, policy.step_up_contact_hours) == (Decimal(500), 10, None)
    limits = shop.till.limits
    assert (limits.member_spend_day, limits.lookup_misses, limits.needs_cashier_pin) == (Decimal(500), 10, True)
    page = admin.get(reverse("admin:programs_tillpolicy_change", args=[policy.pk])).content.decode()
    assert "Spending above its limit is refused." in page


def test_support_sets_and_removes_a_member_s_pin(shop: Shop):
    member = shop.member()
    support = client_of(Role.SUPPORT, shop)
    url = reverse("admin:members_member_spending_pin", args=[member.pk])
    assert "has no PIN" in support.get(url).content.decode()
    assert b"not all the same" in support.post(url, {"pin": "0000"}).content
    assert support.post(url, {"pin": "80486"}).status_code == 302
    assert check_password("80486", SpendingPin.objects.get(member=member).pin_hash)
    assert "80486" not in support.get(url).content.decode()
    assert support.post(url, {"remove": "1"}).status_code == 302
    assert not SpendingPin.objects.exists()
    assert list(Audit.objects.filter(object_id=str(member.pk)).order_by("id").values_list("action", flat=True)) == [
        "enrol",
        "set_pin",
        "remove_pin",
    ]
    assert client_of(Role.MARKETING, shop).get(url).status_code == 403


def test_a_terminal_s_scopes_are_boxes(shop: Shop):
    admin = client_of(Role.ADMINISTRATOR, shop)
    url = reverse("admin:programs_terminal_change", args=[shop.terminal.pk])
    page = admin.get(url).content.decode()
    assert page.count('name="scopes"') == 7
    form = {
        "store": shop.terminal.store.pk,
        "name": "Till",
        "register": "1",
        "channel": "till",
        "scopes": ["lookup", "hints"],
    }
    assert admin.post(url, {**form, "state": "revoked", "token_hash": "x", "next_token_hash": "x"}).status_code == 302
    terminal = Terminal.objects.get(pk=shop.terminal.pk)
    assert (terminal.scopes, terminal.state) == (["lookup", "hints"], "active")
    assert bytes(terminal.token_hash) == bytes(shop.terminal.token_hash)
    admin.post(url, {**form, "scopes": ["everything"]})
    assert Terminal.objects.get(pk=terminal.pk).scopes == ["lookup", "hints"]
