"""One mail's three parts, by our compiled templates beside python-liquid's own rendering of the same sources.

No database: the members' values are at hand. CPU of this process; the shipped starters with their survey row.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from liquid import BoundTemplate

from campaigns.rules.starters import STATEMENT, SURVEY, WELCOME
from campaigns.rules.templates import CompiledContent, Parts, Words, build_document, sample_values
from campaigns.rules.templates.liquid import parse

ROUNDS, EACH = 11, 500
GOAL_MICROSECONDS = 60
LANGUAGES = ("en", "ru", "he")
WORDS = Words(
    why="You get this mail because you agreed to offers and news from Corner Market by e-mail.",
    preferences="Choose what you get",
    unsubscribe="Unsubscribe",
    survey_question="How likely are you to recommend Corner Market to a friend or colleague?",
    survey_low="Not at all likely",
    survey_high="Extremely likely",
    survey_link="Answer on our page and add a word",
)


def microseconds(work: Callable[[], object]) -> float:
    """CPU of one call in the fastest round: what a busy machine adds is not ours."""
    took = []
    for _round in range(ROUNDS):
        began = time.process_time()
        for _ in range(EACH):
            work()
        took.append((time.process_time() - began) / EACH * 1e6)
    return min(took)


def compare(name: str, texts: Mapping[str, Parts]) -> float:
    """Print a line a language; the slowest of them."""
    document = build_document(
        {language: (texts[language], WORDS) for language in LANGUAGES},
        constants={"company": "Corner Market", "postal_address": "1 High Street"},
        default_language="en",
    )
    content = CompiledContent(document)
    values = {key: value for key, value in sample_values().items() if key in content.fields}
    every = {**content.defaults, **values}
    slowest = 0.0
    for language, sources in document["languages"].items():
        ours = microseconds(partial(content.render, language, values))
        parsed = [parse(sources[part], language, is_html=part == "html") for part in ("subject", "text", "html")]
        library = microseconds(partial(render_all, parsed, every))
        size = len(content.render(language, values).html)
        print(f"{name:12} {language}: {ours:5.1f} us a mail, {size:,} letters of HTML; the library {library:5.1f} us")
        slowest = max(slowest, ours)
    return slowest


def render_all(templates: Sequence[BoundTemplate], values: Mapping[str, Any]) -> list[str]:
    return [template.render(**values) for template in templates]


def main() -> int:
    shown = {"welcome back": WELCOME, "statement": STATEMENT, "survey": SURVEY}
    slowest = max(compare(name, texts) for name, texts in shown.items())
    print(f"MICROSECONDS rendering {slowest:.1f} goal {GOAL_MICROSECONDS}")
    return 0 if slowest <= GOAL_MICROSECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
