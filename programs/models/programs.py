"""A programme, its draft (tiers and rules) and its published versions.

Marketing edits the draft freely; publishing freezes it into one immutable document that every sale
from then on cites. Nothing here ever re-evaluates the past.
"""

from __future__ import annotations

from typing import override

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty_site.ground.models import append_only, no_truncate
from programs.models.ladders import LadderSettings
from programs.models.purposes import Purpose


def default_warning_days() -> list[int]:
    """A month before, and a week before."""
    return [30, 7]


class ProgramState(models.TextChoices):
    DRAFT = "draft", _("draft")
    ACTIVE = "active", pgettext_lazy("a programme", "active")
    CLOSED = "closed", pgettext_lazy("a programme", "closed")


class ExpiryKind(models.TextChoices):
    """How long points live."""

    NEVER = "never", _("they never burn")
    MONTHS = "months", _("after so many months")
    DAYS = "days", _("after so many days")
    YEAR_END = "year_end", _("at the end of a year")


class Stacking(models.TextChoices):
    """Which discounts of the programme count when several fit."""

    ALL = "all", _("all of them, one after the other")
    FIRST = "first", _("each line gets the first that fits it")
    BEST = "best", _("only the best one")


class Leftover(models.TextChoices):
    """Who gets the cents that rounding leaves over when a discount is shared out over lines."""

    LARGEST = "largest", _("to the lines with the largest fractions")
    FIRST = "first", _("to the first lines")
    LAST = "last", _("to the last lines")


class TaxRounding(models.TextChoices):
    """Where the tax in a bill is rounded, as the shop's tills do it."""

    LINE = "line", _("on each line")
    SUM_NET = "sum_net", _("on the sum of the net prices")
    SUM_GROSS = "sum_keep_gross", _("on the sum of the gross prices")


class NegativePolicy(models.TextChoices):
    """What a return may do when the points it takes back are spent already."""

    FORBID = "forbid", _("the store writes the rest off")
    FLOOR = "floor", _("debt down to a floor")
    ALLOW = "allow", _("debt without limit")


class Program(LadderSettings, Purpose):
    """A points programme: the draft's numbers live here, the tiers and rules in their own rows."""

    name = models.CharField(_("name"), max_length=120)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    state = models.CharField(
        _("state"), max_length=8, choices=ProgramState.choices, default=ProgramState.DRAFT, editable=False
    )
    currency = models.CharField(_("currency"), max_length=3)
    currency_exponent = models.SmallIntegerField(_("decimals of the currency"), default=2)
    point_decimals = models.SmallIntegerField(
        _("decimals of a point"), default=0, validators=[MinValueValidator(0), MaxValueValidator(2)]
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")

    earn_points = models.DecimalField(_("points"), max_digits=12, decimal_places=2, default=1)
    earn_per = models.DecimalField(_("for every (money)"), max_digits=14, decimal_places=4, default=1)
    rounding = models.CharField(
        _("rounding"), max_length=10, default="down", choices=[("down", _("down")), ("half_up", _("to the nearest"))]
    )
    earn_on_points = models.BooleanField(_("the part paid with points earns too"), default=False)
    earn_before_discounts = models.BooleanField(
        _("points are counted before the discounts of the programme"), default=False, db_default=False
    )
    discount_stacking = models.CharField(
        _("several discounts on one receipt"),
        max_length=5,
        choices=Stacking.choices,
        default=Stacking.ALL,
        db_default=Stacking.ALL,
    )
    discount_leftover = models.CharField(
        _("cents left over when a discount is shared out"),
        max_length=7,
        choices=Leftover.choices,
        default=Leftover.LARGEST,
        db_default=Leftover.LARGEST,
    )
    tax_rounding = models.CharField(
        _("the tax in a bill is rounded"),
        max_length=14,
        choices=TaxRounding.choices,
        default=TaxRounding.LINE,
        db_default=TaxRounding.LINE,
        help_text=_("Only for the answer to tills that send tax rates: as those tills round it."),
    )
    point_value = models.DecimalField(_("one point pays (money)"), max_digits=12, decimal_places=4, default="0.01")
    redeem_minimum = models.DecimalField(_("redeem at least (points)"), max_digits=12, decimal_places=2, default=0)
    redeem_step = models.DecimalField(_("redeem in steps of (points)"), max_digits=12, decimal_places=2, default=1)
    redeem_max_percent = models.PositiveSmallIntegerField(
        _("points pay at most (% of the bill)"), default=50, validators=[MaxValueValidator(100)]
    )
    redeem_max_points = models.DecimalField(
        _("redeem at most on one receipt (points)"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: as many as the share of the bill allows."),
    )
    redeem_own_points = models.BooleanField(
        _("points of the receipt itself can be spent on it"),
        default=False,
        db_default=False,
        help_text=_("Only where the part paid with points earns too, and points can be spent at once."),
    )
    activation_days = models.PositiveSmallIntegerField(_("points can be spent after (days)"), default=0)
    expiry_kind = models.CharField(
        _("points burn"), max_length=8, choices=ExpiryKind.choices, default=ExpiryKind.MONTHS
    )
    expiry_months = models.PositiveSmallIntegerField(_("points burn after (months)"), null=True, blank=True, default=12)
    expiry_days = models.PositiveSmallIntegerField(_("points burn after (days)"), null=True, blank=True)
    expiry_years = models.PositiveSmallIntegerField(
        _("points burn at the end of the year, after (years)"),
        default=1,
        help_text=_("0: on 31 December of the year in which they were earned; 1: a year later."),
    )
    idle_months = models.PositiveSmallIntegerField(
        _("all points burn after (months) without a purchase"),
        null=True,
        blank=True,
        help_text=_("Empty: a pause costs nothing."),
    )
    warning_days = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("warn before points burn (days)"),
        default=default_warning_days,
        blank=True,
        help_text=_("Such as 30, 7: one message each, a month and a week before. Empty: nobody is warned."),
    )
    restore_grace_days = models.PositiveSmallIntegerField(
        _("points given back after their day live on for (days)"),
        default=0,
        help_text=_("0: points that had paid for returned goods and whose day has passed burn at once."),
    )
    return_gives_back = models.BooleanField(
        _("points that paid for returned goods are given back"),
        default=True,
        db_default=True,
        help_text=_("Off: they stay spent. A sale that is cancelled gives them back in any case."),
    )
    return_days = models.PositiveSmallIntegerField(
        _("goods can be returned for (days)"), null=True, blank=True, help_text=_("Empty: without limit.")
    )
    no_receipt_limit = models.DecimalField(
        _("return without a receipt up to (money)"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: never without a receipt."),
    )
    welcome_points = models.DecimalField(_("welcome gift (points)"), max_digits=12, decimal_places=2, default=0)
    welcome_days = models.PositiveSmallIntegerField(_("the welcome gift burns after (days)"), null=True, blank=True)
    adjust_limit = models.DecimalField(
        _("a second person approves adjustments above (points)"), max_digits=12, decimal_places=2, default=1000
    )
    negative_policy = models.CharField(
        _("when returned points are spent already"),
        max_length=6,
        choices=NegativePolicy.choices,
        default=NegativePolicy.ALLOW,
    )
    negative_floor = models.DecimalField(_("debt at most (points)"), max_digits=12, decimal_places=2, default=0)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            # A till names no programme, so one is active at a time; a coalition will relax this.
            models.UniqueConstraint(name="programs_one_active", fields=["state"], condition=Q(state="active")),
            models.CheckConstraint(
                name="programs_point_decimals", condition=Q(point_decimals__gte=0, point_decimals__lte=2)
            ),
            models.CheckConstraint(
                name="programs_exponent", condition=Q(currency_exponent__gte=0, currency_exponent__lte=4)
            ),
            models.CheckConstraint(name="programs_earn_positive", condition=Q(earn_points__gte=0, earn_per__gt=0)),
            models.CheckConstraint(
                name="programs_redeem_positive",
                condition=Q(point_value__gte=0, redeem_step__gt=0, redeem_minimum__gte=0),
            ),
            models.CheckConstraint(
                name="programs_redeem_most", condition=Q(redeem_max_points__isnull=True) | Q(redeem_max_points__gte=0)
            ),
            models.CheckConstraint(name="programs_redeem_percent", condition=Q(redeem_max_percent__lte=100)),
        ]
        triggers = [
            # Movements name it without a foreign key (docs/adr/0026); each has postings of an account, which stays.
            pgtrigger.Trigger(
                name="kept_while_named",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT FROM programs_account WHERE program_id = OLD.id) THEN
                        RAISE EXCEPTION 'regulars: Cannot delete programme %, it has accounts', OLD.id;
                    END IF;
                    RETURN OLD;
                """,
            ),
            no_truncate(),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @override
    def clean(self) -> None:
        """The kind of expiry needs its own number, and a warning must come before the day."""
        needed = {ExpiryKind.MONTHS: "expiry_months", ExpiryKind.DAYS: "expiry_days"}
        column = needed.get(ExpiryKind(self.expiry_kind)) if self.expiry_kind in ExpiryKind.values else None
        if column and not getattr(self, column):
            raise ValidationError({column: _("Say after how many; or let points never burn.")})
        if self.idle_months == 0:
            raise ValidationError({"idle_months": _("At least one month, or empty.")})
        if any(days < 1 for days in self.warning_days or []):
            raise ValidationError({"warning_days": _("Days before the points burn: at least 1 each.")})
        self.clean_ladder()


class Tier(models.Model):
    """A step of the ladder in the draft: reached by what the programme counts, it multiplies the base points."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="tiers")
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    threshold = models.DecimalField(
        _("reached from"), max_digits=14, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    multiplier = models.DecimalField(
        _("multiplies points by"), max_digits=6, decimal_places=2, default=1, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["threshold"]
        constraints = [
            models.UniqueConstraint(name="programs_tier_key", fields=["program", "key"]),
            models.UniqueConstraint(name="programs_tier_threshold", fields=["program", "threshold"]),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """A rule of the draft: when all conditions hold for a line, the effect applies to it."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="rules")
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=120, help_text=_("Printed as the reason of the points."))
    is_active = models.BooleanField(_("active"), default=True)
    conditions = models.JSONField(_("conditions"), default=list, blank=True)
    effect = models.JSONField(_("effect"), default=dict)
    position = models.PositiveIntegerField(_("place"), default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(name="programs_rule_key", fields=["program", "key"])]

    @override
    def __str__(self) -> str:
        return self.name


class ProgramVersion(models.Model):
    """What was published: one document, never changed. programs/rules/documents.py describes its shape."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    document = models.JSONField(_("document"))
    effective_from = models.DateTimeField(_("valid from"))
    published_at = models.DateTimeField(_("published"), db_default=Now())
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("published version")
        verbose_name_plural = _("published versions")
        constraints = [models.UniqueConstraint(name="programs_version_number", fields=["program", "number"])]
        indexes = [models.Index(name="programs_version_effective", fields=["program", "-effective_from", "-number"])]
        triggers = append_only()

    @override
    def __str__(self) -> str:
        return f"{self.program} v{self.number}"
