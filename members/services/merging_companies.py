"""What merging two members does to lent cards and to companies; the way there and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from members.models import CompanyContact, CompanyDetails, ContactRole, Identifier, Member


def join_lending(survivor: Member, merged: Member) -> list[dict[str, Any]]:
    """Cards that the other carried are carried by the survivor; nobody carries their own. Images for the way back.

    Called when the keys of the other are the survivor's already.
    """
    two = [survivor.pk, merged.pk]
    rows = list(Identifier.objects.filter(lent_to__in=two).filter(Q(lent_to=merged) | Q(member=survivor)))
    images = [{"id": row.pk, "lent_to": row.lent_to_id} for row in rows]
    for row in rows:
        row.lent_to = None if row.member_id == survivor.pk else survivor
        row.save(update_fields=["lent_to"])
    return images


def part_lending(images: Sequence[Mapping[str, Any]]) -> None:
    """Each card is carried by whom it was; one that was ended since stays ended."""
    for image in images:
        Identifier.objects.filter(pk=image["id"]).update(lent_to=image["lent_to"])


def join_companies(survivor: Member, merged: Member) -> dict[str, Any]:
    """The survivor is whose contact the other was, with all that both do there; of two companies, the survivor has the
    people of both and the numbers it lacked. Images for the way back."""
    rows = CompanyContact.objects.filter(Q(person=merged) | Q(company=merged)).order_by("pk").select_for_update()
    images = []
    for row in rows:
        side = "person" if row.person_id == merged.pk else "company"
        images.append({"id": row.pk, "side": side, "twin": None})
        other = {"company": row.company_id} if side == "person" else {"person": row.person_id}
        live = CompanyContact.objects.filter(**{side: survivor}, **other, ended_at__isnull=True)
        if row.ended_at is None and (twin := live.first()) is not None:
            images[-1]["twin"] = _join_twin(twin, row)
            row.ended_at = max(row.since, twin.since)
        setattr(row, side, survivor)
        row.save(update_fields=[side, "ended_at"])
    return {"contacts": images, "details": _join_details(survivor, merged)}


def _join_twin(twin: CompanyContact, row: CompanyContact) -> dict[str, Any]:
    """The survivor's own row for the same company and person says what both said; its image before that."""
    image = {
        "id": twin.pk,
        "roles": list(twin.roles),
        "won_at": twin.won_at.isoformat() if twin.won_at else None,
        "won_by": twin.won_by,
    }
    twin.roles = [role.value for role in ContactRole if role.value in {*twin.roles, *row.roles}]
    if twin.won_at is None:
        twin.won_at, twin.won_by = row.won_at, row.won_by
    twin.save(update_fields=["roles", "won_at", "won_by"])
    return image


def part_companies(before: Mapping[str, Any], merged: Member) -> list[dict[str, Any]]:
    """Give contacts and numbers back; where life went on they stay as they are and are listed."""
    left: list[dict[str, Any]] = []
    for image in before["contacts"]:
        again = {"ended_at": None} if image["twin"] else {}
        try:
            with transaction.atomic():
                CompanyContact.objects.filter(pk=image["id"]).update(**{image["side"]: merged}, **again)
                if image["twin"]:
                    CompanyContact.objects.filter(pk=image["twin"]["id"]).update(**image["twin"])
        except IntegrityError:
            left.append({"what": "contact", "contact": image["id"]})
    for image in before["details"]:
        CompanyDetails.objects.filter(member=image["member"]).update(**image)
    return left


def _join_details(survivor: Member, merged: Member) -> list[dict[str, Any]]:
    """The survivor's numbers as they were, when it took one over."""
    theirs = CompanyDetails.objects.filter(member=merged).first()
    if theirs is None:
        return []
    mine, _made = CompanyDetails.objects.get_or_create(member=survivor)
    image = {
        "member": survivor.pk,
        "tax_number": mine.tax_number,
        "registration_number": mine.registration_number,
    }
    mine.tax_number = mine.tax_number or theirs.tax_number
    mine.registration_number = mine.registration_number or theirs.registration_number
    mine.save()
    return [image]
