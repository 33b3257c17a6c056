"""A survey and the people asked by it, made by the real services."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

from feedback.models import Invitation, Survey
from feedback.queries.words import SurveyWords
from feedback.rules.tokens import hash_token
from feedback.services import create_survey, invite, open_survey, submit_answer
from loyalty_site.ground.policy import system
from members.models import Channel, Member, Message, MessageState, Purpose
from members.services import enrol_member, plan_messages

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
ACTOR = system("tests")
_numbers = itertools.count(1)


def make_survey(
    *, words: dict[str, SurveyWords] | None = None, is_open: bool = True, now: dt.datetime = NOW, **fields: object
) -> Survey:
    survey = create_survey(survey=Survey(**{"name": "How are we doing", **fields}), words=words or {}, now=now)
    return open_survey(survey_id=survey.pk, actor=ACTOR, now=now) if is_open else survey


def make_member(name: str = "Anna Petrova", *, language: str = "", now: dt.datetime = NOW) -> Member:
    number = next(_numbers)
    member = enrol_member(
        name=name,
        identifiers=[("phone", f"+1646{5550000 + number}"), ("email", f"person{number}@example.com")],
        region="US",
        actor=ACTOR,
        now=now,
    )
    if language:
        Member.objects.filter(pk=member.pk).update(language=language)
        member.refresh_from_db()
    return member


def make_message(
    member: Member,
    *,
    handed_at: dt.datetime | None = NOW,
    state: str = MessageState.SENT,
    channel: str = Channel.EMAIL,
) -> Message:
    """A message planned by the service, and then as its sending would have left it."""
    number = next(_numbers)
    plan_messages(
        source="test",
        group=1,
        items=[(number, member.pk)],
        channel=channel,
        purpose=Purpose.MARKETING,
        due_at=NOW,
    )
    message = Message.objects.get(source="test", source_id=number)
    message.state, message.handed_at = state, handed_at
    message.save(update_fields=["state", "handed_at"])
    return message


def invited(survey: Survey, *, language: str = "", now: dt.datetime = NOW) -> str:
    """A new member with a mail and a link to the survey; the link's token."""
    message = make_message(make_member(language=language, now=now), handed_at=now)
    return invite(survey_id=survey.pk, items=[(message.member_id, message.pk)], now=now)[message.pk]


def invitation_of(token: str) -> Invitation:
    return Invitation.objects.get(token_hash=hash_token(token))


def answers(survey: Survey, scores: Sequence[int], *, now: dt.datetime = NOW) -> None:
    """So many people invited, each answering a minute later."""
    for score in scores:
        token = invited(survey, now=now)
        submit_answer(token=token, score=score, comment="", now=now + dt.timedelta(minutes=1))
