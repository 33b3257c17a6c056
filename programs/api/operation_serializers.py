"""Shapes of what tills do besides selling: holds, cancelling, returns without the receipt, enrolling."""

from __future__ import annotations

from typing import Any, override

from django.utils.translation import gettext
from rest_framework import serializers

from loyalty_site.ground.models import Language
from members.models import Channel, Purpose
from programs.api.fields import AmountField, PlainField, StrictSerializer
from programs.api.serializers import (
    BalanceSerializer,
    BurnDaySerializer,
    MemberKeySerializer,
    MemberSerializer,
    QuoteRequestSerializer,
    SaleAnswerSerializer,
    SaleKeySerializer,
)


class HoldRequestSerializer(QuoteRequestSerializer):
    reference = PlainField(max_length=60, required=False, default="", help_text="Your own number of the order.")
    minutes = serializers.IntegerField(
        min_value=1, max_value=100_000, required=False, help_text="Default: as long as the programme lets."
    )
    cashier = PlainField(
        max_length=40, required=False, default="", help_text="The cashier's number. Default: who is signed in."
    )
    pin = PlainField(max_length=8, required=False, default="", help_text="The member's PIN, after step_up_required.")
    code = PlainField(max_length=6, required=False, default="", help_text="The code that was sent to them instead.")


class CommitRequestSerializer(StrictSerializer):
    receipt_number = PlainField(max_length=60)
    register = PlainField(max_length=40, required=False, default="", help_text="Default: the terminal's own.")
    occurred_at = serializers.DateTimeField(required=False, help_text="Default: now. At most 7 days ago.")
    cashier = PlainField(max_length=40, required=False, default="")


class ReleaseRequestSerializer(StrictSerializer):
    """Nothing to say: send {}."""


class LooseLineSerializer(StrictSerializer):
    sku = PlainField(max_length=60)
    quantity = AmountField(max_digits=14, decimal_places=3)
    amount = AmountField(decimal_places=4, help_text="What is paid out for the line.")
    tax_rate = AmountField(max_digits=5, decimal_places=2, required=False, help_text="Per cent.")
    tax_included = serializers.BooleanField(required=False, default=True)


class LooseReturnRequestSerializer(StrictSerializer):
    """Without the receipt: whose goods, and what they are."""

    member = MemberKeySerializer()
    lines = LooseLineSerializer(many=True, allow_empty=False, max_length=500)  # type: ignore[call-arg]  # likewise
    receipt_number = PlainField(max_length=60, help_text="The number of the return's own receipt.")
    register = PlainField(max_length=40, required=False, default="")
    occurred_at = serializers.DateTimeField(required=False)
    cashier = PlainField(max_length=40, required=False, default="")


class ConsentGivenSerializer(StrictSerializer):
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, default="")


class NewMemberRequestSerializer(StrictSerializer):
    """At least one of phone, card, code and email."""

    phone = PlainField(required=False, max_length=40)
    card = PlainField(required=False, max_length=64)
    code = PlainField(required=False, max_length=64)
    email = PlainField(required=False, max_length=254)
    name = PlainField(required=False, max_length=200, default="")
    language = serializers.ChoiceField(choices=Language.choices, required=False, default="")
    consents = ConsentGivenSerializer(
        many=True,
        allow_empty=False,
        max_length=10,  # type: ignore[call-arg]  # likewise
        help_text="Without one for `processing` (no channel) nobody is enrolled.",
    )
    cashier = PlainField(max_length=40, required=False, default="")
    occurred_at = serializers.DateTimeField(
        required=False,
        help_text="When they agreed, where the till had no connection then. Default: now. At most 7 days ago.",
    )
    own_fields = serializers.DictField(
        child=serializers.JSONField(),
        required=False,
        default=dict,
        help_text="{code: value} of the company's own fields that tills may fill in. A number may be a decimal text, a day is "
        "2026-12-24, an entry of a list its code.",
    )

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.keys() & {"phone", "card", "code", "email"}:
            raise serializers.ValidationError(gettext("Give at least one of phone, card, code and email."))
        return attrs


class NoticeDoneRequestSerializer(StrictSerializer):
    member = MemberKeySerializer()
    notice = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Its id in the answer to look-up.")
    cashier = PlainField(
        max_length=40, required=False, default="", help_text="The cashier's number. Default: who is signed in."
    )


class NoticeDoneAnswerSerializer(serializers.Serializer):
    notice = serializers.IntegerField()
    said_at = serializers.DateTimeField(help_text="When it was said first.")


class WishSerializer(StrictSerializer):
    channel = serializers.ChoiceField(choices=[choice for choice in Channel.choices if choice[0]])
    allowed = serializers.BooleanField(help_text="false: they want no offers this way any more.")


class WishesRequestSerializer(StrictSerializer):
    member = MemberKeySerializer()
    offers = WishSerializer(
        many=True,
        required=False,
        default=list,
        max_length=10,  # type: ignore[call-arg]  # likewise
        help_text="Offers and news by channel; a channel that is not named stays as it is.",
    )
    agrees = serializers.BooleanField(
        required=False, default=False, help_text="They agreed that their data are kept for the programme."
    )
    cashier = PlainField(max_length=40, required=False, default="")


class WishesAnswerSerializer(serializers.Serializer):
    member = MemberSerializer()
    offers = serializers.DictField(
        child=serializers.BooleanField(), help_text="{channel: may offers come this way now}"
    )


class VoidRequestSerializer(StrictSerializer):
    sale = SaleKeySerializer()
    receipt_number = PlainField(
        max_length=60, required=False, default="", help_text="Default: VOID- and the sale's number."
    )
    register = PlainField(max_length=40, required=False, default="")
    occurred_at = serializers.DateTimeField(required=False)
    cashier = PlainField(max_length=40, required=False, default="")


class HoldSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    reference = serializers.CharField(allow_blank=True)
    expires_at = serializers.DateTimeField(help_text="After this moment it can no longer be committed.")


class HoldAnswerSerializer(SaleAnswerSerializer):
    """What the sale of this basket will be. `sale` is null until the hold is committed."""

    hold = HoldSerializer()


class ReleaseAnswerSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["released", "expired"])
    points_released = serializers.CharField(help_text="Points that came back now; 0 when the hold had ended before.")
    balance = BalanceSerializer(allow_null=True)


class QrSerializer(serializers.Serializer):
    """A QR code as an SVG: `<svg viewBox="0 0 size size"><path d="path"/></svg>`, dark on light; its light edge is in it."""

    size = serializers.IntegerField()
    path = serializers.CharField()


class NewMemberAnswerSerializer(serializers.Serializer):
    member = MemberSerializer()
    gift = serializers.CharField(help_text="Points given for joining.")
    balance = BalanceSerializer(allow_null=True)
    burns = BurnDaySerializer(many=True)
    receipt_texts = serializers.ListField(child=serializers.CharField())
    own_page = serializers.URLField(
        required=False,
        help_text="The member's own page, to be shown as a QR code or printed. Only for terminals with the scope `own_page`.",
    )
    own_page_qr = QrSerializer(required=False, help_text="`own_page` as a QR code.")


class OwnPageRequestSerializer(StrictSerializer):
    member = MemberKeySerializer()
    pin = PlainField(
        max_length=8, required=False, default="", help_text="The member's PIN, when they were not found by their card."
    )


class OwnPageAnswerSerializer(serializers.Serializer):
    member = MemberSerializer()
    own_page = serializers.URLField(
        help_text="Show it as a QR code to this member only: whoever has it opens the page."
    )
    own_page_qr = QrSerializer(help_text="`own_page` as a QR code.")
