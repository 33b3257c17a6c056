"""What a link leads to. Reading it leaves no trace: opening a page, by a person or a scanner, changes nothing (I14)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from feedback.models import Answer, Invitation, Response, SurveyState
from feedback.queries.words import REASON
from feedback.rules.sheets import Link, Standing, changeable_until, standing_of
from feedback.rules.tokens import hash_token


@dataclass(frozen=True, slots=True)
class Sheet:
    """An invitation with the newest answer of a person, if there is one that may be shown.

    A machine's answer is not shown: the person who comes after it is asked as if nobody had answered.
    """

    invitation_id: int
    survey_id: int
    language: str
    is_anonymous: bool
    standing: Standing
    handed_at: dt.datetime | None = None
    response: Response | None = None
    score: int | None = None
    comment: str = ""
    changeable_until: dt.datetime | None = None


def find_sheet(token: str, now: dt.datetime) -> Sheet | None:
    """What this token opens at `now`; None when no invitation has it."""
    invitation = Invitation.objects.select_related("survey", "message").filter(token_hash=hash_token(token)).first()
    if invitation is None:
        return None
    survey = invitation.survey
    response = Response.objects.filter(invitation=invitation).first()
    by_person = response if response and not response.is_machine else None
    link = Link(
        is_open=survey.state == SurveyState.OPEN,
        is_anonymous=survey.is_anonymous,
        is_answered=invitation.is_answered,
        answered_at=by_person.first_answered_at if by_person else None,
        edit_days=survey.edit_days,
        expires_at=invitation.expires_at,
    )
    return Sheet(
        invitation_id=invitation.pk,
        survey_id=survey.pk,
        language=invitation.language,
        is_anonymous=survey.is_anonymous,
        standing=standing_of(link, now),
        handed_at=invitation.message.handed_at if invitation.message else None,
        response=response,
        score=by_person.score if by_person else None,
        comment=_comment(by_person) if by_person else "",
        changeable_until=changeable_until(by_person.first_answered_at, survey.edit_days) if by_person else None,
    )


def _comment(response: Response) -> str:
    said = Answer.objects.filter(response=response, version=response.version, question__key=REASON).first()
    return said.text if said else ""
