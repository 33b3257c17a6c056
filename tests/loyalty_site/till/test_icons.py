"""The icon as a PNG."""

from __future__ import annotations

import struct
import zlib

from loyalty_site.till.icons import GROUND, WHITE, png


def test_a_white_heart_on_green():
    side, file = 192, png(192)
    assert file.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", file[16:24]) == (side, side)
    start = file.index(b"IDAT") + 4
    rows = zlib.decompress(file[start : start + struct.unpack(">I", file[start - 8 : start - 4])[0]])

    def colour(x: int, y: int) -> bytes:
        at = y * (1 + 3 * side) + 1 + 3 * x
        return rows[at : at + 3]

    # Corner, notch, beside the tip; both bows and the middle.
    assert {colour(*point) for point in [(0, 0), (96, 54), (60, 140)]} == {GROUND}
    assert {colour(*point) for point in [(68, 70), (124, 70), (96, 110)]} == {WHITE}
