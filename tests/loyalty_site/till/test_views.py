"""The till page as a browser gets it."""

from __future__ import annotations

import gzip
import re

import pytest
from django.http import HttpResponse
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


def test_the_first_load_is_small(client: Client):
    """The page and everything it names, compressed, as an old tablet fetches it over a slow line."""
    loaded = 0
    ahead = {"/till/en/"}
    seen: set[str] = set()
    while ahead:
        address = ahead.pop()
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        body = b"".join(answer) if answer.streaming else answer.content
        loaded += len(body)
        text = gzip.decompress(body).decode() if answer.get("Content-Encoding") == "gzip" else body.decode()
        named = re.findall(r'(?:src|href)="(/static/[^"]+)"', text) if "html" in answer["Content-Type"] else []
        named += [f"/static/till/{name}" for name in re.findall(r'(?:from|import) "\./([^"]+)"', text)]
        ahead |= {*named} - seen
        seen |= {*named}
    assert len(seen) > 20
    assert not [address for address in seen if "/vendor/" in address]  # what only the camera needs is fetched with it
    assert loaded < 150_000, loaded


def test_a_file_that_a_device_has_is_not_sent_again(client: Client):
    """Compressed, a file has a weak tag; an answer without the whole file in it has nothing to compress."""

    def fetched(**asked: str) -> tuple[int, int, HttpResponse]:
        answer = client.get("/static/till/app.js", headers={"Accept-Encoding": "gzip", **asked})
        return answer.status_code, len(b"".join(answer)), answer

    status, _, first = fetched()
    assert (status, first["Content-Encoding"], first["ETag"][:2]) == (200, "gzip", "W/")
    for name, value in (
        ("If-None-Match", first["ETag"]),
        ("If-None-Match", first["ETag"].removeprefix("W/")),
        ("If-Modified-Since", first["Last-Modified"]),
    ):
        status, size, again = fetched(**{name: value})
        assert (status, size, "Content-Encoding" in again) == (304, 0, False), name
        assert again["Vary"] == first["Vary"]
    assert fetched(**{"If-None-Match": 'W/"other"'})[0] == 200
    status, size, part = fetched(Range="bytes=0-9")
    assert (status, size, "Content-Encoding" in part) == (206, 10, False)


def test_the_api_is_not_compressed(client: Client):
    answer = client.get("/api/v1/schema", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer
