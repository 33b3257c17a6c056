"""Plain words with a little markup, turned into HTML and into plain text; the Liquid in them stays Liquid.

An empty line begins a paragraph, a line that begins with "- " is a point of a list, **two stars** make bold,
and web addresses become links. The markup is read once, in what the marketer typed: stars or addresses in a
member's name are only letters. A tag either stands alone on its line or is closed in its own paragraph, so
that whatever is left out, the HTML stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from campaigns.rules.templates.fields import FieldKind, fields_known
from campaigns.rules.templates.pieces import CLOSERS, OPENERS, Piece, PieceKind, Problem, cut

PARAGRAPH_OPEN = '<p style="margin:0 0 16px">'
PARAGRAPH_CLOSE = "</p>"
_LIST_OPEN = '<ul style="margin:0 0 16px;padding:0 24px">'
_LIST_CLOSE = "</ul>"
# Stands at the head of a paragraph or a list that may lose all its words; values and sources never hold it.
MARK = "\x01"
# What such a block is when they are lost: (begin, rest behind the mark).
EMPTY_BLOCKS = (
    (PARAGRAPH_OPEN, f"{PARAGRAPH_CLOSE}\n"),
    (PARAGRAPH_OPEN, f" {PARAGRAPH_CLOSE}\n"),
    (_LIST_OPEN, f"{_LIST_CLOSE}\n"),
)
_MAY_BE_EMPTY = ("</", " </")
_LINK_STYLE = "color:#0f766e"

_BULLET = re.compile(r"\s*[-•*]\s+(?=\S)")
_BOLD = re.compile(r"\*\*(?=\S)(.{1,300}?)(?<=\S)\*\*")
# In escaped words: a quotation mark or a bracket after the address is not part of it.
_ADDRESS = re.compile(r"https://(?:(?!&(?:quot|#x27|lt|gt);)[^\s\x00*]){3,500}")
_ADDRESS_CUT = re.compile(r"https?://\S*$")
_HELD = re.compile("\x00(\\d+)\x00")
_ALONE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Line:
    """`pieces` of one line as typed; Liquid that runs over several lines counts for the first."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def is_empty(self) -> bool:
        return not self.text.strip()

    @property
    def is_only_tags(self) -> bool:
        return not self.is_empty and all(piece.kind is PieceKind.TAG or not piece.text.strip() for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Block:
    """`kind` is 'paragraph', 'point' (of a list) or 'tags' (which decide about the blocks between them)."""

    kind: str
    lines: tuple[Line, ...]


def blocks_of(source: str) -> list[Block]:
    """Paragraphs, points and lines of tags, in order. Raises SourceProblem as pieces.cut does."""
    blocks: list[Block] = []
    waiting: list[Line] = []

    def end_paragraph() -> None:
        if waiting:
            blocks.append(Block("paragraph", tuple(waiting)))
            waiting.clear()

    for line in _lines(source):
        first = line.pieces[0] if line.pieces else None
        if line.is_empty:
            end_paragraph()
        elif line.is_only_tags:
            end_paragraph()
            blocks.append(Block("tags", (line,)))
        elif first and first.kind is PieceKind.FIXED and (bullet := _BULLET.match(first.text + "x")):
            end_paragraph()
            rest = Piece(PieceKind.FIXED, first.text[min(bullet.end(), len(first.text)) :], first.line)
            blocks.append(Block("point", (Line(line.number, (rest, *line.pieces[1:])),)))
        else:
            waiting.append(line)
    end_paragraph()
    return blocks


def _lines(source: str) -> list[Line]:
    lines: list[Line] = []
    current: list[Piece] = []
    number = 1
    for piece in cut(source.replace("\r\n", "\n").replace("\r", "\n")):
        if piece.kind is not PieceKind.FIXED:
            current.append(Piece(piece.kind, " ".join(piece.text.split("\n")), piece.line, piece.tag))
            continue
        for offset, text in enumerate(piece.text.split("\n")):
            if offset:
                lines.append(Line(number, tuple(current)))
                current = []
                number = piece.line + offset
            if text:
                current.append(Piece(PieceKind.FIXED, text, piece.line + offset))
    lines.append(Line(number, tuple(current)))
    return lines


def problems_of_markup(source: str) -> list[Problem]:
    """Tags that begin in one paragraph and end in another, and fields glued to web addresses."""
    problems: list[Problem] = []
    for block in blocks_of(source):
        opened: list[Piece] = []
        for piece in (piece for line in block.lines for piece in line.pieces):
            if piece.kind is not PieceKind.TAG or block.kind == "tags":
                continue
            if piece.tag in OPENERS:
                opened.append(piece)
            elif piece.tag in CLOSERS and opened:
                opened.pop()
            elif not opened:
                problems.append(Problem("tag_across", piece.line, piece.tag, CLOSERS.get(piece.tag, "if")))
        problems.extend(Problem("tag_across", piece.line, piece.tag, piece.tag) for piece in opened)
        for line in block.lines:
            for piece, following in zip(line.pieces, line.pieces[1:], strict=False):
                if (
                    piece.kind is PieceKind.FIXED
                    and following.kind is PieceKind.OUTPUT
                    and _ADDRESS_CUT.search(piece.text)
                ):
                    problems.append(Problem("field_in_address", piece.line, following.text))
    return problems


def html_source(source: str) -> str:
    """The body as HTML, still Liquid. Whole whatever is left out, see the module's head."""
    out: list[str] = []
    blocks = blocks_of(source)
    place = 0
    while place < len(blocks):
        end = _list_end(blocks, place)
        if end:
            points = "".join(_block_html(block) for block in blocks[place:end])
            out.append(f"{_LIST_OPEN}{_marked(points)}{_LIST_CLOSE}\n")
            place = end
        else:
            out.append(_block_html(blocks[place]))
            place += 1
    return "".join(out)


def _list_end(blocks: list[Block], start: int) -> int:
    """Where the list that begins at `start` ends: points, and tags that open and close between them. 0: no list."""
    end, depth, has_point = 0, 0, False
    for place in range(start, len(blocks)):
        block = blocks[place]
        if block.kind == "paragraph":
            break
        has_point = has_point or block.kind == "point"
        for piece in block.lines[0].pieces if block.kind == "tags" else ():
            depth += (piece.tag in OPENERS) - (piece.tag in CLOSERS)
            if depth < 0:
                return end
        # A condition without points after the last point belongs to what follows.
        if depth == 0 and has_point and (block.kind == "point" or _has_point(blocks[max(end, start) : place + 1])):
            end = place + 1
    return end


def _has_point(blocks: list[Block]) -> bool:
    return any(block.kind == "point" for block in blocks)


def _block_html(block: Block) -> str:
    if block.kind == "tags":
        return "".join(piece.text for piece in block.lines[0].pieces if piece.kind is PieceKind.TAG)
    inner = "<br>".join(_inline(line, _run_html, _linked).strip() for line in block.lines)
    return f"<li>{inner}</li>" if block.kind == "point" else f"{PARAGRAPH_OPEN}{_marked(inner)}{PARAGRAPH_CLOSE}\n"


def text_source(source: str) -> str:
    """The body as plain text, still Liquid; blocks are parted by empty lines, points by single ones."""
    out: list[str] = []
    before = ""
    for block in blocks_of(source):
        if block.kind == "tags":
            out.append("".join(piece.text for piece in block.lines[0].pieces if piece.kind is PieceKind.TAG))
            continue
        if before == "point" and block.kind != "point":
            out.append("\n")
        inner = "\n".join(_inline(line, _run_text, str).strip() for line in block.lines)
        out.append(f"- {inner}\n" if block.kind == "point" else f"{inner}\n\n")
        before = block.kind
    return "".join(out)


def without_empty_blocks(html: str) -> str:
    """Rendered HTML without the paragraphs and lists whose words were all left out, and without the marks."""
    out = html.split(MARK)
    for place, piece in enumerate(out[1:], 1):
        if not piece.startswith(_MAY_BE_EMPTY):
            continue
        for begin, end in EMPTY_BLOCKS:
            if piece.startswith(end) and out[place - 1].endswith(begin):
                out[place - 1] = out[place - 1].removesuffix(begin)
                out[place] = piece.removeprefix(end)
                break
    return "".join(out)


def _marked(inner: str) -> str:
    """With the mark when all its words are a member's or conditional."""
    return inner if any(text.strip() for text in _always_said(re.sub(r"</?li>", "", inner))) else MARK + inner


def _always_said(source: str) -> Iterator[str]:
    depth = 0
    for piece in cut(source):
        if piece.tag in OPENERS:
            depth += 1
        elif piece.tag in CLOSERS:
            depth -= 1
        elif piece.kind is PieceKind.FIXED and depth == 0:
            yield piece.text


def plain_html(source: str) -> str:
    """One line without markup of its own, such as a heading: words escaped, Liquid kept."""
    return "".join(piece.text if piece.kind is not PieceKind.FIXED else escape(piece.text) for piece in cut(source))


def field_alone(source: str) -> str:
    """The name of the one field a source consists of, or ""."""
    found = _ALONE.fullmatch(source.strip())
    return found[1] if found else ""


def address_source(source: str) -> str:
    """A web address in which every field is percent-encoded, unless the address is one field of its own."""
    if field_alone(source):
        return source.strip()
    return "".join(_encoded(piece) if piece.kind is PieceKind.OUTPUT else piece.text for piece in cut(source.strip()))


def _encoded(piece: Piece) -> str:
    inside = piece.text[2:-2].strip()
    return piece.text if inside.endswith("url_encode") else f"{{{{ {inside} | url_encode }}}}"


def _inline(line: Line, run_of: Callable[[str], str], output_of: Callable[[str], str]) -> str:
    """One line: what is fixed through `run_of`, Liquid kept. Tags part a line, so bold stays inside one branch."""
    out: list[str] = []
    held: list[str] = []
    run = ""

    def end_run() -> None:
        out.append(_HELD.sub(lambda found: held[int(found[1])], run_of(run)))

    for piece in line.pieces:
        if piece.kind is PieceKind.FIXED:
            run += piece.text
        elif piece.kind is PieceKind.OUTPUT:
            run += f"\x00{len(held)}\x00"
            held.append(output_of(piece.text))
        else:
            end_run()
            out.append(piece.text)
            run = ""
    end_run()
    return "".join(out)


def _run_html(run: str) -> str:
    html = _ADDRESS.sub(_link, escape(run))
    return _BOLD.sub(r"<strong>\1</strong>", html)


def _run_text(run: str) -> str:
    return _BOLD.sub(r"\1", run)


def _link(found: re.Match[str]) -> str:
    address = found[0]
    kept = address.rstrip(".,;:!?)")
    return f'<a href="{kept}" style="{_LINK_STYLE}">{kept}</a>{address[len(kept) :]}'


def _linked(output: str) -> str:
    """A field that is a whole address becomes a link; others stay words."""
    field = fields_known().get(field_alone(output))
    if field is None or field.kind is not FieldKind.URL:
        return output
    return f'<a href="{output}" style="{_LINK_STYLE}">{output}</a>'
