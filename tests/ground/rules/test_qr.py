"""QR codes: pinned to ones that an independent reader (zxing-cpp 2.3) has read back, at every version."""

from __future__ import annotations

import hashlib

import pytest

from loyalty_site.ground.rules.qr import qr_modules, qr_path


@pytest.mark.parametrize(
    ("text", "size", "digest"),
    [
        (
            "https://club.example.com/join/?lang=he",
            29,
            "81c9e9a5de0b3fab2822a46fe8af12bfa0d1a593749852f1bab51bd30dab9fc8",
        ),
        ("x" * 150, 49, "bbe6b068fd583d2359738a7e75c73a2efa11a760bed329f4d8b9792ad940d357"),
    ],
)
def test_as_an_independent_reader_read_it(text: str, size: int, digest: str):
    modules = qr_modules(text)
    drawn = "\n".join("".join("#" if dark else "." for dark in row) for row in modules)
    assert [len(row) for row in modules] == [size] * size
    assert hashlib.sha256(drawn.encode()).hexdigest() == digest


def test_what_is_too_long_is_refused():
    qr_modules("x" * 213)
    with pytest.raises(ValueError, match="too long"):
        qr_modules("x" * 214)


def test_the_path_leaves_the_quiet_zone():
    assert qr_path([[True, False]], quiet=4) == "M4 4h1v1h-1z"
