"""A web worker dies in a sale, a redemption or a return, at each named point; the till repeats with the same key (T1, T2)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from programs.models import Account, Purchase
from programs.queries.verify import verify
from tests.programs.shop import Shop, open_shop
from tests.programs.till import ApiTill, sale_body

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]
ROOT = Path(__file__).resolve().parents[2]
ANNA = {"phone": "+12125550123"}
KILLED = -9
CLAIM, COMMITTING, COMMITTED, ANSWERED = (
    "once.after_claim",
    "once.before_commit",
    "once.after_commit",
    "web.after_response",
)
SALE_POINTS = [CLAIM, "sale.after_lock", "sale.after_entries", COMMITTING, COMMITTED, ANSWERED]
RETURN_POINTS = [CLAIM, "return.after_lock", "return.after_entries", COMMITTING, COMMITTED, ANSWERED]


class Forks:
    """The fork server of tests/faults/forks.py."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forks", connection.settings_dict["NAME"]],
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "loyalty_site.settings", "LOG_LEVEL": "ERROR"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str], failpoints: str) -> dict[str, Any]:
        given = {"failpoints": failpoints, "path": f"/api/v1/{path}", "body": json.dumps(body), "headers": headers}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(given) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@dataclass
class Kills:
    """A till whose web worker dies at a named point; the till then repeats until it hears the final answer."""

    forks: Forks
    shop: Shop
    till: ApiTill
    most_repeats: int = 0
    answers: list[bytes] = field(default_factory=list)

    def die_and_repeat(self, path: str, body: dict[str, Any], point: str) -> dict[str, Any]:
        key = str(uuid.uuid4())
        before = Purchase.objects.count()
        headers = {"Authorization": f"Bearer {self.till.token}", "Idempotency-Key": key}
        dead = self.forks.post(path, body, headers, f"{point}:kill")
        assert dead["code"] == KILLED, (point, dead)
        committed = point in {COMMITTED, ANSWERED}
        assert Purchase.objects.count() == before + committed, "I5: all or nothing"
        for repeats in range(1, 20):  # noqa: B007  counted on
            answer = self.till.post(path, body, key=key)
            if answer.status_code not in {409, 503}:
                break
        self.most_repeats = max(self.most_repeats, repeats)
        assert answer.status_code == 201, answer.content
        assert (answer.get("Idempotent-Replay") == "true") is committed
        if point == ANSWERED:
            assert (dead["status"], dead["body"]) == (201, answer.content.decode()), "I4: the repeat is the same answer"
        assert Purchase.objects.count() == before + 1, "I4: one effect"
        return dict(answer.json())


@pytest.fixture(scope="module")
def forks(django_db_setup: None) -> Iterator[Forks]:
    with closing(Forks()) as made:
        yield made


@pytest.fixture
def kills(forks: Forks) -> Kills:
    shop = open_shop(redeem_max_percent=100)
    shop.now = timezone.now()
    return Kills(forks, shop, ApiTill(shop.terminal, shop.now))


def assert_sound() -> None:
    assert [finding for finding in verify() if finding.violations] == []


def test_a_killed_sale_is_booked_once(
    kills: Kills, trials: Callable[[int, int], int], note_trials: Callable[..., None]
):
    kills.shop.member()
    each = trials(3, 200)
    number = 0
    for point in SALE_POINTS:
        for _ in range(each):
            number += 1
            body = sale_body("10.00", number=f"s{number}", member=ANNA)
            answer = kills.die_and_repeat("sales", body, point)
            assert answer["balance"]["spendable"] == str(20 * number)
        assert Account.objects.get().available == 20 * number
        assert_sound()
    assert Purchase.objects.count() == number == each * len(SALE_POINTS)
    note_trials("T1", number, f"at most {kills.most_repeats} repeats until the final answer")


def test_a_killed_redemption_takes_the_points_once(
    kills: Kills, trials: Callable[[int, int], int], note_trials: Callable[..., None]
):
    kills.shop.sell({"C": "100000.00"}, kills.shop.member())
    each = trials(3, 200)
    number = 0
    for point in SALE_POINTS:
        for _ in range(each):
            number += 1
            # 50 points pay 0.50 of 10.00; what is left earns twice, 19.
            body = sale_body("10.00", number=f"r{number}", member=ANNA, redeem_points="50")
            kills.die_and_repeat("sales", body, point)
        assert Account.objects.get().available == 100_000 + number * (-50 + 18)
        assert_sound()
    assert Purchase.objects.count() == number + 1
    note_trials("T2", number)


def test_a_killed_return_comes_back_once(
    kills: Kills, trials: Callable[[int, int], int], note_trials: Callable[..., None]
):
    member = kills.shop.member()
    kills.shop.sell({"C": "100000.00"}, member)
    each = trials(3, 200)
    number = 0
    for point in RETURN_POINTS:
        for _ in range(each):
            number += 1
            sold = kills.shop.sell({"A": "10.00", "C": "5.00"}, member, redeem="60")
            body = {
                "sale": {"id": sold.public_id},
                "lines": [{"line": 1, "quantity": "1"}, {"line": 2, "quantity": "1"}],
                "receipt_number": f"b{number}",
            }
            answer = kills.die_and_repeat("returns", body, point)
            assert (answer["points_given_back"], answer["points_owed_more"]) == ("60", "0")
        account = Account.objects.get()
        assert (account.available, account.debt) == (100_000, 0), "everything that was returned never happened"
        assert_sound()
    assert Purchase.objects.count() == 2 * number + 1
    note_trials("T2", number)
