"""The till page as an app: worker, manifest and icons."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from loyalty_site.till import installing
from loyalty_site.till.words import WORDS

pytestmark = pytest.mark.django_db


def told(client: Client) -> dict[str, Any]:
    answer = client.get("/till/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    return {
        name: json.loads(text)
        for name, text in re.findall(r"^const ([A-Z]+) = ([\[\"].+);$", answer.content.decode(), re.M)
    }


def test_a_device_keeps_all_that_a_page_asks_for(client: Client):
    values = told(client)
    assert values["PAGES"] == ["/till/en/", "/till/ru/", "/till/he/"]
    html = client.get("/till/he/").content.decode()
    asked = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
    scripts = {f"/static/till/{path.name}" for path in (installing.STATIC / "till").glob("*.js")}
    scripts |= {
        f"/static/till/vendor/qr/{name}" for name in ("decode.js", "index.js")
    }  # the camera reads without a line too
    assert asked | scripts - {"/static/till/sw.js"} <= set(values["ASSETS"])
    assert all(finders.find(path.removeprefix("/static/")) for path in values["ASSETS"])


def test_a_word_that_changes_is_another_version(client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any):
    """For whoever develops; an installed release is read once, and gets new words with a new process."""
    before = told(client)["VERSION"]
    monkeypatch.setitem(WORDS, "title", "Cash desk")
    assert told(client)["VERSION"] == before
    settings.DEBUG = True
    assert told(client)["VERSION"] != before
    monkeypatch.undo()
    assert told(client)["VERSION"] == before


def test_it_can_be_installed(client: Client):
    manifest = client.get("/till/he/manifest.webmanifest").json()
    assert (manifest["lang"], manifest["dir"], manifest["start_url"]) == ("he", "rtl", "/till/")
    for icon in manifest["icons"][1:]:
        answer = client.get(icon["src"])
        assert (answer.status_code, answer["Content-Type"]) == (200, icon["type"])
    assert client.get("/till/fr/manifest.webmanifest").status_code == 404
    assert client.get("/till/icon-4000.png").status_code == 404
