"""What speaks against a draft before it is published: what refuses it, what warns, and what was answered before the start."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db import transaction

from loyalty_site.ground.errors import Said, fill
from loyalty_site.ground.policy import Principal
from loyalty_site.ground.services import record_audit
from programs.models import Program
from programs.queries.margins import sold_lately
from programs.queries.naming import Names, names_in, units_of
from programs.rules.checking import Finding, findings
from programs.rules.conditions import ConditionError
from programs.rules.documents import Compiled, DocumentError
from programs.rules.parsing import Units, names
from programs.rules.readiness import known_answers, reasons_against, unanswered
from programs.rules.welcome import read_welcome
from programs.services.programs import compile_draft, draft_document, draft_refusals

# What a warning says of sales as they are at the moment (rules/margins.py).
_FIGURES = ("margin", "article", "price", "given", "cost", "count", "all")


@dataclass(frozen=True, slots=True)
class Review:
    """`refusals` stand between the draft and publication, `warnings` must be seen, `doubts` are those of them that the
    answers before the start raise; `open_questions`: how many of these nobody has answered."""

    refusals: tuple[Said, ...]
    warnings: tuple[Said, ...]
    doubts: tuple[Said, ...]
    open_questions: int

    @property
    def mark(self) -> str:
        """Names these warnings: whoever has seen them has not seen others. "" without any. What the tills sell in the
        meantime moves the figures and makes no other warning of it."""
        if not self.warnings and not self.doubts:
            return ""
        text = "\n".join(_without_figures(said) for said in (*self.warnings, *self.doubts))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _without_figures(said: Said) -> str:
    return fill(said.sentence, said.context | {key: "" for key in _FIGURES if key in said.context}, str)


def review_draft(program: Program, *, now: dt.datetime) -> Review:
    """The draft as it stands."""
    document = draft_document(program)
    answers = known_answers(program.readiness.items())
    still_open = len(unanswered(answers))
    try:
        compiled = compile_draft(document)
        read_welcome(document)
    except (DocumentError, ConditionError) as error:
        return Review((error.said,), (), tuple(reasons_against(answers, None, program.key_factor)), still_open)
    known = names_in(document)
    units = units_of(document, known)
    found = found_in(program, compiled, today=now.date(), units=units)
    return Review(
        tuple(draft_refusals(program, compiled, today=now.date(), units=units)),
        (*(one.said for one in found if not one.refuses), *_of_nothing(document, known)),
        tuple(reasons_against(answers, compiled, program.key_factor)),
        still_open,
    )


def found_in(program: Program, compiled: Compiled, *, today: dt.date, units: Units) -> list[Finding]:
    """What the checks find in a draft, with the margin of what was sold lately: of goods whose cost is known what they
    leave, of the others the programme's estimate."""
    lately = sold_lately(compiled.currency_exponent)
    estimate = None if program.margin_percent is None else Fraction(program.margin_percent) / 100
    return findings(compiled, today=today, margin=lately.margin(estimate), sold=lately.sold, units=units)


def answer_questions(program: Program, answers: Mapping[str, bool], *, actor: Principal, now: dt.datetime) -> None:
    """Keep what was answered before the start; `answers` {key of a question: yes or no} replace those of before."""
    with transaction.atomic():
        Program.objects.filter(pk=program.pk).update(readiness=known_answers(answers.items()))
        record_audit(
            actor=actor,
            action="change",
            target="programs.program",
            target_id=program.pk,
            now=now,
            details={"fields": ["readiness"]},
        )


_ASKED = {
    "category": ("codes", "category", Said("“%(rule)s” names goods that are not in the catalogue: %(codes)s")),
    "product": ("skus", "product", Said("“%(rule)s” names goods that are not in the catalogue: %(codes)s")),
    "store": ("codes", "store", Said("“%(rule)s” names a store that is not there: %(codes)s")),
    "partner": ("codes", "partner", Said("“%(rule)s” names a partner that is not there: %(codes)s")),
    "coupon": ("series", "series", Said("“%(rule)s” names a kind of coupons that is not there: %(codes)s")),
}


def _of_nothing(document: Mapping[str, Any], known: Names) -> Iterator[Said]:
    """Rules and rewards that name what is not there (yet)."""
    for rule in (*document["rules"], *document["redemption"]["rewards"]):
        for condition in rule.get("conditions", ()):
            asked = _ASKED.get(condition["type"])
            if asked is None:
                continue
            setting, kind, said = asked
            sentence = said.sentence
            if missing := set(condition.get(setting, ())) - set(known.get(kind, ())):
                yield Said(sentence, rule=rule["name"], codes=names(missing))
