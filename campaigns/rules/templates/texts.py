"""The check of a whole text: each part by its own rules, the problems by the part they stand in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields as parts_of

from campaigns.rules.templates.checking import check_source
from campaigns.rules.templates.fields import FieldKind, fields_known
from campaigns.rules.templates.layout import Parts
from campaigns.rules.templates.markup import field_alone, problems_of_markup
from campaigns.rules.templates.pieces import PieceKind, Problem, cut

_HTTPS = re.compile(r"https://((?:[\w-]+\.)+[\w-]{2,}(?::\d{1,5})?)(?=[/?#]|$)")
_HTTP = re.compile(r"http://([\w.\[\]:-]+?)(?=[/?#]|$)")
_NOT_IN_ADDRESS = re.compile(r"[\s<>\"'\\`^|]")


def problems_of(parts: Parts, *, http_hosts: frozenset[str] = frozenset()) -> dict[str, list[Problem]]:
    """{part: problems}, only of parts that have some; {} when the text can be sent.

    `http_hosts` are hosts ('localhost:8000') to which links without TLS may lead: a demonstration's own.
    """
    found: dict[str, list[Problem]] = {}
    for part in parts_of(parts):
        source: str = getattr(parts, part.name)
        problems = list(check_source(source).problems)
        if not problems:
            problems = _EXTRA.get(part.name, _one_line)(source, http_hosts)
        if problems:
            found[part.name] = problems
    return found


def fields_of(parts: Parts) -> frozenset[str]:
    """The fields that a text names in any of its parts."""
    return frozenset().union(*(check_source(getattr(parts, part.name)).fields for part in parts_of(parts)))


def _one_line(source: str, _hosts: frozenset[str]) -> list[Problem]:
    return [Problem("one_line", 1)] if "\n" in source.strip() or "\r" in source.strip() else []


def _body(source: str, _hosts: frozenset[str]) -> list[Problem]:
    return problems_of_markup(source)


def _address(source: str, http_hosts: frozenset[str]) -> list[Problem]:
    if not source.strip():
        return []
    known = fields_known()
    alone = known.get(field_alone(source))
    if alone and alone.kind is FieldKind.URL:
        return []
    pieces = cut(source.strip())
    if any(piece.kind is PieceKind.TAG for piece in pieces):
        return [Problem("tag_in_address", 1)]
    first = pieces[0].text if pieces[0].kind is PieceKind.FIXED else ""
    plain = _HTTP.match(first)
    is_whole = len(pieces) == 1
    host = _HTTPS.match(first)
    # Behind a field there is no end of the host to see, so a slash must have come before it.
    is_ended = is_whole or any(mark in first.partition("://")[2] for mark in "/?#")
    if not ((host or (plain and plain[1] in http_hosts)) and is_ended):
        return [Problem("address_not_https", 1, source.strip()[:80])]
    if any(_NOT_IN_ADDRESS.search(piece.text) for piece in pieces if piece.kind is PieceKind.FIXED):
        return [Problem("address_letters", 1, source.strip()[:80])]
    return []


_EXTRA: dict[str, Callable[[str, frozenset[str]], list[Problem]]] = {"body": _body, "button_url": _address}
