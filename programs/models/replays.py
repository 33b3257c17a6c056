"""Drafts tried on past receipts: what was asked, the parts that workers have added up, and the result."""

from __future__ import annotations

from typing import override

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from programs.models.programs import Program, ProgramVersion


class ReplayRun(models.Model):
    """One draft played over the receipts before `until_at`. Two workers play a half of the members each.

    `document` is the draft as it was then; a version that is published with the very same document is compared with this
    forecast. `totals` (rules/forecast/totals.py) stands when both halves are done. `assumptions` are what people said
    instead of ours (rules/forecast/assumptions.py); they change what is read out of the totals, never the totals.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+", verbose_name=_("programme"))
    version = models.ForeignKey(
        ProgramVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("compared with"),
    )
    document = models.JSONField(_("draft"))
    from_on = models.DateField(_("first day"), null=True, blank=True)
    until_at = models.DateTimeField(_("until"))
    receipt_count = models.BigIntegerField(_("receipts"), default=0)
    job_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("background work"))
    assumptions = models.JSONField(_("assumptions"), default=dict, blank=True)
    totals = models.JSONField(_("totals"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    created_at = models.DateTimeField(_("asked for"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("trial on the past")
        verbose_name_plural = _("trials on the past")
        indexes = [models.Index(name="programs_replay_program", fields=["program", "-id"])]

    @override
    def __str__(self) -> str:
        return f"{self.program} · {self.created_at:%Y-%m-%d %H:%M}"


class ReplayPart(models.Model):
    """The sums of some members of one half, in the order of their ids; written once, with the chunk that made it.

    `after_member` makes a repeated chunk the same row. `is_last`: nobody comes after it in its half.
    """

    run = models.ForeignKey(ReplayRun, on_delete=models.CASCADE, related_name="parts")
    half = models.PositiveSmallIntegerField()
    after_member = models.BigIntegerField()
    until_member = models.BigIntegerField()
    receipt_count = models.BigIntegerField()
    is_last = models.BooleanField(default=False)
    totals = models.JSONField()

    class Meta:
        verbose_name = _("part of a trial")
        verbose_name_plural = _("parts of trials")
        constraints = [
            models.UniqueConstraint(name="programs_replay_part_once", fields=["run", "half", "after_member"])
        ]
