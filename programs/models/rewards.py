"""What points buy at the counter, in a programme's draft."""

from __future__ import annotations

from decimal import Decimal
from typing import override

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from programs.models.programs import Program


class Reward(models.Model):
    """What points buy at the counter, in the draft: a discount on the bill, or on the goods that its conditions name, for
    a fixed number of points."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="rewards")
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=120, help_text=_("Said at the till and printed on the receipt."))
    is_active = models.BooleanField(_("active"), default=True)
    cost = models.DecimalField(
        _("costs (points)"), max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    conditions = models.JSONField(_("conditions"), default=list, blank=True, db_default=[])
    effect = models.JSONField(_("effect"), default=dict)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["cost", "id"]
        constraints = [
            models.UniqueConstraint(name="programs_reward_key", fields=["program", "key"]),
            models.CheckConstraint(name="programs_reward_cost", condition=Q(cost__gt=0)),
        ]

    @override
    def __str__(self) -> str:
        return self.name
