"""A survey's life: written, opened, closed and opened again. The only writer of its questions and words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from feedback.errors import SurveyWrongState
from feedback.models import Question, QuestionKind, QuestionText, Survey, SurveyState, SurveyText
from feedback.queries.words import REASON, SCORE, SurveyWords
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit


@transaction.atomic
def create_survey(*, survey: Survey, words: Mapping[str, SurveyWords], now: dt.datetime) -> Survey:
    """Store a new NPS survey with its two questions and {language: words}; it is a draft. The caller audits."""
    survey.created_at = now
    survey.save()
    Question.objects.bulk_create(
        [
            Question(survey=survey, key=SCORE, kind=QuestionKind.SCORE, position=1, is_required=True),
            Question(survey=survey, key=REASON, kind=QuestionKind.TEXT, position=2),
        ]
    )
    write_words(survey=survey, words=words)
    return survey


@transaction.atomic
def write_words(*, survey: Survey, words: Mapping[str, SurveyWords]) -> None:
    """Replace the words of the named languages. Once the survey has opened its questions stay as they were asked:
    answers to different questions cannot be compared; thanks and what was changed may be written at any time."""
    questions = {question.key: question for question in Question.objects.filter(survey=survey)}
    for language, said in words.items():
        SurveyText.objects.update_or_create(
            survey=survey, language=language, defaults={"thanks": said.thanks, "changes": said.changes}
        )
        if survey.state != SurveyState.DRAFT:
            continue
        QuestionText.objects.update_or_create(
            question=questions[SCORE],
            language=language,
            defaults={"text": said.question, "low": said.low, "high": said.high},
        )
        QuestionText.objects.update_or_create(
            question=questions[REASON], language=language, defaults={"text": said.follow_up}
        )


def open_survey(*, survey_id: int, actor: Principal, now: dt.datetime) -> Survey:
    """Let answers in, for the first time or again. Raises SurveyWrongState when it is open."""
    return _move(survey_id, SurveyState.OPEN, {SurveyState.DRAFT, SurveyState.CLOSED}, actor, now)


def close_survey(*, survey_id: int, actor: Principal, now: dt.datetime) -> Survey:
    """Take no more answers; the links then say that it is over. Raises SurveyWrongState when it is not open."""
    return _move(survey_id, SurveyState.CLOSED, {SurveyState.OPEN}, actor, now)


@transaction.atomic
def _move(survey_id: int, state: SurveyState, allowed: set[SurveyState], actor: Principal, now: dt.datetime) -> Survey:
    survey = Survey.objects.select_for_update().get(pk=survey_id)
    if survey.state not in allowed:
        raise SurveyWrongState(state=str(SurveyState(survey.state).label))
    survey.state = state
    if state == SurveyState.OPEN:
        survey.opened_at, survey.closed_at = survey.opened_at or now, None
    else:
        survey.closed_at = now
    survey.save(update_fields=["state", "opened_at", "closed_at"])
    action = "open" if state == SurveyState.OPEN else "close"
    record_audit(actor=actor, action=action, target="feedback.survey", target_id=survey.pk, now=now)
    return survey
