"""Bytes that no till would send: refused in a sentence, and never a 500."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.programs.shop import Shop
from tests.programs.till import ApiTill

PATHS = ["lookup", "quotes", "sales", "returns", "holds", "offline-batches"]
BODIES = [
    b"",
    b"\x00\x01\x02",
    b"\xff\xfe{}",
    b'{"a": "\xed\xa0\x80"}',
    b"{" * 5000,
    b"[" * 100_000,
    b'{"lines":' * 20_000,
    b'{"any": "1", "any": "2"}',
    b'{"any": "\\u0000"}',
    b'{"any": "\\ud800"}',
    b'{"redeem_points": 1e999999}',
    b'{"redeem_points": ' + b"9" * 5000 + b"}",
    b'{"redeem_points": NaN}',
    b'{"redeem_points": -Infinity}',
    b'{"receipts": [{"client_id": ' + b"9" * 4000 + b"}]}",
    b'{"receipts": [[[[[[[[[[]]]]]]]]]]}',
    b'{"lines": [{"sku": "A", "quantity": "' + b"9" * 400 + b'", "amount": "1"}]}',
    b'{"lines": [{"sku": "A", "quantity": "1E400", "amount": "1"}]}',
    b'"' + b"a" * 3_000_000 + b'"',
    b"true",
    b"0",
]


@pytest.mark.parametrize("path", PATHS)
def test_bytes_that_mean_nothing_are_refused(shop: Shop, path: str, note_trials: Any):
    shop.now = timezone.now()
    token = ApiTill(shop.terminal, shop.now).token
    client = Client(raise_request_exception=False)
    for body in BODIES:
        answer = client.post(
            f"/api/v1/{path}",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())},
        )
        # An upload answers for a receipt that it cannot read inside its answer.
        fine = {200, 400, 422} if path == "offline-batches" else {400, 413, 422}
        assert answer.status_code in fine, (body[:60], answer.status_code, answer.content[:300])
        if answer.status_code != 200:
            assert answer["Content-Type"] == "application/problem+json"
    note_trials("T53", len(BODIES))
