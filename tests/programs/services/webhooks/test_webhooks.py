"""News on its way: found once, signed, repeated, given up, and never sent into our own network."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, override

import pytest
from django.db import connections, transaction

from loyalty_site.ground.models import Job
from loyalty_site.ground.policy import system
from members.models import Member
from programs.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from programs.services.webhooks import add_endpoint, collect_events, deliver_chunk, resend, start_deliveries
from programs.services.webhooks.delivering import WAITS
from programs.services.webhooks.sending import post
from tests.factories.configuration import TierFactory, publish
from tests.programs.shop import NOW, Shop

DOCS = Path(__file__).resolve().parents[4] / "docs" / "webhooks.md"
EVENTS = ["sale.booked", "sale.returned", "points.burnt", "member.enrolled", "tier.changed"]


class Receiver:
    """A real HTTP server on this machine. `answer` is a status, or a function of the handler."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answer: Any = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append((dict(self.headers), body))
                if callable(outer.answer):
                    outer.answer(self)
                    return
                self.send_response(outer.answer)
                if 300 <= outer.answer < 400:
                    self.send_header("Location", f"http://127.0.0.1:{outer.port}/elsewhere")
                self.end_headers()

            @override
            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def anywhere(settings: Any) -> None:
    settings.WEBHOOK_ANYWHERE = True


def listen(receiver: Receiver, events: list[str] | None = None) -> tuple[WebhookEndpoint, str]:
    url = f"http://127.0.0.1:{receiver.port}/hook"
    endpoint, secret = add_endpoint(url=url, events=events or EVENTS, actor=system("tests"), now=NOW)
    collect_events(now=NOW)  # the first look only notes where the tables end
    return endpoint, secret


def verifier() -> Any:
    """The function that the documentation shows, taken from there."""
    code = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code.group(1), names)
    return names["is_from_regulars"]


@pytest.mark.django_db(transaction=True)
class TestEvents:
    def test_what_happens_is_told_once_with_ids_and_amounts(self, shop: Shop, receiver: Receiver, anywhere: None):
        TierFactory(program=shop.program, key="gold", name="Gold", threshold="30")
        publish(shop.program, at=NOW - dt.timedelta(days=1))
        endpoint, _ = listen(receiver)
        anna = shop.member()
        sold = shop.sell({"C": "40.00"}, anna)
        back = shop.give_back(sold, {1: "0.5"})
        shop.now += dt.timedelta(days=800)
        shop.sell({"C": "1.00"}, anna)
        assert collect_events(now=NOW) == 6
        Member.objects.update(note="changed")
        assert collect_events(now=NOW) == 0
        told = {row.event: row.payload["data"] for row in WebhookDelivery.objects.order_by("-id")}
        member = str(anna.public_id)
        assert told["sale.booked"] == {
            "sale": sold.public_id,
            "member": member,
            "store": shop.terminal.store.code,
            "business_on": "2026-03-10",
            "occurred_at": "2026-03-10T12:00:00+00:00",
            "currency": "USD",
            "total": "40.00",
            "points_earned": "40",
            "points_redeemed": "0",
            "offline": False,
        }
        returned = told["sale.returned"]
        assert (returned["return"], returned["sale"], returned["points_taken_back"]) == (
            back.public_id,
            sold.public_id,
            "20",
        )
        assert told["points.burnt"]["points"] == "20"
        assert (told["member.enrolled"]["member"], told["tier.changed"]["tier"]) == (member, "gold")
        assert "Petrova" not in json.dumps([row.payload for row in WebhookDelivery.objects.all()])
        assert set(WebhookDelivery.objects.values_list("endpoint", flat=True)) == {endpoint.pk}

    def test_a_row_that_commits_late_is_told_late_and_not_lost(self, shop: Shop, receiver: Receiver, anywhere: None):
        """The control: by the number of the row alone it would have been passed by."""
        listen(receiver, ["sale.booked"])
        inserted, go_on = threading.Event(), threading.Event()

        def slow() -> None:
            try:
                with transaction.atomic():
                    shop.sell({"C": "1.00"}, number="slow")
                    inserted.set()
                    go_on.wait(20)
            finally:
                connections.close_all()

        thread = threading.Thread(target=slow)
        thread.start()
        assert inserted.wait(20)
        shop.sell({"C": "2.00"}, number="quick")
        collect_events(now=NOW)
        early = WebhookDelivery.objects.count()
        go_on.set()
        thread.join(20)
        collect_events(now=NOW)
        totals = sorted(row.payload["data"]["total"] for row in WebhookDelivery.objects.all())
        # The quick sale has the higher number. It waits too, because its transaction is younger than the slow one.
        assert (early, totals) == (0, ["1.00", "2.00"])

    def test_only_what_was_asked_for_and_only_while_active(self, shop: Shop, receiver: Receiver, anywhere: None):
        endpoint, _ = listen(receiver, ["sale.returned"])
        shop.sell({"C": "1.00"})
        assert collect_events(now=NOW) == 0
        WebhookEndpoint.objects.update(is_active=False, events=EVENTS)
        shop.sell({"C": "1.00"})
        assert collect_events(now=NOW) == 0
        assert endpoint.pk


@pytest.mark.django_db(transaction=True)
class TestDelivering:
    def test_it_arrives_signed_as_the_documentation_verifies(self, shop: Shop, receiver: Receiver, anywhere: None):
        endpoint, secret = listen(receiver, ["sale.booked"])
        shop.sell({"C": "1.00"})
        collect_events(now=NOW)
        assert start_deliveries(now=NOW) == 1
        assert start_deliveries(now=NOW) == 0
        assert Job.objects.get().payload == {"endpoint_id": endpoint.pk}
        assert deliver_chunk(endpoint.pk, now=NOW).is_finished
        ((headers, body),) = receiver.heard
        verify, stamp = verifier(), NOW.timestamp()
        assert verify(secret, headers["Regulars-Signature"], body, now=stamp)
        assert not verify(secret, headers["Regulars-Signature"], body + b" ", now=stamp)
        assert not verify("another", headers["Regulars-Signature"], body, now=stamp)
        assert not verify(secret, headers["Regulars-Signature"], body, now=stamp + 600)
        delivery = WebhookDelivery.objects.get()
        assert (delivery.state, delivery.last_status) == (DeliveryState.DELIVERED, 200)
        assert headers["Regulars-Delivery"] == json.loads(body)["id"] == str(delivery.public_id)

    def test_a_failure_is_repeated_later_and_given_up_in_the_end(self, shop: Shop, receiver: Receiver, anywhere: None):
        endpoint, _ = listen(receiver, ["sale.booked"])
        shop.sell({"C": "1.00"})
        collect_events(now=NOW)
        receiver.answer = 500
        now = NOW
        for wait in WAITS:
            deliver_chunk(endpoint.pk, now=now)
            delivery = WebhookDelivery.objects.get()
            assert (delivery.state, delivery.next_at, delivery.last_status) == ("waiting", now + wait, 500)
            now = delivery.next_at
        deliver_chunk(endpoint.pk, now=now)
        assert (WebhookDelivery.objects.get().state, len(receiver.heard)) == ("dead", len(WAITS) + 1)
        assert deliver_chunk(endpoint.pk, now=now + dt.timedelta(days=9)).is_finished
        receiver.answer = 204
        resend(delivery=delivery, actor=system("tests"), now=now)
        deliver_chunk(endpoint.pk, now=now)
        assert WebhookDelivery.objects.get().state == "delivered"

    def test_a_redirect_is_a_failure_and_is_not_followed(self, receiver: Receiver, anywhere: None, note_trials):
        for status in (301, 302, 303, 307, 308):
            receiver.answer = status
            outcome = post(f"http://127.0.0.1:{receiver.port}/", b"{}", {})
            assert (outcome.status, outcome.is_delivered) == (status, False)
        assert len(receiver.heard) == 5
        note_trials("T59", 5)

    def test_an_answer_that_never_ends_is_cut_off(self, receiver: Receiver, anywhere: None):
        def drip(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            for _ in range(100):
                try:
                    handler.wfile.write(b"x")
                    handler.wfile.flush()
                except OSError:
                    return
                time.sleep(0.05)

        receiver.answer = drip
        began = time.monotonic()
        outcome = post(f"http://127.0.0.1:{receiver.port}/", b"{}", {}, seconds=0.5)
        assert time.monotonic() - began < 3
        assert outcome.status == 200 or outcome.error == "timed out"

    def test_a_long_answer_is_not_read_to_its_end(self, receiver: Receiver, anywhere: None):
        sent = []

        def flood(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            try:
                for _ in range(1000):
                    handler.wfile.write(b"x" * 65536)
                    sent.append(1)
            except OSError:
                return

        receiver.answer = flood
        assert post(f"http://127.0.0.1:{receiver.port}/", b"{}", {}).is_delivered
        assert len(sent) < 1000


class TestInternalAddresses:
    """With the settings of an installation: nothing of our own network is ever connected to."""

    @pytest.mark.parametrize(
        "addresses",
        [
            ["127.0.0.1"],
            ["::1"],
            ["169.254.169.254"],
            ["10.1.2.3"],
            ["::ffff:127.0.0.1"],
            ["64:ff9b::7f00:1"],
            ["93.184.216.34", "127.0.0.1"],
            [],
        ],
    )
    def test_a_name_that_leads_inside_is_refused(
        self, receiver: Receiver, settings: Any, addresses: list[str], note_trials
    ):
        settings.WEBHOOK_PORTS = {receiver.port}
        outcome = post(f"https://hook.example:{receiver.port}/", b"{}", {}, resolve=lambda host, port: addresses)
        assert (outcome.error, receiver.heard) == ("address refused", [])
        note_trials("T59", 1)

    def test_a_name_is_asked_once_so_that_it_cannot_change_its_mind(self, settings: Any, note_trials, monkeypatch):
        """Rebinding: public when it is checked, loopback when asked again. It is not asked again."""
        asked: list[str] = []
        connected: list[Any] = []

        def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

        def connect(address: Any, *_: Any) -> Any:
            connected.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr("socket.create_connection", connect)
        outcome = post("https://hook.example/", b"{}", {}, resolve=resolve)
        assert (outcome.error, asked, connected) == ("no connection", ["hook.example"], [("93.184.216.34", 443)])
        note_trials("T59", 1)

    @pytest.mark.parametrize(
        "url", ["https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://2130706433/"]
    )
    def test_an_internal_address_itself_is_refused(self, url: str, note_trials):
        assert post(url, b"{}", {}).error in {"address refused", "name not found"}
        note_trials("T59", 1)
