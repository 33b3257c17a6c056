"""Taking an answer. The only writer of Response and Answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction

from feedback.errors import AnswerFinal, ScoreMissing, SurveyClosed, SurveyLinkExpired, SurveyLinkUnknown
from feedback.models import Answer, Invitation, Question, Response
from feedback.queries.sheets import Sheet, find_sheet
from feedback.queries.words import REASON, SCORE
from feedback.rules.machines import machine_reason
from feedback.rules.nps import SCORES
from feedback.rules.sheets import Standing
from feedback.rules.tokens import hash_token
from loyalty_site.ground.failpoints import failpoint
from members.services import clean_text

COMMENT_MAX = 4000
# A person changes an answer a few times; a program may not fill the table.
VERSIONS_MAX = 50

# Two clicks at once come one after the other here, and the second one sees what the first one saved.
_LOCK = "SELECT id FROM feedback_invitation WHERE token_hash = %s FOR UPDATE"

_REFUSALS = {Standing.CLOSED: SurveyClosed, Standing.EXPIRED: SurveyLinkExpired, Standing.FINAL: AnswerFinal}


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """What is stored now. `version` counts from 1; `is_new` is False for a repeat that changed nothing."""

    score: int
    comment: str
    version: int
    is_new: bool


@transaction.atomic
def submit_answer(*, token: str, score: int | None, comment: str, now: dt.datetime, language: str = "") -> SavedAnswer:
    """Save the answer that the holder of `token` gives, or a new version of it; the same again changes nothing.

    `language` is the page's, by default the invitation's. Raises SurveyLinkUnknown, SurveyLinkExpired,
    SurveyClosed, AnswerFinal, or ScoreMissing for anything but 0 to 10.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [hash_token(token)])
    sheet = find_sheet(token, now)
    if sheet is None:
        raise SurveyLinkUnknown
    if sheet.standing in _REFUSALS:
        raise _REFUSALS[sheet.standing]
    if score not in SCORES:
        raise ScoreMissing
    assert score is not None
    words = clean_text(comment)[:COMMENT_MAX]
    failpoint("answer.after_read")
    if sheet.standing is Standing.CHANGE and sheet.response and (sheet.score, sheet.comment) == (score, words):
        return SavedAnswer(score, words, sheet.response.version, is_new=False)
    return _save(sheet, score, words, language or sheet.language, now)


def _save(sheet: Sheet, score: int, words: str, language: str, now: dt.datetime) -> SavedAnswer:
    earlier = _earlier_scores(sheet.response)
    if len(earlier) >= VERSIONS_MAX:
        raise AnswerFinal
    reason = machine_reason(handed_at=sheet.handed_at, answered_at=now, scores=[*earlier, score])
    # R60: noon of the day instead of the moment, which would lead from an anonymous answer back to its link.
    moment = now.replace(hour=12, minute=0, second=0, microsecond=0) if sheet.is_anonymous else now
    response = sheet.response
    if response is None:
        response = Response(
            survey_id=sheet.survey_id, invitation_id=None if sheet.is_anonymous else sheet.invitation_id, version=0
        )
    if response.version == 0 or response.is_machine:
        response.first_answered_at = moment  # of a person's first answer: what a scanner sent before does not count
    response.version += 1
    response.score = score
    response.language = "" if sheet.is_anonymous else language
    response.is_machine, response.machine_reason = bool(reason), reason
    response.save()
    _write_answers(response, score, words, moment)
    # A machine does not use up the person's link.
    Invitation.objects.filter(pk=sheet.invitation_id).update(is_answered=not reason)
    return SavedAnswer(score, words, response.version, is_new=True)


def forget_words(member_id: int) -> int:
    """Empty the words in every answer of a member, in all its versions; how many had some. Joins the caller's
    transaction."""
    return Answer.objects.filter(response__invitation__member=member_id).exclude(text="").update(text="")


def _earlier_scores(response: Response | None) -> list[int]:
    """The score of each version so far."""
    if response is None:
        return []
    scores = Answer.objects.filter(response=response, question__key=SCORE).values_list("score", flat=True)
    return [score for score in scores if score is not None]


def _write_answers(response: Response, score: int, words: str, moment: dt.datetime) -> None:
    questions = dict(Question.objects.filter(survey=response.survey_id).values_list("key", "id"))
    answers = [
        Answer(
            response=response, question_id=questions[SCORE], version=response.version, score=score, answered_at=moment
        )
    ]
    if words:
        answers.append(
            Answer(
                response=response,
                question_id=questions[REASON],
                version=response.version,
                text=words,
                answered_at=moment,
            )
        )
    Answer.objects.bulk_create(answers)
