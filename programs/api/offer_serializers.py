"""Shapes of what a cashier should say and offer before there is a basket."""

from __future__ import annotations

from rest_framework import serializers

from programs.rules.benefits import Privilege, Service


class NoticeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    text = serializers.CharField(help_text="Free text that a person wrote: show it as text, never as markup.")
    is_once = serializers.BooleanField(help_text="Once it is said: POST /notices/done.")


class RewardSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    points = serializers.CharField(help_text="What it costs.")


class CouponToUseSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="For `coupons` of a quote or sale.")
    name = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True, help_text="From then on it is over; null: it has no end.")


class OffersSerializer(serializers.Serializer):
    """Without a basket: a reward may still ask for certain goods, and a coupon for others."""

    rewards = RewardSerializer(many=True, help_text="What the points would buy.")
    coupons = CouponToUseSerializer(many=True, help_text="Personal coupons, those that end first, at most five.")


class PrivilegeSerializer(serializers.Serializer):
    rule = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.type for kind in (Privilege, Service)])
    text = serializers.CharField(help_text="For the cashier, in the language asked for.")
