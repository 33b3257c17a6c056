"""Answers are taken once, changed in time, marked when a machine gave them, and cut from the person when anonymous."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from feedback.errors import AnswerFinal, ScoreMissing, SurveyClosed, SurveyLinkExpired, SurveyLinkUnknown
from feedback.models import Answer, Invitation, MachineReason, Response
from feedback.queries import nps
from feedback.queries.sheets import find_sheet
from feedback.services import close_survey, submit_answer
from feedback.services.answers import COMMENT_MAX, VERSIONS_MAX
from tests.factories.configuration import CompanyFactory
from tests.feedback.world import ACTOR, NOW, invitation_of, invited, make_survey

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
LATER = NOW + MINUTE


def figures(survey, now=LATER):
    return nps(survey.pk, NOW - DAY, now + DAY)


def test_an_answer_is_saved_whole():
    token = invited(make_survey(), language="he")
    saved = submit_answer(token=token, score=9, comment="  Fast,\r\n\r\n\r\nand \u202efriendly ", now=LATER)
    assert (saved.score, saved.comment, saved.version, saved.is_new) == (9, "Fast,\n\nand friendly", 1, True)
    response = Response.objects.get()
    assert (response.score, response.version, response.language, response.is_machine) == (9, 1, "he", False)
    assert response.first_answered_at == LATER
    assert response.invitation.is_answered
    assert [str(answer) for answer in Answer.objects.order_by("id")] == ["9", "Fast,\n\nand friendly"]


def test_the_same_again_changes_nothing():
    token = invited(make_survey())
    submit_answer(token=token, score=9, comment="Fast", now=LATER)
    again = submit_answer(token=token, score=9, comment="Fast ", now=LATER + MINUTE)
    assert (again.version, again.is_new) == (1, False)
    assert (Response.objects.count(), Answer.objects.count()) == (1, 2)


def test_a_changed_mind_is_a_new_version_and_the_old_one_stays():
    survey = make_survey()
    token = invited(survey)
    submit_answer(token=token, score=3, comment="Long queue", now=LATER)
    changed = submit_answer(token=token, score=8, comment="", now=LATER + DAY)
    assert changed.version == 2
    response = Response.objects.get()
    assert (response.score, response.version, response.first_answered_at) == (8, 2, LATER)
    assert list(Answer.objects.filter(score__isnull=False).values_list("version", "score")) == [(1, 3), (2, 8)]
    assert find_sheet(token, LATER + DAY).comment == ""
    assert figures(survey).passives == 1
    assert figures(survey).n == 1


def test_after_the_window_it_is_final():
    token = invited(make_survey(edit_days=2))
    submit_answer(token=token, score=3, comment="", now=LATER)
    submit_answer(token=token, score=4, comment="", now=LATER + 2 * DAY - MINUTE)
    with pytest.raises(AnswerFinal):
        submit_answer(token=token, score=5, comment="", now=LATER + 2 * DAY)
    assert Response.objects.get().score == 4


def test_a_program_cannot_fill_the_table():
    token = invited(make_survey())
    for number in range(VERSIONS_MAX):
        submit_answer(token=token, score=number % 2, comment="", now=LATER)
    with pytest.raises(AnswerFinal):
        submit_answer(token=token, score=5, comment="", now=LATER)


def test_a_link_expires_and_a_survey_closes():
    survey = make_survey(expires_days=10)
    early, late = invited(survey), invited(survey)
    submit_answer(token=early, score=5, comment="", now=NOW + 10 * DAY - MINUTE)
    with pytest.raises(SurveyLinkExpired):
        submit_answer(token=late, score=5, comment="", now=NOW + 10 * DAY)
    # Who answered in time may change it, through the same old link.
    submit_answer(token=early, score=6, comment="", now=NOW + 11 * DAY)
    close_survey(survey_id=survey.pk, actor=ACTOR, now=NOW + 12 * DAY)
    with pytest.raises(SurveyClosed):
        submit_answer(token=early, score=7, comment="", now=NOW + 12 * DAY)
    assert Response.objects.get().score == 6


@pytest.mark.parametrize("score", [None, -1, 11, 1000])
def test_other_scores_are_refused(score: int | None):
    token = invited(make_survey())
    with pytest.raises(ScoreMissing):
        submit_answer(token=token, score=score, comment="", now=LATER)
    assert Response.objects.count() == 0


def test_long_and_odd_comments_fit():
    token = invited(make_survey())
    saved = submit_answer(token=token, score=0, comment="\x00" + "ж" * (COMMENT_MAX + 100), now=LATER)
    assert saved.comment == "ж" * COMMENT_MAX


class TestMachines:
    def test_faster_than_a_person_is_left_out_and_counted(self):
        survey = make_survey()
        token = invited(survey)
        submit_answer(token=token, score=10, comment="", now=NOW + dt.timedelta(seconds=1.9))
        response = Response.objects.get()
        assert (response.is_machine, response.machine_reason) == (True, MachineReason.TOO_FAST)
        assert (figures(survey).n, figures(survey).machine_count) == (0, 1)
        assert not invitation_of(token).is_answered

    def test_the_person_who_comes_after_the_machine_is_asked_and_counts(self):
        survey = make_survey(edit_days=0)
        token = invited(survey)
        submit_answer(token=token, score=10, comment="", now=NOW + dt.timedelta(seconds=1))
        sheet = find_sheet(token, LATER)
        assert (sheet.standing, sheet.score) == ("ask", None)
        submit_answer(token=token, score=2, comment="", now=LATER)
        response = Response.objects.get()
        assert (response.score, response.is_machine, response.machine_reason) == (2, False, "")
        assert response.first_answered_at == LATER
        assert figures(survey).detractors == 1

    def test_every_score_there_is(self):
        survey = make_survey()
        token = invited(survey)
        for score in range(10):
            submit_answer(token=token, score=score, comment="", now=LATER)
        assert figures(survey).n == 1
        submit_answer(token=token, score=10, comment="", now=LATER)
        assert Response.objects.get().machine_reason == MachineReason.EVERY_SCORE
        assert (figures(survey).n, figures(survey).machine_count) == (0, 1)


class TestAnonymous:
    def test_nothing_leads_back_to_the_person(self):
        survey = make_survey(is_anonymous=True)
        token = invited(survey, language="he")
        submit_answer(token=token, score=1, comment="Rude", now=LATER)
        response = Response.objects.get()
        assert (response.invitation_id, response.language) == (None, "")
        noon = NOW.replace(hour=12, minute=0)
        assert response.first_answered_at == noon
        assert set(Answer.objects.values_list("answered_at", flat=True)) == {noon}
        assert figures(survey).detractors == 1

    def test_it_is_answered_once(self):
        token = invited(make_survey(is_anonymous=True))
        submit_answer(token=token, score=1, comment="", now=LATER)
        with pytest.raises(AnswerFinal):
            submit_answer(token=token, score=2, comment="", now=LATER)
        assert Response.objects.count() == 1

    def test_a_machine_does_not_take_the_persons_turn(self):
        survey = make_survey(is_anonymous=True)
        token = invited(survey)
        submit_answer(token=token, score=9, comment="", now=NOW + dt.timedelta(seconds=1))
        submit_answer(token=token, score=2, comment="", now=LATER)
        assert (figures(survey).detractors, figures(survey).n, figures(survey).machine_count) == (1, 1, 1)


class TestTokens:
    def test_only_the_hash_is_kept_and_it_has_128_bits(self):
        token = invited(make_survey())
        assert len(token) >= 22
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(i)::text FROM feedback_invitation i")
            assert token not in cursor.fetchone()[0]

    @pytest.mark.slow
    def test_ten_thousand_guesses_hit_nothing(self, note_trials: Callable[[str, int], None]):
        """Guesses of the right form, and the neighbours of a token that exists."""
        token = invited(make_survey())
        near = {token[:place] + letter + token[place + 1 :] for place in range(len(token)) for letter in "Ab9_"} - {
            token
        }
        guesses = [*near, *(secrets.token_urlsafe(16) for _ in range(10_000 - len(near)))]
        hits = [guess for guess in guesses if find_sheet(guess, LATER) is not None]
        assert hits == []
        assert find_sheet(token, LATER) is not None
        note_trials("T60", len(guesses))

    def test_an_unknown_token_asks_one_question_whatever_its_form(self):
        CompanyFactory()
        for guess in ("", "x", "ж" * 22, "\x00", "a" * 5000, secrets.token_urlsafe(16), "\ud800"):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert find_sheet(guess, LATER) is None
            assert len(asked) == 1
            with pytest.raises(SurveyLinkUnknown):
                submit_answer(token=guess, score=9, comment="", now=LATER)


class TestTheDatabaseHolds:
    def test_one_response_per_invitation(self):
        token = invited(make_survey())
        submit_answer(token=token, score=9, comment="", now=LATER)
        first = Response.objects.get()
        with pytest.raises(Exception, match="unique"), transaction.atomic():
            Response.objects.create(survey=first.survey, invitation=first.invitation, first_answered_at=LATER)

    def test_answers_only_grow_but_words_can_be_forgotten(self):
        token = invited(make_survey())
        submit_answer(token=token, score=9, comment="My name is Anna", now=LATER)
        for forbidden in (
            lambda: Answer.objects.filter(score=9).update(score=10),
            lambda: Answer.objects.update(text="Other words"),
            lambda: Answer.objects.update(text="", version=7),
            lambda: Answer.objects.all().delete(),
        ):
            with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
                forbidden()
        Answer.objects.exclude(text="").update(text="")
        assert not Answer.objects.exclude(text="").exists()

    def test_one_invitation_per_survey_and_message(self):
        token = invited(make_survey())
        row = invitation_of(token)
        row.pk, row.token_hash = None, b"x" * 32
        with pytest.raises(Exception, match="feedback_invitation_once"), transaction.atomic():
            Invitation.objects.bulk_create([row])
