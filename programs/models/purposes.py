"""What a programme is for: columns of its draft that nothing at the tills asks, and everybody who publishes does."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Goal(models.TextChoices):
    """What a programme is for: one thing, two at once hardly work."""

    ATTRACT = "attract", _("attract new customers")
    KEEP = "keep", _("keep those who are loyal")
    REPEL = "repel", _("hold off rivals")


class KeyFactor(models.TextChoices):
    """What makes it worth staying: one thing that people remember."""

    TREATMENT = "treatment", _("special treatment")
    SERVICE = "service", _("a service that nobody else gives")
    PRICE = "price", _("a special price")


class Purpose(models.Model):
    """One goal, one key factor, what was answered before the start, and what the goods leave of a price."""

    goal = models.CharField(
        _("goal"),
        max_length=8,
        choices=Goal.choices,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "One, before it is published: what attracts strangers does not keep regulars, and two goals at once hardly work."
        ),
    )
    key_factor = models.CharField(
        _("key factor"),
        max_length=9,
        choices=KeyFactor.choices,
        blank=True,
        default="",
        db_default="",
        help_text=_("One, before it is published: the one thing that customers remember the programme for."),
    )
    # {key of a question of rules/readiness.py: true or false}
    readiness = models.JSONField(_("answers before the start"), default=dict, db_default={}, editable=False)
    margin_percent = models.DecimalField(
        _("left of the price after the goods are paid (%)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
        help_text=_(
            "Your margin, as an average: a programme that may give away more of a sale is warned about. Only the staff sees it."
        ),
    )

    class Meta:
        abstract = True
