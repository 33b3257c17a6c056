"""The company's rules for cards and phones, and what became of a key that finds nobody."""

from __future__ import annotations

from members.models import EndedAs, Identifier, IdentityPolicy


def identity_policy() -> IdentityPolicy:
    """The company's rules, or the defaults while nobody has set any."""
    return IdentityPolicy.objects.first() or IdentityPolicy()


def replaced_identifier(kind: str, value: str) -> Identifier | None:
    """The newest ended key with this normalised value that a new one took the place of, or None."""
    ended = Identifier.objects.filter(kind=kind, value=value, ended_at__isnull=False)
    return ended.filter(ended_as=EndedAs.REPLACED).order_by("-ended_at").first()
