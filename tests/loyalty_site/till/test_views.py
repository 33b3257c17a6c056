"""The till page as a browser gets it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_language_of_the_browser(client: Client):
    answer = client.get("/till/", headers={"Accept-Language": "he"})
    assert (answer.status_code, answer["Location"]) == (302, "/till/he/")


def test_scripts_run_by_a_nonce_that_is_new_each_time(client: Client):
    seen = set()
    for _ in range(2):
        answer = client.get("/till/en/")
        (nonce,) = re.findall(r"script-src 'nonce-([^']+)'", answer["Content-Security-Policy"])
        html = answer.content.decode()
        scripts = re.findall(r"<script (?!id=)([^>]*)>", html)
        assert scripts
        assert all(f'nonce="{nonce}"' in script for script in scripts)
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert "Set-Cookie" not in answer
        seen.add(nonce)
    assert len(seen) == 2


def test_a_language_we_do_not_speak(client: Client):
    assert client.get("/till/fr/").status_code == 404
