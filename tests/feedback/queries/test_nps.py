"""What the database adds up, beside the same done by hand in plain Python."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.models import Response
from feedback.queries import nps, nps_trend
from feedback.queries.nps import asked, latest_comments
from feedback.queries.periods import period
from feedback.rules.nps import figures_of
from feedback.services import invite, submit_answer
from members.models import MessageState
from tests.feedback.world import NOW, answers, invited, make_member, make_message, make_survey

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
UTC = ZoneInfo("UTC")
WHOLE = (NOW - 400 * DAY, NOW + 400 * DAY)


def test_forty_thirty_five_twenty_five():
    """The source's own example: +15, standard error 7.92."""
    survey = make_survey()
    answers(survey, [9, 10] * 20 + [7, 8, 8, 7, 7] * 7 + [0, 3, 4, 5, 6] * 5)
    figures = nps(survey.pk, *WHOLE)
    assert (figures.promoters, figures.passives, figures.detractors, figures.n) == (40, 35, 25, 100)
    assert figures.score == 15
    assert round(figures.standard_error, 2) == 7.92
    assert round(figures.margin95, 1) == 15.5


def test_the_figures_are_those_of_the_rules_in_one_question():
    survey, other = make_survey(), make_survey()
    scores = [0, 6, 7, 8, 9, 10, 10, 3]
    answers(survey, scores)
    answers(other, [10] * 3)
    with CaptureQueriesContext(connection) as asked_for:
        assert nps(survey.pk, *WHOLE) == figures_of(scores)
    assert len(asked_for) == 1
    assert nps(None, *WHOLE) == figures_of([*scores, 10, 10, 10])


def test_four_answers_are_too_few():
    survey = make_survey()
    answers(survey, [10, 10, 10, 0])
    figures = nps(survey.pk, *WHOLE)
    assert figures.is_too_few
    assert figures.score is None
    assert figures.n == 4


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last():
    survey = make_survey()
    for hours in (0, 1, 2):
        token = invited(survey, now=NOW)
        submit_answer(token=token, score=9, comment="", now=NOW + dt.timedelta(hours=1 + hours))
    hour = dt.timedelta(hours=1)
    assert nps(survey.pk, NOW + hour, NOW + 3 * hour).n == 2
    assert nps(survey.pk, NOW + 3 * hour, NOW + 4 * hour).n == 1


def test_the_trend_has_every_month_and_each_is_its_own_sum():
    survey = make_survey(now=NOW - 200 * DAY, expires_days=365)
    answers(survey, [10, 9, 0], now=dt.datetime(2026, 1, 31, 12, 0, tzinfo=dt.UTC))
    answers(survey, [3] * 6, now=dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC))
    since, until = dt.datetime(2025, 12, 15, tzinfo=dt.UTC), dt.datetime(2026, 3, 11, tzinfo=dt.UTC)
    points = nps_trend(survey.pk, since, until, zone=UTC)
    assert [point.starts_on.isoformat() for point in points] == ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"]
    assert [point.ends_on.isoformat() for point in points][:2] == ["2025-12-31", "2026-01-31"]
    assert [point.figures.n for point in points] == [0, 3, 0, 6]
    assert [point.figures.score for point in points] == [None, None, None, -100]


def test_months_and_weeks_follow_the_companys_clock():
    """Half past ten in the evening of 31 March in UTC is April in Jerusalem."""
    survey = make_survey()
    evening = dt.datetime(2026, 3, 31, 22, 30, tzinfo=dt.UTC)
    answers(survey, [10], now=evening)
    jerusalem = ZoneInfo("Asia/Jerusalem")
    since, until = dt.datetime(2026, 3, 1, tzinfo=jerusalem), dt.datetime(2026, 5, 1, tzinfo=jerusalem)
    assert [point.figures.n for point in nps_trend(survey.pk, since, until, zone=jerusalem)] == [0, 1]
    weeks = nps_trend(survey.pk, since, until, zone=jerusalem, by_week=True)
    assert {point.starts_on.weekday() for point in weeks} == {0}
    assert sum(point.figures.n for point in weeks) == 1


def test_only_mails_that_may_have_arrived_are_invitations():
    survey = make_survey()
    for state in MessageState.values:
        message = make_message(make_member(), state=state)
        invite(survey_id=survey.pk, items=[(message.member_id, message.pk)], now=NOW)
    token = invited(survey)
    submit_answer(token=token, score=9, comment="", now=NOW + dt.timedelta(minutes=1))
    found = asked(survey.pk, *WHOLE)
    # handed, sent, unknown and complained, and the one who answered
    assert (found.invited, found.answered, found.percent) == (5, 1, 20.0)


def test_a_machine_is_invited_and_has_not_answered():
    survey = make_survey()
    submit_answer(token=invited(survey), score=9, comment="", now=NOW)
    assert (asked(survey.pk, *WHOLE).invited, asked(survey.pk, *WHOLE).answered) == (1, 0)


def test_the_newest_words_of_people_with_whose_they_are():
    survey = make_survey()
    said = {}
    for number, (score, words) in enumerate([(3, "Slow"), (9, ""), (10, "Fast"), (5, "Robot")]):
        token = invited(survey)
        seconds = 1 if words == "Robot" else 60 + number
        submit_answer(token=token, score=score, comment=words, now=NOW + dt.timedelta(seconds=seconds))
        said[words] = token
    submit_answer(token=said["Slow"], score=4, comment="Slow again", now=NOW + DAY)
    submit_answer(token=said[""], score=9, comment="Now with words", now=NOW + DAY)
    found = latest_comments(survey.pk, *WHOLE)
    assert [(comment.text, comment.response.score) for comment in found] == [
        ("Fast", 10), ("Now with words", 9), ("Slow again", 4)
    ]  # fmt: skip
    assert found[0].response.invitation.member.name == "Anna Petrova"


def test_a_period_counts_its_days_as_wholes():
    survey = make_survey(is_anonymous=True, now=NOW - DAY)
    token = invited(survey, now=NOW - DAY)
    # An anonymous answer stands at noon, which lies ahead of a morning; the day counts as a whole.
    morning = NOW.replace(hour=6)
    submit_answer(token=token, score=9, comment="", now=morning)
    assert Response.objects.get().first_answered_at > morning
    assert nps(survey.pk, *period(NOW.date() - 89 * DAY, NOW.date(), UTC)).n == 1
    assert nps(survey.pk, *period(NOW.date() - 89 * DAY, NOW.date() - DAY, UTC)).n == 0
