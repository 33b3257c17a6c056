"""The Feedback room: a survey's life in forms, the score's page, and the answers behind each number."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from feedback.admin.nps_page import placed
from feedback.models import Question, Response, Survey, SurveyState
from feedback.queries.words import own_words, words_of
from feedback.services import invite, submit_answer
from loyalty_site.ground.models import Audit, Role
from tests.factories.configuration import CompanyFactory, UserFactory
from tests.feedback.world import answers, invited, make_member, make_message, make_survey

pytestmark = pytest.mark.django_db
FORM = {"name": "After the visit", "expires_days": "30", "edit_days": "14"}


@pytest.fixture
def admin() -> Client:
    CompanyFactory(name="Corner Market", languages=["en", "he"])
    client = Client()
    client.force_login(UserFactory(role=Role.MARKETING))
    return client


@pytest.fixture
def now() -> dt.datetime:
    """The pages read the clock, so their rows are of today."""
    return timezone.now() - dt.timedelta(hours=2)


def text_of(client: Client, name: str, *args: object, **query: object) -> str:
    response = client.get(reverse(f"admin:{name}", args=args), query)
    assert response.status_code == 200
    body = response.content.decode().partition('id="content"')[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def rows_behind(client: Client, page: str, words: str) -> int:
    """How many rows the list shows that a number's link leads to."""
    address = re.search(rf'href="([^"]+)">{words}', page)
    assert address, words
    answer = client.get(address[1].replace("&amp;", "&"))
    assert answer.status_code == 200
    return answer.context["cl"].result_count


class TestWriting:
    def test_a_survey_begins_as_a_draft_with_its_two_questions(self, admin: Client):
        answer = admin.post(
            reverse("admin:feedback_survey_add"),
            {**FORM, "question_en": "Would you send a friend to us?", "follow_up_he": "למה?"},
        )
        assert answer.status_code == 302
        survey = Survey.objects.get()
        assert survey.state == SurveyState.DRAFT
        assert list(Question.objects.values_list("key", "kind", "position")) == [
            ("score", "score", 1),
            ("reason", "text", 2),
        ]
        assert words_of(survey.pk, "en", "Corner Market").question == "Would you send a friend to us?"
        assert words_of(survey.pk, "he", "Corner Market").follow_up == "למה?"
        assert set(own_words(survey.pk)) == {"en", "he"}
        assert Audit.objects.filter(object_type="feedback.survey", action="add").count() == 1

    def test_the_form_offers_the_companys_languages_with_the_standard_words_in_grey(self, admin: Client):
        page = admin.get(reverse("admin:feedback_survey_add")).content.decode()
        assert 'name="question_he"' in page
        assert 'name="question_ru"' not in page
        assert 'placeholder="How likely are you to recommend Corner Market to a friend or colleague?"' in page

    def test_an_open_survey_keeps_its_questions_and_promises(self, admin: Client, now: dt.datetime):
        survey = make_survey(now=now)
        admin.post(
            reverse("admin:feedback_survey_change", args=[survey.pk]),
            {
                **FORM,
                "edit_days": "1",
                "is_anonymous": "on",
                "question_en": "Something else?",
                "changes_en": "Bread at eight.",
            },
        )
        survey.refresh_from_db()
        assert (survey.name, survey.edit_days, survey.is_anonymous) == ("After the visit", 14, False)
        words = words_of(survey.pk, "en", "Corner Market")
        assert words.changes == "Bread at eight."
        assert words.question.startswith("How likely")

    def test_support_reads_and_does_not_write(self, admin: Client, now: dt.datetime):
        survey = make_survey(now=now)
        support = Client()
        support.force_login(UserFactory(role=Role.SUPPORT))
        assert support.get(reverse("admin:feedback_survey_change", args=[survey.pk])).status_code == 200
        assert support.post(reverse("admin:feedback_survey_change", args=[survey.pk]), FORM).status_code == 403
        assert support.post(reverse("admin:feedback_survey_close", args=[survey.pk])).status_code == 403


class TestOpeningAndClosing:
    def test_looking_at_the_consequences_does_nothing(self, admin: Client):
        survey = make_survey(is_open=False)
        assert "Its links work from now on" in text_of(admin, "feedback_survey_open", survey.pk)
        survey.refresh_from_db()
        assert survey.state == SurveyState.DRAFT

    def test_open_and_close_are_audited(self, admin: Client):
        survey = make_survey(is_open=False)
        for act, state in (("open", SurveyState.OPEN), ("close", SurveyState.CLOSED), ("open", SurveyState.OPEN)):
            answer = admin.post(reverse(f"admin:feedback_survey_{act}", args=[survey.pk]), follow=True)
            assert "The survey is" in answer.content.decode()
            survey.refresh_from_db()
            assert survey.state == state
        acts = Audit.objects.filter(object_type="feedback.survey").order_by("id").values_list("action", flat=True)
        assert list(acts) == ["open", "close", "open"]

    def test_who_was_slower_is_told(self, admin: Client):
        survey = make_survey()
        answer = admin.post(reverse("admin:feedback_survey_open", args=[survey.pk]), follow=True)
        assert "This survey is open now. Look at it again." in answer.content.decode()

    def test_only_the_button_that_can_be_pressed_is_shown(self, admin: Client):
        draft, opened = make_survey(is_open=False), make_survey()
        for survey, shown, hidden in ((draft, "open", "close"), (opened, "close", "open")):
            page = admin.get(reverse("admin:feedback_survey_change", args=[survey.pk])).content.decode()
            assert reverse(f"admin:feedback_survey_{shown}", args=[survey.pk]) in page
            assert reverse(f"admin:feedback_survey_{hidden}", args=[survey.pk]) not in page

    def test_closing_says_how_many_could_still_answer(self, admin: Client, now: dt.datetime):
        survey = make_survey(now=now)
        for _ in range(3):
            invited(survey, now=now)
        assert "3 people (of 3 invited)" in text_of(admin, "feedback_survey_close", survey.pk)


class TestThePreview:
    @pytest.mark.parametrize("step", ["", "thanks"])
    def test_it_is_the_public_page_and_saves_nothing(self, admin: Client, step: str):
        survey = make_survey(is_open=False)
        address = reverse("admin:feedback_survey_preview", args=[survey.pk])
        page = admin.get(address, {"step": step, "score": "3", "lang": "he"})
        body = page.content.decode()
        assert 'class="banner"' in body
        assert '<html lang="he" dir="rtl">' in body
        assert 'method="post"' not in body
        admin.post(address, {"score": "3"})
        assert Response.objects.count() == 0


class TestTheScore:
    def test_one_sentence_with_its_margin_and_every_number_opens_its_rows(self, admin: Client, now: dt.datetime):
        survey = make_survey(now=now)
        answers(survey, [10] * 8 + [7] * 7 + [2] * 5, now=now)
        submit_answer(token=invited(survey, now=now), score=10, comment="", now=now)  # by a machine
        page = admin.get(reverse("admin:feedback_survey_nps"), {"survey": survey.pk, "days": 90}).content.decode()
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
        assert "+15" in text
        assert "Between −20 and +50 with 95 % confidence (give or take 35), from 20 answers." in text
        assert "In people: 8 promoters minus 5 detractors is +3." in text
        assert "of 21 people invited in this time, 20 answered (95 %)" in text
        assert [rows_behind(admin, page, words) for words in ("8</a>", "7</a>", "5</a>")] == [8, 7, 5]
        assert rows_behind(admin, page, "20 answers") == 20
        assert rows_behind(admin, page, "of 21 people invited") == 21
        assert rows_behind(admin, page, "1 answer by a machine") == 1

    def test_too_few_is_said_and_no_score_given(self, admin: Client, now: dt.datetime):
        survey = make_survey(now=now)
        answers(survey, [10] * 4, now=now)
        text = text_of(admin, "feedback_survey_nps")
        assert "too few answers" in text
        assert "4 answers are too few to speak of: from 5 answers on a score is shown." in text
        page = admin.get(reverse("admin:feedback_survey_nps")).content.decode()
        assert "canvas" not in page
        assert '<bdi dir="ltr">+100</bdi>' not in page
        assert "too few answers" in text_of(admin, "feedback_survey_changelist")

    def test_all_in_one_band_has_no_margin(self, admin: Client, now: dt.datetime):
        answers(make_survey(now=now), [9] * 6, now=now)
        text = text_of(admin, "feedback_survey_nps")
        assert "+100" in text
        assert "nothing can be said about the margin" in text
        assert "±0" not in text

    def test_before_the_first_survey_it_says_what_to_do(self, admin: Client):
        page = admin.get(reverse("admin:feedback_survey_nps")).content.decode()
        assert "No survey yet" in page
        assert reverse("admin:feedback_survey_add") in page

    @pytest.mark.parametrize("query", [{"days": "0"}, {"days": "x", "survey": "y"}, {"survey": "999"}, {"days": ""}])
    def test_nonsense_in_the_address_shows_the_usual_period(self, admin: Client, query: dict[str, str]):
        make_survey()
        assert "last 90 days" in text_of(admin, "feedback_survey_nps", **query)

    def test_words_lead_to_their_answer(self, admin: Client, now: dt.datetime):
        survey = make_survey(now=now)
        token = invited(survey, now=now)
        submit_answer(token=token, score=3, comment="<i>Long</i> queue", now=timezone.now())
        page = admin.get(reverse("admin:feedback_survey_nps")).content.decode()
        assert "&lt;i&gt;Long&lt;/i&gt; queue" in page
        assert reverse("admin:feedback_response_change", args=[Response.objects.get().pk]) in page


class TestTheAnswers:
    def test_every_version_is_shown(self, admin: Client, now: dt.datetime):
        token = invited(make_survey(now=now), now=now)
        submit_answer(token=token, score=3, comment="Long queue", now=now + dt.timedelta(minutes=1))
        submit_answer(token=token, score=8, comment="Solved", now=now + dt.timedelta(minutes=9))
        text = text_of(admin, "feedback_response_change", Response.objects.get().pk)
        assert "Long queue" in text
        assert "Solved" in text
        assert "Anna Petrova" in text

    def test_anonymous_answers_are_shown_from_the_fifth_on(self, admin: Client, now: dt.datetime):
        survey = make_survey(now=now, is_anonymous=True)
        for number in range(1, 6):
            submit_answer(token=invited(survey, now=now), score=3, comment="Rude", now=timezone.now())
            listed = admin.get(reverse("admin:feedback_response_changelist")).context["cl"].result_count
            page = text_of(admin, "feedback_survey_nps", survey=survey.pk, days=30)
            assert listed == (0 if number < 5 else 5)
            assert ("Rude" in page) == (number == 5)
            assert ("This survey is anonymous" in page) == (number < 5)
            assert ("detractors is" in page) == (number == 5)

    def test_an_anonymous_one_names_nobody_and_no_hour(self, admin: Client, now: dt.datetime):
        survey = make_survey(now=now, is_anonymous=True)
        for _ in range(5):
            submit_answer(token=invited(survey, now=now), score=3, comment="Rude", now=timezone.now())
        for text in (
            text_of(admin, "feedback_response_changelist"),
            text_of(admin, "feedback_response_change", Response.objects.latest("id").pk),
        ):
            assert "anonymous" in text
            assert "Anna" not in text
            assert not re.search(r"\d+(:\d\d)? (a\.m\.|p\.m\.)|noon", text)

    @pytest.mark.parametrize("query", [{"band": "nobody"}, {"first_answered_at_from": "yesterday"}])
    def test_nonsense_filters_nothing_and_breaks_nothing(self, admin: Client, now: dt.datetime, query: dict[str, str]):
        answers(make_survey(now=now), [9, 3], now=now)
        page = admin.get(reverse("admin:feedback_response_changelist"), query)
        assert page.context["cl"].result_count == 2

    def test_days_are_the_companys(self, admin: Client, now: dt.datetime):
        answers(make_survey(now=now), [9, 3], now=now)
        today = timezone.localdate().isoformat()
        address = reverse("admin:feedback_response_changelist")
        whole = {"first_answered_at_from": (timezone.localdate() - dt.timedelta(days=1)).isoformat()}
        assert admin.get(address, {**whole, "first_answered_at_to": today}).context["cl"].result_count == 2
        assert admin.get(address, {"first_answered_at_to": "2020-01-01"}).context["cl"].result_count == 0

    def test_more_rows_do_not_cost_more_questions(self, admin: Client, now: dt.datetime, django_assert_max_num_queries):
        answers(make_survey(now=now), [9] * 15, now=now)
        with django_assert_max_num_queries(12):
            admin.get(reverse("admin:feedback_response_changelist"))


class TestTheInvitations:
    def test_a_mail_that_did_not_arrive_is_no_invitation(self, admin: Client, now: dt.datetime):
        survey = make_survey(now=now)
        for state in ("sent", "failed"):
            message = make_message(make_member(), state=state)
            invite(survey_id=survey.pk, items=[(message.member_id, message.pk)], now=now)
        address = reverse("admin:feedback_invitation_changelist")
        counts = [
            admin.get(address, query).context["cl"].result_count
            for query in ({}, {"reached": "yes"}, {"reached": "no"})
        ]
        assert counts == [2, 1, 1]
        page = admin.get(reverse("admin:feedback_survey_changelist")).content.decode()
        assert rows_behind(admin, page, "1</a>") == 1

    @pytest.mark.parametrize(("is_anonymous", "shown"), [(False, "yes"), (True, "—")])
    def test_who_answered_is_not_told_of_an_anonymous_survey(
        self, admin: Client, now: dt.datetime, is_anonymous: bool, shown: str
    ):
        token = invited(make_survey(now=now, is_anonymous=is_anonymous), now=now)
        submit_answer(token=token, score=3, comment="", now=timezone.now())
        assert f" {shown} " in text_of(admin, "feedback_invitation_changelist").partition("Anna Petrova")[2]


def test_signs_stay_in_front_of_their_numbers_in_hebrew():
    with translation.override("he"):
        assert placed(-3.2) == "\u2066−3\u2069"
    assert placed(24) == "+24"
