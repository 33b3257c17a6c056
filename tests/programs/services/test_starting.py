"""A ready programme becomes a draft, whole and audited."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import system
from programs.models import Program, ProgramState
from programs.rules.differing import changes
from programs.rules.parsing import Units
from programs.rules.served import EVERYTHING
from programs.rules.starters import STARTERS, Starter, awaits, starter_document
from programs.services.programs import draft_document, publish_program
from programs.services.starting import start_program
from tests.factories.configuration import CompanyFactory

pytestmark = pytest.mark.django_db
ACTOR = system("tests")


@pytest.mark.parametrize("starter", STARTERS, ids=lambda one: one.key)
def test_the_draft_says_what_the_starter_does(starter: Starter):
    company = CompanyFactory()
    made = start_program(starter, actor=ACTOR, now=timezone.now(), unit=Decimal(5))
    program = Program.objects.get(pk=made.pk)
    wanted = starter_document(
        starter,
        currency=company.currency,
        exponent=company.currency_exponent,
        time_zone=company.time_zone,
        unit=Decimal(5),
    ) | {"goal": starter.goal, "key_factor": starter.factor}
    units = Units(company.currency_exponent, 0, EVERYTHING)
    # What only a draft says has its column's default.
    assert [one for one in changes(wanted, draft_document(program), units=(units, units)) if one.before != ""] == []
    assert program.state == ProgramState.DRAFT
    assert Audit.objects.get(action="add", object_id=str(program.pk)).details == {"starter": starter.key}
    if not awaits(starter):
        assert publish_program(program=program, actor=ACTOR, effective_from=timezone.now(), now=timezone.now())


def test_a_second_one_gets_a_code_of_its_own_and_names_of_the_language():
    CompanyFactory()
    for code in ("cashback", "cashback-2"):
        made = start_program(STARTERS[1], actor=ACTOR, now=timezone.now(), translate={"Cashback": "Кешбэк"}.__getitem__)
        assert (made.code, made.name) == (code, "Кешбэк")
