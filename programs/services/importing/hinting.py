"""What is known of a file before it is read: its kind's words, the company's own fields, what the same headings meant."""

from __future__ import annotations

from functools import partial

from members.services.fields import field_words
from programs.models import ImportKind
from programs.queries.importing import meaning_before, ways_before
from programs.rules.importing.headings import with_own
from programs.rules.importing.kinds import VOCABULARIES
from programs.rules.importing.plan import Hints


def hints_of(kind: str, mapping: dict[str, str] | None = None) -> Hints:
    """For looking at a file of this kind; `mapping` {heading: field} as a person wrote it."""
    about = VOCABULARIES[kind]
    if kind == ImportKind.CUSTOMERS:
        about = with_own(about, *field_words())
    return Hints(
        mapping=mapping,
        recall=partial(meaning_before, kind, known=frozenset(about.fields)),
        ways=partial(ways_before, kind),
        about=about,
    )
