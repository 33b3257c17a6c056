"""What publishing changes is told in the form's words, and every setting of a document has some."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from programs.admin.publish_words import Difference, in_words
from programs.queries.publishing import draft_difference
from programs.services.programs import draft_document
from tests.factories.configuration import (
    CategoryFactory,
    ProgramFactory,
    RewardFactory,
    RuleFactory,
    TierFactory,
    publish,
)

pytestmark = pytest.mark.django_db


def test_every_setting_of_a_document_has_words():
    program = ProgramFactory()
    TierFactory(program=program, key="gold", name="Gold")
    RuleFactory(program=program, key="dairy", conditions=[{"type": "category", "codes": ["dairy"]}])
    said = in_words(draft_difference(program, draft_document(program)))
    assert len(said) > 20
    assert [one.path for one in said if re.search(r"[a-z][._][a-z]|^[a-z]", one.path)] == []  # such as earning.per
    assert {"Goal", "Key factor", "Tier “Gold”", "Rule “Dairy”"} <= {one.path for one in said}


def test_what_changed_is_told_as_the_form_does():
    program = ProgramFactory()
    publish(program)
    program.rounding, program.earn_on_points, program.expiry_months = "half_up", True, None
    program.point_value = Decimal("0.025")
    program.save()
    program.refresh_from_db()
    said = in_words(draft_difference(program, draft_document(program)))
    assert said == [
        Difference("Rounding", "down", "to the nearest"),
        Difference("The part paid with points earns too", "no", "yes"),
        Difference("One point pays (money)", "0.01", "0.025"),
        Difference("Points burn after (months)", "12", ""),
    ]


def test_rules_tiers_and_rewards_are_compared_as_sentences():
    CategoryFactory(code="dairy", name="Dairy goods")
    program = ProgramFactory()
    tier = TierFactory(program=program, key="gold", name="Gold", threshold=500, multiplier="1.5")
    dairy = [{"type": "category", "codes": ["dairy"]}]
    rule = RuleFactory(program=program, key="week", name="Week", conditions=dairy)
    RuleFactory(program=program, key="gone", name="Gone", effect={"type": "points", "points": "5"})
    publish(program)
    rule.conditions = [*dairy, {"type": "weekday", "days": [1]}]
    rule.save()
    program.rules.filter(key="gone").update(is_active=False)
    tier.threshold = 400
    tier.save()
    RewardFactory(program=program, key="cake", name="A cake", cost=50, effect={"type": "amount_off", "amount": "3.50"})
    assert in_words(draft_difference(program, draft_document(program))) == [
        Difference("Tier “Gold”", "From 500 USD on: points times 1.5.", "From 400 USD on: points times 1.5."),
        Difference(
            "Rule “Week”",
            "Points times 2, when the article is of Dairy goods.",
            "Points times 2, when the article is of Dairy goods and it is a Monday.",
        ),
        Difference("Rule “Gone”", "5 points, always.", ""),
        Difference("Reward “A cake”", "", "3.50 USD off for 50 points."),
    ]


def test_a_new_name_and_another_order_are_changes_and_what_cannot_be_read_is_shown():
    program = ProgramFactory()
    for key in ("one", "two"):
        RuleFactory(program=program, key=key, name=key.title())
    publish(program)
    document = draft_document(program)
    document["rules"].reverse()
    document["rules"][0] |= {"name": "Zwei", "effect": {"type": "halve"}}
    assert in_words(draft_difference(program, document)) == [
        Difference(
            "Rule “Zwei”",
            "“Two”: points times 2, always.",
            '“Zwei”: {"key": "two", "conditions": [], "effect": {"type": "halve"}}.',
        ),
        Difference("The order in which rules are asked", "One, Zwei.", "Zwei, One."),
    ]
