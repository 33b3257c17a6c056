"""Freezing a template: words, layout and survey become one document that never changes (R39)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from campaigns.errors import TemplateHasNoWords, TemplateInvalid, TemplateNeedsSurvey
from campaigns.models import Template, TemplateText
from campaigns.rules.templates import POSTAL_ADDRESS, Parts, Problem, Words, build_document, fields_of, problems_of
from feedback.models import Survey
from feedback.queries.words import SurveyWords, standard_words, words_of
from loyalty_site.ground.models import Company, Language


def parts_of(text: TemplateText) -> Parts:
    """The words of one language as the rules read them."""
    return Parts(
        subject=text.subject,
        preheader=text.preheader,
        heading=text.heading,
        body=text.body,
        button_label=text.button_label,
        button_url=text.button_url,
    )


def http_hosts() -> frozenset[str]:
    """Hosts to which links may lead without TLS: our own, where the installation itself has none (a demonstration)."""
    own = urlsplit(settings.PUBLIC_URL)
    return frozenset({own.netloc}) if own.scheme == "http" else frozenset()


def check_text(text: TemplateText) -> dict[str, list[Problem]]:
    """{field of the text: what is wrong with it}; {} when it can be sent."""
    return problems_of(parts_of(text), http_hosts=http_hosts())


def ordered_languages(company: Company | None) -> list[str]:
    """The company's languages first and in its order, then the others we know."""
    mine = list(company.languages) if company else []
    return [*mine, *(language for language in Language.values if language not in mine)]


def freeze_content(template: Template, *, survey: Survey | None, company: Company) -> dict[str, Any]:
    """The document of a template as it is now; campaigns/rules/templates/document.py describes its shape.

    With a survey the layout asks its question. Raises TemplateHasNoWords, TemplateInvalid when a text cannot
    be sent, and TemplateNeedsSurvey when the words lead to a survey and there is none.
    """
    document = draft_content(template, survey=survey, company=company)
    if document["needs_survey"] and survey is None:
        raise TemplateNeedsSurvey(template=template.name)
    return document


def draft_content(template: Template, *, survey: Survey | None, company: Company) -> dict[str, Any]:
    """The same for looking at it: words that lead to a survey get the usual question where there is no survey yet."""
    texts = {text.language: text for text in template.texts.all()}
    if not texts:
        raise TemplateHasNoWords(template=template.name)
    for language, text in texts.items():
        if check_text(text):
            raise TemplateInvalid(template=template.name, language=str(Language(language).label))
    languages = [language for language in ordered_languages(company) if language in texts]
    needs_survey = any("survey_url" in fields_of(parts_of(text)) for text in texts.values())

    def asked(language: str) -> SurveyWords | None:
        if survey:
            return words_of(survey.pk, language, company.name)
        return standard_words(language, company.name) if needs_survey else None

    return build_document(
        {language: (parts_of(texts[language]), _words(language, asked(language), company)) for language in languages},
        constants={"company": company.name, POSTAL_ADDRESS: company.postal_address or None},
        default_language=languages[0],
    )


def _words(language: str, asked: SurveyWords | None, company: Company) -> Words:
    """What the layout says in one language; with `asked` it asks that question."""
    with translation.override(language):
        return Words(
            why=gettext("You get this mail because you agreed to offers and news from %(company)s by e-mail.")
            % {"company": company.name},
            preferences=gettext("Choose what you get"),
            unsubscribe=gettext("Unsubscribe"),
            survey_question=asked.question if asked else "",
            survey_low=asked.low if asked else "",
            survey_high=asked.high if asked else "",
            survey_link=gettext("Answer on our page and add a word") if asked else "",
        )
