"""A full sale beside a bare DRF POST of the same shape."""

from __future__ import annotations

import datetime as dt
import os
import statistics
import sys
import uuid
from collections.abc import Sequence
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.measure import compare, fresh_database, post

RULES, MEMBERS = 20, 200


def main() -> int:
    with fresh_database():
        return run()


def run() -> int:
    from django.core.handlers.wsgi import WSGIHandler
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, override_settings

    from benchmarks.floor import MIDDLEWARE

    token, phones = prepare()
    stock = stock_token()
    product = WSGIHandler()
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        yardstick = WSGIHandler()

    def sell(number: int) -> None:
        headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
        status, content = post(product, "/api/v1/sales", sale_body(phones, number), **headers)
        assert status == 201, content

    def floor(number: int) -> None:
        status, content = post(yardstick, "/floor", sale_body(phones, number), HTTP_AUTHORIZATION=f"Token {stock}")
        assert status == 201, content

    for number in range(-MEMBERS * 2, 0):  # opens accounts, warms caches and prepared statements
        first = sale_body(phones, number) | {"redeem_points": "0"}
        headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
        assert post(product, "/api/v1/sales", first, **headers)[0] == 201
        floor(number)
    with CaptureQueriesContext(connection) as queries:
        sell(10_000_000)
        statements = [" ".join(query["sql"].split()) for query in queries]
    for statement in statements:
        print("  ", statement[:100])
    ratios = compare(sell, floor, rounds=10, each=150)
    count = len([statement for statement in statements if statement not in {"BEGIN", "COMMIT"}])
    print(f"RATIO sale-statements {count} goal <=12")
    print(f"RATIO sale-cpu {statistics.median(ratios):.2f} goal <=1.75")
    return 0


def sale_body(phones: Sequence[str], number: int) -> dict[str, Any]:
    """Four articles of four categories, three points to pay with."""
    return {
        "member": {"phone": phones[number % MEMBERS]},
        "lines": [{"sku": f"sku-{number % 7 + k}", "quantity": "1", "amount": f"{7 + k}.50"} for k in range(4)],
        "redeem_points": "3",
        "receipt_number": f"{number}",
    }


def prepare() -> tuple[str, list[str]]:
    """A shop with RULES published rules and MEMBERS members; (terminal token, phones)."""
    from django.utils import timezone

    from loyalty_site.ground.policy import system
    from members.services import enrol_member
    from programs.models import Terminal, TerminalState
    from programs.services.tills import enrol_terminal, issue_enrolment_code
    from tests.factories import configuration as make

    now = timezone.now()
    make.CompanyFactory()
    program = make.ProgramFactory(redeem_max_percent=50)
    for number in range(RULES):
        category = make.CategoryFactory(code=f"category-{number}")
        make.ProductFactory(sku=f"sku-{number}", category=category)
        make.RuleFactory(
            program=program, key=f"rule-{number}", conditions=[{"type": "category", "codes": [category.code]}]
        )
    for key, threshold, factor in (("red", 0, 1), ("silver", 100, "1.5"), ("gold", 1000, 2)):
        make.TierFactory(program=program, key=key, threshold=threshold, multiplier=factor)
    make.publish(program, at=now - dt.timedelta(days=1))
    terminal = make.TerminalFactory()
    Terminal.objects.filter(pk=terminal.pk).update(state=TerminalState.NEW)
    code = issue_enrolment_code(terminal=terminal, actor=system("bench"), now=now)
    _, token = enrol_terminal(code=code, version="", now=now)
    phones = [f"+1212555{number:04}" for number in range(1000, 1000 + MEMBERS)]
    for phone in phones:
        enrol_member(
            name="Somebody Somewhere", identifiers=[("phone", phone)], region="US", actor=system("bench"), now=now
        )
    return token, phones


def stock_token() -> str:
    from rest_framework.authtoken.models import Token

    from tests.factories.configuration import UserFactory

    return Token.objects.create(user=UserFactory()).key


if __name__ == "__main__":
    sys.exit(main())
