"""Where a terminal stands: what its screen needs to know before the first customer."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_site.ground.models import Company, Language
from loyalty_site.ground.rules.money import minor_text
from members.models import Channel, Purpose, TillAccess
from members.queries.fields import known_fields
from members.queries.preferences import newest_wordings
from programs.api import schema
from programs.api.authentication import keep_cookie
from programs.api.members import till_of
from programs.api.serializers import CashierSerializer
from programs.models import ProgramVersion, Terminal
from programs.services.deals import version_in_force
from programs.services.programs import compiled_version


class WorkplaceProgramSerializer(serializers.Serializer):
    """How points pay. What a member may spend on a basket is in the answer to its quote."""

    name = serializers.CharField()
    point_decimals = serializers.IntegerField()
    point_value = serializers.CharField(help_text="What one point pays, in money.")
    redeem_minimum = serializers.CharField(help_text="Points.")
    redeem_step = serializers.CharField(help_text="Points.")
    redeem_max_percent = serializers.IntegerField(help_text="Of the bill.")


class WordingSerializer(serializers.Serializer):
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    language = serializers.ChoiceField(choices=Language.choices)
    text = serializers.CharField(help_text="To be read out before somebody agrees.")


class ChoiceSerializer(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField(help_text="In the till's language.")  # type: ignore[assignment]  # a key of the answer


class FieldToFillSerializer(ChoiceSerializer):
    """A field of the company's own that this till may fill in when it enrols."""

    kind = serializers.CharField(help_text="text, number, date, yes_no, choice (one of a list) or choices (several).")
    options = ChoiceSerializer(many=True)


class WorkplaceAnswerSerializer(serializers.Serializer):
    terminal = serializers.CharField()
    store = serializers.CharField()
    register = serializers.CharField()
    company = serializers.CharField()
    currency = serializers.CharField()
    currency_exponent = serializers.IntegerField(help_text="Decimals of the currency.")
    scopes = serializers.ListField(child=serializers.CharField(), help_text="What the terminal may do.")
    cashier = CashierSerializer(allow_null=True, help_text="Who is signed in.")
    needs_cashier_pin = serializers.BooleanField(help_text="Nothing is booked before a cashier signs in.")
    program = WorkplaceProgramSerializer(allow_null=True, help_text="Null: none is running yet.")
    wordings = WordingSerializer(many=True, help_text="The newest words of each purpose and language.")
    channels = serializers.ListField(
        child=serializers.ChoiceField(choices=[code for code in Channel.values if code]),
        help_text="By which offers may be sent, for consents to `marketing`.",
    )
    languages = serializers.ListField(
        child=serializers.CharField(), help_text="That the company speaks, its first one first."
    )
    own_fields = FieldToFillSerializer(many=True)
    now = serializers.DateTimeField(help_text="The server's clock, to compare the till's with.")


class WorkplaceView(APIView):
    """Everything that a till's screen needs besides members and goods. Ask when it starts, and now and then."""

    @extend_schema(
        operation_id="workplace",
        summary="Where this terminal stands",
        parameters=[schema.LANGUAGE],
        responses={200: WorkplaceAnswerSerializer} | schema.problems(),
    )
    def get(self, request: Request) -> HttpResponse:
        till, now = till_of(request), timezone.now()
        assert till.terminal_id is not None
        terminal = Terminal.objects.select_related("store").get(pk=till.terminal_id)
        company = Company.objects.get()
        answer = Response(
            {
                "terminal": terminal.name,
                "store": terminal.store.name,
                "register": till.register,
                "company": company.name,
                "currency": till.currency,
                "currency_exponent": till.currency_exponent,
                "scopes": sorted(till.scopes),
                "cashier": till.cashier and {"number": till.cashier.number, "name": till.cashier.name},
                "needs_cashier_pin": till.limits.needs_cashier_pin,
                "program": _program(version_in_force(now=now)),
                "wordings": [
                    {"purpose": one.purpose, "language": one.language, "text": one.text} for one in newest_wordings()
                ],
                "channels": [code for code in Channel.values if code],
                "languages": company.languages or Language.values,
                "own_fields": _fields(get_language() or ""),
                "now": now.isoformat(),
            }
        )
        keep_cookie(request, answer)
        return answer


def _program(version: ProgramVersion | None) -> dict[str, Any] | None:
    """WorkplaceProgramSerializer describes it."""
    if version is None:
        return None
    compiled = compiled_version(version.pk)
    return {
        "name": version.program.name,
        "point_decimals": compiled.point_decimals,
        "point_value": version.document["redemption"]["point_value"],
        "redeem_minimum": minor_text(compiled.redeem_minimum, compiled.point_decimals),
        "redeem_step": minor_text(compiled.redeem_step, compiled.point_decimals),
        "redeem_max_percent": compiled.redeem_max_percent,
    }


def _fields(language: str) -> list[dict[str, Any]]:
    """FieldToFillSerializer describes one."""
    return [
        {
            "code": one.code,
            "label": one.label(language),
            "kind": one.kind,
            "options": [{"code": option.code, "label": option.label(language)} for option in one.choices],
        }
        for one in known_fields()
        if one.till == TillAccess.SET
    ]
