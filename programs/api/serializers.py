"""Shapes of the API's requests and answers. Money and points are decimal strings; times are ISO 8601 with an offset."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, override

from django.utils.translation import gettext
from rest_framework import serializers

from programs.api.fields import SCANNED_MAX, AmountField, PaymentsField, PlainField, StrictSerializer
from programs.api.given_serializers import BenefitSerializer, StampsSerializer
from programs.api.offer_serializers import NoticeSerializer, OffersSerializer, PrivilegeSerializer, RewardSerializer
from programs.api.tier_serializers import NextTierSerializer, TierSerializer


class MemberKeySerializer(StrictSerializer):
    """Exactly one of these. Phones in any spelling."""

    id = serializers.UUIDField(
        required=False,
        help_text="The member's id from an earlier answer. By it nobody sees that a lent card was presented: send what was scanned.",
    )
    phone = PlainField(required=False, max_length=40)
    card = PlainField(required=False, max_length=SCANNED_MAX)
    code = PlainField(required=False, max_length=SCANNED_MAX)
    email = PlainField(required=False, max_length=254)
    any = PlainField(required=False, max_length=SCANNED_MAX, help_text="Whatever the cashier typed or scanned.")

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(
                gettext("Name the member by exactly one of id, phone, card, code, email or any.")
            )
        return attrs


class LineSerializer(StrictSerializer):
    sku = PlainField(max_length=60)
    quantity = AmountField(max_digits=14, decimal_places=3)
    amount = AmountField(decimal_places=4, help_text="What the line costs after the till's discounts, before points.")
    discount = AmountField(decimal_places=4, required=False, default=Decimal(0), help_text="Discounts the till gave.")
    tax_rate = AmountField(max_digits=5, decimal_places=2, required=False, help_text="Per cent.")
    tax_included = serializers.BooleanField(required=False, default=True)
    gift_of = PlainField(
        max_length=40,
        required=False,
        default="",
        help_text="Of a gift out of `benefits` of a quote: its `rule`. Its amount is the surcharge.",
    )


class QuoteRequestSerializer(StrictSerializer):
    member = MemberKeySerializer(required=False)
    lines = LineSerializer(many=True, allow_empty=False, max_length=500)  # type: ignore[call-arg]  # many=True takes it
    redeem_points = AmountField(decimal_places=2, required=False, default=Decimal(0))
    rewards = serializers.ListField(
        child=PlainField(max_length=40),
        required=False,
        default=[],  # nobody changes it: what was read is copied
        max_length=20,
        help_text="Keys of rewards to claim, one after the other; the same one may be claimed twice.",
    )
    coupons = serializers.ListField(
        child=PlainField(max_length=40),
        required=False,
        default=[],  # nobody changes it: what was read is copied
        max_length=20,
        help_text="Codes, in any spelling.",
    )
    payments = PaymentsField()


class SaleRequestSerializer(QuoteRequestSerializer):
    receipt_number = PlainField(max_length=60)
    register = PlainField(max_length=40, required=False, default="", help_text="Default: the terminal's own.")
    occurred_at = serializers.DateTimeField(required=False, help_text="Default: now. At most 7 days ago.")
    cashier = PlainField(
        max_length=40, required=False, default="", help_text="The cashier's number. Default: who is signed in."
    )
    pin = PlainField(max_length=8, required=False, default="", help_text="The member's PIN, after step_up_required.")
    code = PlainField(max_length=6, required=False, default="", help_text="The code that was sent to them instead.")


class PieceSerializer(StrictSerializer):
    line = serializers.IntegerField(min_value=1, max_value=500, help_text="Number of the line on the sale, from 1.")
    quantity = AmountField(max_digits=14, decimal_places=3)


class SaleKeySerializer(StrictSerializer):
    """The sale's id, or the number on the paper receipt (with register and day when they are known)."""

    id = serializers.UUIDField(required=False)
    receipt_number = PlainField(max_length=60, required=False)
    register = PlainField(max_length=40, required=False, default="")
    business_on = serializers.DateField(required=False)

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("id" in attrs) == ("receipt_number" in attrs):
            raise serializers.ValidationError(gettext("Name the sale by its id or by its receipt_number, not both."))
        return attrs


class ReturnRequestSerializer(StrictSerializer):
    sale = SaleKeySerializer()
    lines = PieceSerializer(many=True, allow_empty=False, max_length=500)  # type: ignore[call-arg]  # many=True takes it
    receipt_number = PlainField(max_length=60, help_text="The number of the return's own receipt.")
    register = PlainField(max_length=40, required=False, default="")
    occurred_at = serializers.DateTimeField(required=False)
    cashier = PlainField(max_length=40, required=False, default="")


class LookupRequestSerializer(MemberKeySerializer):
    pass


class EnrolRequestSerializer(StrictSerializer):
    code = PlainField(max_length=40, help_text="The single-use code from the back office.")
    version = PlainField(
        max_length=60, required=False, default="", help_text="Name and version of the till's software."
    )


class NextRewardSerializer(serializers.Serializer):
    points = serializers.CharField(help_text="Points still missing until points can pay.")
    worth = serializers.CharField(help_text="What they pay then, in money.")


class MemberSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField(help_text="Masked: first name and an initial.", allow_blank=True)
    status = serializers.CharField()


class PresentedBySerializer(serializers.Serializer):
    """Who stands at the till, where the points are not their own. Null: the member, or whoever named them by id."""

    how = serializers.ChoiceField(
        choices=["lent", "company"],
        help_text="By a card that its owner lent them, or as a contact person of a company that owns the points.",
    )
    id = serializers.UUIDField(allow_null=True, help_text="Null: the owner did not say whom they lent the card.")
    name = serializers.CharField(help_text="Masked: first name and an initial.", allow_blank=True)
    points_of = serializers.CharField(help_text="Whose points they are: the owner, masked, or the company.")


class BalanceSerializer(serializers.Serializer):
    spendable = serializers.CharField()
    pending = serializers.CharField(help_text="Earned, not yet spendable.")
    held = serializers.CharField()
    owed = serializers.CharField(help_text="Taken back for returned goods after they were spent.")


class UsualSerializer(serializers.Serializer):
    sku = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


class HintsSerializer(serializers.Serializer):
    """Flags for the cashier, never dates or figures about the person."""

    birthday_this_week = serializers.BooleanField()
    first_visit_since = serializers.ChoiceField(
        choices=["", "never", "month", "quarter", "half_year", "year"],
        help_text="How long they have been away; empty for a regular, never: this is their first visit.",
    )
    usual = UsualSerializer(many=True, help_text="What they buy again and again, at most three.")
    coupons = serializers.IntegerField(help_text="How many personal coupons they can use now.")
    ask_about_offers = serializers.BooleanField(
        help_text="Nobody has asked them yet whether they want offers and news: ask, and note it."
    )


class BurnDaySerializer(serializers.Serializer):
    on = serializers.DateField(help_text="The last day on which they can be spent, by the programme's calendar.")
    points = serializers.CharField()


class FieldSerializer(serializers.Serializer):
    """A field of the company's own that tills may show."""

    code = serializers.CharField()
    label = serializers.CharField(  # type: ignore[assignment]  # a key of the answer, not the label of a form
        help_text="In the till's language."
    )
    kind = serializers.CharField(help_text="text, number, date, yes_no, choice (one of a list) or choices (several).")
    value = serializers.JSONField(help_text="A text, number, day, true or false, a code of the list, or several.")
    shown = serializers.CharField(help_text="For the screen: entries of a list by their names.")


class LookupAnswerSerializer(serializers.Serializer):
    member = MemberSerializer()
    presented_by = PresentedBySerializer(allow_null=True)
    spendable = serializers.CharField(help_text="Points.")
    worth = serializers.CharField(help_text="What they pay, in money.")
    tier = TierSerializer()
    next_tier = NextTierSerializer(allow_null=True)
    hints = HintsSerializer(required=False, help_text="Only for terminals with the scope `hints`.")
    notices = NoticeSerializer(
        many=True, required=False, help_text="What the cashier should say, newest first, at most five. Scope `hints`."
    )
    offers = OffersSerializer(required=False, help_text="What the member could use right now. Scope `hints`.")
    privileges = PrivilegeSerializer(
        many=True,
        required=False,
        help_text="What they have whatever they buy, besides points and money. Scope `hints`.",
    )
    own_fields = FieldSerializer(many=True, help_text="What is known in the company's own fields that tills may show.")
    burns = BurnDaySerializer(many=True, help_text="The next days on which points burn, soonest first.")
    stamps = StampsSerializer(many=True)


class AwardSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    rule = serializers.CharField()
    points = serializers.CharField()
    why = serializers.CharField()


class DiscountSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    rule = serializers.CharField()
    amount = serializers.CharField()
    pieces = serializers.IntegerField(help_text="How many pieces of the receipt the rule made cheaper.")
    pieces_counted = serializers.IntegerField(
        help_text="How many it took into account for that: of “3 for 2” three, and those that its conditions ask for."
    )
    why = serializers.CharField()


class TaxSerializer(serializers.Serializer):
    """The tax of one rate in the bill after the programme's discounts, rounded as the programme says."""

    rate = serializers.CharField(help_text="Per cent.")
    net = serializers.CharField()
    tax = serializers.CharField()
    gross = serializers.CharField()


class ClaimedSerializer(RewardSerializer):
    amount = serializers.CharField(help_text="What it took off the bill; a part of paid_with_points.")


class SaleAnswerSerializer(serializers.Serializer):
    """A sale or a quote. `sale` is null in a quote."""

    sale = serializers.UUIDField(allow_null=True)
    business_on = serializers.DateField()
    member = MemberSerializer(allow_null=True)
    presented_by = PresentedBySerializer(allow_null=True)
    currency = serializers.CharField()
    total = serializers.CharField(help_text="After the till's discounts, before the programme's.")
    discount = serializers.CharField(help_text="What the programme's discounts take off.")
    discounts = DiscountSerializer(many=True)
    rewards = ClaimedSerializer(many=True)
    points_redeemed = serializers.CharField()
    paid_with_points = serializers.CharField()
    to_pay = serializers.CharField()
    taxes = TaxSerializer(many=True, help_text="By rate, where the till sent rates.")
    points_earned = serializers.CharField()
    awards = AwardSerializer(many=True)
    redeemable = serializers.CharField(help_text="The most points that may pay for this basket.")
    rewards_to_claim = RewardSerializer(many=True, help_text="What the points that are left would buy.")
    balance = BalanceSerializer(allow_null=True)
    burns = BurnDaySerializer(many=True)
    tier = TierSerializer(allow_null=True)
    next_tier = NextTierSerializer(allow_null=True)
    next_reward = NextRewardSerializer(allow_null=True)
    benefits = BenefitSerializer(many=True, help_text="What the rules give besides points and money off.")
    stamps = StampsSerializer(many=True)
    receipt_texts = serializers.ListField(
        child=serializers.CharField(), help_text="A few lines for the receipt, in the member's language."
    )


class ReturnedLineSerializer(serializers.Serializer):
    line = serializers.IntegerField()
    quantity = serializers.CharField()
    amount = serializers.CharField()
    points_taken_back = serializers.CharField()
    points_given_back = serializers.CharField()


class ReturnAnswerSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    sale = serializers.UUIDField(allow_null=True, help_text="Null when there was no receipt.")
    business_on = serializers.DateField()
    currency = serializers.CharField()
    total = serializers.CharField()
    discount = serializers.CharField(help_text="The part of it that discounts of the programme had taken off.")
    refund_money = serializers.CharField(help_text="What goes back as money.")
    points_given_back = serializers.CharField(help_text="Points that had paid for the pieces.")
    points_taken_back = serializers.CharField(help_text="Points that the pieces had earned.")
    points_owed_more = serializers.CharField(help_text="The part that was spent already and is owed now.")
    points_written_off = serializers.CharField()
    lines = ReturnedLineSerializer(many=True)
    balance = BalanceSerializer(allow_null=True)
    burns = BurnDaySerializer(many=True)
    receipt_texts = serializers.ListField(child=serializers.CharField())


class EnrolAnswerSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Keep it; it is shown this once.")
    terminal = serializers.CharField()
    store = serializers.CharField()
    register = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """RFC 9457. `code` is stable; `title` is a sentence for the person at the till."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    context = serializers.DictField(required=False)  # type: ignore[assignment]  # declared fields are collected apart
    fields = serializers.DictField(required=False)  # type: ignore[assignment]  # likewise


class RotateAnswerSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Keep it; it is shown this once. Its first use ends the old one.")


class SignInRequestSerializer(StrictSerializer):
    number = PlainField(max_length=40, help_text="The cashier's number.")
    pin = PlainField(max_length=8)


class SignOutRequestSerializer(StrictSerializer):
    """Nothing: whoever is signed in at this terminal."""


class CashierSerializer(serializers.Serializer):
    number = serializers.CharField()
    name = serializers.CharField()


class SignInAnswerSerializer(serializers.Serializer):
    cashier = CashierSerializer()


class SignOutAnswerSerializer(serializers.Serializer):
    signed_out = serializers.BooleanField(help_text="False: nobody was signed in.")
