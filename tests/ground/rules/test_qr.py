"""QR codes: pinned to ones that an independent reader (zxing-cpp 2.3) has read back, at every version."""

from __future__ import annotations

import hashlib
import re

import pytest

from loyalty_site.ground.rules.qr import qr_drawing, qr_modules, qr_path


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
    assert qr_path([[True, True, False, True], [False, True, True, True]], quiet=0) == (
        "M0 0h2v1h-2zM3 0h1v1h-1zM1 1h3v1h-3z"
    )


def test_a_drawing_is_the_modules_with_four_light_ones_around():
    side, path = qr_drawing("https://club.example.com/join/?lang=he")
    strokes = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path)
    assert "".join(f"M{x} {y}h{width}v1h-{back}z" for x, y, width, back in strokes) == path
    dark = {(int(y) - 4, int(x) - 4 + step) for x, y, width, _back in strokes for step in range(int(width))}
    modules = qr_modules("https://club.example.com/join/?lang=he")
    assert dark == {(y, x) for y, line in enumerate(modules) for x, is_dark in enumerate(line) if is_dark}
    assert side == len(modules) + 8
