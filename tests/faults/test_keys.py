"""Keys: reused, forgotten, and which answers they keep (T14, T15, T16)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.utils import timezone

from loyalty_site.ground import failpoints
from programs.errors import ReceiptExists
from programs.models import Account, IdempotencyRecord, Purchase
from programs.queries.verify import verify
from programs.services import idempotency, receipts
from programs.services.idempotency import forget_old_answers
from programs.services.ledger import locking
from programs.services.sales import sell
from tests.factories.configuration import TerminalFactory
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill, sale_body

pytestmark = pytest.mark.django_db
ANNA = {"phone": "+12125550123"}
Note = Callable[[str, int], None]


@pytest.fixture
def shop() -> Shop:
    made = open_shop(redeem_max_percent=100)
    made.now = timezone.now()
    made.member()
    return made


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    return ApiTill(shop.terminal, shop.now)


def test_a_key_belongs_to_one_body_one_endpoint_and_one_terminal(shop: Shop, till: ApiTill, note_trials: Note):
    other = ApiTill(TerminalFactory(store=shop.terminal.store), shop.now)
    key = str(uuid.uuid4())
    body = sale_body("10.00", number="1", member=ANNA)
    first = till.post("sales", body, key=key)
    back = {"sale": {"id": first.json()["sale"]}, "lines": [{"line": 1, "quantity": "1"}], "receipt_number": "9"}

    changed = till.post("sales", body | {"receipt_number": "2"}, key=key)
    elsewhere = till.post("returns", back, key=key)
    foreign = other.post("sales", sale_body("10.00", number="3", member=ANNA), key=key)

    for refused in (changed, elsewhere):
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
        assert first.json()["sale"] not in refused.content.decode(), "no leak of the first answer"
    assert foreign.status_code == 201, "another terminal's key is another key"
    assert foreign.get("Idempotent-Replay") is None
    assert foreign.json()["sale"] != first.json()["sale"]
    assert Purchase.objects.count() == 2
    note_trials("T14", 3)


def test_after_its_key_is_forgotten_the_receipt_still_refuses(shop: Shop, till: ApiTill, note_trials: Note):
    key = str(uuid.uuid4())
    body = sale_body("10.00", number="1", member=ANNA, occurred_at=shop.now.isoformat())
    assert till.post("sales", body, key=key).status_code == 201
    later = shop.now + idempotency.KEPT + dt.timedelta(days=1)
    assert forget_old_answers(now=later) == 1

    at_once = till.post("sales", body, key=key)  # the till's clock may well have stood still
    with mock.patch.object(timezone, "now", return_value=later):
        much_later = till.post("sales", body, key=key)

    assert (at_once.status_code, at_once.json()["code"]) == (409, "receipt_exists")
    assert (much_later.status_code, much_later.json()["code"]) == (422, "time_implausible")
    order = shop.order({"A": "10.00"}, None, number="1")
    with pytest.raises(ReceiptExists):
        sell(order, now=later)
    assert (Purchase.objects.count(), Account.objects.get().available) == (1, 20)
    note_trials("T15", 3)


def test_without_the_receipts_own_key_a_forgotten_key_books_twice(
    shop: Shop, till: ApiTill, monkeypatch: pytest.MonkeyPatch, note_mutant: Callable[..., None]
):
    """The negative control: the constraint and its clause taken away, for this test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE programs_purchase DROP CONSTRAINT programs_receipt_once")
    clause = "ON CONFLICT ON CONSTRAINT programs_receipt_once DO NOTHING"
    monkeypatch.setattr(receipts, "_WRITE", receipts._WRITE.replace(clause, ""))
    body = sale_body("10.00", number="1", member=ANNA)
    statuses = [till.post("sales", body).status_code for _ in range(2)]
    broken = {finding.check.invariant for finding in verify() if finding.violations}
    note_mutant(killed=statuses != [201, 409] and "I4" in broken)
    assert statuses == [201, 201]
    assert "I4" in broken


def lock_times_out(*_: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '55P03'; END $$")


def fail_within(point: str) -> Any:
    return lambda monkeypatch: monkeypatch.setattr(failpoints, "_PLAN", failpoints.parse(f"{point}:raise"))


# What the till sent or what happened -> (status, is the answer kept?)
CLASSES: dict[str, tuple[dict[str, Any], Any, int, bool]] = {
    "a sale": ({}, None, 201, True),
    "not enough points": ({"redeem_points": "999"}, None, 422, True),
    "a receipt that exists": ({"receipt_number": "there"}, None, 409, True),
    "nobody known": ({"member": {"phone": "+12125550999"}}, None, 404, True),
    "a wrong field": ({"nonsense": 1}, None, 400, False),
    "an implausible time": ({"occurred_at": "2020-01-01T00:00:00Z"}, None, 422, False),
    "a lock that was not to be had": (
        {},
        lambda patch: patch.setattr("programs.services.ledger.lock_account", lock_times_out),
        503,
        False,
    ),
    "an error of ours": ({}, fail_within("sale.after_entries"), 500, False),
    "an error before the commit": ({}, fail_within("once.before_commit"), 500, False),
}


@pytest.mark.parametrize("name", CLASSES)
def test_only_what_was_executed_is_kept(
    name: str, shop: Shop, till: ApiTill, monkeypatch: pytest.MonkeyPatch, note_trials: Note
):
    more, arrange, status, is_kept = CLASSES[name]
    shop.sell({"A": "10.00"}, None, number="there")
    key = str(uuid.uuid4())
    body = sale_body("10.00", number="1", member=ANNA) | more
    with monkeypatch.context() as patch:
        if arrange is not None:
            arrange(patch)
        answer = till.post("sales", body, key=key)
    assert answer.status_code == status, answer.content
    assert IdempotencyRecord.objects.filter(key=key).exists() is is_kept
    again = till.post("sales", body, key=key)
    assert (again.get("Idempotent-Replay") == "true") is is_kept
    if status >= 500:
        assert again.status_code == 201, "it is carried out as if it had not been sent before"
    else:
        assert again.content == answer.content
    note_trials("T16", 1)


@pytest.mark.parametrize("scopes", [["lookup"], None])
def test_who_may_not_leaves_no_key_behind(shop: Shop, till: ApiTill, scopes: list[str] | None, note_trials: Note):
    """401 and 403: once the right is there, the same key carries the sale out."""
    key = str(uuid.uuid4())
    body = sale_body("10.00", number="1", member=ANNA)
    if scopes is None:
        answer = till.post("sales", body, key=key, token="nobody")
    else:
        shop.terminal.refresh_from_db()
        before, shop.terminal.scopes = shop.terminal.scopes, scopes
        shop.terminal.save()
        answer = till.post("sales", body, key=key)
        shop.terminal.scopes = before
        shop.terminal.save()
    assert answer.status_code == (401 if scopes is None else 403)
    assert not IdempotencyRecord.objects.exists()
    assert till.post("sales", body, key=key).status_code == 201
    note_trials("T16", 1)


def test_the_locks_are_what_the_product_uses():
    """The canaries replace these texts; one that no longer says what they look for would test nothing."""
    assert "FOR UPDATE" in locking._LOCK
    assert "ON CONFLICT (terminal_id, key) DO NOTHING" in idempotency._CLAIM
    assert "ON CONFLICT ON CONSTRAINT programs_receipt_once DO NOTHING" in receipts._WRITE
