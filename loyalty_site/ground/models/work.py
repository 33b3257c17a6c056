"""Work that waits: a service that needs something done later inserts a Job in its own transaction."""

from __future__ import annotations

from typing import override

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Job(models.Model):
    """One piece of background work, of a kind that settings.JOB_HANDLERS knows.

    waiting -> queued (handed to the broker) -> running (claimed, lease kept alive by each chunk) -> done.
    A lease that runs out makes the job due again, so a killed worker loses nothing.
    """

    kind = models.CharField(_("kind"), max_length=60)
    payload = models.JSONField(_("payload"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=JobState.choices, default=JobState.WAITING)
    run_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("failed attempts in a row"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    claim_token = models.UUIDField(_("claim"), null=True, blank=True)
    done_count = models.BigIntegerField(_("done so far"), default=0)
    total_count = models.BigIntegerField(_("of"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(name="ground_job_due", fields=["run_at"], condition=Q(state="waiting")),
            models.Index(
                name="ground_job_leased", fields=["lease_until"], condition=Q(state__in=["queued", "running"])
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"


class Counter(models.Model):
    """How often something happened in a window of time; for limits that protect, so it lives where it cannot be lost."""

    name = models.CharField(max_length=30)
    subject = models.CharField(max_length=120)
    window_at = models.DateTimeField()
    value = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        constraints = [models.UniqueConstraint(name="ground_counter_once", fields=["name", "subject", "window_at"])]
        indexes = [models.Index(name="ground_counter_age", fields=["window_at"])]
