"""A device becomes a till by a cookie that no script reads, and that opens nothing by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loyalty_site.ground.policy import system
from programs.models import Terminal
from programs.services.tills import issue_enrolment_code, revoke_terminal
from tests.programs.shop import open_shop

pytestmark = pytest.mark.django_db
PAGE = {"X-Till-Version": "regulars-till/1", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def terminal() -> Terminal:
    return open_shop().terminal


def code_of(terminal: Terminal) -> str:
    return issue_enrolment_code(terminal=terminal, actor=system("tests"), now=timezone.now())


def post(client: Client, path: str, body: dict[str, Any], headers: dict[str, str] = PAGE, **more: Any) -> Any:
    return client.post(f"/till/{path}", json.dumps(body), content_type="application/json", headers=headers, **more)


@pytest.mark.parametrize("is_secure", [False, True])
def test_the_token_goes_into_a_cookie_that_no_script_and_no_other_page_has(terminal: Terminal, is_secure: bool):
    client = Client(enforce_csrf_checks=True)
    answer = post(client, "enrol", {"code": code_of(terminal).lower()}, secure=is_secure)
    assert (answer.status_code, answer.json()) == (200, {"terminal": terminal.name, "store": terminal.store.name})
    cookie = answer.cookies["till"]
    assert cookie.value not in answer.content.decode()
    kept = {name: cookie[name] for name in ("path", "httponly", "samesite", "secure", "domain")}
    assert kept == {
        "path": "/api/v1/", "httponly": True, "samesite": "Strict", "secure": True if is_secure else "", "domain": "",
    }  # fmt: skip
    terminal.refresh_from_db()
    assert terminal.version == "regulars-till/1"


def test_the_cookie_opens_the_api_only_beside_the_page_s_own_header(terminal: Terminal):
    client = Client()
    token = post(client, "enrol", {"code": code_of(terminal)}).cookies["till"].value
    opened = client.get("/api/v1/workplace", headers=PAGE)
    assert opened.status_code == 200
    assert opened.cookies["till"].value == token  # its life begins anew
    assert client.get("/api/v1/workplace").status_code == 401
    for authorization in ("Bearer wrong", "Basic x"):
        assert client.get("/api/v1/workplace", headers=PAGE | {"Authorization": authorization}).status_code == 401
    by_header = client.get("/api/v1/workplace", headers={"Authorization": f"Bearer {token}"})
    assert by_header.status_code == 200
    assert "till" not in by_header.cookies
    revoke_terminal(terminal=terminal, actor=system("tests"), now=timezone.now())
    assert client.get("/api/v1/workplace", headers=PAGE).status_code == 401


def test_a_wrong_code_says_what_to_do(terminal: Terminal):
    answer = post(Client(), "enrol", {"code": "AAAA-AAAA-AAAA"})
    assert (answer.status_code, answer.json()["code"]) == (422, "enrolment_code_invalid")
    assert answer.json()["title"] == "This code is wrong, used or too old. Ask the back office for a new one."
    assert not answer.cookies


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, PAGE | {"Sec-Fetch-Site": "same-site"}, PAGE | {"Sec-Fetch-Site": "cross-site"}]
)  # fmt: skip
def test_another_page_makes_no_device_a_till_and_ends_none(terminal: Terminal, headers: dict[str, str]):
    client, code = Client(), code_of(terminal)
    for path, body in (("enrol", {"code": code}), ("leave", {})):
        answer = post(client, path, body, headers)
        assert (answer.status_code, answer.json()["code"], dict(answer.cookies)) == (422, "till_page_only", {})
    assert post(client, "enrol", {"code": code}).status_code == 200  # the code was not used up
    # What a browser asks before it sends our header for a foreign page gets no permission.
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Headers": "x-till-version"}
    assert "Access-Control-Allow-Origin" not in client.options("/till/enrol", headers=asked | PAGE)


def test_leaving_forgets_the_cookie(terminal: Terminal):
    client = Client()
    post(client, "enrol", {"code": code_of(terminal)})
    assert post(client, "leave", {}).status_code == 204
    assert client.get("/api/v1/workplace", headers=PAGE).status_code == 401
