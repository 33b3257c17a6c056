"""What the answers of a period add up to. Periods are half open: from `since` up to, not including, `until`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth, TruncWeek

from feedback.models import Answer, Invitation, Response, Survey, SurveyKind
from feedback.queries.words import REASON
from feedback.rules.nps import ANSWERS_MIN, BAND_SCORES, Band, NpsFigures
from members.models import MessageState

COMMENTS_SHOWN = 8
# A link whose mail is known not to have reached anybody is no invitation.
_NOT_REACHED = [
    MessageState.PLANNED,
    MessageState.CLAIMED,
    MessageState.RETRY,
    MessageState.FAILED,
    MessageState.SUPPRESSED,
    MessageState.CANCELLED,
    MessageState.BOUNCED,
]


@dataclass(frozen=True, slots=True)
class NpsPoint:
    """One month or week of a trend; both days belong to it."""

    starts_on: dt.date
    ends_on: dt.date
    figures: NpsFigures


@dataclass(frozen=True, slots=True)
class Asked:
    """Of the people invited in a period, how many have answered by now."""

    invited: int
    answered: int

    @property
    def percent(self) -> float | None:
        return 100 * self.answered / self.invited if self.invited else None


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote beside a score."""

    response: Response
    text: str


def scored(survey_id: int | None, since: dt.datetime, until: dt.datetime) -> QuerySet[Response]:
    """Responses to one NPS survey, or to all of them (None), first answered in the period; machines included."""
    found = Response.objects.filter(
        survey__kind=SurveyKind.NPS, score__isnull=False, first_answered_at__gte=since, first_answered_at__lt=until
    )
    return found if survey_id is None else found.filter(survey=survey_id)


def shielded_surveys() -> QuerySet[Survey]:
    """Anonymous surveys with so few answers that showing single ones could name who gave them (R60)."""
    # Looks for the fifth answer instead of counting them all.
    fifth = Response.objects.filter(survey=OuterRef("pk"), is_machine=False)[ANSWERS_MIN - 1 : ANSWERS_MIN]
    return Survey.objects.filter(~Exists(fifth), is_anonymous=True)


def in_band(band: Band) -> Q:
    """The condition on Response for a band's scores."""
    first, last = BAND_SCORES[band]
    return Q(score__gte=first, score__lte=last)


# A function, since Count objects must not be shared between queries.
def _counts() -> dict[str, Count]:
    by_person = Q(is_machine=False)
    return {
        "promoters": Count("id", filter=by_person & in_band(Band.PROMOTER)),
        "passives": Count("id", filter=by_person & in_band(Band.PASSIVE)),
        "detractors": Count("id", filter=by_person & in_band(Band.DETRACTOR)),
        "machine_count": Count("id", filter=~by_person),
    }


def nps(survey_id: int | None, since: dt.datetime, until: dt.datetime) -> NpsFigures:
    """The figures of one survey, or of all together (None), counted by the database in one statement."""
    return NpsFigures(**scored(survey_id, since, until).aggregate(**_counts()))


def nps_trend(
    survey_id: int | None, since: dt.datetime, until: dt.datetime, *, zone: ZoneInfo, by_week: bool = False
) -> list[NpsPoint]:
    """The figures of each month (or week from Monday) of the period by the clock of `zone`, oldest first; months
    without answers are there too, since a gap in time must look like one."""
    trunc = TruncWeek if by_week else TruncMonth
    rows: Iterable[Any] = (
        scored(survey_id, since, until)
        .annotate(start=trunc("first_answered_at", tzinfo=zone))
        .values("start")
        .annotate(**_counts())
        .order_by("start")
    )
    found = {row["start"].date(): NpsFigures(**{name: row[name] for name in _counts()}) for row in rows}
    first, last = since.astimezone(zone).date(), (until - dt.timedelta(microseconds=1)).astimezone(zone).date()
    return [
        NpsPoint(start, end, found.get(start, NpsFigures(0, 0, 0)))
        for start, end in _spans(first, last, by_week=by_week)
    ]


def _spans(first: dt.date, last: dt.date, *, by_week: bool) -> Iterator[tuple[dt.date, dt.date]]:
    """First and last days of the months or weeks that touch the days from `first` to `last`."""
    start = first - dt.timedelta(days=first.weekday()) if by_week else first.replace(day=1)
    while start <= last:
        following = start + dt.timedelta(days=7) if by_week else (start + dt.timedelta(days=31)).replace(day=1)
        yield start, following - dt.timedelta(days=1)
        start = following


def reached() -> Q:
    """The condition on Invitation that its mail may have arrived, or that no mail carried it."""
    return Q(message__isnull=True) | ~Q(message__state__in=_NOT_REACHED)


def asked(survey_id: int | None, since: dt.datetime, until: dt.datetime) -> Asked:
    """Invitations of the period whose mail may have arrived (or that no mail carried), and the answered ones."""
    found = Invitation.objects.filter(
        reached(), survey__kind=SurveyKind.NPS, created_at__gte=since, created_at__lt=until
    )
    if survey_id is not None:
        found = found.filter(survey=survey_id)
    counts = found.aggregate(invited=Count("id"), answered=Count("id", filter=Q(is_answered=True)))
    return Asked(counts["invited"], counts["answered"])


def latest_comments(survey_id: int | None, since: dt.datetime, until: dt.datetime) -> list[Comment]:
    """The newest words of people (no machines) in the period, with whose they are where that is known; none of
    an anonymous survey that few have answered."""
    said = Answer.objects.filter(response=OuterRef("pk"), version=OuterRef("version"), question__key=REASON).exclude(
        text=""
    )
    responses = list(
        scored(survey_id, since, until)
        .filter(Exists(said), is_machine=False)
        .exclude(survey__in=shielded_surveys().values("pk"))
        .select_related("survey", "invitation__member")
        .order_by("-first_answered_at", "-id")[:COMMENTS_SHOWN]
    )
    texts = {
        (answer.response_id, answer.version): answer.text
        for answer in Answer.objects.filter(response__in=responses, question__key=REASON)
    }
    return [Comment(response, texts[response.pk, response.version]) for response in responses]
