"""A web worker dies in a sale, at each named point; the till repeats with the same key (T1, T2 in short form)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from programs.models import Account, Purchase
from programs.queries.verify import verify
from tests.programs.shop import open_shop
from tests.programs.till import ApiTill, sale_body

POINTS = ["sale.after_claim", "sale.after_lock", "sale.after_entries", "sale.before_commit", "sale.after_commit"]
ROOT = Path(__file__).resolve().parents[2]
# A web worker of one request: it speaks WSGI to itself and prints the answer, unless it dies before.
WORKER = """
import json, sys, django
django.setup()
from django.test import Client
given = json.load(sys.stdin)
answer = Client().post("/api/v1/sales", given["body"], content_type="application/json", headers=given["headers"])
print(answer.status_code)
"""


def post_in_a_process_of_its_own(body: dict, headers: dict, point: str) -> subprocess.CompletedProcess[str]:
    database = connection.settings_dict
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}&port={database['PORT']}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "loyalty_site.settings",
        "DATABASE_URL": url,
        "DATABASE_PASSWORD": database["PASSWORD"],
        "SECRET_KEY": settings.SECRET_KEY,
        "FAILPOINTS": f"{point}:kill",
        "PYTHONPATH": str(ROOT),
    }
    given = json.dumps({"body": json.dumps(body), "headers": headers})
    return subprocess.run(
        [sys.executable, "-c", WORKER], input=given, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_sale_is_booked_once(point: str, note_trials: Callable[[str, int], None]):
    shop = open_shop()
    shop.now = timezone.now()
    anna = shop.member()
    shop.sell({"C": "100.00"}, anna)
    till = ApiTill(shop.terminal, shop.now)
    key = str(uuid.uuid4())
    body = sale_body("10.00", number="77", member={"phone": "+12125550123"}, redeem_points="50")
    headers = {"Authorization": f"Bearer {till.token}", "Idempotency-Key": key, "Host": "localhost"}
    killed = post_in_a_process_of_its_own(body, headers, point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Purchase.objects.filter(receipt_number="77").count() == (1 if point == "sale.after_commit" else 0)
    answer = till.post("sales", body, key=key)
    assert answer.status_code == 201
    assert Purchase.objects.filter(receipt_number="77").count() == 1
    assert Account.objects.get().available == 100 - 50 + 18
    assert [finding for finding in verify() if finding.violations] == []
    note_trials("T1", 1)
