"""Webhooks in the back office: added with a secret that is shown once, and deliveries that can be sent again."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from programs.models import WebhookDelivery, WebhookEndpoint
from programs.services.webhooks import add_endpoint
from tests.factories.configuration import CompanyFactory, UserFactory
from tests.programs.shop import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    CompanyFactory()
    made = Client()
    made.force_login(UserFactory())
    return made


def add(client: Client, url: str) -> str:
    answer = client.post(
        reverse("admin:programs_webhookendpoint_add"), {"url": url, "events": ["sale.booked"], "is_active": "on"}
    )
    return answer.content.decode()


def test_the_secret_is_shown_once_and_can_be_replaced(client: Client):
    shown = re.search(r"whsec_[\w-]+", add(client, "https://example.com/hook"))
    endpoint = WebhookEndpoint.objects.get()
    assert shown
    assert shown.group() == endpoint.secret
    page = client.get(reverse("admin:programs_webhookendpoint_change", args=[endpoint.pk])).content.decode()
    assert "whsec_" not in page
    fresh = client.post(reverse("admin:programs_webhookendpoint_secret", args=[endpoint.pk])).content.decode()
    endpoint.refresh_from_db()
    assert endpoint.secret in fresh
    assert endpoint.secret != shown.group()
    assert list(Audit.objects.order_by("id").values_list("action", flat=True)) == ["add", "new_secret"]


@pytest.mark.parametrize("url", ["http://example.com/hook", "https://example.com:22/", "https://me@example.com/"])
def test_an_address_that_news_may_not_go_to_is_refused_with_the_reason(client: Client, url: str):
    assert "News is not sent to this address" in add(client, url)
    assert not WebhookEndpoint.objects.exists()


def test_a_delivery_is_sent_again(client: Client):
    endpoint, _ = add_endpoint(url="https://example.com/", events=["sale.booked"], actor=system("tests"), now=NOW)
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event="sale.booked", subject="x", payload={"id": "x"}, next_at=NOW, state="dead", attempts=9
    )
    url = reverse("admin:programs_webhookdelivery_send_again", args=[delivery.pk])
    assert "Send again" in client.get(url).content.decode()
    client.post(url)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)
