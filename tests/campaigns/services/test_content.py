"""Freezing: the document holds all that is sent, in each language, and nothing is looked up later."""

from __future__ import annotations

import pytest

from campaigns.errors import TemplateHasNoWords, TemplateInvalid, TemplateNeedsSurvey
from campaigns.models import Template
from campaigns.rules.templates import CompiledContent
from campaigns.services.content import freeze_content, http_hosts, ordered_languages
from loyalty_site.ground.models import Company
from tests.campaigns.mails import LINKS
from tests.campaigns.runs import any_company, opened_survey, write_template
from tests.factories.configuration import CompanyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    CompanyFactory()
    return any_company(languages=["he", "en"], postal_address="1 High Street")


def test_a_frozen_template_no_longer_hears_of_edits(company: Company):
    template = write_template(en={"body": "Before {{ points }}"})
    frozen = freeze_content(template, survey=None, company=company)
    template.texts.update(body="After")
    company.name = "Another"
    mail = CompiledContent(frozen).render("en", {"points": 5, **LINKS})
    assert "Before 5" in mail.text
    assert "Corner Market" in mail.text
    assert frozen["fields"] == ["company", "points", "preferences_url", "unsubscribe_url"]


def test_the_companys_first_language_stands_in(company: Company):
    frozen = freeze_content(write_template(en={}, he={"body": "שלום"}), survey=None, company=company)
    assert frozen["default_language"] == "he"
    assert list(frozen["languages"]) == ["he", "en"]
    assert freeze_content(write_template("B", ru={}), survey=None, company=company)["default_language"] == "ru"


def test_the_layout_speaks_the_mails_language(company: Company, settings):
    content = CompiledContent(freeze_content(write_template(en={}, he={}), survey=None, company=company))
    html = content.render("en", LINKS).html
    assert "because you agreed to offers and news from Corner Market" in html
    assert '<html lang="he" dir="rtl"' in content.render("he", LINKS).html


def test_a_survey_asks_its_question(company: Company):
    frozen = freeze_content(write_template(en={}), survey=opened_survey(), company=company)
    assert "How likely are you to recommend Corner Market" in CompiledContent(frozen).render("en", LINKS).html
    assert not frozen["needs_survey"]


def test_words_that_lead_to_a_survey_want_one(company: Company):
    template = write_template(en={"button_label": "Answer", "button_url": "{{ survey_url }}"})
    with pytest.raises(TemplateNeedsSurvey):
        freeze_content(template, survey=None, company=company)
    assert freeze_content(template, survey=opened_survey(), company=company)["needs_survey"]


def test_a_template_without_words_is_refused(company: Company):
    with pytest.raises(TemplateHasNoWords):
        freeze_content(Template.objects.create(name="Empty"), survey=None, company=company)


def test_a_mistake_in_any_language_is_refused(company: Company):
    with pytest.raises(TemplateInvalid) as refused:
        freeze_content(write_template(en={}, ru={"body": "{{ nonsense }}"}), survey=None, company=company)
    assert refused.value.context["language"] == "Russian"


def test_links_without_tls_lead_only_to_ourselves_and_only_in_a_demonstration(settings):
    settings.PUBLIC_URL = "http://localhost:8000"
    assert http_hosts() == {"localhost:8000"}
    settings.PUBLIC_URL = "https://crm.example"
    assert http_hosts() == frozenset()


def test_languages_come_in_the_companys_order(company: Company):
    assert ordered_languages(company) == ["he", "en", "ru"]
    assert ordered_languages(None) == ["en", "ru", "he"]
