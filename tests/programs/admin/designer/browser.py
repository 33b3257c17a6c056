"""What a browser would send of forms as they are shown."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import override

from django.http import QueryDict


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._select: str | None = None
        self._first: str | None = None
        self._chosen: str | None = None

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "input" and known.get("name"):
            if known.get("type") in {"checkbox", "radio"} and "checked" not in known:
                return
            self.found.append(
                (known["name"] or "", known.get("value") or ("on" if known.get("type") == "checkbox" else ""))
            )
        elif tag == "select":
            self._select, self._first, self._chosen = known.get("name"), None, None
        elif tag == "option" and self._select:
            value = known.get("value") or ""
            self._first = value if self._first is None else self._first
            if "selected" in known:
                self._chosen = value

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            self.found.append((self._select, (self._chosen if self._chosen is not None else self._first) or ""))
            self._select = None


def fields_of(html: str) -> QueryDict:
    """The fields of a piece of a page, as they would be posted."""
    parser = _Fields()
    parser.feed(html)
    data = QueryDict(mutable=True)
    for name, value in parser.found:
        data.appendlist(name, value)
    return data
