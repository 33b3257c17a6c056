"""The frozen document, and the mails it makes: for members we know well, hardly, and better not at all."""

from __future__ import annotations

import json
import re

import pytest

from campaigns.rules.templates import CompiledContent, RenderFailed, sample_values
from tests.campaigns.mails import LINKS, SURVEY_WORDS, compiled_content, document


def test_the_document_is_plain_json_and_says_what_to_load():
    frozen = document(subject="{{ points }}", body="{{ city }}")
    assert json.loads(json.dumps(frozen)) == frozen
    assert frozen["fields"] == ["city", "company", "points", "preferences_url", "unsubscribe_url"]


def test_a_mail_has_all_that_the_law_wants():
    mail = compiled_content().render("en", LINKS)
    for part in (mail.text, mail.html):
        assert LINKS["unsubscribe_url"] in part
        assert LINKS["preferences_url"] in part
        assert "1 High Street" in part
        assert "because you agreed" in part
    assert "Corner & Co" in mail.text
    assert "Corner &amp; Co" in mail.html


def test_a_mail_fetches_nothing_from_anywhere():
    html = (
        compiled_content(words=SURVEY_WORDS, button_label="Go", button_url="https://shop.example/")
        .render("en", LINKS)
        .html
    )
    assert re.findall(r"<(?:img|link|script|iframe|object)\b|@import|@font-face|url\(", html) == []


def test_hebrew_reads_from_the_right():
    html = compiled_content(languages=("he",), heading="שלום", body="אחת").render("he", LINKS).html
    assert '<html lang="he" dir="rtl"' in html
    assert "direction:ltr" not in html
    assert "text-align:left" not in html
    assert '<h1 dir="rtl">שלום</h1>' in html


def test_the_row_of_scores_is_eleven_links_to_the_survey():
    mail = compiled_content(words=SURVEY_WORDS).render("en", LINKS)
    links = re.findall(r'href="(https://crm\.example/f/token/\?score=\d+)"', mail.html)
    assert links == [f"https://crm.example/f/token/?score={score}" for score in range(11)]
    assert f"recommend us?\n{LINKS['survey_url']}" in mail.text


def test_the_line_before_the_mail_is_hidden_in_it():
    html = compiled_content(preheader="Only {{ points }} left").render("en", {"points": 3, **LINKS}).html
    assert re.search(r'<div style="display:none[^>]*">Only 3 left</div>', html)


def test_fields_in_addresses_are_encoded():
    content = compiled_content(button_label="Go", button_url="https://shop.example/?c={{ city }}")
    mail = content.render("en", {"city": 'Tel Aviv"&x=1', **LINKS})
    assert "https://shop.example/?c=Tel+Aviv%22%26x%3D1" in mail.html
    assert "https://shop.example/?c=Tel+Aviv%22%26x%3D1" in mail.text


def test_somebody_whose_language_is_missing_gets_the_default():
    content = compiled_content(languages=("ru", "he"))
    assert content.language_for("he") == "he"
    assert content.language_for("en") == content.language_for("") == "ru"


def test_the_subject_is_one_line():
    content = compiled_content(subject="  Hello {{ name }} ")
    assert content.render("en", {"name": "A\r\nBcc: x@evil.example\u2028", **LINKS}).subject == (
        "Hello A Bcc: x@evil.example"
    )


def test_typed_braces_of_the_company_stay_words():
    frozen = document()
    frozen["constants"]["company"] = "{{ name }} {% if %}"
    assert "{{ name }} {% if %}" in CompiledContent(frozen).render("en", LINKS).text


POISON = [
    ({"name": "x" * 2_000_000}, "field_too_long"),
    ({"name": "Anna \ud800"}, "field_unreadable"),
    ({"name": "Anna\x00"}, "field_unreadable"),
    ({"city": "\u202egnissim"}, "field_unreadable"),
    ({"stores": ["fine", "\x1b[2J"]}, "field_unreadable"),
    ({"stores": ["x"] * 1_000}, "field_too_long"),
    ({"points": "many"}, "template_failed"),
]


@pytest.mark.parametrize(("known", "code"), POISON)
def test_a_poisoned_member_fails_alone_and_with_a_reason(known: dict, code: str, note_trials):
    content = compiled_content(body="{{ name }} {{ city }} {{ stores }} {% if points > 5 %}{{ points }}{% endif %}")
    with pytest.raises(RenderFailed) as failed:
        content.render("en", {**known, **LINKS})
    assert failed.value.code == code
    assert content.render("en", {**sample_values(), **LINKS}).text
    note_trials("T42", 1)


def test_a_subject_that_comes_out_empty_is_not_sent():
    with pytest.raises(RenderFailed) as failed:
        compiled_content(subject="{{ city }}").render("en", LINKS)
    assert failed.value.code == "subject_empty"


def test_too_large_a_mail_is_not_sent():
    content = compiled_content(body="{{ name }}" * 300)
    with pytest.raises(RenderFailed) as failed:
        content.render("en", {"name": "я" * 900, **LINKS})
    assert failed.value.code == "mail_too_large"


def test_who_has_no_survey_to_answer_gets_no_row_and_no_button():
    content = compiled_content(words=SURVEY_WORDS, button_label="Answer", button_url="{{ survey_url }}")
    assert content.needs_survey
    without = {**LINKS, "survey_url": None}
    for part in (content.render("en", without).html, content.render("en", without).text):
        assert "recommend us?" not in part
        assert "Answer" not in part
    assert content.render("en", LINKS).html.count('href="https://crm.example/f/token/"') == 1


def test_the_row_of_the_layout_alone_needs_no_survey():
    assert not compiled_content(words=SURVEY_WORDS).needs_survey
