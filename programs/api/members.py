"""Finding a member from the till: by POST, because a phone number in an address would land in every log."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.errors import IdentifierBlocked, MemberNotFound
from members.services import guess_identifiers, read_identifier
from programs.api import answers, schema
from programs.api.reading import read_body
from programs.api.serializers import LookupAnswerSerializer, LookupRequestSerializer
from programs.queries.company import default_region
from programs.queries.shoppers import MemberKey, find_shopper
from programs.services.balances import current_balance


class LookupView(APIView):
    """Who is this, and what can they spend? Masked name, status, tier and spendable points only."""

    @extend_schema(
        operation_id="lookup",
        summary="Find a member",
        parameters=[schema.LANGUAGE],
        request=LookupRequestSerializer,
        responses={200: LookupAnswerSerializer} | schema.problems(404),
        examples=[schema.LOOKUP_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        data = read_body(LookupRequestSerializer, request.data)
        now = timezone.now()
        shopper = find_shopper(member_key(data), at=now)
        if shopper is None:
            raise MemberNotFound
        if shopper.is_blocked:
            raise IdentifierBlocked
        found = current_balance(shopper, now=now)
        return Response(
            {
                "member": answers.member(shopper),
                "spendable": answers.text(found.available, found.point_decimals),
                "worth": answers.text(found.worth_minor, found.currency_exponent),
                "tier": {"key": found.tier_key, "name": found.tier_name},
            }
        )


def member_key(data: dict[str, Any]) -> MemberKey:
    """The one key in a valid MemberKeySerializer's data, normalised. Raises IdentifierUnreadable or MemberNotFound."""
    ((kind, value),) = data.items()
    if kind == "id":
        return MemberKey("id", str(value))
    region = default_region()
    if kind != "any":
        return MemberKey(kind, read_identifier(kind=kind, text=value, region=region))
    now = timezone.now()
    for guessed_kind, guessed in guess_identifiers(text=value, region=region):
        key = MemberKey(guessed_kind, guessed)
        if find_shopper(key, at=now) is not None:
            return key
    raise MemberNotFound
