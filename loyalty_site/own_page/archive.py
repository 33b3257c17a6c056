"""All that we know of a member as one file: data.json for machines, and the same as a page to read."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation

from loyalty_site.own_page.words import in_words, words_of
from programs.queries.company import company_zone


def archive_of(data: dict[str, Any], *, company: str, language: str, now: dt.datetime) -> bytes:
    """A zip of `data` (loyalty_site.services.member_data) as data.json and as data.html in `language`."""
    with translation.override(language), timezone.override(company_zone()):
        page = render_to_string(
            "own_page/data.html",
            {
                "company": company,
                "now": now,
                "parts": _readable(data),
                "LANGUAGE_CODE": language,
                "LANGUAGE_BIDI": translation.get_language_bidi(),
            },
        )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
        archive.writestr("data.html", page)
    return target.getvalue()


def _readable(value: Any, name: str = "") -> Any:
    """The same with the shop's words for names, as a template can walk it: ("table" | "list" | "plain", ...)."""
    if isinstance(value, dict):
        return (
            "table",
            [(words_of(key), _readable(inner, key)) for key, inner in value.items() if inner not in ("", None)],
        )
    if isinstance(value, list):
        return ("list", [_readable(inner, name) for inner in value])
    return ("plain", {True: "✓", False: "✕"}[value] if isinstance(value, bool) else in_words(name, str(value)))
