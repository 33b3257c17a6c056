"""What the staff does to a member's keys, from the member's page: cards, blocks, one more phone, a number handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext

from loyalty_site.ground import policy
from loyalty_site.ground.admin import principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.policy import Action, Principal, permits
from members.errors import IdentifierEnded, PhoneOfSilentMember
from members.models import BlockReason, Identifier, IdentifierKind, Member
from members.services import block_identifier, end_identifier, issue_card, replace_card, unblock_identifier
from members.services.profile import change_address
from programs.queries.company import default_region
from programs.services.handing_over import add_key

ROUTE = "members_member_key"
KEYS_SHOWN = 3


def keys_context(who: Principal) -> dict[str, Any]:
    """What the member page offers to do with keys, by what the person may do."""
    return {
        "may_change_keys": permits(who, Action.ACT, "members.identifier"),
        "block_reasons": [choice for choice in BlockReason.choices if choice[0]],
        "key_kinds": IdentifierKind.choices,
    }


def keys_beside_the_name(keys: Iterable[Identifier]) -> list[Identifier]:
    """The first of each kind that works and is their own: who carries a lent card is somebody else."""
    first: dict[str, Identifier] = {}
    for key in keys:
        if key.ended_at is None and key.lent_at is None:
            first.setdefault(key.kind, key)
    return list(first.values())[:KEYS_SHOWN]


class MemberKeysPages:
    """One address for all deeds; mixed into the member's admin."""

    admin_site: Any

    def keys_urls(self) -> list[URLPattern]:
        """For the admin's get_urls."""
        return [path("<int:object_id>/key/", self.admin_site.admin_view(self.key_view), name=ROUTE)]

    def key_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Do one deed; the answer is the member page again, at its keys."""
        if not policy.may_open(principal_of(request), f"admin:{ROUTE}"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        member = get_object_or_404(Member, pk=object_id)
        deeds: dict[str, Callable[[HttpRequest, Member], str]] = {
            "issue": _issue,
            "replace": _replace,
            "block": _block,
            "unblock": _unblock,
            "end": _end,
            "add": _add,
            "address": _address,
        }
        deed, more = deeds.get(request.POST.get("deed", "")), {}
        try:
            if deed is not None:
                messages.success(request, deed(request, member))
        except PhoneOfSilentMember as refusal:
            messages.warning(request, refusal.message(gettext))
            more = {"hand_over": "1"}
        except DomainError as refusal:
            messages.error(request, refusal.message(gettext))
        page = reverse("admin:members_member_change", args=[member.pk])
        return HttpResponseRedirect(f"{page}?{urlencode({'tab': 'keys', **more})}")


def _issue(request: HttpRequest, member: Member) -> str:
    card = issue_card(member_id=member.pk, actor=principal_of(request), now=timezone.now())
    return gettext("The card's number: %(number)s") % {"number": card.shown}


def _replace(request: HttpRequest, member: Member) -> str:
    key = _own(request, member)
    card = replace_card(identifier_id=key.pk, actor=principal_of(request), now=timezone.now())
    return gettext("The old card is ended. The new card's number: %(number)s") % {"number": card.shown}


def _block(request: HttpRequest, member: Member) -> str:
    reason = request.POST.get("reason", "")
    block_identifier(
        identifier_id=_own(request, member).pk,
        reason=reason if reason in BlockReason.values else BlockReason.NONE,
        actor=principal_of(request),
        now=timezone.now(),
    )
    return gettext("Blocked: the till refuses it from now on.")


def _unblock(request: HttpRequest, member: Member) -> str:
    unblock_identifier(identifier_id=_own(request, member).pk, actor=principal_of(request), now=timezone.now())
    return gettext("It can be used again.")


def _end(request: HttpRequest, member: Member) -> str:
    end_identifier(identifier_id=_own(request, member).pk, actor=principal_of(request), now=timezone.now())
    return gettext("Taken off. It stays in the history.")


def _add(request: HttpRequest, member: Member) -> str:
    kind = request.POST.get("kind", "")
    key = add_key(
        member_id=member.pk,
        kind=kind if kind in IdentifierKind.values else IdentifierKind.PHONE,
        text=request.POST.get("text", ""),
        region=default_region(),
        actor=principal_of(request),
        now=timezone.now(),
        hand_over=request.POST.get("hand_over") == "1",
    )
    return gettext("%(key)s leads to this member now.") % {"key": key}


def _address(request: HttpRequest, member: Member) -> str:
    parts = {name: request.POST.get(name, "") for name in ("city", "street", "postcode")}
    change_address(member_id=member.pk, **parts, actor=principal_of(request), now=timezone.now())
    return gettext("The address is saved.")


def _own(request: HttpRequest, member: Member) -> Identifier:
    """A key of this member and nobody else's, whatever number was sent."""
    number = request.POST.get("key", "")
    found = Identifier.objects.filter(pk=int(number), member=member).first() if number.isdecimal() else None
    if found is None:
        raise IdentifierEnded
    return found
