"""What others wrote and the till page takes along: as published, with its licence, and nothing besides."""

from __future__ import annotations

import hashlib
import re

from loyalty_site.till.installing import STATIC

VENDOR = STATIC / "till" / "vendor"


def test_every_file_is_the_one_that_was_published():
    told = dict(re.findall(r"^\| `(\S+)` \| `([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE))
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert found == told
    packages = {path.parent for path in VENDOR.rglob("*.js")}
    assert all(any(one.name.startswith("LICENSE") for one in package.iterdir()) for package in packages)


def test_nothing_of_it_needs_what_the_page_forbids():
    """Texts that become programs, other threads, and addresses to ask."""
    forbidden = re.compile(
        r"\beval\(|new Function\b|new (?:Shared)?Worker\b|WebAssembly|innerHTML|\bfetch\(|XMLHttpRequest|\bimport\("
    )
    scripts = list(VENDOR.rglob("*.js"))
    assert scripts
    assert {
        path.name: forbidden.findall(path.read_text()) for path in scripts if forbidden.search(path.read_text())
    } == {}
