"""A member's own page: looking changes nothing, and the link alone neither downloads nor erases."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from loyalty_site.ground.models import Audit, Job
from loyalty_site.ground.policy import system
from loyalty_site.own_page.words import in_words
from members.models import Member, Message, PageCode
from members.services import enrol_member, message_token
from members.services.delivery import Claimed
from members.services.page_codes import SENDS, TRIES, code_of, render_page_codes
from tests.canaries import in_tables
from tests.feedback.world import make_message
from tests.programs.shop import Shop, open_shop

pytestmark = pytest.mark.django_db
EMAIL = "anna.petrova@example.com"


@pytest.fixture
def shop() -> Shop:
    made = open_shop()
    made.now = timezone.now()
    return made


@pytest.fixture
def member(shop: Shop) -> Member:
    keys = [("phone", "+12125550123"), ("email", EMAIL)]
    made = enrol_member(name="Anna Petrova", identifiers=keys, region="US", actor=system("tests"), now=shop.now)
    shop.sell({"C": "40.00"}, made)
    return made


@pytest.fixture
def link(member: Member) -> str:
    return f"/m/{message_token(make_message(member).pk)}/"


def code(member: Member) -> str:
    return code_of(PageCode.objects.filter(member=member).latest("id").code_hash.partition("$")[0])


def wrong(member: Member) -> str:
    return f"{(int(code(member)) + 1) % 10**6:06}"


@pytest.mark.parametrize("language", ["en", "he", "ru"])
def test_it_tells_what_we_know_with_keys_shortened(client: Client, link: str, language: str):
    page = client.get(f"{link}about/?lang={language}")
    text = page.content.decode()
    assert page.status_code == 200
    assert "40" in text
    assert "…0123" in text
    assert "a…@example.com" in text
    assert re.search(r"<path d=.M4 4h7v1", text)  # the code for the till; what it says is read where the till reads it
    assert EMAIL not in text
    assert "2125550123" not in text
    assert f'lang="{language}"' in text
    assert page["Cache-Control"] == "no-store"
    assert not page.cookies


@pytest.mark.parametrize("path", ["about/", "download/", "leave/"])
def test_looking_changes_nothing(client: Client, link: str, path: str):
    before = in_tables(".")
    for method in (client.get, client.head):
        assert method(f"{link}{path}").status_code == 200
    assert in_tables(".") == before
    assert client.post(f"{link}about/").status_code == 405


@pytest.mark.parametrize("path", ["about/", "download/", "leave/"])
def test_a_guessed_link_opens_nothing(client: Client, member: Member, path: str):
    assert client.get(f"/m/AAAAAAAAAAAAAAAAAAAAAA/{path}").status_code == 404


def test_the_link_alone_downloads_nothing(client: Client, link: str, member: Member):
    assert client.post(f"{link}download/", {"code": ""}).status_code == 422
    assert client.post(f"{link}download/", {"send": "1"}).status_code == 200
    assert Job.objects.filter(kind="members.send_page_code").count() == 1
    assert client.post(f"{link}download/", {"code": wrong(member)}).status_code == 422
    # A code for one deed is none for the other.
    assert client.post(f"{link}leave/", {"code": code(member)}).status_code == 422
    answer = client.post(f"{link}download/", {"code": f" {code(member)} "})
    assert answer["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    data = json.loads(archive.read("data.json"))
    assert data["about_you"]["name"] == "Anna Petrova"
    assert EMAIL in archive.read("data.html").decode()
    assert Audit.objects.filter(action="download_own", object_id=str(member.pk)).count() == 1
    assert client.post(f"{link}download/", {"code": code(member)}).status_code == 422  # used


def test_the_page_opened_anew_still_takes_the_code(client: Client, link: str, member: Member):
    """A telephone loads it again when its reader comes back from the mail."""
    field = 'name="code"'
    assert field not in client.get(f"{link}download/").content.decode()
    client.post(f"{link}download/", {"send": "1"})
    assert field in client.get(f"{link}download/").content.decode()
    assert field not in client.get(f"{link}leave/").content.decode()  # a code is for one deed
    PageCode.objects.update(used_at=timezone.now())
    assert field not in client.get(f"{link}download/").content.decode()


def test_a_code_is_not_guessed(client: Client, link: str, member: Member):
    client.post(f"{link}leave/", {"send": "1"})
    for _try in range(TRIES):
        assert client.post(f"{link}leave/", {"code": wrong(member)}).status_code == 422
    assert client.post(f"{link}leave/", {"code": code(member)}).status_code == 422
    for _send in range(SENDS - 1):
        assert client.post(f"{link}leave/", {"send": "1"}).status_code == 200
    assert "Wait" in client.post(f"{link}leave/", {"send": "1"}).content.decode()


def test_leaving_says_what_it_means_and_then_forgets(client: Client, link: str, member: Member):
    assert "burn at once" in client.get(f"{link}leave/").content.decode()
    client.post(f"{link}leave/", {"send": "1"})
    answer = client.post(f"{link}leave/", {"code": code(member)})
    assert answer.status_code == 200
    member.refresh_from_db()
    assert (member.status, member.name) == ("erased", "")
    assert Audit.objects.get(action="erase").reason == "themselves"
    assert client.get(f"{link}about/").status_code == 410
    assert client.get(link).status_code == 410
    assert in_tables("petrova") == {}


def test_without_an_e_mail_it_sends_them_to_the_shop(client: Client, shop: Shop):
    member = shop.member(phone="+12125550188", name="Ben")
    link = f"/m/{message_token(make_message(member).pk)}/"
    page = client.post(f"{link}leave/", {"send": "1"})
    assert page.status_code == 422
    assert "Ask in the shop" in page.content.decode()
    assert not PageCode.objects.exists()


def test_the_mail_has_the_code_and_nothing_stored_has(client: Client, link: str, member: Member):
    client.post(f"{link}leave/", {"send": "1"})
    message = Message.objects.get(source="page_code")
    row = PageCode.objects.get()
    claimed = Claimed(message.pk, row.pk, row.pk, member.pk, EMAIL, "Anna", "ru")
    mail = render_page_codes([claimed], links={}, now=timezone.now())[message.pk]
    assert code(member) in mail.text
    assert code(member) not in mail.subject
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM members_pagecode t")
        assert code(member) not in cursor.fetchone()[0].split("$")[0]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("kind", "person", "person"),
        ("purpose", "marketing", "offers and news"),
        ("how", "terminal", "at the till"),
        ("how_you_came", "import", "with an import"),
        ("at", "2026-05-28T01:47:55+00:00", "05/28/2026 1:47 a.m."),
        ("joined_on", "2022-08-31", "Aug. 31, 2022"),
        ("comment", "2022-08-31 was a fine day", "2022-08-31 was a fine day"),
        ("value", "2022-99-99", "2022-99-99"),
    ],
)
def test_the_page_to_read_has_words_for_codes_and_days(name: str, value: str, said: str):
    with timezone.override("UTC"):
        assert in_words(name, value) == said
