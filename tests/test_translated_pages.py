"""Every page in Russian and in Hebrew: no English text of ours, nor of the packages, is left on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, override

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, label_for_field
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import gettext, pgettext

from loyalty_site.catalogues import LANGUAGES
from loyalty_site.catalogues.extracting import Text, our_texts, package_texts
from loyalty_site.ground.models import Role, User
from members.models import Member
from tests.test_policy_matrix import ROUTES, ask
from tests.world import World, admin_models, build_world, row_of

pytestmark = pytest.mark.django_db

# English on purpose, or data of the world that happens to read like a text of ours.
ALLOWED = {
    "Points": "the name of the world's programme",
    "name": "a heading in the world's customer file, and in a programme's document",
    "phone": "a heading in the world's customer file",
    "import": "what the ledger notes as the actor of an import",
    "system": "how the audit notes our own worker",
    "English": "a language called by its own name",
    "Everybody": "the name of the world's audience",
    "Administrator": "the world's people are called after their roles",
    "Accountant": "the world's people are called after their roles",
    "Marketing": "the world's people are called after their roles",
    "Support": "the world's people are called after their roles",
}
# What the people of the shop will see: a survey in its own language, a poster in the company's; the others are a click away.
IN_OTHER_LANGUAGES = {
    "admin:feedback_survey_preview",
    "admin:programs_program_join_poster",
    "admin:programs_store_join_poster",
}
# The words a survey says where a language is left empty: its form shows them in every language.
SURVEY_WORDS = "feedback/queries/words.py"
# What is written in Latin letters in Hebrew, too.
LATIN_LABELS = {"SHA-256", "ID", "NPS", "PIN", "webhook"}
# Columns without a heading, and one of the form that the import's wizard replaces.
UNNAMED = {"__str__", "action_checkbox", "file_error_line"}
SHOWN_ATTRIBUTES = {"placeholder", "title", "aria-label", "alt"}


class Visible(HTMLParser):
    """Collects what a reader of a page sees or hears: its texts, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.silent = 0
        self.spans: list[bool] = []  # of the spans we are in: is it an icon, written by its name?

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        self.texts += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]
        told = dict(attrs)
        if tag == "span":
            self.spans.append("material-symbols-outlined" in (told.get("class") or ""))
        if tag == "input" and told.get("type") in {"submit", "button"}:
            self.texts.append(told.get("value") or "")

    @override
    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}
        if tag == "span" and self.spans:
            self.spans.pop()

    @override
    def handle_data(self, data: str) -> None:
        if not self.silent and not any(self.spans):
            self.texts.append(data)


def visible(page: str) -> set[str]:
    """The texts of a page, each with its white space as one sees it."""
    reader = Visible()
    reader.feed(page)
    return {" ".join(text.split()) for text in reader.texts} - {""}


class English:
    """Knows an English text of ours when it sees it untranslated: word for word, or with values filled in."""

    def __init__(self, texts: list[Text], language: str) -> None:
        self.plain: set[str] = set()
        patterns = []
        with translation.override(language):
            for text in texts:
                said = pgettext(text.context, text.text) if text.context else gettext(text.text)
                if said == text.text or not re.search(r"[A-Za-z]", text.text):
                    continue  # SMS is SMS
                for words in filter(None, (text.text, text.plural)):
                    shown = " ".join(re.sub(r"<[^>]+>", " ", words).split())
                    literal = re.sub(r"%\(\w+\)[sd]|%[sd]|\{[^{}]*\}", "", shown)
                    if literal == shown:
                        self.plain.add(shown.replace("%%", "%"))
                    elif len(re.findall(r"[A-Za-z]{3,}", literal)) > 1:
                        patterns.append(self._pattern(shown))
        self.filled = re.compile("|".join(patterns))

    @staticmethod
    def _pattern(words: str) -> str:
        parts = re.split(r"%\(\w+\)[sd]|%[sd]|\{[^{}]*\}", words.replace("%%", "%"))
        return "(?:" + ".+".join(re.escape(part) for part in parts) + ")"

    def found_in(self, texts: set[str]) -> set[str]:
        lower = {text: text[:1].lower() + text[1:] for text in texts}
        return {
            text
            for text in texts
            if text not in ALLOWED and (text in self.plain or lower[text] in self.plain or self.filled.fullmatch(text))
        }


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    ours = [text for text in our_texts() if text.places != [SURVEY_WORDS]]
    return [*ours, *package_texts()]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Built once for the module; the tests only look."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield build_world()
        transaction.set_rollback(True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_shows_english(world: World, texts: list[Text], language: str):
    User.objects.update(language=language)
    Member.objects.update(language=language)
    client, english = world.client(Role.ADMINISTRATOR), English(texts, language)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language  # what the pages for strangers go by
    pages, left = 0, {}
    for route in ROUTES:
        if route.name in IN_OTHER_LANGUAGES:
            continue
        with translation.override(language):  # for the pages that have it in their address
            answer = ask(client, route)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            pages += 1
            found = english.found_in(visible(answer.content.decode()))
            if found:
                left[route.name] = sorted(found)
    assert pages > 60
    assert not left, "\n".join(f"{name}: {texts}" for name, texts in left.items())


def test_no_column_of_the_admin_has_an_english_name(world: World):
    """Seen in Hebrew. A field that was never given a label is called after its name in the code; no catalogue would miss it."""
    request = RequestFactory().get("/")
    request.user, request.principal = world.person(Role.ADMINISTRATOR), world.principal(Role.ADMINISTRATOR)
    left = []
    with translation.override("he"):
        for model in admin_models():
            page, row = admin.site._registry[model], row_of(model)
            shown: list[tuple[str, Any, Any, Any]] = [
                (name, model, page, {}) for name in page.get_list_display(request)
            ]
            shown += _fields(request, row, page, model, page.get_form(request, row, change=True))
            for inline in page.get_inline_instances(request, row):
                shown += _fields(request, row, inline, inline.model, inline.get_formset(request, row).form)
            for name, of, holder, form_fields in shown:
                label = str(form_fields[name].label if name in form_fields else label_for_field(name, of, holder))
                if name not in UNNAMED and set(re.findall(r"[A-Za-z][A-Za-z0-9-]+", label)) - LATIN_LABELS:
                    left.append(f"{of._meta.label}.{name}: {label}")
    assert "\n".join(left) == ""


def _fields(request: Any, row: Any, holder: Any, model: Any, form: Any) -> list[tuple[str, Any, Any, Any]]:
    """The fields of a page or an inline; the form names those that it has."""
    names = flatten_fieldsets(holder.get_fieldsets(request, row))
    return [(name, model, holder, form.base_fields) for name in names]


def test_the_watch_over_pages_is_awake(world: World):
    spoilt = [Text("Shop open"), Text("%(n)s row of the file", plural="%(n)s rows of the file")]

    class Awake(English):
        def __init__(self) -> None:
            self.plain = {"shop open"}
            self.filled = re.compile(self._pattern(spoilt[1].plural))

    page = '<p>Shop open</p><a title="12 rows of the file">x</a><script>Shop open</script><p>Other</p>'
    assert Awake().found_in(visible(page)) == {"Shop open", "12 rows of the file"}
