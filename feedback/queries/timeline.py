"""What a person answered, for the timeline. Answers to anonymous surveys are nobody's."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from feedback.models import Answer, Response
from loyalty_site.ground.rules.timeline import PAGE, Happening, apart, joined

_PAGE = "admin:feedback_response_change"
_WORDS_SHOWN = 200


def happenings_of(member_id: int, *, before: dt.datetime) -> list[Happening]:
    """The PAGE newest answers before a moment, with the score and the first words."""
    rows = Response.objects.filter(invitation__member=member_id, first_answered_at__lt=before).select_related("survey")
    shown = list(rows.order_by("-first_answered_at")[:PAGE])
    words: dict[int, str] = {}
    for answer in Answer.objects.filter(response__in=shown).exclude(text="").order_by("version", "id"):
        words[answer.response_id] = answer.text
    return [
        Happening(
            row.first_answered_at,
            _("Answered “%(survey)s”") % {"survey": apart(row.survey.name)},
            joined("" if row.score is None else f"{row.score}", words.get(row.pk, "")[:_WORDS_SHOWN]),
            _PAGE,
            row.pk,
            needs="feedback.response",
        )
        for row in shown
    ]
