"""Looking at a template as a member would get it, and sending it to oneself. The very code that a campaign uses."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from campaigns.errors import MailNotRendered
from campaigns.models import Template
from campaigns.queries.fields import Reader, load_facts
from campaigns.rules.templates import CompiledContent, RenderFailed
from campaigns.services.content import draft_content
from feedback.models import Survey
from loyalty_site.ground.models import Company
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from members.models import Member
from members.services import Mail, public_url, send_test


@dataclass(frozen=True, slots=True)
class Preview:
    """One mail as `member` would get it. `languages` are those the template is written in, the company's first."""

    mail: Mail
    preheader: str
    languages: tuple[str, ...]


def preview_template(
    *, template: Template, member: Member, language: str, survey: Survey | None, now: dt.datetime
) -> Preview:
    """The mail in `language` ("": the member's own), with links that only explain themselves.

    Raises what draft_content refuses, and MailNotRendered when it cannot be written for this member.
    """
    company = Company.objects.first() or Company(name="")
    content = CompiledContent(draft_content(template, survey=survey, company=company))
    chosen = content.language_for(language or member.language)
    facts = load_facts([member.pk], used=content.fields, now=now)
    values = facts.values_of(Reader(member.pk, member.name, chosen))
    explained = public_url(reverse("campaigns:test_link"))
    values |= {"preferences_url": explained, "unsubscribe_url": explained}
    values["survey_url"] = explained
    try:
        rendered = content.render(chosen, values)
    except RenderFailed as failed:
        raise MailNotRendered(reason=failed.code) from failed
    return Preview(
        mail=Mail(rendered.subject, rendered.text, rendered.html, chosen),
        preheader=content.preheader(chosen, values),
        languages=content.languages,
    )


def send_test_mail(
    *,
    template: Template,
    member: Member,
    language: str,
    survey: Survey | None,
    address: str,
    actor: Principal,
    now: dt.datetime,
) -> str:
    """Send the preview to `address`, marked as a test in its subject. Counts nowhere and unsubscribes nobody.

    Returns "" when the mail server took it, else the verdict and its code, such as 'untouched no_server'.
    Raises what preview_template refuses, and ValueError for an address that cannot be written to.
    """
    mail = preview_template(template=template, member=member, language=language, survey=survey, now=now).mail
    with translation.override(mail.language):
        subject = gettext("[Test] %(subject)s") % {"subject": mail.subject}
    outcome = send_test(mail=Mail(subject, mail.text, mail.html, mail.language), address=address, now=now)
    with transaction.atomic():
        record_audit(
            actor=actor,
            action="test",
            target="campaigns.template",
            target_id=template.pk,
            now=now,
            details={"language": mail.language, "verdict": outcome.verdict.value},
        )
    return "" if outcome.verdict == "sent" else f"{outcome.verdict.value} {outcome.code}".strip()
