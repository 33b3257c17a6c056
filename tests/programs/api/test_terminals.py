"""Terminals as devices: their tokens, what each may see, and what stops one that searches through everybody."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty_site.ground.models import Audit, Counter
from programs.models import Flag, FlagKind, Purchase, Terminal, TillPolicy
from programs.queries.hints import hints_for
from programs.services.tills import SEEN_EVERY, till_by_token
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    return ApiTill(shop.terminal, shop.now)


def give_scopes(*more: str) -> None:
    Terminal.objects.update(scopes=["lookup", "earn", "redeem", "return", *more])


def test_a_rotated_token_ends_the_old_one_when_it_is_first_used(shop: Shop, till: ApiTill):
    old = till.token
    lost = till.post("terminals/rotate", {}, key=None).json()["token"]
    assert till.post("sales", sale_body("1.00")).status_code == 201  # the answer got lost: the old one still counts
    fresh = till.post("terminals/rotate", {}, key=None).json()["token"]
    assert till.post("sales", sale_body("1.00", number="2"), token=lost).status_code == 401
    assert till.post("sales", sale_body("1.00", number="3"), token=fresh).status_code == 201
    assert till.post("sales", sale_body("1.00", number="4"), token=old).status_code == 401
    assert till.post("sales", sale_body("1.00", number="5"), token=fresh).status_code == 201
    assert Audit.objects.filter(action="rotate").count() == 2
    assert fresh not in json.dumps(list(Audit.objects.values_list("details", flat=True)))


def test_a_revoked_terminal_cannot_come_back_by_its_next_token(shop: Shop, till: ApiTill):
    from loyalty_site.ground.policy import system
    from programs.services.tills import revoke_terminal

    fresh = till.post("terminals/rotate", {}, key=None).json()["token"]
    revoke_terminal(terminal=shop.terminal, actor=system("tests"), now=shop.now)
    for token in (till.token, fresh):
        assert till.post("sales", sale_body("1.00"), token=token).status_code == 401
        assert till.post("terminals/rotate", {}, key=None, token=token).status_code == 401


def test_signing_in_is_one_statement_and_notes_the_software_now_and_then(shop: Shop, till: ApiTill):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert till_by_token(till.token, version="OurTill 4", now=shop.now) is not None
    assert len(asked) == 1
    assert Terminal.objects.get(pk=shop.terminal.pk).version == "tests"
    later = shop.now + SEEN_EVERY + dt.timedelta(seconds=1)
    till_by_token(till.token, version="OurTill 4\x00" + "x" * 99, now=later)
    seen = Terminal.objects.get(pk=shop.terminal.pk)
    assert (seen.version[:10], len(seen.version), seen.last_seen_at) == ("OurTill 4x", 60, later)


def test_the_version_comes_in_a_header(shop: Shop, till: ApiTill):
    Terminal.objects.update(last_seen_at=None)
    headers = {"Authorization": f"Bearer {till.token}", "X-Till-Version": "OurTill 5"}
    Client().post("/api/v1/lookup", json.dumps(ANNA), content_type="application/json", headers=headers)
    assert Terminal.objects.get(pk=shop.terminal.pk).version == "OurTill 5"


def test_hints_are_for_terminals_that_may_see_them(shop: Shop, till: ApiTill):
    shop.member()
    assert "hints" not in till.post("lookup", ANNA, key=None).json()
    give_scopes("hints")
    found = till.post("lookup", ANNA, key=None).json()
    assert found["hints"] == {
        "birthday_this_week": False, "first_visit_since": "never", "usual": [], "coupons": 0, "ask_about_offers": True,
    }  # fmt: skip


def test_the_usual_is_what_somebody_buys_again_and_again(shop: Shop, till: ApiTill):
    member = shop.member()
    give_scopes("hints")
    for lines in ({"A": "1.00", "B": "1.00"}, {"A": "2.00"}, {"A": "3.00", "B": "1.00"}, {"C": "9.00"}):
        shop.sell(lines, member)
    hints = till.post("lookup", ANNA, key=None).json()["hints"]
    assert hints["usual"] == [{"sku": "A", "name": "A"}, {"sku": "B", "name": "B"}]
    assert hints["first_visit_since"] == ""


def test_a_birthday_is_a_flag_and_never_a_date(shop: Shop, till: ApiTill):
    member = shop.member()
    give_scopes("hints")
    today = timezone.now().date()
    type(member).objects.filter(pk=member.pk).update(birth_month=today.month, birth_day=today.day, birth_year=1980)
    answer = till.post("lookup", ANNA, key=None)
    assert answer.json()["hints"]["birthday_this_week"] is True
    assert "1980" not in answer.content.decode()


@pytest.mark.parametrize(
    ("days", "word"), [(0, ""), (29, ""), (31, "month"), (100, "quarter"), (200, "half_year"), (400, "year")]
)
def test_an_absence_is_a_word(shop: Shop, days: int, word: str):
    member = shop.member()
    shop.sell({"A": "1.00"}, member)
    now = shop.now + dt.timedelta(days=days)
    assert hints_for(member.pk, today=now.date(), now=now).first_visit_since == word


def limit_misses(shop: Shop, most: int | None) -> None:
    TillPolicy.objects.create(program=shop.program, lookup_misses=most)


WALKS: list[tuple[str, Any]] = [
    ("lookup", lambda key: key),
    ("quotes", lambda key: {"member": key, "lines": sale_body("1.00")["lines"]}),
    ("sales", lambda key: sale_body("1.00", member=key, number="9")),
]


@pytest.mark.parametrize(("path", "body"), WALKS)
@pytest.mark.parametrize("kind", ["phone", "any"])
def test_a_walk_through_the_numbers_is_stopped(
    shop: Shop, till: ApiTill, path: str, body: Any, kind: str, note_trials, capsys
):
    """T57: nobody is found after the limit, not even who exists; whoever was found before can be sold to."""
    member = shop.member()
    limit_misses(shop, 5)
    answers = [till.post(path, body({kind: f"+1212555{number:04}"}), key="") for number in range(116, 131)]
    statuses = [answer.status_code for answer in answers]
    resolved = sum(status < 300 for status in statuses)
    assert statuses[:5] == [404] * 5
    # Five misses come first; the sixth search is refused, and Anna's number (0123) among those after it.
    assert statuses[5:] == [429] * 10
    assert answers[5].json()["code"] == "too_many_misses"
    assert 0 < int(answers[5]["Retry-After"]) <= 600
    assert len({json.dumps(answer.json() | {"context": "", "title": ""}) for answer in answers[5:]}) == 1
    assert Flag.objects.filter(kind=FlagKind.LOOKUP_MISSES, terminal=shop.terminal).count() == 1
    sold = till.post("sales", sale_body("1.00", member={"id": str(member.public_id)}, number="77"))
    assert sold.status_code == 201
    with capsys.disabled():
        print(f"\nT57 {path} by {kind}: {resolved} numbers resolved before the stop after 5 misses")
    note_trials("T57", len(answers))


def test_the_stop_ends_with_its_ten_minutes(shop: Shop, till: ApiTill):
    shop.member()
    limit_misses(shop, 2)
    for number in range(4):
        till.post("lookup", {"card": f"no{number}"}, key=None)
    assert till.post("lookup", ANNA, key=None).status_code == 429
    Counter.objects.update(window_at=timezone.now() - dt.timedelta(minutes=20))
    assert till.post("lookup", ANNA, key=None).status_code == 200


def test_without_limits_of_its_own_a_shop_has_the_usual_one(shop: Shop, till: ApiTill):
    for number in range(31):
        answer = till.post("lookup", {"card": f"no{number}"}, key=None)
    assert answer.status_code == 429
    limit_misses(shop, None)
    assert till.post("lookup", {"card": "no"}, key=None).status_code == 404


def test_the_unknown_and_the_erased_look_alike(shop: Shop, till: ApiTill, note_trials):
    """T57. A blocked card says that it is blocked, on purpose: the cashier then asks for the phone."""
    member = shop.member()
    identifier = member.identifiers.get()
    unknown = till.post("lookup", {"phone": "+12125550199"}, key=None)
    type(member).objects.filter(pk=member.pk).update(status="erased")
    erased = till.post("lookup", ANNA, key=None)
    erased_by_id = till.post("lookup", {"id": str(member.public_id)}, key=None)
    assert unknown.status_code == erased.status_code == erased_by_id.status_code == 404
    assert unknown.content == erased.content == erased_by_id.content
    type(member).objects.filter(pk=member.pk).update(status="enrolled")
    type(identifier).objects.filter(pk=identifier.pk).update(is_blocked=True)
    blocked = till.post("lookup", ANNA, key=None)
    assert (blocked.status_code, blocked.json()["code"]) == (422, "identifier_blocked")
    assert Counter.objects.get(name="lookup_miss").value == 3
    assert Purchase.objects.count() == 0
    note_trials("T57", 4)
