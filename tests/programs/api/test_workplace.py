"""What a till's screen is told about the place where it stands."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty_site.ground.models import Company, ConsentWording
from loyalty_site.ground.policy import system
from members.models import CustomField
from programs.models import Cashier, Program, ProgramState, Terminal, TillPolicy
from programs.services.cashiers import set_cashier_pin, sign_in
from tests.programs.shop import Shop
from tests.programs.till import ApiTill

pytestmark = pytest.mark.django_db
NUTS = [
    {"code": "nuts", "labels": {"": "Nuts", "he": "אגוזים"}, "is_archived": False},
    {"code": "milk", "labels": {"": "Milk"}, "is_archived": True},
]


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    Terminal.objects.update(scopes=["lookup"])
    return ApiTill(shop.terminal, shop.now)


def words(purpose: str, language: str, *texts: str) -> None:
    for version, text in enumerate(texts, 1):
        ConsentWording.objects.create(purpose=purpose, language=language, version=version, text=text)


def test_where_it_stands_and_who_works_there(shop: Shop, till: ApiTill):
    TillPolicy.objects.create(program=shop.program, cashier_pin_required=True)
    told = till.get("workplace").json()
    assert (told["cashier"], told["needs_cashier_pin"]) == (None, True)
    anna = Cashier.objects.create(store=shop.terminal.store, number="7", name="Anna")
    set_cashier_pin(cashier_id=anna.pk, pin="4071", actor=system("tests"), now=shop.now)
    sign_in(till=shop.till, number="7", pin="4071", now=shop.now)
    told = till.get("workplace").json()
    company = Company.objects.get()
    assert abs(dt.datetime.fromisoformat(told.pop("now")) - timezone.now()) < dt.timedelta(minutes=1)
    assert told == {
        "terminal": shop.terminal.name,
        "store": shop.terminal.store.name,
        "register": shop.terminal.register,
        "company": company.name,
        "currency": company.currency,
        "currency_exponent": 2,
        "scopes": ["lookup"],
        "cashier": {"number": "7", "name": "Anna"},
        "needs_cashier_pin": True,
        "program": {
            "name": shop.program.name,
            "point_decimals": 0,
            "point_value": "0.0100",
            "redeem_minimum": "0",
            "redeem_step": "1",
            "redeem_max_percent": 50,
        },
        "wordings": [],
        "channels": ["email", "sms", "phone"],
        "languages": company.languages or ["en", "ru", "he"],
        "own_fields": [],
    }
    assert Client().get("/api/v1/workplace").status_code == 401


def test_the_newest_words_and_the_fields_it_may_fill_in_cost_no_more_statements(till: ApiTill):
    till.get("workplace")  # compiles the version, once in a process
    with CaptureQueriesContext(connection) as bare:
        till.get("workplace")
    words("processing", "en", "Old words", "We keep your number.")
    words("processing", "he", "נשמור את המספר שלך")
    words("marketing", "en", "We may write to you.")
    for code in ("see", "set"):
        CustomField.objects.create(
            code=f"may_{code}", name=f"May {code}", name_he="שדה", kind="choices", options=NUTS, till=code
        )
    with CaptureQueriesContext(connection) as asked:
        told = till.get("workplace", language="he").json()
    assert [(one["purpose"], one["language"], one["text"]) for one in told["wordings"]] == [
        ("marketing", "en", "We may write to you."),
        ("processing", "en", "We keep your number."),
        ("processing", "he", "נשמור את המספר שלך"),
    ]
    option = {"code": "nuts", "label": "אגוזים"}
    assert told["own_fields"] == [{"code": "may_set", "label": "שדה", "kind": "choices", "options": [option]}]
    assert len(asked) == len(bare) <= 8


def test_before_any_programme_runs(shop: Shop, till: ApiTill):
    Program.objects.update(state=ProgramState.DRAFT)
    assert till.get("workplace").json()["program"] is None
