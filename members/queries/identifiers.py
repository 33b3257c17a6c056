"""Finding a person by a key they carry."""

from __future__ import annotations

from collections.abc import Sequence

from members.models import Identifier, Member, MemberStatus


def find_identifier(kind: str, value: str) -> Identifier | None:
    """The live identifier with this normalised value and its member, or None. Blocked ones are returned too:
    the caller says so to the cashier."""
    return Identifier.objects.select_related("member").filter(kind=kind, value=value, ended_at__isnull=True).first()


def find_by_identifier(kind: str, value: str) -> Member | None:
    """The member who carries this normalised key now, or None."""
    found = find_identifier(kind, value)
    return found.member if found else None


def keys_of(member_id: int) -> list[tuple[str, str]]:
    """[(kind, normalised value)] of everything a member was ever found by, ended ones too."""
    return list(Identifier.objects.filter(member=member_id).order_by("id").values_list("kind", "value"))


def last_keys_of(member_id: int) -> list[tuple[str, str]]:
    """Those of keys_of that nobody else carries now: whoever looks for one of them looks for this member."""
    keys = keys_of(member_id)
    live = Identifier.objects.filter(value__in=[value for _kind, value in keys], ended_at__isnull=True)
    others = set(live.exclude(member=member_id).values_list("kind", "value"))
    return [key for key in dict.fromkeys(keys) if key not in others]


def earlier_holders(member_id: int, keys: Sequence[tuple[str, str]]) -> dict[int, set[tuple[str, str]]]:
    """{somebody else: those of the keys that they had once}."""
    rows = Identifier.objects.filter(value__in=[value for _kind, value in keys], ended_at__isnull=False)
    found: dict[int, set[tuple[str, str]]] = {}
    for holder, kind, value in rows.exclude(member=member_id).values_list("member_id", "kind", "value"):
        if (kind, value) in keys:
            found.setdefault(holder, set()).add((kind, value))
    return found


def is_erased(member_id: int) -> bool:
    """Whether somebody who was known a moment ago has been forgotten meanwhile."""
    return Member.objects.filter(pk=member_id, status=MemberStatus.ERASED).exists()
