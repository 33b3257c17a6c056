"""Shapes of what a sale gives besides points."""

from __future__ import annotations

from rest_framework import serializers

from programs.rules.benefits import BENEFITS


class BenefitSerializer(serializers.Serializer):
    rule = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.type for kind in BENEFITS])
    times = serializers.IntegerField(help_text="How many.")
    why = serializers.CharField(
        help_text="In the member's language; of kind `message` it is for the cashier, in the language asked for."
    )
    skus = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Of a gift: one of these articles."
    )
    surcharge = serializers.CharField(required=False, help_text="Of a gift: what it costs; empty: nothing.")
    series = serializers.CharField(required=False, help_text="Of coupons: the key of their kind.")
    codes = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Of coupons: print them. A quote has none."
    )
    card = serializers.CharField(required=False, help_text="Of stamps: the card they are on.")


class StampsSerializer(serializers.Serializer):
    card = serializers.CharField()
    name = serializers.CharField(help_text="Of the rule that gives something for them.")
    held = serializers.IntegerField(help_text="In a quote: as they would be after the sale.")
    needed = serializers.IntegerField(
        allow_null=True, help_text="With so many there is something for them; null: nothing takes them yet."
    )
    why = serializers.CharField(help_text="Such as: Coffee: 7 of 9 stamps.")
