"""Spending that must be confirmed: by PIN, by a sent code, and how little guessing brings."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Audit, Counter, Job
from loyalty_site.ground.policy import system
from members.models import Identifier, Member, Message
from members.services import add_identifier, enrol_member
from programs.models import Flag, FlagKind, IdempotencyRecord, SpendingCode, SpendingPin, Terminal, TillPolicy
from programs.queries.verify import verify
from programs.services import codes
from programs.services.pins import set_pin
from tests.programs.shop import Shop
from tests.programs.till import ApiTill, sale_body

ANNA = {"phone": "(212) 555-0123"}


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    return ApiTill(shop.terminal, shop.now)


@pytest.fixture
def anna(shop: Shop, till: ApiTill) -> Member:
    """With an e-mail and 500 points."""
    member = enrol_member(
        name="Anna Petrova",
        identifiers=[("phone", "+12125550123"), ("email", "anna@example.com")],
        region="US",
        actor=system("tests"),
        now=shop.now - dt.timedelta(days=30),
    )
    shop.sell({"C": "500.00"}, member, number="first")
    return member


def limits(shop: Shop, **values: Any) -> None:
    TillPolicy.objects.update_or_create(
        program=shop.program, defaults={"step_up_contact_hours": None, "member_receipts_day": None, **values}
    )


def spend(till: ApiTill, points: str, **more: Any) -> Any:
    number = f"s{Counter.objects.count()}{IdempotencyRecord.objects.count()}"
    return till.post("sales", sale_body("100.00", member=ANNA, redeem_points=points, number=number, **more))


def the_code() -> str:
    """What the mail says: derived, as the mail's writer derives it."""
    return codes._code(SpendingCode.objects.latest("id").code_hash.partition("$")[0])


def test_many_points_are_confirmed_by_pin(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, step_up_points=100)
    set_pin(member_id=anna.pk, pin="4711", actor=system("tests"), now=shop.now)
    assert spend(till, "99").status_code == 201
    asked = spend(till, "100")
    assert (asked.status_code, asked.json()["code"]) == (422, "step_up_required")
    assert asked.json()["context"] == {"ways": ["pin", "code"]}
    assert spend(till, "100", pin="4712").json()["code"] == "pin_wrong"
    assert spend(till, "100", pin="4711").status_code == 201
    assert not Counter.objects.filter(name="spending_pin").exists()
    assert [finding for finding in verify() if finding.violations] == []


def test_a_code_is_for_one_spending_at_one_till_up_to_its_points(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, step_up_points=1)
    sent = till.post("spending-codes", {"member": ANNA, "redeem_points": "50"})
    assert (sent.status_code, sent.json()["sent_by"]) == (201, "email")
    code = the_code()
    assert spend(till, "51", code=code).json()["code"] == "code_wrong"
    assert spend(till, "50", code=code).status_code == 201
    assert spend(till, "5", code=code).json()["code"] == "code_wrong"  # once
    from tests.factories.configuration import TerminalFactory

    till.post("spending-codes", {"member": ANNA, "redeem_points": "50"})
    elsewhere = ApiTill(TerminalFactory(store=shop.terminal.store), shop.now)
    assert spend(elsewhere, "5", code=the_code()).json()["code"] == "code_wrong"
    SpendingCode.objects.update(expires_at=timezone.now())
    assert spend(till, "5", code=the_code()).json()["code"] == "code_wrong"


def test_five_tries_at_a_code(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, step_up_points=1)
    till.post("spending-codes", {"member": ANNA, "redeem_points": "50"})
    right = the_code()
    for n in range(5):
        assert spend(till, "5", code=f"{(int(right) + n + 1) % 1_000_000:06}").json()["code"] == "code_wrong"
    assert spend(till, "5", code=right).json()["code"] == "code_wrong"
    assert SpendingCode.objects.get().tries_left == 0


def test_neither_code_nor_pin_is_stored_or_kept_in_an_answer(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, step_up_points=1)
    till.post("spending-codes", {"member": ANNA})
    code = the_code()
    chosen = till.post("members/pin", {"member": ANNA, "code": code, "pin": "80486"})
    assert chosen.json() == {"pin_set": True}
    spend(till, "5", pin="80486")
    kept = [
        *IdempotencyRecord.objects.values_list("body", flat=True),
        *(json.dumps(payload) for payload in Job.objects.values_list("payload", flat=True)),
        *(json.dumps(details) for details in Audit.objects.values_list("details", flat=True)),
        SpendingCode.objects.get().code_hash,
        SpendingPin.objects.get().pin_hash,
    ]
    assert not any(code in text or "80486" in text for text in kept)
    from programs.services.sales import SaleOrder

    order = shop.order({"A": "1.00"}, anna)
    assert "80486" not in repr(SaleOrder(order.till, "1", order.occurred_at, order.lines, pin="80486"))


def test_a_code_for_spending_sets_no_pin_and_the_other_way_round(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, step_up_points=1)
    till.post("spending-codes", {"member": ANNA, "redeem_points": "50"})
    assert till.post("members/pin", {"member": ANNA, "code": the_code(), "pin": "4711"}).json()["code"] == "code_wrong"
    till.post("spending-codes", {"member": ANNA})
    assert spend(till, "5", code=the_code()).json()["code"] == "code_wrong"
    assert (
        till.post("members/pin", {"member": ANNA, "code": the_code(), "pin": "1111"}).json()["code"] == "pin_too_simple"
    )
    assert till.post("members/pin", {"member": ANNA, "code": the_code(), "pin": "4711"}).status_code == 200


def test_codes_are_not_sent_without_end(shop: Shop, till: ApiTill, anna: Member):
    answers = [till.post("spending-codes", {"member": ANNA, "redeem_points": "5"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [422]
    assert answers[5].json()["code"] == "codes_too_many"
    assert Message.objects.filter(source="spending_code").count() == 5


def test_the_first_spending_and_a_new_till_are_asked_about(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, step_up_first=True)
    assert spend(till, "5").json()["code"] == "step_up_required"
    till.post("spending-codes", {"member": ANNA, "redeem_points": "5"})
    assert spend(till, "5", code=the_code()).status_code == 201
    assert spend(till, "5").status_code == 201
    limits(shop, step_up_first=False, step_up_new_till_hours=24)
    assert spend(till, "5").json()["code"] == "step_up_required"


def test_a_new_phone_or_e_mail_is_asked_about_and_a_new_e_mail_gets_no_code(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, step_up_contact_hours=48)
    assert spend(till, "5").status_code == 201
    ended = Identifier.objects.filter(member=anna, kind="email")
    ended.update(ended_at=timezone.now())
    Identifier.objects.create(member=anna, kind="email", value="thief@example.com", created_at=timezone.now())
    waits = spend(till, "5")
    assert (waits.json()["code"], waits.json()["context"]) == ("spending_waits", {"hours": 48})
    refused = till.post("spending-codes", {"member": ANNA, "redeem_points": "5"})
    assert refused.json()["code"] == "code_not_sendable"
    set_pin(member_id=anna.pk, pin="4711", actor=system("tests"), now=shop.now)
    assert spend(till, "5").json()["context"] == {"ways": ["pin"]}
    assert spend(till, "5", pin="4711").status_code == 201
    Identifier.objects.filter(value="thief@example.com").update(created_at=timezone.now() - dt.timedelta(hours=49))
    assert spend(till, "5").status_code == 201


def test_wrong_pins_are_flagged_and_a_code_still_helps(shop: Shop, till: ApiTill, anna: Member):
    """T56: whoever locks the PIN out by guessing does not lock the member out."""
    limits(shop, step_up_points=1)
    set_pin(member_id=anna.pk, pin="4711", actor=system("tests"), now=shop.now)
    answers = [spend(till, "5", pin=f"90{n:02}").json()["code"] for n in range(6)]
    assert answers == ["pin_wrong"] * 5 + ["pin_tries"]
    assert spend(till, "5", pin="4711").json()["code"] == "pin_tries"
    assert Flag.objects.get().kind == FlagKind.PIN_TRIES
    till.post("spending-codes", {"member": ANNA, "redeem_points": "5"})
    assert spend(till, "5", code=the_code()).status_code == 201


def test_a_key_used_again_tells_nothing_of_another_pin_or_code(shop: Shop, till: ApiTill, anna: Member):
    """Else each guess under a used key would be judged, and counted by nobody. A real repeat is answered as before."""
    limits(shop, step_up_points=1)
    Terminal.objects.update(scopes=["lookup", "earn", "redeem", "own_page"])
    till.post("spending-codes", {"member": ANNA})
    basket = {"member": ANNA, "lines": sale_body("100.00")["lines"], "redeem_points": "5"}
    deeds = [
        ("members/pin", {"member": ANNA, "code": the_code(), "pin": "4711"}, (200, None)),
        ("sales", {**basket, "receipt_number": "1", "pin": "4711"}, (201, None)),
        ("sales", {**basket, "receipt_number": "2", "pin": "4712"}, (422, "pin_wrong")),
        ("sales", {**basket, "receipt_number": "3", "code": "000000"}, (422, "code_wrong")),
        ("holds", {**basket, "pin": "4711"}, (201, None)),
        ("members/own-page", {"member": ANNA, "pin": "4711"}, (201, None)),
    ]
    for number, (path, body, told) in enumerate(deeds):
        key = f"the-key-of-deed-{number}"
        first = till.post(path, body, key=key)
        assert (first.status_code, first.json().get("code")) == told, path
        before = list(Counter.objects.order_by("id").values_list("name", "value"))
        for typed in ({}, {"pin": "4711"}, {"pin": "4712"}, {"code": "123456"} if "code" in body else {}):
            again = till.post(path, body | typed, key=key)
            assert (again.status_code, again.content) == (first.status_code, first.content), (path, typed)
            assert again["Idempotent-Replay"] == "true"
        other = till.post(path, body | {"member": {"card": "4006381333931"}}, key=key)
        assert other.json()["code"] == "idempotency_key_reused"
        assert list(Counter.objects.order_by("id").values_list("name", "value")) == before


def test_a_day_has_a_limit_to_spend(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, member_spend_day=30)
    assert spend(till, "20").status_code == 201
    refused = spend(till, "11")
    assert (refused.json()["code"], refused.json()["context"]) == ("day_limit_reached", {"limit": "30", "left": "10"})
    # A receipt that is refused counts for nothing.
    twice = till.post("sales", sale_body("100.00", member=ANNA, redeem_points="5", number="first"))
    assert twice.json()["code"] == "receipt_exists"
    assert spend(till, "10").status_code == 201
    assert Counter.objects.get(name="spend_day").value == 30


def test_more_than_usual_in_a_day_is_flagged_and_not_refused(shop: Shop, till: ApiTill, anna: Member):
    limits(shop, member_receipts_day=2, member_earn_day=150, cashier_earn_day=10_000)
    for number in ("a", "b", "c", "d"):
        assert (
            till.post("sales", sale_body("20.00", "20.00", member=ANNA, number=number, cashier="7")).status_code == 201
        )
    flags = {flag.details["what"]: flag for flag in Flag.objects.all()}
    assert set(flags) == {"receipts", "points"}
    assert flags["receipts"].details == {"what": "receipts", "figure": "3", "limit": "2"}
    assert flags["points"].details == {"what": "points", "figure": "200", "limit": "150"}
    assert flags["receipts"].purchase.receipt_number == "c"
    assert {flag.member for flag in flags.values()} == {anna}


def test_digits_of_their_own_choice_name_a_member_and_pay_nothing(shop: Shop, till: ApiTill, anna: Member):
    """Found by the code itself, or by the id that a look-up by it gave: no limits are set, and yet it is confirmed."""
    add_identifier(member_id=anna.pk, kind="code", text="1977", region="US", actor=system("tests"), now=shop.now)
    assert till.post("sales", sale_body("10.00", number="1", member={"code": "1977"})).status_code == 201
    body = sale_body("10.00", number="2", member={"code": "1977"}, redeem_points="100")
    refused = till.post("sales", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "step_up_required")
    assert refused.json()["context"]["ways"] == ["code"]
    told = till.post("lookup", {"any": "1977"}).json()["member"]["id"]
    assert till.post("sales", {**body, "member": {"id": told}}).json()["code"] == "step_up_required"
    set_pin(member_id=anna.pk, pin="4711", actor=system("tests"), now=shop.now)
    assert till.post("sales", {**body, "member": {"id": told}, "pin": "4711"}).status_code == 201
    # Who says the phone number is known by that.
    by_phone = sale_body("10.00", number="3", member=ANNA, redeem_points="100")
    assert till.post("sales", by_phone).status_code == 201


def test_without_pin_and_mail_digits_alone_never_pay(shop: Shop, till: ApiTill):
    boris = enrol_member(
        name="Boris", identifiers=[("phone", "+12125550177"), ("code", "2580")], region="US",
        actor=system("tests"), now=shop.now - dt.timedelta(days=30),
    )  # fmt: skip
    shop.sell({"C": "500.00"}, boris, number="first")
    body = sale_body("10.00", number="2", member={"code": "2580"}, redeem_points="100")
    assert till.post("sales", body).json()["code"] == "code_only_names"
    held = {"member": {"code": "2580"}, "lines": body["lines"], "redeem_points": "100"}
    assert till.post("holds", held).json()["code"] == "code_only_names"
    assert till.post("quotes", held).status_code == 200
