"""Tables whose columns are aligned with blanks, as old programs print them: found by the blanks that all lines share."""

from __future__ import annotations

import re
from collections.abc import Sequence

LINES_MIN = 3
_HEADINGS_TRIED = 10
_RULE = re.compile(r"[\s=+_-]+")


def column_starts(lines: Sequence[str]) -> tuple[int, ...]:
    """Where the columns begin, the first at 0; () when the lines are no such table. `lines` are the first of a file,
    titles above the headings among them."""
    full = [line.rstrip() for line in lines if line.strip()]
    for place in range(min(_HEADINGS_TRIED, len(full) - LINES_MIN + 1)):
        below = [line for line in full[place:] if not _RULE.fullmatch(line)]
        starts = _starts_of(below) if len(below) >= LINES_MIN else ()
        if starts:
            return starts
    return ()


def _starts_of(lines: Sequence[str]) -> tuple[int, ...]:
    heading = lines[0]
    width = max(map(len, lines))
    blank = [all(place >= len(line) or line[place] == " " for line in lines) for place in range(width)]
    starts = [place for place in range(1, width) if blank[place - 1] and not blank[place]]
    # What has nothing in the line of headings belongs to the column before it.
    kept = [0]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else width
        if heading[start:end].strip():
            kept.append(start)
    gaps = sum("  " in heading[max(0, start - 2) : start] for start in kept[1:])
    return tuple(kept) if gaps else ()


def cut_line(line: str, starts: Sequence[int]) -> list[str]:
    """The cells of one line, without the blanks around them."""
    ends = [*starts[1:], len(line)]
    return [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
