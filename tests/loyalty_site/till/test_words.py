"""The words of the till page: each that a script asks for is there, in every language, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from loyalty_site.till.words import WORDS, words_in

SCRIPTS = settings.BASE_DIR / "static" / "till"
ASKED = re.compile(r"""\bt\(\s*["']([a-z_0-9]+)["']""")


def asked(folder: Path) -> set[str]:
    return {key for script in folder.glob("*.js") for key in ASKED.findall(script.read_text())}


def test_scripts_ask_for_words_that_are_there():
    assert asked(SCRIPTS) - WORDS.keys() == set()


def test_a_fraction_has_its_own_form():
    with translation.override("ru"):
        gift = words_in()["enrol_gift"]
    assert isinstance(gift, dict)
    assert [gift[form].split()[0] for form in ("one", "few", "many", "other")] == ["балл", "балла", "баллов", "балла"]


@pytest.mark.parametrize("language", ["en", "ru", "he"])
def test_every_form_of_a_word_has_the_same_places_to_fill(language: str):
    with translation.override("en"):
        english = words_in()
    with translation.override(language):
        told = words_in()
    for key, word in told.items():
        forms = word.values() if isinstance(word, dict) else [word]
        of = english[key]
        places = set(re.findall(r"%\((\w+)\)s", of["other"] if isinstance(of, dict) else of))
        for form in forms:
            assert set(re.findall(r"%\((\w+)\)s", form)) <= places, (key, form)
