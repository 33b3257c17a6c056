"""One field for whatever a cashier types or a reader sends: every way to write a key, and texts that are none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty_site.ground.policy import system
from members.models import Member, PageLinkWay
from members.services import end_page_links, enrol_member, give_page_link, till_code
from programs.models import TillPolicy
from tests.programs.shop import Shop
from tests.programs.till import ApiTill

KEYS = [
    ("phone", "+1 212 555 0123"),
    ("card", "2912 3456 7890 1234"),
    ("code", "КОТ-7"),
    ("email", "Anna.P@Example.com"),
]
PHONES = [
    "+12125550123", "12125550123", "2125550123", "(212) 555-0123", "212.555.0123", "+1 (212) 555–0123",
    "1-212-555-0123", "+1\u00a0212\u00a0555\u00a00123", "+1 212 555−0123", "＋１２１２５５５０１２３", "٢١٢٥٥٥٠١٢٣",
    "+۱۲۱۲۵۵۵۰۱۲۳", "२१२५५५०१२३", "\u202a+1 212 555 0123\u202c", "\u200f+1 212 555 0123\u200f", "tel:+1-212-555-0123",
    "'+12125550123", "+1/212/5550123", "[212] 555-0123", "212_555_0123", "(212) 555-0123 ext 9", "+1 212 555 0123 (mum)",
    "  2125550123  ", "https://wa.me/12125550123",
]  # fmt: skip
SCANS = [
    "2912345678901234", "2912-3456-7890-1234", "2912\u20113456\u20117890\u20111234", "２９１２３４５６７８９０１２３４",
    "٢٩١٢٣٤٥٦٧٨٩٠١٢٣٤", "\x1d2912345678901234", "2912345678901234\r\n", "*2912345678901234*", "]C12912345678901234", "%B2912345678901234^PETROVA/ANNA^991210100000?",
    ";2912345678901234=99121010000000000000?", "https://shop.example/c/2912345678901234", "WWW.SHOP.EXAMPLE/C/2912345678901234",
    "https://shop.example/?card=2912+3456+7890+1234&utm_source=" + "x" * 300,
]  # fmt: skip
CODES = ["кот7", "КОТ-7", "кот 7", "https://shop.example/c/%D0%BA%D0%BE%D1%82-7/", "https://shop.example/?code=кот-7"]
MAILS = [
    "anna.p@example.com", " ANNA.P@EXAMPLE.COM ", "mailto:anna.p@example.com?subject=Hi", "Anna P <anna.p@example.com>",
    "anna.p＠example.com", "anna.p@example.com\u200b",
]  # fmt: skip
# Nobody's: too long, no text at all, letters that look like digits, and what somebody might try at a database.
NOBODY = [
    "x" * 1000, "9" * 1000, "+" * 1000, "(" * 999 + "9", "a.a." * 250, "x@" * 500, "😀", "\u200f\u200e", "\u202e" * 20,
    "+1 2l2 555 OI23", "+1 212 555 O123", "212555012З", "2912З45678901234", "КOT7", "KOT7", "%", "_", "\\", "'; DROP TABLE x;--",
    "https://", "http://[::1", "https://shop.example/?card=%00", "https://shop.example/c/%ff%fe", "www.", "%", ";", "**", "]C1",
    "http://[::1]:99999999/c/2912345678901234x", "e\u0301" * 400, "1e400", "NaN", "null", "-1", "𝟮" * 500, "\ufeff", "²",
]  # fmt: skip
LINES = [{"sku": "C", "quantity": "1", "amount": "10.00"}]
REFUSED = [
    "",
    "   ",
    "a\x00b",
    "29123\x1d45678901234",
    "\ud800",
    "x" * 1001,
    2125550123,
    None,
    True,
    ["2125550123"],
    {"a": 1},
]


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    TillPolicy.objects.update_or_create(program=shop.program, defaults={"lookup_misses": None})
    return ApiTill(shop.terminal, shop.now)


@pytest.fixture
def anna(shop: Shop) -> Member:
    return enrol_member(name="Anna Petrova", identifiers=KEYS, region="US", actor=system("tests"), now=timezone.now())


def test_every_way_to_write_a_key_finds_its_owner(till: ApiTill, anna: Member):
    for field, texts in (("phone", PHONES[:-1]), ("card", SCANS), ("code", CODES), ("email", MAILS)):
        for body in [*({field: text} for text in texts), *({"any": text} for text in texts)]:
            answer = till.post("lookup", body, key=None)
            assert answer.status_code == 200, (body, answer.content)
            assert answer.json()["member"]["id"] == str(anna.public_id), body
    assert till.post("lookup", {"any": PHONES[-1]}, key=None).status_code == 200


def test_texts_that_are_no_key_find_nobody(till: ApiTill, anna: Member):
    for field in ("any", "phone", "card", "code", "email"):
        for text in NOBODY:
            answer = till.post("lookup", {field: text}, key=None)
            assert answer.status_code in ({404} if field == "any" else {400, 404, 422}), (field, text, answer.content)
            assert answer["Content-Type"] == "application/problem+json"


def test_values_that_are_no_text_are_refused(till: ApiTill):
    for field in ("any", "card"):
        for value in REFUSED:
            answer = till.post("lookup", {field: value}, key=None)
            assert answer.status_code == 400, (field, value, answer.content)
            assert answer["Content-Type"] == "application/problem+json"


def test_the_link_to_the_own_page_and_its_code_for_tills_find_whose_they_are(till: ApiTill, anna: Member):
    now, staff = timezone.now(), system("tests")
    link = give_page_link(member_id=anna.pk, way=PageLinkWay.SHOWN, actor=staff, now=now)
    code = till_code(anna.pk, now=now)
    assert Client().get(code[code.index("/m/") :]).status_code == 404  # it opens nothing
    assert Client().get(code[code.index("/m/") :].replace("/till/", "/about/")).status_code == 404
    for shown in (
        link,
        link.removesuffix("about/"),
        f"{link}?lang=he",
        code,
        till_code(anna.pk, now=now - dt.timedelta(days=1)),
    ):
        for field in ("any", "card"):
            answer = till.post("lookup", {field: shown}, key=None)
            assert (answer.status_code, answer.json().get("member", {}).get("id")) == (200, str(anna.public_id)), shown
    sold = till.post("sales", {"member": {"any": code}, "lines": LINES, "receipt_number": "1"})
    assert sold.json()["member"]["id"] == str(anna.public_id)

    old = till.post("lookup", {"any": till_code(anna.pk, now=now - dt.timedelta(days=3))}, key=None)
    assert (old.status_code, old.json()["code"]) == (422, "till_code_old")
    end_page_links(member_id=anna.pk, actor=staff, now=now)
    swapped = code.replace("/till/", "/about/")  # a signature for one use is none for another
    for nobodys in (
        link,
        link.replace("/about/", "/till/"),
        swapped,
        code[:-8] + "A/till/",
        till_code(anna.pk + 1, now=now),
    ):
        assert till.post("lookup", {"any": nobodys}, key=None).status_code == 404, nobodys


def test_a_look_up_asks_twice_besides_signing_in(till: ApiTill, anna: Member):
    bodies: list[dict[str, Any]] = [{kind: text} for kind, text in KEYS]
    for body in [*bodies, *({"any": text} for _kind, text in KEYS)]:
        till.post("lookup", body, key=None)  # what a process reads once a minute
        with CaptureQueriesContext(connection) as asked:
            assert till.post("lookup", body, key=None).status_code == 200
        assert len(asked) <= 1 + 2, (body, [query["sql"] for query in asked])
