"""The poster beside the till."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import User
from tests.programs.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ru", "ltr"), ("he", "rtl")])
@pytest.mark.parametrize("page", ["admin:programs_store_join_poster", "admin:programs_program_join_poster"])
def test_the_poster_shows_the_deal_and_the_way_in(
    page: str, language: str, direction: str, shop: Shop, client: Client, settings: Any
):
    settings.PUBLIC_URL = "https://club.example.com"
    client.force_login(User.objects.create(username="admin", role="marketing", is_staff=True))
    answer = client.get(reverse(page), {"lang": language})
    text = answer.content.decode()
    assert f'lang="{language}" dir="{direction}"' in text
    assert "https://club.example.com/join/" in text
    assert "<svg viewBox=" in text
    assert text.count("<li>") >= 2
    assert 'role="alert"' not in text
    back = reverse(page).removesuffix("join-poster")
    assert f'href="{back}"' in text
    assert reverse(page) in client.get(back).content.decode()


def test_it_warns_that_an_address_of_this_computer_is_nobodys(shop: Shop, client: Client, settings: Any):
    settings.PUBLIC_URL = "http://localhost:8000"
    client.force_login(User.objects.create(username="admin", role="marketing", is_staff=True))
    assert 'role="alert"' in client.get(reverse("admin:programs_store_join_poster")).content.decode()
