"""What publishing changes is told in the form's words, and every setting of a document has some."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from programs.admin.publish_words import in_words
from programs.queries.publishing import Difference, draft_difference
from programs.services.programs import draft_document
from tests.factories.configuration import ProgramFactory, RuleFactory, TierFactory, publish

pytestmark = pytest.mark.django_db


def test_every_setting_of_a_document_has_words():
    program = ProgramFactory()
    TierFactory(program=program, key="gold", name="Gold")
    RuleFactory(program=program, key="dairy", conditions=[{"type": "category", "codes": ["dairy"]}])
    with translation.override("he"):
        said = in_words(draft_difference(program, draft_document(program)))
    assert len(said) > 20
    latin = {word for one in said for word in re.findall(r"[a-z_]+", one.path)}
    assert latin == {"gold", "dairy", "type", "factor"}  # their own keys, and the names inside an effect


def test_what_changed_is_told_as_the_form_does():
    program = ProgramFactory()
    publish(program)
    program.rounding, program.earn_on_points, program.expiry_months = "half_up", True, None
    program.save()
    program.refresh_from_db()
    said = in_words(draft_difference(program, draft_document(program)))
    assert said == [
        Difference("Rounding", "down", "to the nearest"),
        Difference("The part paid with points earns too", "no", "yes"),
        Difference("Points burn after (months)", "12", ""),
    ]
