"""Templates to begin with, so that nobody faces a blank page: a welcome back, a statement of points, a survey."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_noop

from campaigns.models import Template, TemplateText
from campaigns.rules.starters import STATEMENT, SURVEY, WELCOME
from campaigns.rules.templates import Parts
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit


@dataclass(frozen=True, slots=True)
class Starter:
    """`name` and `note` are catalogue strings; `texts` are {language: words}."""

    key: str
    name: str
    note: str
    needs_survey: bool
    texts: dict[str, Parts]


STARTERS: dict[str, Starter] = {
    starter.key: starter
    for starter in (
        Starter(
            "welcome-back",
            gettext_noop("Welcome back"),
            gettext_noop("To people who have not come for a while: what waits for them."),
            needs_survey=False,
            texts=WELCOME,
        ),
        Starter(
            "statement",
            gettext_noop("Statement of points"),
            gettext_noop("What they have, what it pays, and what burns when."),
            needs_survey=False,
            texts=STATEMENT,
        ),
        Starter(
            "survey",
            gettext_noop("How is it with us? (survey)"),
            gettext_noop("Asks a survey's question. The campaign must have a survey."),
            needs_survey=True,
            texts=SURVEY,
        ),
    )
}


@transaction.atomic
def start_template(
    *, starter: Starter, name: str, note: str, languages: list[str], actor: Principal, now: dt.datetime
) -> Template:
    """A new template with the starter's words in `languages` (those it has). `name` is numbered when it is taken."""
    taken = set(Template.objects.filter(name__startswith=name).values_list("name", flat=True))
    chosen, number = name, 2
    while chosen in taken:
        chosen, number = f"{name} {number}", number + 1
    template = Template.objects.create(name=chosen, note=note)
    for language in languages:
        words = starter.texts.get(language)
        if words:
            TemplateText.objects.create(
                template=template,
                language=language,
                subject=words.subject,
                preheader=words.preheader,
                heading=words.heading,
                body=words.body,
                button_label=words.button_label,
                button_url=words.button_url,
            )
    record_audit(
        actor=actor,
        action="add",
        target="campaigns.template",
        target_id=template.pk,
        now=now,
        details={"starter": starter.key},
    )
    return template
