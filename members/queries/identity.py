"""The company's rules for cards and phones, and what became of a key that finds nobody."""

from __future__ import annotations

from collections.abc import Callable

from members.models import CardIssuer, EndedAs, Identifier, IdentityPolicy


def identity_policy() -> IdentityPolicy:
    """The company's rules, or the defaults while nobody has set any."""
    return IdentityPolicy.objects.first() or IdentityPolicy()


def replaced_identifier(kind: str, value: str) -> Identifier | None:
    """The newest ended key with this normalised value, if a new one took its place or its owner took it back."""
    ended = Identifier.objects.filter(kind=kind, value=value, ended_at__isnull=False)
    return ended.filter(ended_as__in=[EndedAs.REPLACED, EndedAs.WITHDRAWN]).order_by("-ended_at").first()


def issuer_of(number: str) -> CardIssuer | None:
    """The partner of whose cards this normalised number is one, by how it begins and its length; None: of nobody's."""
    if not (number.isascii() and number.isdigit()):
        return None
    return next((one for one in CardIssuer.objects.filter(length=len(number)) if number.startswith(one.prefix)), None)


def issuer_finder() -> Callable[[str], int | None]:
    """issuer_of for many numbers: the ranges are read once. Answers with the issuer's id."""
    ranges: dict[int, list[tuple[str, int]]] = {}
    for one in CardIssuer.objects.all():
        ranges.setdefault(one.length, []).append((one.prefix, one.pk))

    def find(number: str) -> int | None:
        known = ranges.get(len(number))
        if not known or not (number.isascii() and number.isdigit()):
            return None
        return next((pk for prefix, pk in known if number.startswith(prefix)), None)

    return find
