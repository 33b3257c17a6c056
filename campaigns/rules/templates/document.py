"""What an approved campaign sends: one immutable document, and the same compiled for a mailing.

The document (JSON, kept with the run) holds for each language three Liquid sources, `subject`, `text` and
`html`, with the layout already around the words (and `preheader` by itself, for previews); `fields` names what they use, so that only that is loaded.
It is self-contained: nothing in it is looked up when mails go out, and later edits do not reach it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.rules.templates.checking import FAILURES
from campaigns.rules.templates.compiling import Renderer, compile_source
from campaigns.rules.templates.fields import POSTAL_ADDRESS, Value, Values, empty_values, problem_of_value
from campaigns.rules.templates.layout import Parts, Words, html_of, text_of
from campaigns.rules.templates.liquid import OUTPUT_BYTES_MAX
from campaigns.rules.templates.markup import without_empty_blocks
from campaigns.rules.templates.texts import fields_of

SCHEMA = 1
SUBJECT_MAX = 200
# The layout fills these in whatever the words say.
ALWAYS_USED = frozenset({"company", "preferences_url", "unsubscribe_url"})


class RenderFailed(Exception):
    """This one mail cannot be made. `code` says why and is kept with the message; other mails go on."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail as plain strings. The channel makes headers and MIME of it."""

    subject: str
    text: str
    html: str


def build_document(
    texts: Mapping[str, tuple[Parts, Words]], *, constants: Mapping[str, Value], default_language: str
) -> dict[str, Any]:
    """The document of checked parts: {language: (parts, words)} and what is the same for every member.

    `constants` are the values of company and postal_address. The first language of `texts` stands in
    when `default_language` is not among them.
    """
    used: set[str] = set(ALWAYS_USED)
    languages: dict[str, dict[str, str]] = {}
    for language, (parts, words) in texts.items():
        languages[language] = {
            "subject": parts.subject,
            "preheader": parts.preheader,
            "text": text_of(parts, words),
            "html": html_of(parts, words, language=language),
        }
        used |= fields_of(parts)
    needs_survey = "survey_url" in used
    if any(words.survey_question for _parts, words in texts.values()):
        used.add("survey_url")
    return {
        "schema": SCHEMA,
        "default_language": default_language if default_language in languages else next(iter(languages)),
        "languages": languages,
        "fields": sorted(used),
        # The words themselves lead to the survey: without a link there is nothing to send.
        "needs_survey": needs_survey,
        "constants": dict(constants),
    }


class CompiledContent:
    """A document ready to render thousands of mails; holds no state between them."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.fields: frozenset[str] = frozenset(document["fields"])
        self.needs_survey: bool = document["needs_survey"]
        self.default_language: str = document["default_language"]
        self.constants: dict[str, Value] = {POSTAL_ADDRESS: None, **document["constants"]}
        self.defaults: dict[str, Value] = {**empty_values(), **self.constants}
        self._renderers: dict[str, tuple[Renderer, Renderer, Renderer]] = {
            language: (
                compile_source(sources["subject"], language, is_html=False),
                compile_source(sources["text"], language, is_html=False),
                compile_source(sources["html"], language, is_html=True),
            )
            for language, sources in document["languages"].items()
        }
        self._preheaders = {language: sources["preheader"] for language, sources in document["languages"].items()}

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._renderers)

    def language_for(self, wanted: str) -> str:
        """The member's language if there are words in it, else the default of the document."""
        return wanted if wanted in self._renderers else self.default_language

    def preheader(self, language: str, fields: Values) -> str:
        """What an inbox shows behind the subject. After render() of the same fields it raises nothing."""
        written = compile_source(self._preheaders[language], language, is_html=False)({**self.defaults, **fields})
        return " ".join(written.split())

    def render(self, language: str, fields: Values) -> Rendered:
        """One mail in one of `languages`. `fields` need only hold what is known and used.

        Raises RenderFailed: 'field_too_long', 'field_unreadable', 'template_failed', 'mail_too_large',
        'subject_empty'.
        """
        for value in fields.values():
            problem = problem_of_value(value)
            if problem:
                raise RenderFailed(f"field_{problem}")
        values = {**self.defaults, **fields}
        subject_of, text_of_, html_of_ = self._renderers[language]
        try:
            subject, text, html = subject_of(values), text_of_(values), html_of_(values)
        except FAILURES as error:
            raise RenderFailed("template_failed", type(error).__name__) from error
        # A letter needs at most four bytes; the exact count is only taken when it could matter.
        if 4 * (len(html) + len(text)) > OUTPUT_BYTES_MAX and (
            len(html.encode()) > OUTPUT_BYTES_MAX or len(text.encode()) > OUTPUT_BYTES_MAX
        ):
            raise RenderFailed("mail_too_large")
        subject = " ".join(subject.split())[:SUBJECT_MAX]
        if not subject:
            raise RenderFailed("subject_empty")
        return Rendered(subject, tidy_text(text), without_empty_blocks(html))


def tidy_text(text: str) -> str:
    """At most one empty line between paragraphs."""
    text = text.replace("\n \n", "\n\n")
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip() + "\n"
