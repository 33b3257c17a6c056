"""A till that speaks to the API, as a terminal does."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.test import Client
from django.test.client import ClientHandler

from loyalty_site.ground.policy import system
from programs.models import Terminal, TerminalState
from programs.services.tills import enrol_terminal, issue_enrolment_code


class ApiTill:
    """Enrols `terminal` through its code and then posts JSON with its token."""

    def __init__(self, terminal: Terminal, now: Any) -> None:
        Terminal.objects.filter(pk=terminal.pk).update(state=TerminalState.NEW)
        code = issue_enrolment_code(terminal=terminal, actor=system("tests"), now=now)
        _, self.token = enrol_terminal(code=code, version="tests", now=now)
        # One handler for all requests and threads, as in a web worker: loading the middleware costs more than a sale.
        self.handler = ClientHandler(enforce_csrf_checks=False)
        self.handler.load_middleware()

    def get(self, path: str, *, language: str = "en") -> Any:
        client = Client(raise_request_exception=False)
        client.handler = self.handler
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": language}
        return client.get(f"/api/v1/{path}", headers=headers)

    def post(self, path: str, body: Any, *, key: str | None = "", language: str = "en", token: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token or self.token}", "Accept-Language": language}
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        client = Client(raise_request_exception=False)
        client.handler = self.handler
        text = body if isinstance(body, str) else json.dumps(body)
        return client.post(f"/api/v1/{path}", text, content_type="application/json", headers=headers)


def sale_body(*amounts: str, number: str = "1", **more: Any) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": "1", "amount": amount} for sku, amount in zip("ABCDEFG", amounts, strict=False)]
    return {"lines": lines, "receipt_number": number, **more}
