"""The log-in page slows guessing down, by name and address together."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loyalty_site.ground.models import Counter
from loyalty_site.login import address_of
from tests.factories.configuration import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def boss(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    person = UserFactory(username="boss")
    person.set_password("a good long one")
    person.save()


def log_in(password: str, *, address: str = "203.0.113.5", name: str = "boss") -> Any:
    return Client().post(
        reverse("admin:login"), {"username": name, "password": password}, REMOTE_ADDR=address, follow=False
    )


def test_the_sixth_wrong_password_closes_the_door_here_and_nowhere_else():
    for number in range(5):
        assert b"Please enter the correct" in log_in(f"guess {number}").content
    refused = log_in("a good long one")
    assert refused.status_code == 200
    assert b"Too many tries from here. Wait" in refused.content
    assert log_in("a good long one", address="192.0.2.1").status_code == 302  # the owner's own way in
    assert log_in("a good long one", name="BOSS").status_code == 200  # a name in capitals is no new start


def test_slips_are_forgotten_with_the_right_password():
    for _ in range(4):
        log_in("oops")
    assert log_in("a good long one").status_code == 302
    for _ in range(4):
        log_in("oops")
    assert log_in("a good long one").status_code == 302


def test_neither_name_nor_address_stands_in_the_counters():
    log_in("oops", name="a password typed into the wrong field")
    subjects = " ".join(Counter.objects.values_list("subject", flat=True))
    assert "password" not in subjects
    assert "203.0.113.5" not in subjects


def test_the_address_behind_a_proxy_is_what_the_proxy_wrote(rf: Any, settings: Any):
    request = rf.get("/", headers={"X-Forwarded-For": "1.1.1.1, 2.2.2.2"}, REMOTE_ADDR="10.0.0.1")
    settings.SECURE_PROXY_SSL_HEADER = None
    assert address_of(request) == "10.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert address_of(request) == "2.2.2.2"
