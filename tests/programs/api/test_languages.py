"""A till hears refusals in the language that it asks for."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.programs.shop import Shop
from tests.programs.till import ApiTill


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "No member was found. Check the number, or enrol them."),
        ("ru", "Участник не найден. Проверьте номер или оформите вступление."),
        ("he", "לא נמצא חבר מועדון. יש לבדוק את המספר או לצרף למועדון."),
        ("he-IL,he;q=0.9", "לא נמצא חבר מועדון. יש לבדוק את המספר או לצרף למועדון."),
        ("fr", "No member was found. Check the number, or enrol them."),
    ],
)
def test_a_till_is_refused_in_its_own_language(shop: Shop, language: str, said: str):
    shop.now = timezone.now()
    till = ApiTill(shop.terminal, shop.now)
    answer = till.post("lookup", {"phone": "2125550199"}, key=None, language=language)
    assert (answer.status_code, answer.json()["code"], answer.json()["title"]) == (404, "member_not_found", said)


@pytest.mark.parametrize(("language", "kind"), [("ru", "телефон"), ("he", "טלפון")])
def test_a_refusal_names_what_it_is_about_in_the_same_language(shop: Shop, language: str, kind: str):
    shop.now = timezone.now()
    till = ApiTill(shop.terminal, shop.now)
    answer = till.post("lookup", {"phone": "12"}, key=None, language=language)
    assert answer.status_code == 422
    assert kind in answer.json()["title"]
    assert answer.json()["context"]["kind"] == "phone"
