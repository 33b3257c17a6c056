"""Coupons: a series that the programme's rules cite, and the codes handed out of it."""

from __future__ import annotations

from typing import override

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from programs.models.holds import Hold
from programs.models.programs import Program
from programs.models.purchases import Purchase
from programs.rules import codes


class CouponSeries(models.Model):
    """Coupons of one kind. What they bring is a rule with the condition “coupon” that names this key."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+", verbose_name=_("programme"))
    key = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    is_personal = models.BooleanField(
        _("personal"), default=True, help_text=_("Only the member it was given to can use it.")
    )
    uses = models.PositiveIntegerField(_("each code can be used (times)"), default=1, validators=[MinValueValidator(1)])
    uses_per_member = models.PositiveIntegerField(
        _("each member at most (times)"), null=True, blank=True, help_text=_("Empty: no limit of its own.")
    )
    valid_days = models.PositiveSmallIntegerField(_("valid for (days)"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("kind of coupon")
        verbose_name_plural = _("kinds of coupons")
        constraints = [models.UniqueConstraint(name="programs_couponseries_key", fields=["program", "key"])]

    @override
    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """One code. `uses_left` falls at the sale or the hold and comes back when that is undone. Codes are stored in capitals."""

    series = models.ForeignKey(CouponSeries, on_delete=models.PROTECT, related_name="coupons", verbose_name=_("kind"))
    code = models.CharField(_("code"), max_length=24, unique=True)
    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )
    uses_left = models.PositiveIntegerField(_("uses left"))
    uses_total = models.PositiveIntegerField(_("uses in all"))
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    is_withdrawn = models.BooleanField(_("withdrawn"), default=False, db_default=False)
    issued_at = models.DateTimeField(_("issued"), db_default=Now(), editable=False)
    issued_by = models.CharField(_("by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.CheckConstraint(name="programs_coupon_uses", condition=Q(uses_left__lte=F("uses_total"))),
        ]
        indexes = [models.Index(name="programs_coupon_member", fields=["member"], condition=Q(member__isnull=False))]

    @override
    def __str__(self) -> str:
        return codes.shown(self.code)


class CouponUseState(models.TextChoices):
    HELD = "held", _("held")
    USED = "used", _("used")
    FREED = "freed", _("free again")


class CouponUse(models.Model):
    """One use of a coupon by one sale or hold."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="used", verbose_name=_("coupon"))
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=5, choices=CouponUseState.choices)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("use of a coupon")
        verbose_name_plural = _("uses of coupons")
        constraints = [
            models.CheckConstraint(
                name="programs_couponuse_of_something", condition=Q(purchase__isnull=False) | Q(hold__isnull=False)
            ),
            models.UniqueConstraint(
                name="programs_couponuse_once", fields=["coupon", "purchase"], condition=Q(purchase__isnull=False)
            ),
        ]
        indexes = [models.Index(name="programs_couponuse_hold", fields=["hold"], condition=Q(hold__isnull=False))]
