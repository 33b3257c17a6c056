"""The page for joining, as a stranger's browser sees it."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from loyalty_site.ground.models import ConsentWording
from members.models import Consent, Member
from programs.models import JoinRequest, Program
from programs.services.joining import FROM_ADDRESS, join_token
from tests.factories.configuration import publish
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    shop.now = timezone.now()
    Program.objects.update(welcome_points=50, welcome_days=30, redeem_max_percent=50)
    publish(Program.objects.get(), at=shop.now)
    for purpose in ("processing", "marketing"):
        ConsentWording.objects.create(purpose=purpose, language="en", version=1, text=f"Our words on {purpose}.")
    return shop


def fill_in(client: Client, **changes: str) -> HttpResponse:
    page = client.get("/join/").content.decode()
    words = re.search(r'name="words" value="([^"]*)"', page)
    assert words
    given = {"email": "vera@example.com", "phone": "", "name": "", "agree": "1", "words": words[1], "lang": "en"}
    return client.post("/join/", {name: value for name, value in (given | changes).items() if value is not None})


def test_the_page_says_the_deal_and_ticks_nothing(shop: Shop, client: Client):
    answer = client.get("/join/")
    page = answer.content.decode()
    for words in ("1 for each 1.00 USD", "up to 50 % of a bill", "given 50 points", "good for 30 days", "Our words on"):
        assert words in page, words
    assert "checked" not in page
    assert "<script" not in page
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("language", "direction"), [("ru", "ltr"), ("he", "rtl")])
def test_it_speaks_other_languages(shop: Shop, client: Client, language: str, direction: str):
    page = client.get("/join/", {"lang": language}).content.decode()
    assert f'<html lang="{language}" dir="{direction}">' in page


def test_the_way_from_the_form_to_the_till(shop: Shop, client: Client):
    answer = fill_in(client, phone="212 555 0123", offers="email")
    assert (answer.status_code, answer["Location"]) == (302, "/join/?sent=1&lang=en")
    assert "Look into your mail" in client.get(answer["Location"]).content.decode()
    request = JoinRequest.objects.get()
    link = f"/join/{join_token(request.pk)}/"
    for _scanner in range(3):
        assert "Yes, I join" in client.get(link).content.decode()
    assert not Member.objects.exists()
    done = client.post(link)
    assert "Say your phone number at the till" in done.content.decode()
    assert not done.cookies
    assert shop.account(Member.objects.get()).available == 50
    assert {consent.wording.text for consent in Consent.objects.all()} == {
        "Our words on processing.",
        "Our words on marketing.",
    }
    assert client.post(link).status_code == client.get(link).status_code == 404


def test_the_pages_are_the_same_for_who_is_known(shop: Shop, client: Client):
    def walk(email: str) -> list[tuple[int, str]]:
        first = fill_in(client, email=email, phone="+1 212 555 0123")
        link = f"/join/{join_token(JoinRequest.objects.get().pk)}/"
        asked, done = client.get(link), client.post(link)
        shown = [(answer.status_code, answer.content.decode()) for answer in (first, asked, done)]
        return [(status, page.replace(email, "...")) for status, page in shown]

    new = walk("vera@example.com")
    assert Member.objects.count() == 1
    known = walk("eve@example.com")
    assert known == new
    assert Member.objects.count() == 1


def test_what_is_missing_is_said_and_what_was_typed_stays(shop: Shop, client: Client):
    for changes, words in (
        ({"agree": ""}, "Tick that we may keep your data"),
        ({"email": "nonsense"}, "does not look like a valid e-mail"),
        ({"words": "0-0"}, "have just changed"),
    ):
        answer = fill_in(client, name="Vera K", **changes)
        assert answer.status_code == 400
        assert words in answer.content.decode()
        assert 'value="Vera K"' in answer.content.decode()
    assert not JoinRequest.objects.exists()


def test_a_stranger_in_a_hurry_is_slowed_down(shop: Shop, client: Client):
    answers = [fill_in(client, email=f"v{number}@example.com").status_code for number in range(FROM_ADDRESS + 1)]
    assert answers == [302] * FROM_ADDRESS + [429]


def test_before_any_programme_the_page_still_works(shop: Shop, client: Client):
    Program.objects.update(state="closed")
    assert fill_in(client).status_code == 302
    assert client.post(f"/join/{join_token(JoinRequest.objects.get().pk)}/").status_code == 200
    assert Member.objects.count() == 1
