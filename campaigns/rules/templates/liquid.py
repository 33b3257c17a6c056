"""Our Liquid: the language of shops' mails, less everything that could loop, remember, include or reach outside.

Tags and filters are an allow-list. There is no `assign` or `capture` (a doubling one in a loop eats all
memory), no `include` or `render` (nothing to read files with), no ranges (only listed collections are
looped over) and no filter that can multiply text (`replace`, `join` and their like can). What is written out is always escaped in HTML, quoted
words of the template too, so that no template can carry markup.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any, TextIO, override

from liquid import BoundTemplate, Environment, Mode, RenderContext, StrictDefaultUndefined
from liquid.builtin import content, illegal, output
from liquid.builtin.filters import math, misc, string
from liquid.builtin.tags import case_tag, for_tag, if_tag, unless_tag

from campaigns.rules.templates.figures import number_text

OUTPUT_BYTES_MAX = 256 * 1024
NESTING_MAX = 8
LOOPS_MAX = 1_000

TAGS = frozenset({"if", "elsif", "else", "endif", "unless", "endunless", "case", "when", "endcase", "for", "endfor"})
FILTERS: dict[str, Callable[..., object]] = {
    "default": misc.default,
    "size": misc.size,
    "upcase": string.upcase,
    "downcase": string.downcase,
    "capitalize": string.capitalize,
    "strip": string.strip,
    "truncate": string.truncate,
    "truncatewords": string.truncatewords,
    "append": string.append,
    "prepend": string.prepend,
    "url_encode": string.url_encode,
    "plus": math.plus,
    "minus": math.minus,
    "times": math.times,
    "divided_by": math.divided_by,
    "round": math.round_,
    "ceil": math.ceil,
    "floor": math.floor,
    "at_least": math.at_least,
    "at_most": math.at_most,
}


class _StrictIf(if_tag.IfTag):
    """`{% else points > 3 %}` is a mistake to speak of; the library would ignore its condition."""

    mode = Mode.STRICT


class _StrictUnless(unless_tag.UnlessTag):
    mode = Mode.STRICT


class ShownNode(output.OutputNode):
    """`{{ ... }}`: numbers in the reader's language, and in HTML everything escaped."""

    __slots__ = ()

    @override
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        env = context.env
        assert isinstance(env, MailEnvironment)
        return buffer.write(env.show(self.expression.evaluate(context)))


class _Output(output.Output):
    node_class = ShownNode


class MailEnvironment(Environment):
    """Parses and renders one language, as HTML or as plain text."""

    block_nesting_limit = NESTING_MAX
    loop_iteration_limit = LOOPS_MAX
    output_stream_limit = OUTPUT_BYTES_MAX
    suppress_blank_control_flow_blocks = False

    def __init__(self, language: str, *, is_html: bool) -> None:
        super().__init__(undefined=StrictDefaultUndefined, strict_filters=True)
        self.language = language
        self.is_html = is_html

    @override
    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (
            content.Literal,
            _Output,
            illegal.Illegal,
            _StrictIf,
            _StrictUnless,
            case_tag.CaseTag,
            for_tag.ForTag,
        ):
            self.add_tag(tag)
        for name, function in FILTERS.items():
            self.add_filter(name, function)

    def show(self, value: Any) -> str:
        """A value as it is written into the mail."""
        if value.__class__ is str:
            text = value
        elif value is None:
            return ""
        elif isinstance(value, bool):
            return "true" if value else "false"
        elif isinstance(value, int | float | Decimal):
            return number_text(value, self.language)
        elif isinstance(value, list):
            text = ", ".join(str(one) for one in value)
        else:
            text = str(value)
        return escape(text) if self.is_html else text


@lru_cache(maxsize=32)
def environment(language: str, *, is_html: bool) -> MailEnvironment:
    """The environment of a language and a form; they hold no state between mails."""
    return MailEnvironment(language, is_html=is_html)


def parse(source: str, language: str, *, is_html: bool) -> BoundTemplate:
    """Parse `source`. Raises liquid.exceptions.LiquidError; ask checking.problems_of first for words."""
    return environment(language, is_html=is_html).from_string(source)
