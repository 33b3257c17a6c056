"""Tills that speak HTTP to a server which may die at any moment, and repeat until they hear a final answer."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Heard:
    """The final answer to one operation, how often it was sent, and how long it all took."""

    path: str
    number: str
    status: int
    body: bytes
    is_replay: bool
    tries: int
    seconds: float
    busy: int = 0

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


class Line:
    """One till's connection. `send` raises OSError or HTTPException when the line breaks."""

    def __init__(self, port: int, token: str, timeout: float = 20) -> None:
        self.token = token
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def close(self) -> None:
        self.connection.close()

    def send(self, path: str, body: dict[str, Any], key: str) -> tuple[http.client.HTTPResponse, bytes]:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "Host": "localhost",
        }
        try:
            self.connection.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
            response = self.connection.getresponse()
            return response, response.read()
        except BaseException:
            self.connection.close()
            raise

    def ask(self, path: str, body: dict[str, Any], key: str = "", *, patience: float = 600) -> Heard:
        """Repeat with one key, backing off with jitter, until the answer is final."""
        key = key or str(uuid.uuid4())
        began = time.monotonic()
        busy = 0
        wait = 0.05
        for tries in range(1, 10_000):
            if time.monotonic() - began > patience:
                raise AssertionError(f"no final answer to {path} within {patience} s")
            try:
                response, content = self.send(path, body, key)
            except (OSError, http.client.HTTPException):
                pass
            else:
                is_final = response.status < 500 and not (
                    response.status == 409 and json.loads(content)["code"] == "in_progress"
                )
                if is_final:
                    is_replay = response.headers.get("Idempotent-Replay") == "true"
                    seconds = time.monotonic() - began
                    number = body["receipt_number"]
                    return Heard(path, number, response.status, content, is_replay, tries, seconds, busy)
                busy += 1
            time.sleep(random.uniform(0.5, 1) * wait)
            wait = min(1.0, wait * 2)
        raise AssertionError("unreachable")


@dataclass
class MixedLoad:
    """`count` tills that sell, redeem and return until `stop`; each operation is repeated until its final answer."""

    port: int
    tokens: list[str]
    phones: list[str]
    count: int
    seed: int
    heard: list[Heard] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _halt: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for index in range(self.count):
            thread = threading.Thread(target=self._work, args=(index,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        self._halt.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()
        assert self.failures == []

    def _work(self, index: int) -> None:
        try:
            chance = random.Random(f"{self.seed}/{index}")
            with closing(Line(self.port, self.tokens[index % len(self.tokens)])) as line:
                self._trade(line, index, chance)
        except BaseException as error:  # noqa: BLE001  told by stop
            self.failures.append(repr(error))

    def _trade(self, line: Line, index: int, chance: random.Random) -> None:
        sold: list[str] = []
        number = 0
        while not self._halt.is_set():
            number += 1
            name = f"{self.seed}-{index}-{number}"
            kind = chance.choice(["sell", "sell", "redeem", "return"])
            if kind == "return" and sold:
                back = {"line": 1, "quantity": "1"}
                body = {"sale": {"id": sold.pop()}, "lines": [back], "receipt_number": name}
                self.heard.append(line.ask("returns", body))
                continue
            lines = [{"sku": sku, "quantity": "1", "amount": f"{chance.randint(1, 30)}.00"} for sku in "AC"]
            body = {"lines": lines, "receipt_number": name, "member": {"phone": chance.choice(self.phones)}}
            if kind == "redeem":
                body["redeem_points"] = "20"
            heard = line.ask("sales", body)
            self.heard.append(heard)
            if heard.status == 201:
                sold.append(heard.json["sale"])
