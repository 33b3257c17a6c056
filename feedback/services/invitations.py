"""Personal links: made in bulk while a mailing is rendered, known afterwards only by their hash."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from django.db import connection, transaction

from feedback.models import Survey, SurveyState
from feedback.rules.tokens import hash_token
from loyalty_site.ground.languages import company_language

TOKEN_BYTES = 16  # 128 bits (R59)

# One statement for a whole chunk of a mailing. In order of message, so that two at once cannot wait for each other.
_INVITE = """
    INSERT INTO feedback_invitation
        (survey_id, member_id, message_id, token_hash, language, is_answered, created_at, expires_at)
    SELECT %(survey)s, item.member_id, item.message_id, item.token_hash,
           coalesce(nullif(m.language, ''), %(language)s), false, %(now)s, %(expires)s
    FROM unnest(%(members)s::bigint[], %(messages)s::bigint[], %(hashes)s::bytea[])
         AS item(member_id, message_id, token_hash)
    JOIN members_member m ON m.id = item.member_id
    ORDER BY item.message_id
    ON CONFLICT (survey_id, message_id) DO UPDATE
        SET token_hash = EXCLUDED.token_hash, language = EXCLUDED.language, expires_at = EXCLUDED.expires_at
        WHERE NOT feedback_invitation.is_answered
    RETURNING message_id
"""


@transaction.atomic
def invite(*, survey_id: int, items: Sequence[tuple[int, int]], now: dt.datetime) -> dict[int, str]:
    """{message id: token} for (member id, message id) pairs; the link is public_url("/f/<token>/").

    A repeat for the same message makes a new token in place of the old one. Messages are absent from the answer
    when nobody should be asked by them: the survey is not open, or this person has answered already.
    """
    survey = Survey.objects.filter(pk=survey_id, state=SurveyState.OPEN).first()
    if survey is None or not items:
        return {}
    member_of = {message: member for member, message in items}
    token_of = {message: secrets.token_urlsafe(TOKEN_BYTES) for message in member_of}
    with connection.cursor() as cursor:
        cursor.execute(
            _INVITE,
            {
                "survey": survey_id,
                "members": list(member_of.values()),
                "messages": list(member_of),
                "hashes": [hash_token(token) for token in token_of.values()],
                "language": company_language(),
                "now": now,
                "expires": now + dt.timedelta(days=survey.expires_days),
            },
        )
        invited = [message for (message,) in cursor.fetchall()]
    return {message: token_of[message] for message in invited}
