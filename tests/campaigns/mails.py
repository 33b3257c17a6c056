"""Ready content for tests of templates: the layout's words in English around whatever a test types."""

from __future__ import annotations

from typing import Any

from campaigns.rules.templates import CompiledContent, Parts, Words, build_document

WORDS = Words(
    why="You get this because you agreed to offers and news from us.",
    preferences="Choose what you get",
    unsubscribe="Unsubscribe",
)
SURVEY_WORDS = Words(
    why=WORDS.why,
    preferences=WORDS.preferences,
    unsubscribe=WORDS.unsubscribe,
    survey_question="How likely is it that you would recommend us?",
    survey_low="not at all likely",
    survey_high="extremely likely",
    survey_link="Answer and add a word",
)
LINKS = {
    "preferences_url": "https://crm.example/m/token/",
    "unsubscribe_url": "https://crm.example/m/token/unsubscribe/",
    "survey_url": "https://crm.example/f/token/",
}


def parts(**typed: str) -> Parts:
    """A text of which a test types only what it is about."""
    blank = {"subject": "News", "preheader": "", "heading": "", "body": "Hello.", "button_label": "", "button_url": ""}
    return Parts(**{**blank, **typed})


def document(*, words: Words = WORDS, languages: tuple[str, ...] = ("en",), **typed: str) -> dict[str, Any]:
    return build_document(
        {language: (parts(**typed), words) for language in languages},
        constants={"company": "Corner & Co", "postal_address": "1 High Street"},
        default_language=languages[0],
    )


def compiled_content(*, words: Words = WORDS, languages: tuple[str, ...] = ("en",), **typed: str) -> CompiledContent:
    return CompiledContent(document(words=words, languages=languages, **typed))
