"""What proves the ledger afterwards: the seal of each closed day, and who was told that points would burn."""

from __future__ import annotations

from typing import override

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import append_only
from programs.models.ledger import Lot
from programs.models.programs import Program


class DailySeal(models.Model):
    """A hash over the movements of one programme on one closed day, and over the seal before it (R11).

    Whoever changes a row later, with whatever rights, changes the hash that `manage.py verify` computes.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+", verbose_name=_("programme"))
    sealed_on = models.DateField(_("day"))
    transaction_count = models.BigIntegerField(_("movements"))
    posting_count = models.BigIntegerField(_("postings"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed"), db_default=Now())

    class Meta:
        verbose_name = _("seal of a day")
        verbose_name_plural = _("seals of days")
        constraints = [models.UniqueConstraint(name="programs_seal_day", fields=["program", "sealed_on"])]
        triggers = append_only()

    @override
    def __str__(self) -> str:
        return f"{self.sealed_on} {self.digest[:12]}"


class BurnWarning(models.Model):
    """Points of a lot of which the member was told that they burn: once for each lot and threshold, ever.

    All lots of which one message speaks share `notice`, the number of that message in Message.source_id;
    0 when there was no address to write to. Points in minor points, as they were then. Whose they are, the lot says.
    """

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+")
    days = models.PositiveSmallIntegerField(_("days before"))
    points = models.BigIntegerField(_("points"))
    expires_at = models.DateTimeField(_("burns"))
    notice = models.BigIntegerField(_("message"), default=0, db_default=0)
    warned_at = models.DateTimeField(_("warned"))

    class Meta:
        verbose_name = _("warning of burning points")
        verbose_name_plural = _("warnings of burning points")
        constraints = [models.UniqueConstraint(name="programs_burnwarning_once", fields=["lot", "days"])]
        indexes = [models.Index(name="programs_burnwarning_notice", fields=["notice"], condition=~models.Q(notice=0))]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"
