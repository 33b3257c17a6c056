"""The public survey page, as a phone without JavaScript and as a scanner see it."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, override

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from feedback.models import Answer, Invitation, Response, Survey
from feedback.queries.words import SurveyWords
from feedback.services import close_survey, submit_answer
from loyalty_site.logs import DiscreetFormatter
from tests.factories.configuration import CompanyFactory
from tests.feedback.world import ACTOR, invitation_of, invited, make_survey

pytestmark = pytest.mark.django_db
SCANNERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0 Safari/537.36 Edge/18",
    "Mozilla/5.0 (compatible; BarracudaCentral)",
    "Mozilla/4.0 (compatible; Proofpoint URL Defense)",
    "Mimecast-URL-Protect/1.0",
    "Mozilla/5.0 (compatible; GoogleImageProxy; YahooMailProxy)",
)


@pytest.fixture
def survey(db: None) -> Survey:
    CompanyFactory(name="Corner Market", languages=["en", "ru", "he"])
    return make_survey(now=timezone.now() - dt.timedelta(hours=1))


@pytest.fixture
def token(survey: Survey) -> str:
    return invited(survey, now=timezone.now() - dt.timedelta(hours=1))


@pytest.fixture
def phone() -> Client:
    """Enforces CSRF like a real server, and carries no cookie."""
    return Client(enforce_csrf_checks=True)


def words_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def state() -> list[Any]:
    """Everything a visit could have changed."""
    return [
        *Invitation.objects.order_by("id").values_list(),
        *Response.objects.order_by("id").values_list(),
        *Answer.objects.order_by("id").values_list(),
    ]


class TestLooking:
    def test_the_form_has_eleven_scores_with_named_ends(self, phone: Client, token: str):
        page = phone.get(f"/f/{token}/")
        assert page.status_code == 200
        body = page.content.decode()
        assert re.findall(r'type="radio" name="score" value="(\d+)"', body) == [str(score) for score in range(11)]
        assert "checked" not in body
        assert "How likely are you to recommend Corner Market" in body
        assert "0 – Not at all likely" in body
        assert "10 – Extremely likely" in body
        assert "<script" not in body

    def test_a_score_in_the_link_only_preselects(self, phone: Client, token: str):
        body = phone.get(f"/f/{token}/?score=9").content.decode()
        assert re.findall(r'value="(\d+)" required checked', body) == ["9"]
        assert Response.objects.count() == 0

    @pytest.mark.parametrize("score", ["11", "-1", "nine", "٩", "9.0", "09999", ""])
    def test_no_other_score_preselects(self, phone: Client, token: str, score: str):
        page = phone.get(f"/f/{token}/", {"score": score})
        assert page.status_code == 200
        assert "checked" not in page.content.decode()

    def test_the_page_keeps_its_address_to_itself(self, phone: Client, token: str):
        for page in (phone.get(f"/f/{token}/"), phone.get("/f/unknown/"), phone.get(f"/f/{token}/thanks/")):
            assert page["Cache-Control"] == "no-store"
            assert page["Referrer-Policy"] == "no-referrer"
            assert page["X-Robots-Tag"].startswith("noindex")
            assert page["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
            assert page["X-Frame-Options"] == "DENY"
            assert not page.cookies
            assert "Cookie" not in page.get("Vary", "")
        body = phone.get(f"/f/{token}/").content.decode()
        assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", body)

    def test_a_session_is_not_even_opened(self, token: str):
        client = Client()
        client.cookies["sessionid"] = "somebody"
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/f/{token}/").status_code == 200
        assert not [query for query in asked if "session" in query["sql"]]

    @pytest.mark.slow
    def test_scanners_change_nothing(self, token: str, note_trials: Callable[[str, int], None]):
        """T44: every address of the mail, by GET and HEAD, ten times, by five programs that open links."""
        before, trials = state(), 0
        links = [f"/f/{token}/", f"/f/{token}/thanks/", *(f"/f/{token}/?score={score}" for score in range(11))]
        for agent in SCANNERS:
            client = Client(headers={"User-Agent": agent})
            for _ in range(10):
                for link in links:
                    for answer in (client.get(link), client.head(link)):
                        assert answer.status_code in {200, 302}
                        assert not answer.cookies
                        trials += 1
        assert state() == before
        note_trials("T44", trials)

    @pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
    def test_other_methods_are_not_known(self, phone: Client, token: str, method: str):
        assert getattr(phone, method)(f"/f/{token}/").status_code == 405


class TestAnswering:
    def test_send_thanks_and_change(self, phone: Client, token: str):
        answer = phone.post(f"/f/{token}/", {"score": "9", "comment": "Fast <b>and</b> friendly"})
        assert (answer.status_code, answer["Location"]) == (302, f"/f/{token}/thanks/")
        assert not answer.cookies
        page = words_of(phone.get(answer["Location"]))
        assert "Saved: 9 out of 10." in page
        assert "Fast &lt;b&gt;and&lt;/b&gt; friendly" in page
        assert "You can change your answer until" in page
        form = phone.get(f"/f/{token}/")
        assert "You have answered 9." in words_of(form)
        assert re.findall(r'value="(\d+)" required checked', form.content.decode()) == ["9"]
        phone.post(f"/f/{token}/", {"score": "4", "comment": ""})
        assert Response.objects.get().score == 4
        assert "We are sorry" in words_of(phone.get(f"/f/{token}/thanks/"))

    def test_sending_twice_saves_once(self, phone: Client, token: str):
        for _ in range(2):
            assert phone.post(f"/f/{token}/", {"score": "9", "comment": ""}).status_code == 302
        assert (Response.objects.count(), Answer.objects.count()) == (1, 1)

    def test_without_a_score_the_words_are_kept_and_the_problem_said(self, phone: Client, token: str):
        page = phone.post(f"/f/{token}/", {"comment": "I wrote a lot"})
        assert page.status_code == 400
        assert "Choose a number from 0 to 10." in words_of(page)
        assert "I wrote a lot" in page.content.decode()
        assert Response.objects.count() == 0

    def test_the_chosen_language_stays(self, phone: Client, token: str):
        answer = phone.post(f"/f/{token}/", {"score": "9", "lang": "he"})
        assert answer["Location"] == f"/f/{token}/thanks/?lang=he"
        assert Response.objects.get().language == "he"
        assert '<html lang="he" dir="rtl">' in phone.get(answer["Location"]).content.decode()

    def test_the_language_is_the_invitations_and_can_be_switched(self, survey: Survey, phone: Client):
        token = invited(survey, language="he", now=timezone.now())
        page = phone.get(f"/f/{token}/?score=3", headers={"Accept-Language": "ru"})
        assert '<html lang="he" dir="rtl">' in page.content.decode()
        assert page["Content-Language"] == "he"
        assert 'href="?score=3&amp;lang=ru" lang="ru"' in page.content.decode()
        assert '<html lang="ru" dir="ltr">' in phone.get(f"/f/{token}/?lang=ru").content.decode()
        assert '<html lang="he" dir="rtl">' in phone.get(f"/f/{token}/?lang=xx").content.decode()

    def test_an_anonymous_answer_is_thanked_for_without_a_trace(self, phone: Client):
        CompanyFactory()
        token = invited(make_survey(is_anonymous=True), now=timezone.now() - dt.timedelta(hours=1))
        assert "This survey is anonymous" in words_of(phone.get(f"/f/{token}/"))
        answer = phone.post(f"/f/{token}/", {"score": "2", "comment": "Secret"})
        page = words_of(phone.get(answer["Location"]))
        assert "saved without your name" in page
        assert "Secret" not in page
        again = phone.post(f"/f/{token}/", {"score": "9"})
        assert "saved without your name" in words_of(again)
        assert Response.objects.get().score == 2


class TestWhenItDoesNotWork:
    def test_an_unknown_link_says_what_to_do_and_nothing_else(self, phone: Client, token: str):
        unknown = [phone.get("/f/AAAAAAAAAAAAAAAAAAAAAA/"), phone.get("/f/x/"), phone.post("/f/x/", {"score": "9"})]
        assert {page.status_code for page in unknown} == {404}
        assert len({re.sub(rb"lang=\w\w", b"", page.content) for page in unknown}) == 1
        assert "copy the whole address" in words_of(unknown[0])
        assert "Anna" not in words_of(unknown[0])

    def test_an_unknown_link_speaks_the_browsers_language(self, phone: Client, survey: Survey):
        page = phone.get("/f/x/", headers={"Accept-Language": "he"})
        assert '<html lang="he" dir="rtl">' in page.content.decode()

    def test_an_old_link(self, phone: Client, token: str):
        Invitation.objects.update(expires_at=timezone.now())
        for page in (phone.get(f"/f/{token}/"), phone.post(f"/f/{token}/", {"score": "9"})):
            assert page.status_code == 410
            assert "This link is too old" in words_of(page)
            assert "Anna" not in words_of(page)
        assert Response.objects.count() == 0

    def test_a_survey_that_is_over_tells_what_came_of_it(self, phone: Client):
        CompanyFactory()
        words = {"en": SurveyWords(changes="A second till is open from five to seven.")}
        survey = make_survey(words=words)
        token = invited(survey, now=timezone.now())
        close_survey(survey_id=survey.pk, actor=ACTOR, now=timezone.now())
        page = phone.post(f"/f/{token}/", {"score": "9"})
        assert page.status_code == 410
        assert "This survey is over" in words_of(page)
        assert "A second till is open" in words_of(page)

    def test_a_final_answer(self, phone: Client, token: str):
        submit_answer(token=token, score=7, comment="", now=timezone.now())
        Response.objects.update(first_answered_at=timezone.now() - dt.timedelta(days=15))
        assert "It cannot be changed any more." in words_of(phone.get(f"/f/{token}/"))
        phone.post(f"/f/{token}/", {"score": "1"})
        assert Response.objects.get().score == 7

    def test_no_token_reaches_the_log(self, phone: Client, token: str):
        """The console's own formatter writes what Django says about refused requests."""
        Invitation.objects.update(expires_at=timezone.now())
        with console_lines() as lines:
            phone.get(f"/f/{token}/")
            phone.get(f"/f/{token}x/")
            phone.post(f"/f/{token}/", {"score": "9"})
        assert len(lines) == 3
        assert not [line for line in lines if token in line]

    def test_without_a_company_the_page_still_opens(self, phone: Client):
        token = invited(make_survey(), now=timezone.now())
        assert phone.get(f"/f/{token}/").status_code == 200
        assert invitation_of(token).language == "en"


@contextmanager
def console_lines() -> Iterator[list[str]]:
    """What the configured console handler writes about requests."""
    console = next(one for one in logging.getLogger().handlers if isinstance(one.formatter, DiscreetFormatter))
    lines: list[str] = []

    class Keep(logging.Handler):
        @override
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(console.format(record))

    keep = Keep()
    logging.getLogger("django.request").addHandler(keep)
    yield lines
    logging.getLogger("django.request").removeHandler(keep)
