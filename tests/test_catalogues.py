"""The catalogues hold every text there is, translated; and what compiles and collects them is awake."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.apps import apps

from loyalty_site import catalogues
from loyalty_site.catalogues import CataloguesNotWritable, compile_stale, source_of
from loyalty_site.catalogues.checking import complaints, marks
from loyalty_site.catalogues.extracting import (
    NotExtractable,
    Text,
    all_texts,
    texts_of_python,
    texts_of_template,
    translated_by_packages,
)
from loyalty_site.catalogues.updating import update


@pytest.fixture(scope="module")
def texts() -> dict[str, list[Text]]:
    return all_texts()


def catalogue(language: str) -> Catalog:
    with source_of(language).open("rb") as source:
        return read_po(source)


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_text_is_translated(texts: dict[str, list[Text]], language: str):
    """After new texts: make messages, then translate what is empty in locale/."""
    assert len(texts[language]) > 700
    assert complaints(catalogue(language), texts[language], language) == []


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_the_forms_of_numbers_are_django_s(language: str):
    """Two catalogues of one language with different rules would pick each other's forms."""
    django = Path(apps.get_app_config("admin").path).parent.parent / f"conf/locale/{language}/LC_MESSAGES/django.po"
    with django.open("rb") as source:
        assert read_po(source).plural_expr == catalogue(language).plural_expr


# Texts that we and a package both say and translate differently on purpose: ours goes before theirs everywhere.
OURS_IS_BETTER = {
    "Add %(name)s": "«Добавить: магазин», because the name cannot take its case there",
    "active": "of programmes and tills as well as of the staff",
    "name": "of shops and programmes; a person's has a context",
    "New": "a filter of rows, in the plural",
    "Day": "a heading, so with a capital",
}


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_our_words_do_not_bend_those_of_django(language: str):
    """Our `may` of a till would rename the month on every page; such a word needs a context."""
    theirs = translated_by_packages(language)
    entries = [(message.context or "", message) for message in catalogue(language) if isinstance(message.id, str)]
    bent = {
        message.id: (message.string, theirs[context, message.id])
        for context, message in entries
        if (context, message.id) in theirs and theirs[context, message.id] != message.string
    }
    assert {text: said for text, said in bent.items() if text and text not in OURS_IS_BETTER} == {}


SMALL = """msgid ""
msgstr ""
"Language: he\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=4; plural=(n == 1) ? 0 : (n == 2) ? 1: (n % 10 == 0 && n > 10) ? 2 : 3;\\n"

msgid "Good day, %(name)s"
msgstr "שלום %(name)s"

msgid "<b>%(n)s</b> row"
msgid_plural "<b>%(n)s</b> rows"
msgstr[0] "<b>שורה</b> אחת"
msgstr[1] "<b>שתי</b> שורות"
msgstr[2] "<b>%(n)s</b> שורות"
msgstr[3] "<b>%(n)s</b> שורות"
"""
SMALL_TEXTS = [Text("Good day, %(name)s"), Text("<b>%(n)s</b> row", plural="<b>%(n)s</b> rows")]


def complaints_of(source: str, tmp_path: Path, wanted: list[Text] | None = None) -> list[str]:
    path = tmp_path / "django.po"
    path.write_text(source)
    with path.open("rb") as text:
        return complaints(read_po(text), wanted or SMALL_TEXTS, "he")


def test_a_good_catalogue_is_not_complained_about(tmp_path: Path):
    assert complaints_of(SMALL, tmp_path) == []


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('"שלום %(name)s"', '""', "not translated"),
        ('"שלום %(name)s"', '"  "', "not translated"),
        ('msgid "Good day', '#, fuzzy\nmsgid "Good day', "fuzzy"),
        ("שלום %(name)s", "שלום", "placeholders differ"),
        ("שלום %(name)s", "שלום %(nom)s", "placeholders differ"),
        ("שלום %(name)s", "שלום %(name)s ב־50 %", "no placeholder"),
        ("שלום %(name)s", "שלום %(name)s ", "spaces at the ends"),
        ('msgstr[2] "<b>%(n)s</b>', 'msgstr[2] "<b>כל</b>', "placeholders differ"),
        ("<b>שתי</b> שורות", "<i>שתי</i> שורות", "HTML differs"),
        ('msgstr[3] "<b>%(n)s</b> שורות"', 'msgstr[3] ""', "not translated"),
        ('msgid_plural "<b>%(n)s</b> rows"', 'msgid_plural "<b>%(n)s</b> lines"', "another plural"),
        ('msgid "Good day', 'msgid "Good night', "not in the catalogue"),
        ('msgid "Good day', 'msgid "Good night', "said nowhere any more"),
        ("", '\n#~ msgid "Long ago"\n#~ msgstr "לפני זמן רב"\n', "obsolete"),
    ],
)
def test_the_watch_over_translations_is_awake(before: str, after: str, complaint: str, tmp_path: Path):
    spoilt = SMALL.replace(before, after) if before else SMALL + after
    assert spoilt != SMALL
    assert any(complaint in found for found in complaints_of(spoilt, tmp_path))


def test_a_russian_first_form_keeps_its_number():
    """It stands for 1, 21, 31 ...: "one row" would be wrong for most of them."""
    wanted = [Text("%(n)s row", plural="%(n)s rows")]
    russian = Catalog(locale="ru")
    russian.add(("%(n)s row", "%(n)s rows"), ("одна строка", "%(n)s строки", "%(n)s строк"))
    assert any("placeholders differ" in found for found in complaints(russian, wanted, "ru"))


def test_placeholders_are_seen():
    said = marks("%(who)s gave {0} and {name:X}, %%n of 50 %%, %s")
    assert set(said) == {"%(who)s", "{0}", "{name:X}", "%%n", "%%", "%s"}


def test_python_gives_its_texts():
    source = """
from django.utils.translation import gettext as say, ngettext, pgettext_lazy
from elsewhere import gettext
class Gone(Refused):
    sentence = "It is " "gone."
Said("of a rule", x=1); say("plain"); ngettext("%(n)s row", "%(n)s rows", 2); pgettext_lazy("a place", "from"); gettext("not ours")
say(starter.name)
"""
    found = [(text.context, text.text, text.plural) for text in texts_of_python(source, "x.py", is_ours=True)]
    assert found == [
        ("", "It is gone.", ""),
        ("", "of a rule", ""),
        ("", "plain", ""),
        ("", "%(n)s row", "%(n)s rows"),
        ("a place", "from", ""),
    ]


@pytest.mark.parametrize("call", ["_(f'Hello {name}')", "_('Hello ' + name)", "_('Hello %s' % name)"])
def test_a_text_that_is_put_together_is_refused(call: str):
    source = f"from django.utils.translation import gettext as _\n{call}"
    with pytest.raises(NotExtractable, match=r"x\.py:2"):
        list(texts_of_python(source, "x.py", is_ours=True))


@pytest.mark.parametrize("source", ["class Gone:\n    sentence = f'{x}'", "Said(f'{x} is wrong')"])
def test_a_sentence_that_is_put_together_is_refused(source: str):
    with pytest.raises(NotExtractable):
        list(texts_of_python(source, "x.py", is_ours=True))


def test_a_template_gives_its_texts():
    source = """{% load i18n %}{% translate "It's plain" %} {% translate "from" context "a place" %}
{% blocktranslate count n=rows trimmed %}
  {{ n }} row of 5 %
{% plural %}
  {{ n }} rows of 5 %
{% endblocktranslate %}{{ x|default:_("none") }}{% component "x" with title=_("Titled") %}"""
    found = [(text.context, text.text, text.plural) for text in texts_of_template(source, "x.html")]
    assert found == [
        ("", "It's plain", ""),
        ("a place", "from", ""),
        ("", "%(n)s row of 5 %%", "%(n)s rows of 5 %%"),
        ("", "none", ""),
        ("", "Titled", ""),
    ]


def test_collecting_keeps_what_is_translated_and_drops_what_nobody_says(tmp_path: Path):
    path = tmp_path / "django.po"
    path.write_text(SMALL)
    assert update(path, [Text("New here", places=["b.py", "a.py"]), SMALL_TEXTS[0]]) == 1
    first = path.read_text()
    assert '#: a.py b.py\nmsgid "New here"\nmsgstr ""\n' in first
    assert "שלום %(name)s" in first
    assert "rows" not in first
    assert update(path, [Text("New here", places=["b.py", "a.py"]), SMALL_TEXTS[0]]) == 1
    assert path.read_text() == first


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language in catalogues.LANGUAGES:
        source = source_of(language, tmp_path)
        source.parent.mkdir(parents=True)
        source.write_text(SMALL)
    return tmp_path


def test_what_is_newer_is_compiled_and_only_that(folder: Path):
    assert compile_stale(folder) == ["ru", "he"]
    with source_of("he", folder).with_suffix(".mo").open("rb") as compiled:
        assert (
            gettext.GNUTranslations(compiled).ngettext("<b>%(n)s</b> row", "<b>%(n)s</b> rows", 2) == "<b>שתי</b> שורות"
        )
    assert compile_stale(folder) == []
    source_of("he", folder).write_text(SMALL.replace("שלום", "ברוכים הבאים"))
    assert compile_stale(folder) == ["he"]
    assert sorted(path.suffix for path in folder.rglob("*.*")) == [".mo", ".mo", ".po", ".po"]


def test_a_place_that_cannot_be_written_is_said_with_what_to_do(folder: Path):
    blocked = source_of("ru", folder).with_suffix(".mo")
    (blocked / "in the way").mkdir(parents=True)
    os.utime(blocked, (0, 0))
    with pytest.raises(CataloguesNotWritable, match="-m loyalty_site"):
        compile_stale(folder)
    assert not [path for path in blocked.parent.iterdir() if path.suffix not in {".po", ".mo"}]
