"""What a person told us in surveys, as the person may read it."""

from __future__ import annotations

from typing import Any

from feedback.models import Answer, Invitation


def feedback_of(member_id: int) -> dict[str, Any]:
    """Surveys a member was asked by, and every version of their answers; plain values for JSON. Answers to anonymous
    surveys are nobody's."""
    answers = Answer.objects.filter(response__invitation__member=member_id)
    return {
        "invitations": [
            {"survey": row.survey.name, "at": row.created_at.isoformat(), "answered": row.is_answered}
            for row in Invitation.objects.filter(member=member_id).select_related("survey").order_by("id")
        ],
        "answers": [
            {
                "survey": row.response.survey.name,
                "question": row.question.key,
                "version": row.version,
                "score": row.score,
                "words": row.text,
                "at": row.answered_at.isoformat(),
            }
            for row in answers.select_related("response__survey", "question").order_by("id")
        ],
    }
