"""Our side of a company that buys: who of the staff and of the cashiers knows whom there."""

from __future__ import annotations

from typing import override

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from programs.models.stores import Cashier


class CompanyTie(models.Model):
    """Somebody of ours beside a company, or beside one contact person of it. The account manager answers for the whole."""

    company = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("company")
    )
    contact = models.ForeignKey(
        "members.CompanyContact",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact person"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("staff"),
    )
    cashier = models.ForeignKey(
        Cashier, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cashier")
    )
    is_manager = models.BooleanField(_("account manager"), default=False, db_default=False)
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("our person beside a company")
        verbose_name_plural = _("our people beside companies")
        constraints = [
            models.CheckConstraint(
                name="programs_tie_one_of_ours",
                condition=Q(user__isnull=False, cashier__isnull=True) | Q(user__isnull=True, cashier__isnull=False),
            ),
            models.CheckConstraint(
                name="programs_tie_manager", condition=Q(is_manager=False) | Q(contact__isnull=True, user__isnull=False)
            ),
            models.UniqueConstraint(
                name="programs_tie_one_manager", fields=["company"], condition=Q(is_manager=True, ended_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="programs_tie_live",
                fields=["company", "contact", "user", "cashier"],
                condition=Q(is_manager=False, ended_at__isnull=True),
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(name="programs_tie_company", fields=["company"], condition=Q(ended_at__isnull=True))]

    @override
    def __str__(self) -> str:
        return str(self.user or self.cashier)
