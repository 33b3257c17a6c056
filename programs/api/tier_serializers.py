"""What answers say of the ladder of tiers."""

from __future__ import annotations

from rest_framework import serializers


class TierSerializer(serializers.Serializer):
    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)
    kept_until = serializers.DateField(
        allow_null=True,
        help_text="The last day on which they keep it whatever they buy. Null: no day is set, or it is kept for as long "
        "as it is reached.",
    )


class NextTierSerializer(serializers.Serializer):
    name = serializers.CharField()
    missing = serializers.CharField(help_text="What is still missing of what counts.")
    counts = serializers.ChoiceField(
        choices=["spend", "visits", "points"], help_text="Money to spend, purchases, or points to earn."
    )
