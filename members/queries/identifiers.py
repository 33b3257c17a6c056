"""Finding a person by a key they carry."""

from __future__ import annotations

from members.models import Identifier, Member


def find_identifier(kind: str, value: str) -> Identifier | None:
    """The live identifier with this normalised value and its member, or None. Blocked ones are returned too:
    the caller says so to the cashier."""
    return Identifier.objects.select_related("member").filter(kind=kind, value=value, ended_at__isnull=True).first()


def find_by_identifier(kind: str, value: str) -> Member | None:
    """The member who carries this normalised key now, or None."""
    found = find_identifier(kind, value)
    return found.member if found else None
