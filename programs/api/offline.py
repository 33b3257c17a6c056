"""What a till sold without a connection, uploaded when it is back: each receipt is answered for itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import suppress
from typing import Any, override

from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty_site.ground.api import domain_problem
from loyalty_site.ground.errors import DomainError, ForbiddenByPolicy
from members.errors import TillCodeOld
from members.services import guess_identifiers, read_identifier, whoever_showed
from programs.api import answers, schema
from programs.api.fields import AmountField, PaymentsField, PlainField, StrictSerializer
from programs.api.members import till_of
from programs.api.reading import read_body
from programs.api.serializers import MemberKeySerializer, SaleKeySerializer
from programs.queries.company import default_region
from programs.queries.conflicts import problem_sentence
from programs.queries.shoppers import MemberKey, find_shopper
from programs.services.lookups import note_miss
from programs.services.offline import BATCH_MAX, Item, OfflineReceipt, Received, take_in
from programs.services.returns import ReturnedPiece
from programs.services.sales import OrderLine
from programs.services.tills import Till

CLIENT_ID = r"^[!-~]{16,64}$"
# Until when and from when a till's clock is believed to be a date at all; what lies outside is flagged all the same, as
# the nearest of the two. No zone of the world takes these out of the calendar.
FIRST_MOMENT = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LAST_MOMENT = dt.datetime(2999, 12, 31, tzinfo=dt.UTC)
# Discounts that the till gave in the programme's name; the others are its own and part of the lines' `discount`.
OF_THE_PROGRAMME = {"programme", "coupon"}


class OfflineLineSerializer(StrictSerializer):
    """A line sold (sku, quantity, amount) or, in a return, a line of the sale taken back (line, quantity)."""

    sku = PlainField(max_length=60, required=False)
    line = serializers.IntegerField(min_value=1, max_value=500, required=False, help_text="Returns: the sale's line.")
    quantity = AmountField(max_digits=14, decimal_places=3)
    amount = AmountField(decimal_places=4, required=False, help_text="Sales: after the till's discounts.")
    discount = AmountField(decimal_places=4, required=False)
    tax_rate = AmountField(max_digits=5, decimal_places=2, required=False, help_text="Per cent.")
    tax_included = serializers.BooleanField(required=False)


class OfflineDiscountSerializer(StrictSerializer):
    """A discount that the customer was given, as a fact."""

    type = serializers.ChoiceField(choices=["manual", "promotion", "programme", "coupon"])
    code = PlainField(max_length=64, required=False)
    amount = AmountField(decimal_places=4)


class OfflineReceiptSerializer(StrictSerializer):
    client_id = serializers.RegexField(
        CLIENT_ID, max_length=64, help_text="The receipt's own Idempotency-Key, made when it was sold."
    )
    kind = serializers.ChoiceField(choices=["sale", "return"])
    occurred_at = serializers.DateTimeField()
    receipt_number = PlainField(max_length=56)
    register = PlainField(max_length=40, required=False, help_text="Default: the terminal's own.")
    cashier = PlainField(max_length=40, required=False, help_text="The cashier's number.")
    member = MemberKeySerializer(required=False)
    lines = OfflineLineSerializer(many=True, allow_empty=False, max_length=500)  # type: ignore[call-arg]  # many=True takes it
    redeem_points = AmountField(decimal_places=2, required=False, help_text="Points that were taken as payment.")
    discounts = OfflineDiscountSerializer(many=True, required=False, max_length=50)  # type: ignore[call-arg]  # likewise
    charged = AmountField(decimal_places=4, required=False, help_text="What the customer paid in money.")
    payments = PaymentsField()
    sale = SaleKeySerializer(required=False, help_text="Returns: the sale whose goods came back.")

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_sale = attrs["kind"] == "sale"
        needed, foreign = ({"sku", "amount"}, {"line"}) if is_sale else ({"line"}, {"sku", "amount"})
        for line in attrs["lines"]:
            if not needed <= set(line) or foreign & set(line):
                raise serializers.ValidationError(
                    {"lines": [gettext("A sale's lines have sku, quantity and amount; a return's line and quantity.")]}
                )
        if is_sale == ("sale" in attrs):
            raise serializers.ValidationError({"sale": [gettext("A return names its sale, and only a return does.")]})
        return attrs


class OfflineBatchRequestSerializer(StrictSerializer):
    receipts = OfflineReceiptSerializer(many=True, allow_empty=False, max_length=BATCH_MAX)  # type: ignore[call-arg]  # many=True takes it


class _EnvelopeSerializer(StrictSerializer):
    """The batch without a look into its receipts: a receipt that cannot be read must not harm the others."""

    receipts = serializers.ListField(allow_empty=False, max_length=BATCH_MAX)


class OfflineProblemSerializer(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField(help_text="In the operator's language.")


class OfflineItemSerializer(serializers.Serializer):
    client_id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(
        choices=["booked", "flagged", "duplicate", "rejected"],
        help_text="flagged: kept, and somebody in the back office looks at it. rejected: unreadable; correct it and "
        "send it again. All others are done with.",
    )
    sale = serializers.UUIDField(allow_null=True, help_text="The receipt booked; null while a return waits.")
    points = serializers.CharField(help_text="Points earned; negative for a return.")
    problems = OfflineProblemSerializer(many=True)
    fields = serializers.DictField(required=False)  # type: ignore[assignment]  # declared fields are collected apart


class OfflineBatchAnswerSerializer(serializers.Serializer):
    batch = serializers.UUIDField()
    receipts = OfflineItemSerializer(many=True)


EXAMPLE = OpenApiExample(
    "a sale and a return, sold while the line was down",
    value={
        "receipts": [
            {
                "client_id": "9d5e7c52-6a1c-4df0-9c5b-0d8f4d0f7a11",
                "kind": "sale",
                "occurred_at": "2026-03-10T09:30:00Z",
                "receipt_number": "000123",
                "member": {"card": "900100"},
                "lines": [{"sku": "1037863", "quantity": "1", "amount": "10.00"}],
                "charged": "10.00",
            },
            {
                "client_id": "2b8f6a0e-54b0-4a2e-8f6e-7c1d2f3a4b5c",
                "kind": "return",
                "occurred_at": "2026-03-10T10:05:00Z",
                "receipt_number": "000124",
                "sale": {"receipt_number": "000123", "business_on": "2026-03-10"},
                "lines": [{"line": 1, "quantity": "1"}],
            },
        ]
    },
    request_only=True,
)


class OfflineBatchView(APIView):
    """Upload what was sold offline, up to 200 receipts at once. Repeat the upload freely: a receipt counts once."""

    @extend_schema(
        operation_id="upload_offline",
        summary="Upload what was sold offline",
        parameters=[schema.LANGUAGE],
        request=OfflineBatchRequestSerializer,
        responses={200: OfflineBatchAnswerSerializer} | schema.problems(),
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        till, now = till_of(request), timezone.now()
        envelope = read_body(_EnvelopeSerializer, request.data)
        read = [_read(till, raw, now) for raw in envelope["receipts"]]
        receipts = [receipt for receipt in read if isinstance(receipt, OfflineReceipt)]
        received = take_in(till, receipts, unreadable=len(read) - len(receipts), now=now)
        return Response(_answer(received, read))


def _read(till: Till, raw: Any, now: dt.datetime) -> OfflineReceipt | dict[str, Any]:
    """One receipt, or the answer that says why it cannot be read."""
    serializer = OfflineReceiptSerializer(data=raw)
    if not serializer.is_valid():
        client_id = raw.get("client_id") if isinstance(raw, dict) else None
        problems = [{"code": "invalid_request", "text": gettext("Some fields are missing or wrong.")}]
        return _rejected(client_id if isinstance(client_id, str) else None, problems, serializer.errors)
    data = serializer.validated_data
    if data["kind"] == "return" and "return" not in till.scopes:
        return _rejected(data["client_id"], [_problem(ForbiddenByPolicy())])
    return _receipt(data, raw, till, now)


def _receipt(data: dict[str, Any], raw: Any, till: Till, now: dt.datetime) -> OfflineReceipt:
    canonical = json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    is_sale = data["kind"] == "sale"
    sale = data.get("sale", {})
    occurred_at = min(max(data["occurred_at"], FIRST_MOMENT), LAST_MOMENT)
    rewards = [one["amount"] for one in data.get("discounts", ()) if one["type"] in OF_THE_PROGRAMME]
    return OfflineReceipt(
        client_id=data["client_id"],
        kind=data["kind"],
        occurred_at=occurred_at,
        receipt_number=data["receipt_number"],
        body_hash=hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest(),
        register=data.get("register", ""),
        cashier_number=data.get("cashier", ""),
        member=_member(data.get("member"), till, occurred_at, now),
        shown=_shown(data.get("member")),
        lines=tuple(OrderLine(**line) for line in data["lines"]) if is_sale else (),
        payments=tuple(data.get("payments", ())),
        redeem=data.get("redeem_points", 0),
        charged=data.get("charged"),
        rewards=sum(rewards) if "discounts" in data else None,
        pieces=() if is_sale else tuple(ReturnedPiece(line["line"], line["quantity"]) for line in data["lines"]),
        sale_id=str(sale["id"]) if "id" in sale else None,
        sale_register=sale.get("register", ""),
        sale_number=sale.get("receipt_number", ""),
        sale_on=sale.get("business_on"),
    )


def _member(data: dict[str, Any] | None, till: Till, occurred_at: dt.datetime, now: dt.datetime) -> MemberKey | None:
    """Nobody known is not an error here: the goods are sold. It counts as a miss, so that nobody walks through numbers."""
    if not data:
        return None
    ((kind, value),) = data.items()
    if kind == "id":
        return MemberKey("id", str(value))
    with suppress(TillCodeOld):
        if shown := whoever_showed(value, at=occurred_at):
            return MemberKey("id", shown)
    region = default_region()
    readings = (
        guess_identifiers(text=value, region=region) if kind == "any" else [(kind, _readable(kind, value, region))]
    )
    if readings:
        key = MemberKey(*readings[0], also=tuple(readings[1:]))
        if find_shopper(key, at=now) is not None:
            return key
    note_miss(till, now=now)
    return None


def _readable(kind: str, value: str, region: str) -> str:
    try:
        return read_identifier(kind=kind, text=value, region=region)
    except DomainError:
        return value  # no member's, then


def _shown(data: dict[str, Any] | None) -> str:
    """Enough of the key to find the mistake, and too little to be somebody's number."""
    if not data:
        return ""
    ((kind, value),) = data.items()
    return f"{kind} …{str(value)[-4:]}"


def _answer(received: Received, read: list[OfflineReceipt | dict[str, Any]]) -> dict[str, Any]:
    items = iter(received.items)
    return {
        "batch": str(received.batch.public_id),
        "receipts": [one if isinstance(one, dict) else _item(next(items)) for one in read],
    }


def _item(item: Item) -> dict[str, Any]:
    if item.refusal is not None:
        return _rejected(item.client_id, [_problem(item.refusal)])
    return {
        "client_id": item.client_id,
        "status": item.status,
        "sale": item.sale,
        "points": answers.text(item.points, item.decimals),
        "problems": [
            {"code": code, "text": problem_sentence(code, details)} for code, details in item.problems.items()
        ],
    }


def _problem(error: DomainError) -> dict[str, str]:
    _, body = domain_problem(error)
    return {"code": body["code"], "text": body["title"]}


def _rejected(client_id: str | None, problems: list[dict[str, str]], fields: Any = None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "client_id": client_id,
        "status": "rejected",
        "sale": None,
        "points": "0",
        "problems": problems,
    }
    return answer | ({"fields": fields} if fields else {})
