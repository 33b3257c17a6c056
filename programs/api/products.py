"""The goods that a till proposes and scans, a page at a time. Never what they cost us."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from loyalty_site.ground.rules.money import minor_text, round_minor
from programs.api import schema
from programs.api.fields import PlainField, StrictSerializer
from programs.api.members import till_of
from programs.api.reading import read_body
from programs.queries.products import Good, goods_after

PAGE_MAX = 1000
_TAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200, 304], description="What the page says now."
)
_IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag of the page as you have it."
)


class ProductsRequestSerializer(StrictSerializer):
    after = PlainField(
        r"^[0-9]{1,18}$", required=False, default="0", help_text="`next` of the page before. Default: the first page."
    )


class ProductSerializer(serializers.Serializer):
    sku = serializers.CharField()
    name = serializers.CharField()
    price = serializers.CharField(
        allow_null=True, help_text="What a piece or a kilogram usually costs; to be proposed, and decides nothing."
    )
    barcodes = serializers.ListField(
        child=serializers.CharField(),
        help_text="What scanners read on it besides the SKU. Look for a scanned code among the SKUs first.",
    )
    category = serializers.CharField(allow_null=True, help_text="Its name.")


class ProductsAnswerSerializer(serializers.Serializer):
    products = ProductSerializer(many=True, help_text=f"At most {PAGE_MAX}.")
    next = serializers.CharField(allow_null=True, help_text="Send it as `after`. Null: this is the last page.")


class ProductsView(APIView):
    """What is sold, for search and scanner. A page that has not changed is answered with 304 and no body."""

    @extend_schema(
        operation_id="list_products",
        summary="List the products",
        parameters=[ProductsRequestSerializer, _IF_NONE_MATCH, _TAG],
        responses={200: ProductsAnswerSerializer, 304: OpenApiResponse(description="As you have it.")}
        | schema.problems(),
        examples=[schema.PRODUCTS_EXAMPLE],
    )
    def get(self, request: Request) -> HttpResponse:
        data = read_body(ProductsRequestSerializer, request.query_params.dict())
        exponent = till_of(request).currency_exponent
        # One more than a page tells whether another one follows.
        goods = goods_after(int(data["after"]), most=PAGE_MAX + 1)
        page = goods[:PAGE_MAX]
        more = str(page[-1].id) if len(goods) > PAGE_MAX else None
        body = json.dumps({"products": [_product(good, exponent) for good in page], "next": more}, ensure_ascii=False)
        return _if_changed(request._request, body)


def _product(good: Good, exponent: int) -> dict[str, Any]:
    price = None
    if good.price is not None:
        # Finer only where the company has changed its currency since.
        price = minor_text(round_minor(good.price.scaleb(exponent), "half_up"), exponent)
    return {
        "sku": good.sku,
        "name": good.name,
        "price": price,
        "barcodes": good.barcodes,
        "category": good.category,
    }


def _if_changed(request: HttpRequest, body: str) -> HttpResponse:
    """The body, or 304 to whoever has it. Products have no moment of their last change: the tag is made of what the page
    says, so reading the page is all that a question costs, and nothing can change past it."""
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    response = HttpResponse(body, content_type="application/json", headers=headers)
    answer = get_conditional_response(request, etag=tag, response=response)
    assert answer is not None
    return answer
