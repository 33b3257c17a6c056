"""What tills see of the company's own fields, and what they may fill in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import CustomField, Member
from programs.models import Terminal
from tests.programs.shop import Shop
from tests.programs.till import ApiTill

pytestmark = pytest.mark.django_db
LISTED = [
    {"code": "nuts", "labels": {"": "Nuts", "he": "אגוזים"}, "is_archived": False},
    {"code": "milk", "labels": {"": "Milk"}, "is_archived": True},
]
CONSENTS = [{"purpose": "processing"}]


@pytest.fixture
def till(shop: Shop) -> ApiTill:
    shop.now = timezone.now()
    CustomField.objects.create(code="allergies", name="Allergies", kind="choices", options=LISTED, till="set")
    CustomField.objects.create(code="shoe_size", name="Shoe size", name_he="מידת נעליים", kind="number", till="see")
    CustomField.objects.create(code="vip", name="Knows the owner", kind="yes_no")
    CustomField.objects.create(code="gone", name="Gone", kind="text", till="set", is_archived=True)
    till = ApiTill(shop.terminal, shop.now)
    Terminal.objects.filter(pk=shop.terminal.pk).update(scopes=["lookup", "enrol"])
    return till


def test_a_lookup_shows_what_tills_may_see(till: ApiTill, shop: Shop):
    anna = shop.member()
    custom = {"allergies": ["nuts"], "shoe_size": 42.5, "vip": True, "gone": "x"}
    assert till.post("lookup", {"phone": "+12125550123"}).json()["own_fields"] == []
    Member.objects.filter(pk=anna.pk).update(custom=custom)
    with CaptureQueriesContext(connection) as asked:
        answer = till.post("lookup", {"phone": "+12125550123"}, language="he").json()
    assert answer["own_fields"] == [
        {"code": "allergies", "label": "Allergies", "kind": "choices", "value": ["nuts"], "shown": "אגוזים"},
        {"code": "shoe_size", "label": "מידת נעליים", "kind": "number", "value": 42.5, "shown": "42.5"},
    ]
    assert not any('FROM "members_customfield"' in one["sql"] for one in asked.captured_queries)


def test_a_till_fills_in_what_it_may_when_it_enrols(till: ApiTill):
    body: dict[str, Any] = {"phone": "+12125550199", "consents": CONSENTS}
    answer = till.post("members", {**body, "own_fields": {"allergies": ["nuts"]}})
    assert answer.status_code == 201, answer.json()
    assert "own_fields" not in answer.json()
    assert Member.objects.get().custom == {"allergies": ["nuts"]}


@pytest.mark.parametrize(
    ("own", "code"),
    [
        ({"shoe_size": 42}, "field_unknown"),
        ({"vip": True}, "field_unknown"),
        ({"gone": "x"}, "field_unknown"),
        ({"nobody": "x"}, "field_unknown"),
        ({"nobody\x00's": "x"}, "invalid_request"),
        ({"allergies": "nu\x00ts"}, "invalid_request"),
        ({"allergies": ["milk"]}, "field_unreadable"),
        ({"allergies": "nuts"}, "field_unreadable"),
        ({"allergies": {"a": 1}}, "field_unreadable"),
        ([], "invalid_request"),
    ],
)
def test_anything_else_is_refused_and_nobody_enrolled(till: ApiTill, own: Any, code: str):
    answer = till.post("members", {"phone": "+12125550199", "consents": CONSENTS, "own_fields": own})
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] == code
    assert not Member.objects.exists()
