"""The catalogues brought up to the sources: new texts come in empty, texts nobody says any more leave."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from loyalty_site.catalogues import LOCALE, source_of
from loyalty_site.catalogues.extracting import Text, all_texts

# Lines of the header that would change with every run and say nothing.
_RESTLESS = tuple(
    f'"{name}:'
    for name in (
        "POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Last-Translator", "Language-Team", "Report-Msgid-Bugs-To",
    )
)  # fmt: skip


def update_all(folder: Path = LOCALE) -> dict[str, int]:
    """Rewrite both catalogues from the sources; {language: how many entries wait for a translator}."""
    return {language: update(source_of(language, folder), texts) for language, texts in all_texts().items()}


def update(source: Path, texts: list[Text]) -> int:
    """Rewrite one catalogue so that it holds exactly `texts`; translations that are there stay."""
    with source.open("rb") as saved:
        catalogue = read_po(saved, ignore_obsolete=True)
    catalogue.update(_template(texts), no_fuzzy_matching=True)
    write(catalogue, source)
    return sum(1 for message in catalogue if message.id and not is_translated(message))


def is_translated(message: Message) -> bool:
    """Is every form of it there?"""
    words = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(words)


def write(catalogue: Catalog, target: Path) -> None:
    """Save a catalogue in the one way this house writes them."""
    text = io.BytesIO()
    write_po(text, catalogue, width=100, include_lineno=False, ignore_obsolete=True, omit_header=False)
    lines = text.getvalue().decode().splitlines(keepends=True)
    target.write_text("".join(line for line in lines if not line.startswith(_RESTLESS)))


def _template(texts: list[Text]) -> Catalog:
    template = Catalog()
    for text in texts:
        template.add(
            (text.text, text.plural) if text.plural else text.text,
            locations=[(place, 0) for place in text.places],
            context=text.context or None,
        )
    return template
