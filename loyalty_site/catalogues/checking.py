"""What is wrong with a catalogue: entries missing, left over, empty or fuzzy, and translations that would break."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

from loyalty_site.catalogues.extracting import Text

# %(name)s, %s, %d, %.1f; a doubled %% is a per cent sign, except before a word of our scripts: %%done.
_PERCENT = re.compile(r"%\(\w+\)[a-z]|%%[a-z]+|%%|%(?:\.\d+)?[sdrf]\b")
_BRACES = re.compile(r"\{[^{}\s\"']*\}")
_TAGS = re.compile(r"</?[a-zA-Z][^<>]*>")
# Forms that stand for exactly one and exactly two may say it in a word: "one row". Russian's first is also 21, 31 ...
_EXACT_FORMS = {"he": {0, 1}}


def complaints(catalogue: Catalog, wanted: list[Text], language: str) -> list[str]:
    """One line per fault; none when the catalogue is what it should be."""
    entries = {(message.context or "", _first(message.id)): message for message in catalogue if message.id}
    texts = {text.key: text for text in wanted}
    found = [f"not in the catalogue: {text.text!r}" for key, text in texts.items() if key not in entries]
    found += [f"said nowhere any more: {text!r}" for context, text in entries if (context, text) not in texts]
    found += [f"obsolete: {message.id!r}" for message in catalogue.obsolete.values()]
    for key, message in entries.items():
        plural = texts[key].plural if key in texts else ""
        found += (f"{fault}: {key[1]!r}" for fault in _faults(message, plural, catalogue.num_plurals, language))
    return found


def _faults(message: Message, plural: str, forms: int, language: str) -> Iterator[str]:
    words = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if message.fuzzy:
        yield "fuzzy"
    if plural != ("" if isinstance(message.id, str) else message.id[1]):
        yield "another plural than in the source"
    if len(words) != (forms if plural else 1) or not all(word.strip() for word in words):
        yield "not translated"
        return
    for number, word in enumerate(words):
        sources = [_first(message.id), plural] if plural else [_first(message.id)]
        if not _same_marks(sources, word, is_exact=bool(plural) and number in _EXACT_FORMS.get(language, ())):
            yield f"placeholders differ in {word!r}"
        if Counter(_TAGS.findall(sources[-1])) != Counter(_TAGS.findall(word)):
            yield f"HTML differs in {word!r}"
        if _edges(sources[-1]) != _edges(word):
            yield f"spaces at the ends differ in {word!r}"
        if _stray(word) > 0 and marks(sources[-1]):
            yield f"a % that is no placeholder in {word!r}"


def _same_marks(sources: list[str], word: str, *, is_exact: bool) -> bool:
    """The placeholders of the plural, or of the singular where that names fewer; fewer still in an exact form."""
    allowed = [marks(source) for source in sources]
    said = marks(word)
    return said in allowed or (is_exact and said <= allowed[-1] and not re.search(r"%[sd]", word))


def marks(text: str) -> Counter[str]:
    """The placeholders of a text, each as often as it stands there."""
    return Counter(_PERCENT.findall(text)) + Counter(_BRACES.findall(text))


def _stray(text: str) -> int:
    return _PERCENT.sub("", text).count("%")


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _first(words: str | list[str] | tuple[str, ...]) -> str:
    return words if isinstance(words, str) else words[0]
