"""Points changed by a person: one account or a whole list, each with a reason and, above a limit, a second person."""

from __future__ import annotations

from typing import override

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from programs.models.accounts import Account
from programs.models.programs import Program


class AdjustmentReason(models.TextChoices):
    """Why; a closed list, because no free text enters the ledger."""

    GOODWILL = "goodwill", _("goodwill after a complaint")
    MISTAKE = "mistake", _("a mistake put right")
    MISSING = "missing", _("a purchase that was not counted")
    GIFT = "gift", _("a present")
    FRAUD = "fraud", _("misuse")
    TRANSFER = "transfer", _("moved from another system")
    OFFLINE = "offline", _("sold without a connection: put right")


class AdjustmentState(models.TextChoices):
    WAITING = "waiting", _("waits for a second person")
    POSTED = "posted", _("done")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("not possible")


# The `problem` of a wish that was taken back before anybody decided it; its state is REFUSED: it moves nothing.
WITHDRAWN = "withdrawn"


class BatchState(models.TextChoices):
    DRAFT = "draft", _("draft")
    WAITING = "waiting", _("waits for a second person")
    APPLYING = "applying", _("being applied")
    PAUSED = "paused", _("paused")
    DONE = "done", _("done")
    REVERSING = "reversing", _("being taken back")
    REVERSED = "reversed", _("taken back")
    REFUSED = "refused", _("refused")


class AdjustmentBatch(models.Model):
    """A list of people whose points are changed together; can be stopped, goes on where it was, and is taken back as one."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+", verbose_name=_("programme"))
    name = models.CharField(_("name"), max_length=120)
    reason = models.CharField(_("reason"), max_length=12, choices=AdjustmentReason.choices)
    note = models.TextField(_("note"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=BatchState.choices, default=BatchState.DRAFT)
    expires_at = models.DateTimeField(_("the points burn"), null=True, blank=True)
    unreadable = models.JSONField(_("lines not understood"), default=list, blank=True)
    job = models.ForeignKey("ground.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    requested_at = models.DateTimeField(_("asked for"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("list of adjustments")
        verbose_name_plural = _("lists of adjustments")

    @override
    def __str__(self) -> str:
        return self.name


class Adjustment(models.Model):
    """One change of one account by hand. `points` are minor points, negative when they are taken."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    batch = models.ForeignKey(AdjustmentBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="rows")
    # A form that is sent twice asks once.
    request_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    # Where the person stood in the list, and the lot whose burnt points are given back.
    line = models.PositiveIntegerField(_("line"), null=True, blank=True)
    lot = models.ForeignKey(
        "programs.Lot", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("burnt lot")
    )
    points = models.BigIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=12, choices=AdjustmentReason.choices)
    note = models.TextField(_("note"), blank=True)
    state = models.CharField(_("state"), max_length=8, choices=AdjustmentState.choices, default=AdjustmentState.WAITING)
    expires_at = models.DateTimeField(_("the points burn"), null=True, blank=True)
    problem = models.CharField(_("why not"), max_length=60, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    requested_at = models.DateTimeField(_("asked for"), db_default=Now())
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.CheckConstraint(name="programs_adjustment_something", condition=~Q(points=0)),
            # One person's word is not a second person's.
            models.CheckConstraint(
                name="programs_adjustment_two_people",
                condition=Q(decided_by__isnull=True)
                | Q(requested_by__isnull=True)
                | ~Q(decided_by=models.F("requested_by")),
            ),
            models.UniqueConstraint(
                name="programs_adjustment_once", fields=["batch", "account"], condition=Q(reverses__isnull=True)
            ),
        ]
        indexes = [
            models.Index(name="programs_adjustment_waiting", fields=["requested_at"], condition=Q(state="waiting")),
            models.Index(name="programs_adjustment_account", fields=["account", "-id"]),
        ]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def state_in_words(self) -> str:
        """The state as people say it: a wish that was taken back is not one that somebody refused."""
        return pgettext("an act", "cancelled") if self.problem == WITHDRAWN else str(self.get_state_display())
