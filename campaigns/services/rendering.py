"""Writing the mails of a run: what members.services.deliver asks for each chunk it has claimed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

from campaigns.models import Run
from campaigns.queries.fields import Reader, load_facts
from campaigns.rules.templates import CompiledContent, RenderFailed
from feedback.services import invite
from members.services import Claimed, Links, Mail, public_url

# The words lead to a survey that this person is not to be asked by: it is closed, or they have answered.
NO_SURVEY_LINK = "no_survey_link"


def render_messages(
    claimed: Sequence[Claimed], *, links: Mapping[int, Links], now: dt.datetime
) -> dict[int, Mail | str]:
    """{message id: the mail, or the code of the reason why it cannot be written}; all of one run.

    One person's poison fails alone: nothing a member is called, and nothing a template says, stops the others.
    Reads in at most nine statements and writes the invitations of the run's survey in one.
    """
    if not claimed:
        return {}
    created_at, survey_id = Run.objects.values_list("created_at", "survey_id").get(pk=claimed[0].source_group)
    content = _content(claimed[0].source_group, created_at)
    facts = load_facts([one.member_id for one in claimed], used=content.fields, now=now)
    tokens: dict[int, str] = {}
    if survey_id and "survey_url" in content.fields:
        tokens = invite(survey_id=survey_id, items=[(one.member_id, one.message_id) for one in claimed], now=now)
    answers: dict[int, Mail | str] = {}
    for one in claimed:
        token = tokens.get(one.message_id)
        if content.needs_survey and token is None:
            answers[one.message_id] = NO_SURVEY_LINK
            continue
        language = content.language_for(one.language)
        values = facts.values_of(Reader(one.member_id, one.name, language))
        values["survey_url"] = public_url(f"/f/{token}/") if token else None
        values["preferences_url"] = links[one.message_id].preferences_url
        values["unsubscribe_url"] = links[one.message_id].unsubscribe_url
        try:
            mail = content.render(language, values)
        except RenderFailed as failed:
            answers[one.message_id] = failed.code
        else:
            answers[one.message_id] = Mail(mail.subject, mail.text, mail.html, language)
    return answers


@lru_cache(maxsize=16)
def _content(run_id: int, created_at: dt.datetime) -> CompiledContent:
    """A run's content, compiled once per process: it was frozen at the approval and never changes.

    `created_at` belongs to the key so that a number used again after a restored backup is another run.
    """
    return CompiledContent(Run.objects.values_list("content", flat=True).get(pk=run_id, created_at=created_at))
