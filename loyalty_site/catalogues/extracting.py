"""Every text a person may see, collected from the sources: ours, and those of packages that ship no translation.

Python is read through its own parser and templates through Django's own scanner, so this works wherever the code
runs; GNU gettext is not needed.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from loyalty_site.catalogues import LANGUAGES, LOCALE

ROOT = LOCALE.parent
OUR_PYTHON = ("loyalty_site", "members", "programs", "feedback", "campaigns")
OUR_TEMPLATES = ("templates",)
# Packages whose words our people see, and their parts that nobody sees here: what is for apps that are not installed,
# and DRF's ways of logging in, versions and browsable pages. What a package translates itself is left to it.
PACKAGES: dict[str, tuple[str, ...]] = {
    "unfold": ("contrib/constance", "contrib/guardian", "contrib/hijack", "contrib/location_field", "contrib/reversion",
               "contrib/simple_history", "contrib/inlines", "templates/reversion", "contrib/forms/templates"),
    "import_export": (),
    "django_celery_beat": ("admin.py",),  # settings_room.py shows its models by pages of our own
    "rest_framework": ("authentication.py", "authtoken", "filters.py", "pagination.py", "renderers.py", "schemas",
                       "templates", "templatetags", "versioning.py"),
    "django_filters": (),
}  # fmt: skip
# Django's own words are taken from its own English catalogues.
DJANGO = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/humanize", "contrib/postgres")

# What each function of django.utils.translation takes: the places of context, text and plural.
_FUNCTIONS = {
    name: places
    for stem, places in {
        "gettext": (None, 0, None),
        "ngettext": (None, 0, 1),
        "pgettext": (0, 1, None),
        "npgettext": (0, 1, 2),
    }.items()
    for name in (stem, f"{stem}_lazy", f"{stem}_noop")
}
# Texts that rules find and edges translate: ground/errors.py, and the errors that carry one.
_SAID = {"Said", "DocumentError", "ConditionError"}
_IN_TEMPLATE = re.compile(
    r"\b(gettext|ngettext|pgettext|npgettext|_)\(((?:\s*,?\s*u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))+)", re.DOTALL
)


class NotExtractable(Exception):
    """A text that is put together while the program runs: no catalogue could hold it."""


@dataclass
class Text:
    """One entry: what to translate and where it is said. `places` are files, without lines, so that moving code
    changes no catalogue."""

    text: str
    plural: str = ""
    context: str = ""
    places: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """What gettext looks up: the context and the text."""
        return self.context, self.text


def all_texts() -> dict[str, list[Text]]:
    """Per language what its catalogue must hold: our texts, then what the packages leave untranslated in it."""
    ours, theirs = _united(our_texts()), _united(package_texts())
    wanted = {}
    for language in LANGUAGES:
        done = translated_by_packages(language)
        wanted[language] = _united([*ours, *(text for text in theirs if text.key not in done)])
    return wanted


def our_texts() -> Iterator[Text]:
    """The texts of our Python and of our templates."""
    for folder in OUR_PYTHON:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from texts_of_python(path.read_text(), path.relative_to(ROOT).as_posix(), is_ours=True)
    for folder in OUR_TEMPLATES:
        for path in _templates(ROOT / folder):
            yield from texts_of_template(path.read_text(), path.relative_to(ROOT).as_posix())


def package_texts() -> Iterator[Text]:
    """The texts of PACKAGES and of DJANGO."""
    for name, unseen in PACKAGES.items():
        root = package_folder(name)
        for path in sorted([*root.rglob("*.py"), *_templates(root)]):
            part = path.relative_to(root).as_posix()
            if not part.startswith(unseen) and not {"migrations", "tests"} & set(path.parts):
                read = texts_of_python if path.suffix == ".py" else texts_of_template
                yield from read(path.read_text(), name)
    for part in DJANGO:
        english = package_folder("django") / part / "locale/en/LC_MESSAGES/django.po"
        for message in read_po(io.BytesIO(english.read_bytes())):
            if message.id:
                text, plural = (message.id, "") if isinstance(message.id, str) else (message.id[0], message.id[1])
                yield Text(text, plural, message.context or "", ["django"])


def translated_by_packages(language: str) -> dict[tuple[str, str], str]:
    """{(context, text): its first form} of everything that Django and the packages translate themselves, in every form.

    Where two translate the same, the first in the order of DJANGO and PACKAGES.
    """
    folders = [package_folder("django") / part for part in DJANGO] + [package_folder(name) for name in PACKAGES]
    found: dict[tuple[str, str], str] = {}
    for folder in folders:
        compiled = folder / "locale" / language / "LC_MESSAGES" / "django.mo"
        if compiled.exists():
            for message in read_mo(io.BytesIO(compiled.read_bytes())):
                words = message.string if isinstance(message.string, tuple | list) else [message.string]
                if message.id and all(words):
                    context = message.context or b""  # Babel leaves it undecoded here
                    text = message.id if isinstance(message.id, str) else message.id[0]
                    found.setdefault((context.decode() if isinstance(context, bytes) else context, text), str(words[0]))
    return found


def texts_of_python(source: str, place: str, *, is_ours: bool = False) -> Iterator[Text]:
    """The texts of one Python file, and the sentences of its refusals. Raises NotExtractable, for our own files."""
    tree = ast.parse(source)
    names = _names_of_gettext(tree)
    for node in sorted(ast.walk(tree), key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))):
        if isinstance(node, ast.ClassDef) and is_ours:
            yield from _sentences(node, place)
        if not isinstance(node, ast.Call):
            continue
        if is_ours and isinstance(node.func, ast.Name) and node.func.id in _SAID:
            yield from _said(node, place)
        if not (function := _called(node, names)):
            continue
        if is_ours and isinstance(node.args[0], ast.Name | ast.Attribute):
            continue  # a text that was written out elsewhere, under gettext_noop
        context, text, plural = (
            "" if at is None else _constant(node.args[at]) if at < len(node.args) else None
            for at in _FUNCTIONS[function]
        )
        if context is None or text is None or plural is None:
            if is_ours:
                raise NotExtractable(f"{place}:{node.lineno} translates something that is not written out there")
        elif text:
            yield Text(text, plural, context, [place])


def texts_of_template(source: str, place: str) -> Iterator[Text]:
    """The texts of one Django template."""
    for function, arguments in _IN_TEMPLATE.findall(templatize(source)):
        words = ast.literal_eval(f"({arguments.strip()},)")
        name = "gettext" if function == "_" else function
        context, text, plural = ("" if at is None else words[at] for at in _FUNCTIONS[name])
        if text:
            yield Text(text, plural, context, [place])


def package_folder(name: str) -> Path:
    """Where an installed package lies."""
    found = find_spec(name)
    assert found is not None, f"{name} is not installed"
    assert found.origin is not None
    return Path(found.origin).parent


def _united(texts: Iterable[Text]) -> list[Text]:
    """One entry per key, with all its places, in the order of the first."""
    found: dict[tuple[str, str], Text] = {}
    for text in texts:
        known = found.get(text.key)
        if known is None:
            found[text.key] = replace(text)
        else:
            known.places = sorted({*known.places, *text.places})
            known.plural = known.plural or text.plural
    return list(found.values())


def _templates(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in {".html", ".txt"} and "static" not in path.parts)


def _names_of_gettext(tree: ast.Module) -> dict[str, str]:
    """{"_": "gettext_lazy", ...}: what this file calls the functions of django.utils.translation."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in _FUNCTIONS
    }


def _called(node: ast.Call, names: dict[str, str]) -> str | None:
    if isinstance(node.func, ast.Name):
        return names.get(node.func.id)
    if isinstance(node.func, ast.Attribute) and node.func.attr in _FUNCTIONS:
        return node.func.attr if isinstance(node.func.value, ast.Name) and node.func.value.id == "translation" else None
    return None


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _said(node: ast.Call, place: str) -> Iterator[Text]:
    """The first argument of Said("...") and of the errors that carry one; they themselves hand on `sentence`."""
    first = node.args[0]
    text = _constant(first)
    if text is not None:
        yield Text(text, places=[place])
    elif not (isinstance(first, ast.Name) and first.id == "sentence"):
        raise NotExtractable(f"{place}:{node.lineno} says something that is not written out there")


def _sentences(node: ast.ClassDef, place: str) -> Iterator[Text]:
    """`sentence` of a refusal (ground/errors.py): English there, translated where it is said."""
    for line in node.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        value = getattr(line, "value", None)
        if isinstance(target, ast.Name) and target.id == "sentence" and value is not None:
            text = _constant(value)
            if text is None:
                raise NotExtractable(f"{place}:{line.lineno} has a sentence that is not written out there")
            yield Text(text, places=[place])
