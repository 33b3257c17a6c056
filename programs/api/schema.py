"""What every endpoint tells the OpenAPI schema: the same errors, with examples."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from programs.api.serializers import ProblemSerializer
from programs.services.offline import BATCH_MAX

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    type={"type": "string", "pattern": "^[!-~]{16,64}$"},
    location=OpenApiParameter.HEADER,
    required=True,
    description="A fresh UUID per operation; the same one when the operation is repeated.",
    examples=[OpenApiExample("a UUID", value="4f1f9c1e-0d0f-4a53-8e0e-0b1a3c6f7a10")],
)
HOLD_ID = OpenApiParameter(
    "hold_id", type=UUID, location=OpenApiParameter.PATH, description="The id that placing the hold gave."
)
LANGUAGE = OpenApiParameter(
    "Accept-Language",
    type=str,
    location=OpenApiParameter.HEADER,
    required=False,
    description="The cashier's language: en, ru or he.",
)

_MEANINGS = {
    400: "The request cannot be understood; `fields` says where.",
    401: "No token, or one that is wrong, replaced or revoked.",
    403: "This terminal lacks the scope.",
    404: "There is no such member, sale or hold, or it is not this partner's.",
    405: "Another method was meant.",
    406: "Only JSON is spoken here.",
    409: "The receipt exists already, or the same request is being worked on: repeat after Retry-After.",
    413: "The body is too large.",
    415: "The body must be application/json.",
    429: "The till has searched for too many people who are not there: come back after Retry-After.",
    422: "Understood and refused by a rule; `title` is a sentence for the cashier.",
    503: "Busy: repeat with the same Idempotency-Key after Retry-After.",
}


def problems(*statuses: int) -> dict[Any, OpenApiResponse]:
    """The error answers of an endpoint, beside its own."""
    return {
        (status, "application/problem+json"): OpenApiResponse(ProblemSerializer, description=_MEANINGS[status])
        for status in (*statuses, 400, 401, 403, 406, 415, 422, 503)
    }


LINES = [
    {"sku": "1037863", "quantity": "1", "amount": "10.00"},
    {"sku": "1083219", "quantity": "2", "amount": "30.00", "discount": "2.50"},
]
SALE_EXAMPLE = OpenApiExample(
    "a sale with a member, some of it paid with points",
    value={
        "member": {"phone": "+1 212 555 0123"},
        "lines": LINES,
        "redeem_points": "100",
        "receipt_number": "000123",
        "cashier": "7",
    },
    request_only=True,
)
QUOTE_EXAMPLE = OpenApiExample(
    "what would it earn", value={"member": {"card": "900100"}, "lines": LINES}, request_only=True
)
RETURN_EXAMPLE = OpenApiExample(
    "one piece of the second line comes back",
    value={
        "sale": {"receipt_number": "000123", "business_on": "2026-03-10"},
        "lines": [{"line": 2, "quantity": "1"}],
        "receipt_number": "000124",
    },
    request_only=True,
)
LOOSE_RETURN_EXAMPLE = OpenApiExample(
    "the receipt is lost",
    value={
        "member": {"phone": "+1 212 555 0123"},
        "lines": [{"sku": "1037863", "quantity": "1", "amount": "10.00"}],
        "receipt_number": "000126",
    },
    request_only=True,
)
NEW_MEMBER_EXAMPLE = OpenApiExample(
    "a phone and a yes",
    value={
        "phone": "+1 212 555 0199",
        "name": "Boris",
        "language": "ru",
        "consents": [{"purpose": "processing"}, {"purpose": "marketing", "channel": "sms"}],
        "cashier": "7",
    },
    request_only=True,
)
WISHES_EXAMPLE = OpenApiExample(
    "yes to mails, no to messages",
    value={
        "member": {"phone": "+1 212 555 0123"},
        "offers": [{"channel": "email", "allowed": True}, {"channel": "sms", "allowed": False}],
        "cashier": "7",
    },
    request_only=True,
)
NOTICE_DONE_EXAMPLE = OpenApiExample(
    "the cashier has said it",
    value={"member": {"phone": "+1 212 555 0123"}, "notice": 41, "cashier": "7"},
    request_only=True,
)
VOID_EXAMPLE = OpenApiExample(
    "rung up by mistake", value={"sale": {"receipt_number": "000123"}, "cashier": "7"}, request_only=True
)
HOLD_EXAMPLE = OpenApiExample(
    "an online order, some of it paid with points",
    value={
        "member": {"email": "anna@example.com"},
        "lines": LINES,
        "redeem_points": "100",
        "coupons": ["ABCD-EFGH-JKMN"],
        "reference": "web-20931",
        "minutes": 20,
    },
    request_only=True,
)
COMMIT_EXAMPLE = OpenApiExample("it was paid", value={"receipt_number": "000125", "cashier": "7"}, request_only=True)
RELEASE_EXAMPLE = OpenApiExample("the basket was left", value={}, request_only=True)
LOOKUP_EXAMPLE = OpenApiExample("by whatever was typed", value={"any": "(212) 555-0123"}, request_only=True)
ENROL_EXAMPLE = OpenApiExample(
    "a new till", value={"code": "ABCD-EFGH-JKMN", "version": "OurTill 3.2"}, request_only=True
)
ROTATE_EXAMPLE = OpenApiExample("nothing to say", value={}, request_only=True)
SIGN_IN_EXAMPLE = OpenApiExample("a cashier begins", value={"number": "7", "pin": "2580"}, request_only=True)
SIGN_OUT_EXAMPLE = OpenApiExample("whoever is signed in", value={}, request_only=True)
SPENDING_CODE_EXAMPLE = OpenApiExample(
    "a code for spending up to 500 points",
    value={"member": {"phone": "+1 212 555 0123"}, "redeem_points": "500"},
    request_only=True,
)
PIN_EXAMPLE = OpenApiExample(
    "a member chooses a PIN",
    value={"member": {"phone": "+1 212 555 0123"}, "code": "204863", "pin": "4711"},
    request_only=True,
)
OWN_PAGE_EXAMPLE = OpenApiExample(
    "a member asks for their page", value={"member": {"card": "2700000000017"}}, request_only=True
)

PRODUCTS_EXAMPLE = OpenApiExample(
    "a page, and another one follows",
    value={
        "products": [
            {"sku": "1037863", "name": "Tea", "price": "4.50", "barcodes": ["4601234567893"], "category": "Drinks"}
        ],
        "next": "1000",
    },
    response_only=True,
    status_codes=["200"],
)


# {schema: (how many of them, fields)} where validate() asks for one or for any of several fields.
_FIELDS_NEEDED = {
    "SaleKeyRequest": ("oneOf", ("id", "receipt_number")),
    "NewMemberRequest": ("anyOf", ("phone", "card", "code", "email")),
}


# drf-spectacular writes PLAIN so. A text of nothing but what strip() takes off is refused as blank, which it does not say.
_PLAIN = r"^[^\u0000-\u001f\u007f]+$"
_SPACE = r"\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NOT_BLANK = rf"^[^\u0000-\u001f\u007f]*[^\u0000-\u001f\u007f{_SPACE}][^\u0000-\u001f\u007f]*$"


# {field: (fewest, most)} of lists of objects; drf-spectacular says the lengths of plain lists only.
_LENGTHS = {"lines": (1, 500), "receipts": (1, BATCH_MAX), "consents": (1, 10), "discounts": (0, 50), "offers": (0, 10)}


def tidy(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The schema as generators of clients want it; the last of drf-spectacular's hooks.

    A default of "" would be sent by a generated client and refused as blank; leaving the field out means the same.
    """
    renamed: dict[str, Any] = _renamed(result)
    schemas = renamed["components"]["schemas"]
    for name, found in schemas.items():
        if name.endswith("Request") and found.get("type") == "object":
            _tighten(name, found)
    for methods in renamed["paths"].values():
        for operation in methods.values():
            _require_body(operation.get("requestBody"), schemas)
    return renamed


def _require_body(body: dict[str, Any] | None, schemas: dict[str, Any]) -> None:
    """drf-spectacular lets a body be left out when each of its fields may, and when it is one of several kinds."""
    if body is not None and _asks_for_fields(body["content"]["application/json"]["schema"], schemas):
        body["required"] = True


def _asks_for_fields(found: dict[str, Any], schemas: dict[str, Any]) -> bool:
    if "$ref" in found:
        found = schemas[found["$ref"].rpartition("/")[2]]
    kinds = found.get("oneOf", ())
    here = bool(found.get("required") or found.get("minProperties"))
    return here or (bool(kinds) and all(_asks_for_fields(kind, schemas) for kind in kinds))


def _tighten(name: str, found: dict[str, Any]) -> None:
    """What the serializers refuse and drf-spectacular cannot know: unknown fields, empty lists, half a number."""
    found["additionalProperties"] = False
    if name in {"MemberKeyRequest", "LookupRequest"}:
        found["minProperties"] = found["maxProperties"] = 1
    if name in _FIELDS_NEEDED:
        rule, names = _FIELDS_NEEDED[name]
        # Bare, a generator of clients would make this one type per branch, each without any of the fields.
        found["not"] = {"not": {rule: [{"required": [field]} for field in names]}}
    for field, described in found.get("properties", {}).items():
        if described.get("default") == "":
            del described["default"]
        if field in _LENGTHS:
            described["minItems"], described["maxItems"] = _LENGTHS[field]
        text = described.get("items", described)
        if text.get("pattern") == _PLAIN:
            text["pattern"] = _NOT_BLANK
        if described.get("format") == "decimal":
            described["pattern"] = described["pattern"].replace("^-?", "^").replace("{0,", "{1,")


def _renamed(node: Any) -> Any:
    """SaleRequestSerializer would be SaleRequestRequest, because what is sent is described apart from what is answered."""
    if isinstance(node, dict):
        return {_short(key): _renamed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(value) for value in node]
    return _short(node)


def _short(text: Any) -> Any:
    is_name = isinstance(text, str) and text.endswith("RequestRequest") and " " not in text
    return text.removesuffix("Request") if is_name else text
