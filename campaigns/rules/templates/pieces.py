"""A source cut into what is fixed, `{{ what is filled in }}` and `{% what decides %}`.

Cut in one pass and before the library's own lexer sees it: that one needs quadratic time for braces that
are never closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

PIECE_MAX = 400
PIECES_MAX = 400
OPENERS = frozenset({"if", "unless", "case", "for"})
CLOSERS = {"endif": "if", "endunless": "unless", "endcase": "case", "endfor": "for"}

_OPEN = re.compile(r"\{\{|\{%")
_TAG_NAME = re.compile(r"\{%-?\s*(#|\w*)")


class PieceKind(StrEnum):
    FIXED = "fixed"
    OUTPUT = "output"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Piece:
    """`line` counts from 1; `tag` is the first word of a tag."""

    kind: PieceKind
    text: str
    line: int
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a source, for somebody to put into words: a code, the line, and the words it is about."""

    code: str
    line: int = 0
    what: str = ""
    hint: str = ""


class SourceProblem(Exception):
    """Carries the one Problem that stops reading."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.code)


def cut(source: str) -> list[Piece]:
    """All pieces of `source` in order. Raises SourceProblem for braces that do not close, or too many pieces."""
    pieces: list[Piece] = []
    position, line = 0, 1
    while found := _OPEN.search(source, position):
        start = found.start()
        if start > position:
            pieces.append(Piece(PieceKind.FIXED, source[position:start], line))
            line += source.count("\n", position, start)
        is_output = found.group() == "{{"
        end = source.find("}}" if is_output else "%}", start + 2)
        if end < 0:
            raise SourceProblem(Problem("not_closed", line, source[start : start + 30].split("\n")[0]))
        text = source[start : end + 2]
        _watch(text, line, len(pieces))
        tag = _TAG_NAME.match(text)
        pieces.append(
            Piece(PieceKind.OUTPUT, text, line)
            if is_output
            else Piece(PieceKind.TAG, text, line, tag[1] if tag else "")
        )
        line += text.count("\n")
        position = end + 2
    if position < len(source):
        pieces.append(Piece(PieceKind.FIXED, source[position:], line))
    return pieces


def _watch(text: str, line: int, count: int) -> None:
    inside = text[2:-2]
    if "{{" in inside or "{%" in inside:
        raise SourceProblem(Problem("not_closed", line, text.split("\n")[0][:30]))
    if len(text) > PIECE_MAX:
        raise SourceProblem(Problem("piece_too_long", line, text[:30], str(PIECE_MAX)))
    if count >= PIECES_MAX:
        raise SourceProblem(Problem("too_many_pieces", line, "", str(PIECES_MAX)))
    if inside.startswith("-") or inside.endswith("-"):
        raise SourceProblem(Problem("dash", line, text.split("\n")[0][:60]))
