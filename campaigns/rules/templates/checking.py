"""Whether a text can be sent, asked when it is saved: everything that would fail later is said now, with its line.

The library's parser sees a source only after `pieces.cut` found its braces whole and its tags allowed. Then
the parse tree is walked: only known fields and loop variables, only listed collections looped over, no
ranges, and every expression is tried with a member of whom everything is known and one of whom nothing is.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode
from liquid.exceptions import (
    BlockNestingError,
    LiquidError,
    LiquidTypeError,
    UnknownFilterError,
)
from liquid.expression import Expression

from campaigns.rules.templates.fields import FieldKind, Value, empty_values, fields_known, sample_values
from campaigns.rules.templates.liquid import FILTERS, NESTING_MAX, TAGS, parse
from campaigns.rules.templates.pieces import CLOSERS, OPENERS, Piece, PieceKind, Problem, SourceProblem, cut

FILTERS_MAX = 5
CONDITIONS_MAX = 12
LOOPS_NESTED_MAX = 2
# What the parser and our own evaluation raise on nonsense; none of it may reach a batch.
FAILURES = (LiquidError, ArithmeticError, ValueError, TypeError, LookupError, AttributeError, RecursionError)

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LOOP_VALUES: dict[str, Value] = {"index": 1, "index0": 0, "rindex": 1, "rindex0": 0, "length": 1}
_LOOP_FLAGS = frozenset({"first", "last"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What a source names, and what is wrong with it. `problems` is empty when it can be sent."""

    fields: frozenset[str]
    problems: tuple[Problem, ...]


def check_source(source: str) -> Checked:
    """Read one text as it was typed. Never raises: nonsense of any sort becomes a Problem."""
    try:
        pieces = cut(source)
        _watch_tags(pieces)
        _watch_letters(pieces)
        template = parse(source, "en", is_html=False)
    except SourceProblem as stop:
        return Checked(frozenset(), (stop.problem,))
    except LiquidError as error:
        return Checked(frozenset(), (_of_error(error),))
    walk = _Walk()
    try:
        walk.nodes(template.nodes, frozenset())
    except SourceProblem as stop:
        walk.problems.append(stop.problem)
    except RecursionError:
        walk.problems.append(Problem("too_deep", hint=str(NESTING_MAX)))
    if not walk.problems:
        walk.problems.extend(_tried(template, walk.expressions))
    return Checked(frozenset(walk.fields), tuple(walk.problems))


def _watch_tags(pieces: list[Piece]) -> None:
    """Tags must be ours and closed in the order they were opened."""
    opened: list[Piece] = []
    for piece in pieces:
        if piece.kind is not PieceKind.TAG:
            continue
        if piece.tag not in TAGS:
            raise SourceProblem(Problem("tag_unknown", piece.line, piece.tag or piece.text[:30]))
        if piece.tag in OPENERS:
            opened.append(piece)
            if len(opened) > NESTING_MAX:
                raise SourceProblem(Problem("too_deep", piece.line, piece.tag, str(NESTING_MAX)))
        elif piece.tag in CLOSERS:
            if not opened or opened[-1].tag != CLOSERS[piece.tag]:
                raise SourceProblem(Problem("tag_not_opened", piece.line, piece.tag, CLOSERS[piece.tag]))
            opened.pop()
        elif not opened:
            raise SourceProblem(Problem("tag_outside", piece.line, piece.tag))
    if opened:
        raise SourceProblem(Problem("tag_not_closed", opened[-1].line, opened[-1].tag))


def _watch_letters(pieces: list[Piece]) -> None:
    for piece in pieces:
        found = _CONTROLS.search(piece.text)
        if found:
            line = piece.line + piece.text.count("\n", 0, found.start())
            raise SourceProblem(Problem("unreadable", line, f"U+{ord(found.group()):04X}"))


def _line_of(error: LiquidError) -> int:
    try:
        context = error.context()
    except ValueError:  # the very end of the source
        return 0
    return context[0] if context else 0


def _of_error(error: LiquidError) -> Problem:
    line, words = _line_of(error), str(error.message or "")
    if isinstance(error, UnknownFilterError):
        name = words.split("'")[1] if "'" in words else ""
        return Problem("filter_unknown", line, name, _alike(name, FILTERS))
    if isinstance(error, BlockNestingError) or isinstance(error.__cause__, RecursionError):
        return Problem("too_deep", line, hint=str(NESTING_MAX))
    if isinstance(error, LiquidTypeError):
        return Problem("not_comparable", line, words)
    return Problem("not_understood", line, words)


def _alike(word: str, known: object) -> str:
    assert isinstance(known, dict)
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), "")


class _Walk:
    """Collects fields, expressions and problems of a parse tree; loop variables are known inside their loop."""

    def __init__(self) -> None:
        self.fields: set[str] = set()
        self.problems: list[Problem] = []
        self.expressions: list[Expression] = []
        self.known = fields_known()

    def nodes(self, nodes: list[Node], loop_names: frozenset[str], loops: int = 0) -> None:
        for node in nodes:
            if isinstance(node, ForNode):
                loops_inside = loops + 1
                if loops_inside > LOOPS_NESTED_MAX:
                    raise SourceProblem(Problem("loops_too_deep", self._line(node), hint=str(LOOPS_NESTED_MAX)))
                self._loop(node.expression, loop_names)
                inside = loop_names | {str(node.expression.identifier)}
                self.nodes(node.block.nodes, inside, loops_inside)
                if node.default:
                    self.nodes(node.default.nodes, loop_names, loops)
                continue
            for expression in node.expressions():
                self.expressions.append(expression)
                self._expression(expression, loop_names, depth=0)
            self.nodes(list(_children(node)), loop_names, loops)

    def _loop(self, loop: LoopExpression, loop_names: frozenset[str]) -> None:
        line = _line_at(loop)
        name = str(loop.identifier)
        if name in self.known or name == "forloop":
            raise SourceProblem(Problem("loop_name_taken", line, name))
        if isinstance(loop.iterable, RangeLiteral):
            raise SourceProblem(Problem("range", line))
        listed = loop.iterable.path if isinstance(loop.iterable, Path) else []
        field = self.known.get(str(listed[0])) if len(listed) == 1 else None
        if field is None or field.kind is not FieldKind.LIST:
            lists = ", ".join(one.name for one in self.known.values() if one.kind is FieldKind.LIST)
            raise SourceProblem(Problem("not_a_list", line, str(loop.iterable), lists))
        for expression in loop.children():
            self._expression(expression, loop_names, depth=0)
            self.expressions.append(expression)

    def _expression(self, expression: Expression, loop_names: frozenset[str], *, depth: int) -> None:
        if depth > CONDITIONS_MAX:
            raise SourceProblem(Problem("too_many_conditions", _line_at(expression), hint=str(CONDITIONS_MAX)))
        if isinstance(expression, RangeLiteral):
            raise SourceProblem(Problem("range", _line_at(expression)))
        if isinstance(expression, Path):
            self._path(expression, loop_names)
            return
        if isinstance(expression, FilteredExpression):
            self._filters(expression)
        for child in expression.children():
            self._expression(child, loop_names, depth=depth + 1)

    def _filters(self, expression: FilteredExpression) -> None:
        filters = expression.filters or []
        if len(filters) > FILTERS_MAX:
            raise SourceProblem(Problem("too_many_filters", _line_at(expression), hint=str(FILTERS_MAX)))
        for one in filters:
            if one.name not in FILTERS:
                raise SourceProblem(
                    Problem("filter_unknown", _line_at(expression), one.name, _alike(one.name, FILTERS))
                )
            if any(hasattr(argument, "name") for argument in one.args):
                raise SourceProblem(Problem("filter_wrong", _line_at(expression), one.name))

    def _path(self, path: Path, loop_names: frozenset[str]) -> None:
        name = path.path[0]
        if len(path.path) == 1 and isinstance(name, str):
            if name in loop_names:
                return
            if name in self.known:
                self.fields.add(name)
                return
        if loop_names and len(path.path) == 2 and name == "forloop" and path.path[1] in {*_LOOP_VALUES, *_LOOP_FLAGS}:
            return
        shown = str(path)[:60]
        self.problems.append(Problem("field_unknown", _line_at(path), shown, _alike(shown, self.known)))

    @staticmethod
    def _line(node: Node) -> int:
        return node.token.source.count("\n", 0, max(node.token.start_index, 0)) + 1


def _children(node: Node) -> Iterator[Node]:
    """The library hands its static context through to tags that load other templates; ours load none."""
    yield from node.children(None, include_partials=False)  # type: ignore[arg-type]  # read by no tag we allow


def _line_at(expression: Expression) -> int:
    """Expressions know their place in the whole source."""
    return expression.token.source.count("\n", 0, max(expression.token.start_index, 0)) + 1


def _tried(template: BoundTemplate, expressions: list[Expression]) -> Iterator[Problem]:
    """The first expression that fails for somebody, whatever branch it stands in."""
    loop = {**_LOOP_VALUES, **dict.fromkeys(_LOOP_FLAGS, True)}
    loop_names = list(_loop_names(template.nodes))
    for values in (sample_values(), empty_values()):
        context = RenderContext(
            template, globals={**dict.fromkeys(loop_names, "Main Street"), "forloop": loop, **values}
        )
        for expression in expressions:
            try:
                expression.evaluate(context)
            except LiquidError as error:
                problem = _of_error(error)
                yield (
                    problem
                    if problem.code == "not_comparable"
                    else Problem("filter_wrong", _line_at(expression), str(expression)[:60])
                )
                return
            except FAILURES:
                yield Problem("filter_wrong", _line_at(expression), str(expression)[:60])
                return


def _loop_names(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ForNode):
            yield str(node.expression.identifier)
        yield from _loop_names(list(_children(node)))
