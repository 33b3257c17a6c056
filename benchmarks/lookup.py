"""Finding a member from the till beside the same bare DRF POST as the sale's."""

from __future__ import annotations

import os
import statistics
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

from benchmarks.measure import compare, fresh_database, post
from benchmarks.sale import MEMBERS, prepare, sale_body, stock_token


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

    def look_up(number: int) -> None:
        status, content = post(
            product, "/api/v1/lookup", {"phone": phones[number % MEMBERS]}, HTTP_AUTHORIZATION=f"Bearer {token}"
        )
        assert status == 200, content

    def floor(number: int) -> None:
        status, content = post(yardstick, "/floor", sale_body(phones, number), HTTP_AUTHORIZATION=f"Token {stock}")
        assert status == 201, content

    for number in range(MEMBERS):
        headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_IDEMPOTENCY_KEY": f"opens-the-account-{number:06}"}
        body = sale_body(phones, number) | {"redeem_points": "0"}
        assert post(product, "/api/v1/sales", body, **headers)[0] == 201
        look_up(number)
        floor(number)
    with CaptureQueriesContext(connection) as queries:
        look_up(0)
        statements = [" ".join(query["sql"].split()) for query in queries]
    for statement in statements:
        print("  ", statement[:100])
    ratios = compare(look_up, floor, rounds=10, each=150)
    print(f"RATIO lookup-statements {len(statements) - 1} goal <=2 (besides signing in)")
    print(f"RATIO lookup {statistics.median(ratios):.2f} goal <=1.5")
    return 0


if __name__ == "__main__":
    sys.exit(main())
