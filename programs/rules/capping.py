"""Cutting what several rules gave to lines down to what a cap allows: points and money alike. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loyalty_site.ground.rules.money import spread


def kept_under(most: int, given: Sequence[tuple[int, int]], positions: Iterable[int]) -> list[int] | None:
    """What is left of each amount of `given`, (line, amount) in the order they came, so that the lines at `positions` get
    `most` together: the lines alike, and on each line what was given last goes first. None when nothing must be cut."""
    by_line = dict.fromkeys(positions, 0)
    for line, amount in given:
        if line in by_line:
            by_line[line] += amount
    if sum(by_line.values()) <= most:
        return None
    kept_by_line = spread(most, list(by_line.values()))
    over = {line: amount - kept for (line, amount), kept in zip(by_line.items(), kept_by_line, strict=True)}
    left: list[int] = []
    for line, amount in reversed(given):
        cut = min(over.get(line, 0), amount)
        if cut:
            over[line] -= cut
        left.append(amount - cut)
    return left[::-1]
