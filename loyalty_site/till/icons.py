"""The till's icon as a PNG, for devices that put no SVG on their home screen: the drawing of the site's favicon.svg."""

from __future__ import annotations

import struct
import zlib
from functools import cache

SIDES = (192, 512)
GROUND, WHITE = bytes((0x0F, 0x76, 0x6E)), bytes((0xFF, 0xFF, 0xFF))
_DRAWN_SIDE = 32  # of the drawing's own units
_BOW = (4.7, 12.6, 5.4)  # how far from the middle, how far down, radius


@cache
def png(side: int) -> bytes:
    """The icon as `side` by `side` pixels, the ground up to the edges: devices cut the corners as they like."""
    unit = _DRAWN_SIDE / side
    middles = [(pixel + 0.5) * unit for pixel in range(side)]
    rows = b"".join(b"\0" + b"".join(WHITE if _is_heart(x, y) else GROUND for x in middles) for y in middles)
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)  # 8 bits of each of three colours
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _is_heart(x: float, y: float) -> bool:
    """Two half circles on the upper sides of a square that stands on its corner."""
    aside = abs(x - _DRAWN_SIDE / 2)
    centre, down, radius = _BOW
    if (aside - centre) ** 2 + (y - down) ** 2 <= radius**2:
        return True
    return max(7.9 + aside, 9.7 - aside) <= y <= 25 - aside * 8.6 / 8.5


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
