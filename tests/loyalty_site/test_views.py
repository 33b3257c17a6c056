"""What no app answers for alone."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/holds/a%0Ab/commit", "/api/"])
def test_an_unknown_address_of_the_api_is_a_problem(client: Client, path: str):
    answer = client.post(path, {}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


def test_an_unknown_page_is_a_page(client: Client):
    answer = client.get("/nothing")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
