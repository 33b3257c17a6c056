"""As whom to look at a template: somebody found by anything, or a member of whom there is something to say."""

from __future__ import annotations

from members.models import Member, MemberStatus
from members.queries.search import search_members
from programs.models import AccountAccess, ProgramState, PurchaseSummary

FOUND_MAX = 8
LOOKED_AT = 200


def find_readers(text: str, *, region: str) -> list[Member]:
    """At most FOUND_MAX members that `text` (a name, phone, card ...) may mean."""
    living = Member.objects.exclude(status__in=[MemberStatus.ERASED, MemberStatus.MERGED])
    return list(search_members(living, text, region=region)[:FOUND_MAX])


def likely_reader() -> Member | None:
    """Somebody who bought lately, has a name and, if possible, points; else any member with a name; else nobody."""
    lately = list(PurchaseSummary.objects.order_by("-last_at").values_list("member", flat=True)[:LOOKED_AT])
    with_points = AccountAccess.objects.filter(
        member__in=lately, program__state=ProgramState.ACTIVE, ended_at__isnull=True, account__available__gt=0
    ).values("member")
    named = Member.objects.exclude(status__in=[MemberStatus.ERASED, MemberStatus.MERGED]).exclude(name="")
    return (
        named.filter(pk__in=with_points).order_by("-pk").first()
        or named.filter(pk__in=lately).first()
        or named.order_by("-pk").first()
    )
