"""The preference page and the way out in one step, as a person, a mail program and a scanner use them."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loyalty_site.ground.models import ConsentWording
from members.models import (
    Channel,
    Consent,
    ConsentAction,
    ContactBudget,
    CurrentConsent,
    Member,
    MemberStatus,
    Message,
    Purpose,
    Suppression,
)
from members.services import message_token, preferences_of, record_consent
from tests.factories.configuration import CompanyFactory
from tests.feedback.test_views import SCANNERS
from tests.feedback.world import ACTOR, NOW, make_member, make_message

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def member(db: None) -> Member:
    """Gets e-mail and SMS."""
    CompanyFactory(name="Corner Market", languages=["en", "ru", "he"])
    member = make_member("Anna Petrova")
    for channel in (Channel.EMAIL, Channel.SMS):
        record_consent(
            member=member,
            purpose=Purpose.MARKETING,
            channel=channel,
            action=ConsentAction.GRANTED,
            method="tests",
            proof="",
            actor=ACTOR,
            now=NOW,
        )
    return member


@pytest.fixture
def link(member: Member) -> str:
    return f"/m/{message_token(make_message(member).pk)}/"


@pytest.fixture
def phone() -> Client:
    return Client(enforce_csrf_checks=True)


def words_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def is_on(member: Member) -> list[str]:
    return [channel for channel, granted in preferences_of(member).items() if granted]


def state() -> list[Any]:
    """Everything that a visit could have changed."""
    return [
        *Consent.objects.order_by("id").values_list(),
        *CurrentConsent.objects.order_by("id").values_list(),
        *Suppression.objects.order_by("id").values_list(),
        *Member.objects.order_by("id").values_list(),
        *Message.objects.order_by("id").values_list(),
    ]


class TestThePage:
    def test_it_shows_what_is_on_and_not_who_it_is(self, phone: Client, link: str):
        page = phone.get(link)
        assert page.status_code == 200
        on = re.findall(r'name="channel" value="(\w+)" checked', page.content.decode())
        assert on == ["email", "sms"]
        assert "Anna P." in words_of(page)
        assert "Petrova" not in words_of(page)
        assert "example.com" not in page.content.decode()

    def test_saving_says_what_was_saved(self, phone: Client, link: str, member: Member):
        answer = phone.post(link, {"channel": ["sms", "phone"], "language": "he", "lang": "en"})
        assert answer.status_code == 200
        assert is_on(member) == ["sms", "phone"]
        member.refresh_from_db()
        assert member.language == "he"
        body = answer.content.decode()
        assert '<html lang="he" dir="rtl">' in body
        english = phone.get(f"{link}?lang=en")
        assert "Saved." not in words_of(english)

    def test_what_changed_is_named(self, phone: Client, link: str):
        page = words_of(phone.post(link, {"channel": ["sms", "phone"], "language": "en"}))
        assert "E-mail: no more offers and news this way, from now on." in page
        assert "Phone: you will get offers and news this way." in page
        assert "SMS: " not in page
        assert "in this language from now on" not in page
        again = words_of(phone.post(link, {"channel": ["sms", "phone"], "language": "en"}))
        assert "Nothing to change" in again

    def test_stop_everything(self, phone: Client, link: str, member: Member):
        page = phone.post(link, {"stop": "1", "channel": ["email"]})
        assert is_on(member) == []
        assert 'name="stop"' not in page.content.decode()
        assert Suppression.objects.filter(member=member, channel="email", lifted_at=None).count() == 1

    def test_each_act_is_in_the_log_with_its_proof_and_words(self, phone: Client, link: str, member: Member):
        wording = ConsentWording.objects.create(purpose="marketing", language="en", version=2, text="Yes, write to me.")
        assert "Yes, write to me." in words_of(phone.get(link))
        phone.post(link, {"channel": ["email", "sms", "phone"], "language": "en"})
        act = Consent.objects.latest("id")
        assert (act.channel, act.action, act.method, act.wording) == ("phone", "granted", "page", wording)
        assert act.proof == f"message {Message.objects.get().pk}"

    def test_coming_back_lifts_the_suppression(self, phone: Client, link: str, member: Member):
        phone.post(link, {"stop": "1"})
        phone.post(link, {"channel": ["email"], "language": "en"})
        assert is_on(member) == ["email"]
        assert not Suppression.objects.filter(channel="email", lifted_at=None).exists()

    @pytest.mark.parametrize("sent", [{"channel": ["pigeon", "email"], "language": "xx"}, {"channel": "email"}])
    def test_what_we_do_not_know_is_passed_over(self, phone: Client, link: str, member: Member, sent: dict[str, Any]):
        assert phone.post(link, sent).status_code == 200
        assert is_on(member) == ["email"]
        member.refresh_from_db()
        assert member.language == ""


class TestOneClick:
    def test_a_mail_program_ends_it_in_one_step(self, link: str, member: Member):
        """RFC 8058: no cookie, no redirect, 200; again and again."""
        program = Client(enforce_csrf_checks=True)
        for _ in range(2):
            answer = program.post(f"{link}unsubscribe/", ONE_CLICK)
            assert (answer.status_code, dict(answer.cookies)) == (200, {})
            assert "They have stopped" in words_of(answer) or "they have stopped" in words_of(answer)
        assert is_on(member) == ["sms"]
        assert Consent.objects.latest("id").method == "one-click"
        assert Consent.objects.filter(action="withdrawn").count() == 1

    def test_both_encodings_of_a_form(self, link: str, member: Member):
        body = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
        answer = Client().post(f"{link}unsubscribe/", body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 200
        assert is_on(member) == ["sms"]

    def test_looking_only_offers_the_button(self, phone: Client, link: str, member: Member):
        page = phone.get(f"{link}unsubscribe/")
        assert "Stop these messages?" in words_of(page)
        assert is_on(member) == ["email", "sms"]
        pressed = phone.post(f"{link}unsubscribe/", {"lang": "en"})
        assert "Done" in words_of(pressed)
        assert Consent.objects.latest("id").method == "page"
        assert "have stopped" in words_of(phone.get(f"{link}unsubscribe/"))

    def test_a_link_of_years_ago_works(self, member: Member):
        message = make_message(member, handed_at=NOW - dt.timedelta(days=900))
        answer = Client().post(f"/m/{message_token(message.pk)}/unsubscribe/", ONE_CLICK)
        assert answer.status_code == 200
        assert is_on(member) == ["sms"]

    def test_it_ends_the_channel_of_its_message(self, member: Member):
        message = make_message(member, channel=Channel.SMS)
        Client().post(f"/m/{message_token(message.pk)}/unsubscribe/", ONE_CLICK)
        assert is_on(member) == ["email"]


class TestNobody:
    def test_guessed_and_broken_links_open_nothing(
        self, phone: Client, link: str, note_trials: Callable[[str, int], None]
    ):
        real = link.removeprefix("/m/").rstrip("/")
        near = {real[:place] + letter + real[place + 1 :] for place in range(len(real)) for letter in "Ab9_"} - {real}
        guesses = [*near, *(secrets.token_urlsafe(24) for _ in range(300)), "x", "ж", "%00"]
        before = state()
        for guess in guesses:
            assert phone.get(f"/m/{guess}/").status_code == 404
            assert phone.post(f"/m/{guess}/unsubscribe/", ONE_CLICK).status_code == 404
        assert state() == before
        assert "This link does not work" in words_of(phone.get("/m/x/"))
        note_trials("T60", 2 * len(guesses))

    def test_somebody_forgotten_hears_that_nothing_will_come(self, phone: Client, link: str, member: Member):
        Member.objects.filter(pk=member.pk).update(status=MemberStatus.ERASED, name="")
        before = state()
        for page in (phone.get(link), phone.post(link, {"channel": ["email"]}), phone.post(f"{link}unsubscribe/")):
            assert page.status_code == 410
            assert "Nothing will come" in words_of(page)
        assert state() == before


class TestScanners:
    def test_they_change_nothing(self, link: str, note_trials: Callable[[str, int], None]):
        """T44: both links of a mail, by GET and HEAD, ten times, by five programs that open links."""
        before, trials = state(), 0
        for agent in SCANNERS:
            client = Client(headers={"User-Agent": agent})
            for _ in range(10):
                for address in (link, f"{link}?lang=he", f"{link}unsubscribe/"):
                    for answer in (client.get(address), client.head(address)):
                        assert (answer.status_code, dict(answer.cookies)) == (200, {})
                        trials += 1
        assert state() == before
        note_trials("T44", trials)

    def test_no_session_and_no_trace(self, link: str):
        client = Client()
        client.cookies["sessionid"] = "somebody"
        for address in (link, f"{link}unsubscribe/"):
            with CaptureQueriesContext(connection) as asked:
                page = client.get(address)
            assert not [query for query in asked if "session" in query["sql"]]
            assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
            assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_the_page_says_how_often_and_leads_to_the_data(phone: Client, link: str):
    ContactBudget.objects.create(messages=3, days=7, quiet_from=dt.time(21), quiet_until=dt.time(9))
    page = phone.get(link)
    assert "At most 3 in 7 days, and between 9 p.m. and 9 a.m. nothing." in words_of(page)
    for part in ("about/", "download/", "leave/"):
        assert f"{link}{part}" in page.content.decode()
        assert phone.get(f"{link}{part}").status_code == 200
