"""Shapes of confirming a spending: codes that are sent, and PINs that members choose."""

from __future__ import annotations

from decimal import Decimal

from rest_framework import serializers

from programs.api.fields import AmountField, PlainField, StrictSerializer
from programs.api.serializers import MemberKeySerializer


class SpendingCodeRequestSerializer(StrictSerializer):
    member = MemberKeySerializer()
    redeem_points = AmountField(
        decimal_places=2,
        required=False,
        default=Decimal(0),
        help_text="The most points that it will allow to spend. Default: none, a code for choosing a PIN.",
    )


class SpendingCodeAnswerSerializer(serializers.Serializer):
    sent_by = serializers.ChoiceField(choices=["email"])
    valid_until = serializers.DateTimeField()


class PinRequestSerializer(StrictSerializer):
    member = MemberKeySerializer()
    code = PlainField(max_length=6, help_text="From /spending-codes, asked for without points.")
    pin = PlainField(max_length=8, help_text="4 to 8 digits that the member chooses and types.")


class PinAnswerSerializer(serializers.Serializer):
    pin_set = serializers.BooleanField()
