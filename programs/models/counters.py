"""What rules have given and counted for the next sale: limits, stamp cards, and benefits that are no points."""

from __future__ import annotations

from typing import override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import append_only
from programs.models.programs import Program
from programs.models.purchases import Purchase


class RuleCounter(models.Model):
    """How much a limit of the rules has let through, or how many stamps a member holds on a card (rules/limits.py).

    `period_on` is the first day of the day, month or year it is counted in, by the programme's calendar; empty for
    ever. What the receipts say, added up, with a row lock of its own: `verify` compares.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, db_index=False, related_name="+")
    key = models.TextField(_("what is counted"))
    # Nobody: all members of the programme together.
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )
    period_on = models.DateField(_("since"), null=True, blank=True)
    amount = models.BigIntegerField(_("counted"), default=0)

    class Meta:
        verbose_name = _("count of a rule")
        verbose_name_plural = _("counts of rules")
        constraints = [
            models.UniqueConstraint(
                name="programs_rulecounter_once",
                fields=["program", "key", "member", "period_on"],
                nulls_distinct=False,
            ),
            # Stamps of goods that came back may have been used already: then the next ones make up for them.
            models.CheckConstraint(
                name="programs_rulecounter_amount", condition=Q(amount__gte=0) | Q(key__startswith="stamps:")
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.key


class Benefit(models.Model):
    """What a rule gave with a sale besides points and money off (rules/benefits.py), so many `times`."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, db_constraint=False, related_name="benefits")
    rule_key = models.CharField(_("rule"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20)
    times = models.IntegerField(_("times"))
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("benefit")
        verbose_name_plural = _("benefits")
        constraints = [models.CheckConstraint(name="programs_benefit_times", condition=~Q(times=0))]
        triggers = append_only()

    @override
    def __str__(self) -> str:
        return self.rule_key
