"""The translations: where they lie, and how the text a translator edits (.po) becomes what Django reads (.mo).

No Django here: the settings call it, so that every process of an installation, a test and a command find their
translations whatever started them, without GNU gettext. docs/translating.md tells how to work on them.
"""

from __future__ import annotations

import os
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent.parent / "locale"
LANGUAGES = ("ru", "he")


class CataloguesNotWritable(Exception):
    """The compiled translations are missing or old, and this process cannot write them."""


def source_of(language: str, folder: Path = LOCALE) -> Path:
    """The .po file of a language."""
    return folder / language / "LC_MESSAGES" / "django.po"


def compile_stale(folder: Path = LOCALE) -> list[str]:
    """Compile every catalogue whose source is newer, and name those languages; nothing to do costs four stats.

    Several processes may start at once: each writes a file of its own and moves it into place whole.
    Raises CataloguesNotWritable.
    """
    return [language for language in LANGUAGES if _compile_if_stale(source_of(language, folder))]


def compile_all(folder: Path = LOCALE) -> list[str]:
    """Compile every catalogue, whatever the clocks of the files say. Raises CataloguesNotWritable."""
    for language in LANGUAGES:
        _compile(source_of(language, folder))
    return list(LANGUAGES)


def _compile_if_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns:
        return False
    _compile(source)
    return True


def _compile(source: Path) -> None:
    # Imported here: on almost every start there is nothing to compile.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    # The clock of the source, not of the compiler: a source saved while we read it is newer still.
    saved = source.stat()
    with source.open("rb") as text:
        catalogue = read_po(text)
    fresh = source.with_suffix(f".{os.getpid()}")
    try:
        with fresh.open("wb") as compiled:
            write_mo(compiled, catalogue)
        os.utime(fresh, ns=(saved.st_atime_ns, saved.st_mtime_ns))
        fresh.replace(source.with_suffix(".mo"))
    except OSError as error:
        raise CataloguesNotWritable(
            f"The translations in {source.parent} must be compiled, and cannot be written there. "
            "As the owner of the code run: .venv/bin/python -m loyalty_site.catalogues"
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
