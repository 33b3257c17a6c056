"""Lists on their way out of the house: who asked for which rows, why, and the file until it is deleted."""

from __future__ import annotations

from typing import override

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ExportFormat(models.TextChoices):
    CSV = "csv", _("CSV (text)")
    XLSX = "xlsx", _("Excel workbook")


class ExportState(models.TextChoices):
    """writing -> ready -> expired; refused when whoever asked may not have it any more."""

    WRITING = "writing", _("being written")
    READY = "ready", _("ready")
    EXPIRED = "expired", _("deleted")
    REFUSED = "refused", _("refused")


class ExportFile(models.Model):
    """One list as a file. `resource` and `query` say which rows: those that its page shows with these filters."""

    resource = models.CharField(_("list"), max_length=60)
    query = models.TextField(_("filters"), blank=True)
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat.choices)
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=8, choices=ExportState.choices, default=ExportState.WRITING)
    # Who asked, as they were then: the rows they may see are theirs.
    principal = models.JSONField(_("rights"), default=dict)
    language = models.CharField(_("language"), max_length=5, blank=True)
    file = models.FileField(_("file"), upload_to="exports/", max_length=300, blank=True)
    # How far the writing has got: rows and bytes, and the key of the last row.
    row_count = models.BigIntegerField(_("rows"), default=0)
    byte_count = models.BigIntegerField(_("bytes"), default=0)
    last_pk = models.BigIntegerField(null=True, blank=True, editable=False)
    job = models.ForeignKey("ground.Job", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("asked for"), db_default=Now(), editable=False)
    ready_at = models.DateTimeField(_("ready since"), null=True, blank=True)
    expires_at = models.DateTimeField(_("deleted on"), null=True, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(name="ground_export_expires", fields=["expires_at"], condition=Q(state="ready")),
        ]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"
