"""Links are made in bulk, anew for a mail that is rendered again, and for nobody who need not be asked."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.models import Invitation
from feedback.queries.sheets import find_sheet
from feedback.services import close_survey, invite, submit_answer
from tests.factories.configuration import CompanyFactory
from tests.feedback.world import ACTOR, NOW, invitation_of, make_member, make_message, make_survey

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)


def items(count: int, language: str = "") -> list[tuple[int, int]]:
    messages = [make_message(make_member(f"Person {number}", language=language)) for number in range(count)]
    return [(message.member_id, message.pk) for message in messages]


def test_each_message_gets_its_own_link():
    survey = make_survey(expires_days=7)
    pairs = items(5)
    tokens = invite(survey_id=survey.pk, items=pairs, now=NOW)
    assert set(tokens) == {message for _member, message in pairs}
    assert len(set(tokens.values())) == 5
    for member, message in pairs:
        row = invitation_of(tokens[message])
        assert (row.member_id, row.message_id, row.created_at) == (member, message, NOW)
        assert row.expires_at == NOW + dt.timedelta(days=7)


def test_a_thousand_cost_as_many_questions_as_one():
    CompanyFactory()
    survey = make_survey()
    pairs = items(30)
    with CaptureQueriesContext(connection) as asked:
        invite(survey_id=survey.pk, items=pairs, now=NOW)
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) == 3


def test_the_link_speaks_the_persons_language_or_the_companys_first():
    CompanyFactory(languages=["ru", "en"])
    survey = make_survey()
    for language, spoken in (("he", "he"), ("", "ru")):
        pairs = items(1, language)
        token = invite(survey_id=survey.pk, items=pairs, now=NOW)[pairs[0][1]]
        assert invitation_of(token).language == spoken


def test_a_repeat_makes_a_new_link_and_the_old_one_dies():
    survey = make_survey()
    pairs = items(1)
    message = pairs[0][1]
    old = invite(survey_id=survey.pk, items=pairs, now=NOW)[message]
    new = invite(survey_id=survey.pk, items=pairs, now=LATER)[message]
    assert find_sheet(old, LATER) is None
    assert find_sheet(new, LATER) is not None
    assert Invitation.objects.get().created_at == NOW


def test_who_has_answered_is_not_asked_again():
    survey = make_survey()
    pairs = items(2)
    tokens = invite(survey_id=survey.pk, items=pairs, now=NOW)
    answered, waiting = pairs[0][1], pairs[1][1]
    submit_answer(token=tokens[answered], score=9, comment="", now=LATER)
    assert set(invite(survey_id=survey.pk, items=pairs, now=LATER)) == {waiting}
    assert find_sheet(tokens[answered], LATER).score == 9


def test_nobody_is_asked_by_a_survey_that_is_not_open():
    pairs = items(1)
    assert invite(survey_id=make_survey(is_open=False).pk, items=pairs, now=NOW) == {}
    survey = make_survey()
    close_survey(survey_id=survey.pk, actor=ACTOR, now=NOW)
    assert invite(survey_id=survey.pk, items=pairs, now=NOW) == {}
    assert invite(survey_id=10**9, items=pairs, now=NOW) == {}


def test_a_message_named_twice_gets_one_link():
    survey = make_survey()
    pairs = items(1)
    tokens = invite(survey_id=survey.pk, items=pairs * 3, now=NOW)
    assert find_sheet(tokens[pairs[0][1]], NOW) is not None
    assert Invitation.objects.count() == 1
