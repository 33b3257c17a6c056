"""The ladder of tiers: how a programme's draft sets it, and the looks at it every night.

The tiers themselves and where accounts stand on them are in programs.py and accounts.py.
"""

from __future__ import annotations

from typing import override

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LadderOf(models.TextChoices):
    """What climbs the ladder."""

    SPEND = "spend", pgettext_lazy("what climbs the ladder", "money spent")
    VISITS = "visits", pgettext_lazy("what climbs the ladder", "purchases")
    POINTS = "points", pgettext_lazy("what climbs the ladder", "points earned")


class LadderWindow(models.TextChoices):
    """Of what time it counts."""

    EVER = "ever", _("all there ever was")
    DAYS = "days", _("the last so many days")
    MONTHS = "months", _("the last so many months")
    MONTH = "month", _("this month")
    QUARTER = "quarter", _("this quarter")
    YEAR = "year", _("this year")


class Falls(models.TextChoices):
    """Where somebody falls to who loses a tier."""

    TO_REACHED = "to_reached", _("to the tier that they reach")
    ONE_STEP = "one_step", _("one tier down at a time")


class DiscountOrder(models.TextChoices):
    """Which discount comes first where several fit."""

    LISTED = "listed", _("as they are listed")
    LARGER = "larger", _("whichever takes more off first")


class Rounds(models.TextChoices):
    """What points are rounded on."""

    RECEIPT = "receipt", _("once, on the whole receipt")
    LINE = "line", _("on each line")


class LadderSettings(models.Model):
    """Columns of a programme's draft that set its ladder (rules/ladder.py), and two settings of how sums are made."""

    earn_rounds = models.CharField(
        _("points are rounded"),
        max_length=7,
        choices=Rounds.choices,
        default=Rounds.RECEIPT,
        db_default=Rounds.RECEIPT,
    )
    discount_order = models.CharField(
        _("which discount comes first"),
        max_length=6,
        choices=DiscountOrder.choices,
        default=DiscountOrder.LISTED,
        db_default=DiscountOrder.LISTED,
    )
    ladder_of = models.CharField(
        _("tiers are reached by"),
        max_length=6,
        choices=LadderOf.choices,
        default=LadderOf.SPEND,
        db_default=LadderOf.SPEND,
    )
    ladder_window = models.CharField(
        _("counted is"), max_length=7, choices=LadderWindow.choices, default=LadderWindow.EVER, db_default="ever"
    )
    ladder_length = models.PositiveSmallIntegerField(
        _("so many days or months"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(3660)]
    )
    ladder_this_sale = models.BooleanField(
        _("the sale that reaches a tier earns on it already"), default=False, db_default=False
    )
    ladder_keeps_months = models.PositiveSmallIntegerField(
        _("a tier is kept for (months)"),
        null=True,
        blank=True,
        help_text=_("From the day on which it was reached. Empty: a tier is never lost; 0: only while it is reached."),
    )
    ladder_grace_days = models.PositiveSmallIntegerField(
        _("and then for another (days)"),
        default=0,
        db_default=0,
        help_text=_("Time to reach it again before it is lost."),
    )
    ladder_falls = models.CharField(
        _("who loses a tier falls"),
        max_length=10,
        choices=Falls.choices,
        default=Falls.TO_REACHED,
        db_default=Falls.TO_REACHED,
    )
    tier_warning_days = models.PositiveSmallIntegerField(
        _("warn before a tier is lost (days)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("One message by mail, with what is still missing. Empty: nobody is warned."),
    )

    class Meta:
        abstract = True

    def clean_ladder(self) -> None:
        """A window of days or months needs its length; a grace and a warning, something to lose. Raises ValidationError."""
        if self.ladder_window in {LadderWindow.DAYS, LadderWindow.MONTHS} and not self.ladder_length:
            raise ValidationError({"ladder_length": _("Say how many.")})
        if self.ladder_keeps_months is None and (self.ladder_grace_days or self.tier_warning_days):
            raise ValidationError({"ladder_keeps_months": _("Say for how long a tier is kept; else it is never lost.")})


class TierLook(models.Model):
    """One night's look at who stands on which tier, and how far it has got: `after` is the last account it has seen."""

    program = models.ForeignKey("programs.Program", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("programs.ProgramVersion", on_delete=models.PROTECT, related_name="+")
    looked_on = models.DateField(_("day"))
    after = models.BigIntegerField(default=0, db_default=0, editable=False)
    accounts = models.PositiveIntegerField(_("accounts"), default=0, db_default=0)
    climbed = models.PositiveIntegerField(_("climbed"), default=0, db_default=0)
    lost = models.PositiveIntegerField(_("lost a tier"), default=0, db_default=0)
    warned = models.PositiveIntegerField(_("warned"), default=0, db_default=0)
    started_at = models.DateTimeField(_("started"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("look at the tiers")
        verbose_name_plural = _("looks at the tiers")
        constraints = [models.UniqueConstraint(name="programs_look_once", fields=["program", "looked_on"])]

    @override
    def __str__(self) -> str:
        return str(self.looked_on)


class TierWarning(models.Model):
    """That somebody was told that a tier would be lost: once for every time they stood on it (`since_on`).

    `kept_on` is the last day on which they keep it whatever they do.
    """

    account = models.ForeignKey("programs.Account", on_delete=models.PROTECT, related_name="+")
    tier_key = models.CharField(_("tier"), max_length=40)
    since_on = models.DateField(_("stood on it since"))
    kept_on = models.DateField(_("kept until"))
    warned_at = models.DateTimeField(_("warned"))

    class Meta:
        verbose_name = _("warning of a tier")
        verbose_name_plural = _("warnings of tiers")
        constraints = [
            models.UniqueConstraint(name="programs_tier_warned_once", fields=["account", "tier_key", "since_on"]),
            models.CheckConstraint(name="programs_tier_warning_days", condition=Q(kept_on__gte=models.F("since_on"))),
        ]
