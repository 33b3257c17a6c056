"""A source compiled for a mailing: fixed text lies ready, fields are looked up, conditions are small functions.

The library walks its parse tree for every mail, with a context, a buffer and a counter; that is ten times
the work. Here the tree is walked once and each node becomes a string or a function of the member's values.
Filters and comparisons are the library's own functions, so they mean the same; `case` and `for`, which are
rare, are rendered by the library. A property test holds both ways to the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from liquid import BoundTemplate, RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.logical import (
    BooleanExpression,
    ContainsExpression,
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalOrExpression,
    LtExpression,
    NeExpression,
    _contains,
    _eq,
    _le,
    _lt,
    is_truthy,
)
from liquid.builtin.expressions.primitive import Literal, Nil
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression

from campaigns.rules.templates.liquid import MailEnvironment, ShownNode, parse

type Fields = Mapping[str, Any]
# The same values as they are written: formatted, and escaped in HTML. An address stands a dozen times in a mail.
type Shown = Mapping[str, str]
type Writer = Callable[[Fields, Shown], str]
type Getter = Callable[[Fields], Any]
type Truth = Callable[[Fields], bool]
type Renderer = Callable[[Fields], str]


@dataclass(frozen=True, slots=True)
class Plain:
    """`{{ name }}` with nothing more to it."""

    name: str


type Part = str | Plain | Writer


def compile_source(source: str, language: str, *, is_html: bool) -> Renderer:
    """A function of the member's values that writes `source`. Raises LiquidError when it cannot be parsed.

    The function raises what checking.FAILURES names for values that do not fit; the caller limits its output.
    """
    template = parse(source, language, is_html=is_html)
    assert isinstance(template.env, MailEnvironment)
    compiler = _Compiler(template, template.env)
    write = _joined(compiler.parts(template.nodes))
    names, show = sorted(compiler.plain_names), template.env.show

    def render(fields: Fields) -> str:
        return write(fields, {name: show(fields[name]) for name in names})

    return render


def render_slowly(source: str, language: str, fields: Fields, *, is_html: bool) -> str:
    """The same by the library alone: what compile_source is measured against."""
    return parse(source, language, is_html=is_html).render(**fields)


def _joined(parts: list[Part]) -> Writer:
    """One function of many parts: what is fixed is copied, what is plain looked up, the rest asked."""
    fixed = [part if isinstance(part, str) else "" for part in parts]
    plain = [(place, part.name) for place, part in enumerate(parts) if isinstance(part, Plain)]
    asked = [(place, part) for place, part in enumerate(parts) if not isinstance(part, str | Plain)]
    if not plain and not asked:
        whole = "".join(fixed)
        return lambda fields, shown: whole

    def write(fields: Fields, shown: Shown) -> str:
        out = fixed.copy()
        for place, name in plain:
            out[place] = shown[name]
        for place, ask in asked:
            out[place] = ask(fields, shown)
        return "".join(out)

    return write


class _Compiler:
    """Turns nodes into parts, for one template of one environment."""

    def __init__(self, template: BoundTemplate, env: MailEnvironment) -> None:
        self.template = template
        self.env = env
        self.plain_names: set[str] = set()

    def parts(self, nodes: list[Node]) -> list[Part]:
        found: list[Part] = []
        for node in nodes:
            part = self._part(node)
            if isinstance(part, str) and found and isinstance(found[-1], str):
                found[-1] += part
            elif part != "":
                found.append(part)
        return found

    def block(self, block: BlockNode | None) -> Writer:
        return _joined(self.parts(block.nodes)) if block else lambda fields, shown: ""

    def _part(self, node: Node) -> Part:
        if isinstance(node, ContentNode):
            return node.text
        if isinstance(node, ShownNode):
            return self._shown(node.expression)
        if isinstance(node, IfNode | UnlessNode):
            return self._chosen(node)
        return self._by_the_library(node)

    def _shown(self, expression: Expression) -> Part:
        if isinstance(expression, FilteredExpression) and not expression.filters:
            expression = expression.left
        if isinstance(expression, Path) and len(expression.path) == 1:
            name = str(expression.path[0])
            self.plain_names.add(name)
            return Plain(name)
        get, show = self.value(expression), self.env.show
        return lambda fields, shown: show(get(fields))

    def _chosen(self, node: IfNode | UnlessNode) -> Part:
        first = self.truth(node.condition)
        if isinstance(node, UnlessNode):
            asked = first
            first = lambda fields: not asked(fields)  # noqa: E731  # a one-line negation
        branches = [(first, self.block(node.consequence))]
        branches += [(self.truth(one.expression), self.block(one.block)) for one in node.alternatives]
        otherwise = self.block(node.default)

        def chosen(fields: Fields, shown: Shown) -> str:
            for condition, block in branches:
                if condition(fields):
                    return block(fields, shown)
            return otherwise(fields, shown)

        return chosen

    def _by_the_library(self, node: Node) -> Part:
        template = self.template

        def rendered(fields: Fields, shown: Shown) -> str:
            context = RenderContext(template, globals=fields)
            buffer = template._get_buffer()  # the library's limited buffer
            node.render(context, buffer)
            return buffer.getvalue()

        return rendered

    def value(self, expression: Expression) -> Getter:
        """A function that evaluates an expression to its plain value."""
        if isinstance(expression, Path) and len(expression.path) == 1:
            name = expression.path[0]
            return lambda fields: fields[name]  # type: ignore[index]  # a name, as checking has seen
        if isinstance(expression, Literal):
            fixed = expression.value
            return lambda fields: fixed
        if isinstance(expression, Nil):
            return lambda fields: None
        if isinstance(expression, FilteredExpression):
            return self._filtered(expression)
        template = self.template
        return lambda fields: expression.evaluate(RenderContext(template, globals=fields))

    def _filtered(self, expression: FilteredExpression) -> Getter:
        get = self.value(expression.left)
        for one in expression.filters or []:
            function: Callable[..., Any] = self.env.filters[one.name]
            if getattr(function, "with_environment", False):
                function = partial(function, environment=self.env)
            get = _applied(function, get, [self.value(argument.value) for argument in one.args])
        return get

    def truth(self, expression: Expression) -> Truth:
        """A function that answers a condition as Liquid does: only nothing and false are no."""
        if isinstance(expression, BooleanExpression):
            return self.truth(expression.expression)
        if isinstance(expression, LogicalAndExpression | LogicalOrExpression):
            one, other = self.truth(expression.left), self.truth(expression.right)
            if isinstance(expression, LogicalAndExpression):
                return lambda fields: one(fields) and other(fields)
            return lambda fields: one(fields) or other(fields)
        compared = self._compared(expression)
        if compared:
            return compared
        get = self.value(expression)
        if isinstance(expression, Path):
            return lambda fields: (value := get(fields)) is not None and value is not False
        return lambda fields: is_truthy(get(fields))

    def _compared(self, expression: Expression) -> Truth | None:
        if not isinstance(expression, _COMPARISONS):
            return None
        left, right, token = self.value(expression.left), self.value(expression.right), expression.token
        # The library's own functions: what equals what in Liquid has many corners.
        if isinstance(expression, EqExpression):
            return lambda fields: _eq(left(fields), right(fields))
        if isinstance(expression, NeExpression):
            return lambda fields: not _eq(left(fields), right(fields))
        if isinstance(expression, GtExpression):
            return lambda fields: _lt(token, right(fields), left(fields))
        if isinstance(expression, LtExpression):
            return lambda fields: _lt(token, left(fields), right(fields))
        if isinstance(expression, GeExpression):
            return lambda fields: _le(right(fields), left(fields))
        if isinstance(expression, LeExpression):
            return lambda fields: _le(left(fields), right(fields))
        return lambda fields: _contains(token, left(fields), right(fields))


_COMPARISONS = (
    EqExpression,
    NeExpression,
    GtExpression,
    LtExpression,
    GeExpression,
    LeExpression,
    ContainsExpression,
)


def _applied(function: Callable[..., Any], get: Getter, arguments: list[Getter]) -> Getter:
    if not arguments:
        return lambda fields: function(get(fields))
    if len(arguments) == 1:
        only = arguments[0]
        return lambda fields: function(get(fields), only(fields))
    return lambda fields: function(get(fields), *[argument(fields) for argument in arguments])
