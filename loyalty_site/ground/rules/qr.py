"""A QR code of a short text, after ISO/IEC 18004: bytes, error correction of level M, versions 1 to 10 (213 bytes).

Pure: a text in, a square of dark and light modules out. Nothing else in the house needs one, and a package for it would
have to be vouched for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

# By version: codewords of error correction a block, and the data codewords of each block, at level M.
_BLOCKS: list[tuple[int, list[int]]] = [
    (10, [16]),
    (16, [28]),
    (26, [44]),
    (18, [32, 32]),
    (24, [43, 43]),
    (16, [27] * 4),
    (18, [31] * 4),
    (22, [38, 38, 39, 39]),
    (22, [36, 36, 36, 37, 37]),
    (26, [43, 43, 43, 43, 44]),
]
_ALIGNMENT = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]]
_MASKS = [
    lambda row, column: (row + column) % 2 == 0,
    lambda row, _column: row % 2 == 0,
    lambda _row, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
]
_FINDER_LIKE = ("10111010000", "00001011101")

_QUIET = 4

type Grid = list[list[bool]]


def qr_drawing(text: str) -> tuple[int, str]:
    """(side, path): an SVG with viewBox "0 0 side side" and this one path is the code of `text` with its quiet zone.

    Raises ValueError above 213 bytes.
    """
    modules = qr_modules(text)
    return len(modules) + 2 * _QUIET, qr_path(modules)


def qr_modules(text: str) -> Grid:
    """The rows of the square, True where dark; without the quiet zone of four modules. ValueError above 213 bytes."""
    data = text.encode()
    version = next((number for number in range(1, 11) if len(data) <= _room(number)), 0)
    if not version:
        raise ValueError("too long for a QR code of this house")
    bits = list(_bits(_codewords(data, version)))
    fixed, reserved = _frame(version)
    drawn = (_drawn(fixed, reserved, bits, mask) for mask in range(8))
    return min(drawn, key=_penalty)


def qr_path(modules: Sequence[Sequence[bool]], quiet: int = _QUIET) -> str:
    """The dark modules as the path of an SVG whose units are modules, `quiet` of them around; neighbours in one stroke."""
    path = []
    for row, line in enumerate(modules, quiet):
        column = quiet
        for is_dark, run in groupby(line):
            width = len(list(run))
            if is_dark:
                path.append(f"M{column} {row}h{width}v1h-{width}z")
            column += width
    return "".join(path)


def _room(version: int) -> int:
    return sum(_BLOCKS[version - 1][1]) - (2 if version < 10 else 3)


def _codewords(data: bytes, version: int) -> list[int]:
    """Data and its error correction, interleaved as they are drawn."""
    ec_size, sizes = _BLOCKS[version - 1]
    total = sum(sizes)
    bits = f"0100{len(data):0{8 if version < 10 else 16}b}" + "".join(f"{byte:08b}" for byte in data)
    bits = (bits + "0000")[: total * 8]
    bits += "0" * (-len(bits) % 8)
    words = [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
    words += [(0xEC, 0x11)[number % 2] for number in range(total - len(words))]
    blocks, at = [], 0
    for size in sizes:
        blocks.append(words[at : at + size])
        at += size
    checks = [_remainder(block, ec_size) for block in blocks]
    found = [block[place] for place in range(max(sizes)) for block in blocks if place < len(block)]
    return found + [check[place] for place in range(ec_size) for check in checks]


def _multiply(one: int, other: int) -> int:
    """In the field of 256 elements with the polynomial 0x11D."""
    product = 0
    for bit in range(7, -1, -1):
        product = (product << 1) ^ (0x11D if product & 0x80 else 0)
        product ^= one if other >> bit & 1 else 0
    return product


def _remainder(block: Sequence[int], size: int) -> list[int]:
    """Reed-Solomon: what is left of the block divided by the generator of `size` roots."""
    generator, root = [0] * (size - 1) + [1], 1
    for _ in range(size):
        for place in range(size):
            generator[place] = _multiply(generator[place], root)
            if place + 1 < size:
                generator[place] ^= generator[place + 1]
        root = _multiply(root, 2)
    left = [0] * size
    for word in block:
        factor = word ^ left.pop(0)
        left.append(0)
        left = [one ^ _multiply(step, factor) for one, step in zip(left, generator, strict=True)]
    return left


def _bits(words: Sequence[int]) -> Iterator[bool]:
    for word in words:
        for bit in range(7, -1, -1):
            yield bool(word >> bit & 1)


def _frame(version: int) -> tuple[Grid, Grid]:
    """(what stands on every code of this version, which modules are not for data)."""
    size = 17 + 4 * version
    grid = [[False] * size for _ in range(size)]
    reserved = [[False] * size for _ in range(size)]
    for (row, column), is_dark in _marks(size, _ALIGNMENT[version - 1]):
        if 0 <= row < size and 0 <= column < size:
            grid[row][column], reserved[row][column] = is_dark, True
    if version >= 7:
        _put_version(grid, reserved, version)
    return grid, reserved


def _marks(size: int, middles: Sequence[int]) -> Iterator[tuple[tuple[int, int], bool]]:
    """Dotted lines, three corners, the small squares, and the places of the format; some lie outside."""
    for place in range(size):
        yield (6, place), place % 2 == 0
        yield (place, 6), place % 2 == 0
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        yield from _square(top + 3, left + 3, 4, {0, 1, 3})
    for row in middles:
        for column in middles:
            if (row, column) not in {(6, 6), (6, size - 7), (size - 7, 6)}:
                yield from _square(row, column, 2, {0, 2})
    for spot in _format_places(size):
        yield spot, False
    yield (size - 8, 8), True


def _square(row: int, column: int, reach: int, dark_rings: set[int]) -> Iterator[tuple[tuple[int, int], bool]]:
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            yield (row + down, column + across), max(abs(down), abs(across)) in dark_rings


def _put_version(grid: Grid, reserved: Grid, version: int) -> None:
    left = version
    for _ in range(12):
        left = (left << 1) ^ (0x1F25 if left >> 11 else 0)
    bits, size = version << 12 | left, len(grid)
    for place in range(18):
        across, down = size - 11 + place % 3, place // 3
        for row, column in ((down, across), (across, down)):
            grid[row][column], reserved[row][column] = bool(bits >> place & 1), True


def _format_places(size: int) -> list[tuple[int, int]]:
    """Where the 15 bits of the format stand, twice, the lowest bit first."""
    one = [*((row, 8) for row in (0, 1, 2, 3, 4, 5, 7)), (8, 8), (8, 7), *((8, 5 - place) for place in range(6))]
    other = [*((8, size - 1 - place) for place in range(8)), *((size - 7 + place, 8) for place in range(7))]
    return one + other


def _drawn(fixed: Grid, reserved: Grid, bits: Sequence[bool], mask: int) -> Grid:
    size, at = len(fixed), 0
    grid = [list(row) for row in fixed]
    is_masked = _MASKS[mask]
    for right in range(size - 1, 0, -2):
        right -= right <= 6
        for step in range(size):
            row = size - 1 - step if (right + 1) & 2 == 0 else step
            for column in (right, right - 1):
                if not reserved[row][column]:
                    grid[row][column] = (at < len(bits) and bits[at]) != is_masked(row, column)
                    at += 1
    left = mask  # level M is 00
    for _ in range(10):
        left = (left << 1) ^ (0x537 if left >> 9 else 0)
    form = (mask << 10 | left) ^ 0x5412
    for number, (row, column) in enumerate(_format_places(size)):
        grid[row][column] = bool(form >> number % 15 & 1)
    return grid


def _penalty(grid: Grid) -> int:
    """How badly a masked code reads: long runs, squares, shapes like the corners', more dark than light."""
    size, points = len(grid), 0
    lines = ["".join("1" if one else "0" for one in row) for row in grid]
    for line in [*lines, *("".join(column) for column in zip(*lines, strict=True))]:
        run = 1
        for before, one in zip(line, [*line[1:], ""], strict=True):
            if before == one:
                run += 1
                continue
            points += run - 2 if run >= 5 else 0
            run = 1
        points += 40 * sum(line[at : at + 11] in _FINDER_LIKE for at in range(size - 10))
    for row in range(size - 1):
        for column in range(size - 1):
            square = {grid[row][column], grid[row][column + 1], grid[row + 1][column], grid[row + 1][column + 1]}
            points += 3 if len(square) == 1 else 0
    dark = sum(map(sum, grid))
    return points + 10 * (abs(dark * 20 - size * size * 10) // (size * size))
