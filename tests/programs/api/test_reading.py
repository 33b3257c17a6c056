"""The compiled reading of a body says exactly what the serializer says: the same data, or the same refusal."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from programs.api import reading
from programs.api.reading import read_body
from programs.api.serializers import (
    EnrolRequestSerializer,
    LookupRequestSerializer,
    QuoteRequestSerializer,
    ReturnRequestSerializer,
    SaleRequestSerializer,
    StrictSerializer,
)

SALE: dict[str, Any] = {
    "member": {"phone": "+12125550123"},
    "lines": [
        {"sku": "a", "quantity": "1", "amount": "10.00"},
        {"sku": "b", "quantity": "2.500", "amount": "7.5", "discount": "1", "tax_rate": "20", "tax_included": False},
    ],
    "redeem_points": "3",
    "rewards": ["cake", " cake "],
    "payments": ["card", " gift-card "],
    "receipt_number": "17",
    "cashier": " 7 ",
    "occurred_at": "2026-03-10T12:00:00+03:00",
}
RETURN: dict[str, Any] = {
    "sale": {"receipt_number": "17", "business_on": "2026-03-10"},
    "lines": [{"line": 1, "quantity": "1"}],
    "receipt_number": "18",
}


def stock(serializer_class: type[serializers.Serializer], body: Any) -> Any:
    serializer = serializer_class(data=body)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def heard(read: Any, serializer_class: type[serializers.Serializer], body: Any) -> str:
    """Data or refusal, with types and the order of keys."""
    try:
        return repr(read(serializer_class, copy.deepcopy(body)))
    except ValidationError as error:
        return f"refused {error.detail!r}"


@pytest.mark.parametrize(
    "serializer_class",
    [SaleRequestSerializer, QuoteRequestSerializer, ReturnRequestSerializer, LookupRequestSerializer,
     EnrolRequestSerializer],
)  # fmt: skip
def test_every_body_of_a_till_has_a_compiled_reader(serializer_class: type[serializers.Serializer]):
    assert reading._compiled(serializer_class) is not None


@pytest.mark.parametrize(
    ("serializer_class", "body"), [(SaleRequestSerializer, SALE), (ReturnRequestSerializer, RETURN)]
)
def test_a_plain_body_is_read_without_a_serializer(
    serializer_class: type[serializers.Serializer], body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    expected = heard(stock, serializer_class, body)
    assert reading._compiled(serializer_class) is not None
    monkeypatch.setattr(serializers.BaseSerializer, "is_valid", None)
    assert heard(read_body, serializer_class, body) == expected


ODD = st.sampled_from(
    [None, True, 0, 1, 1.5, "", " ", " 1 ", "1", "-1", "+1", "1e3", "NaN", "Infinity", "-0", "1.", ".5", "007", "1_0",
     "١", "1.00001", "99999999999999", "9999999999.9999", "0.1234", "x" * 61, "x" * 300, "a\nb", "a\n", "\x00", "\ud800", "é", [], {},
     ["a"], {"a": 1}, "2026-03-10", "2026-03-10T10:00:00Z", "not a day", "4f1f9c1e-0d0f-4a53-8e0e-0b1a3c6f7a10"]
)  # fmt: skip


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body where something can be put."""
    inside = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [path, *[place for key, value in inside for place in places(value, (*path, key))]] if path else [
        place for key, value in inside for place in places(value, (key,))
    ]  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, body: dict[str, Any]) -> Any:
    spoiled = copy.deepcopy(body)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(places(spoiled)))
        inner = spoiled
        for key in path[:-1]:
            inner = inner[key]
        act = draw(st.sampled_from(["put", "drop", "add"]))
        if act == "put":
            inner[path[-1]] = copy.deepcopy(draw(ODD))
        elif act == "drop":
            del inner[path[-1]]
        elif isinstance(inner, dict):
            key = draw(st.sampled_from(["extra", "register", "any", "id", "tax_rate", "discount", "cashier"]))
            inner[key] = copy.deepcopy(draw(ODD))
        if not places(spoiled):
            break
    return spoiled


@given(body=st.one_of(spoilt(SALE), ODD))
def test_a_spoilt_sale_is_heard_as_the_serializer_hears_it(body: Any):
    assert heard(read_body, SaleRequestSerializer, body) == heard(stock, SaleRequestSerializer, body)


@given(body=spoilt(RETURN))
def test_a_spoilt_return_is_heard_as_the_serializer_hears_it(body: Any):
    assert heard(read_body, ReturnRequestSerializer, body) == heard(stock, ReturnRequestSerializer, body)


@given(body=st.dictionaries(st.sampled_from(["id", "phone", "card", "any", "email", "more"]), ODD, max_size=2))
def test_a_key_of_a_member_is_heard_as_the_serializer_hears_it(body: Any):
    assert heard(read_body, LookupRequestSerializer, body) == heard(stock, LookupRequestSerializer, body)


def test_a_serializer_with_a_will_of_its_own_is_asked_itself():
    class Shouting(StrictSerializer):
        word = serializers.CharField()

        def validate_word(self, value: str) -> str:
            return value.upper()

    assert reading._compiled(Shouting) is None
    assert read_body(Shouting, {"word": "a"}) == {"word": "A"}
