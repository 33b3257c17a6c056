"""What we tell whom and when, each time it was told, and everybody who was meant."""

from __future__ import annotations

from typing import override

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from campaigns.models.audiences import Audience
from members.models import Channel, MessageReason, Purpose

HOLDOUT_PERCENT_MAX = 50


class CampaignState(models.TextChoices):
    DRAFT = "draft", _("draft")
    APPROVED = "approved", _("approved")
    SCHEDULED = "scheduled", _("scheduled")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class RunState(models.TextChoices):
    """approved -> scheduled -> freezing -> running -> done; held when it came too late, paused by people or errors."""

    APPROVED = "approved", _("approved")
    SCHEDULED = "scheduled", _("scheduled")
    HELD = "held", _("held: it came too late")
    FREEZING = "freezing", _("listing the people")
    RUNNING = "running", _("sending")
    PAUSED = "paused", _("paused")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class PauseReason(models.TextChoices):
    NONE = "", _("not paused")
    BY_HAND = "by_hand", _("paused by the staff")
    ERRORS = "errors", _("too many messages failed")


class Block(models.TextChoices):
    """Why sending waits by itself and goes on by itself; what members.services.deliver answers."""

    NONE = "", _("nothing")
    QUIET = "quiet", _("quiet hours")
    NO_SERVER = "no_server", _("no mail server is set up")
    NO_SENDER = "no_sender", _("the company has no sender address")
    SERVER_DOWN = "server_down", _("the mail server does not answer or wants no more for now")


class Campaign(models.Model):
    """Who, what, when, and how we will know that it worked. A draft may change; an approved one may not."""

    name = models.CharField(_("name"), max_length=120)
    audience = models.ForeignKey(
        Audience, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("audience")
    )
    template = models.ForeignKey(
        "campaigns.Template", on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("template")
    )
    survey = models.ForeignKey(
        "feedback.Survey",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("survey"),
        help_text=_("Everybody gets a link of their own to it, where the template says so."),
    )
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices, default=Channel.EMAIL)
    holdout_percent = models.PositiveSmallIntegerField(
        _("hold-out, percent"),
        default=10,
        validators=[MinValueValidator(0), MaxValueValidator(HOLDOUT_PERCENT_MAX)],
        help_text=_("So many of these people, picked by lot, get nothing. Only by them can you see what it brought."),
    )
    send_on = models.DateField(_("day"), null=True, blank=True, help_text=_("Empty: as soon as you press Send."))
    send_time = models.TimeField(_("time"), null=True, blank=True, help_text=_("By the company's clock."))
    grace_minutes = models.PositiveIntegerField(
        _("may start late by, minutes"),
        default=30,
        help_text=_("If it could not start by then, it is held until a person confirms it."),
    )
    expectation = models.TextField(
        _("what we expect"),
        blank=True,
        help_text=_("For example: 40 of these people come back within two weeks. You will see it beside the result."),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=CampaignState.choices, default=CampaignState.DRAFT, editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("written by"),
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.CheckConstraint(
                name="campaigns_holdout_share", condition=Q(holdout_percent__lte=HOLDOUT_PERCENT_MAX)
            ),
            models.CheckConstraint(
                name="campaigns_day_and_time",
                condition=Q(send_on__isnull=True, send_time__isnull=True)
                | Q(send_on__isnull=False, send_time__isnull=False),
            ),
            models.CheckConstraint(
                name="campaigns_approved_by_somebody",
                condition=Q(state__in=["draft", "cancelled"]) | Q(approved_at__isnull=False),
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One time that a campaign goes out. Made at the approval, with everything frozen that decides what is sent.

    `scheduled_for` is the instant; the local day, time and zone it was made of stay beside it, to be shown.
    `seed` and a member's id decide the hold-out, so the draw can be repeated and checked.
    `fed_member_id`: up to which member (recipients are taken in this order) messages are planned, `fed_count` of them.
    `turn` grows with every pause: a job of an earlier turn ends itself, so going on never doubles the lanes.
    `watched_*` count since the sending last began or went on: what the pause on errors and the speed look at.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="runs", verbose_name=_("campaign"))
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices, default=Purpose.MARKETING)
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices, default=RunState.APPROVED)
    pause_reason = models.CharField(
        _("why it is paused"), max_length=10, choices=PauseReason.choices, blank=True, db_default=""
    )
    content = models.JSONField(_("content"), default=dict)
    criteria = models.JSONField(_("criteria"), default=list)
    survey = models.ForeignKey(
        "feedback.Survey", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("survey")
    )
    holdout_percent = models.PositiveSmallIntegerField(_("hold-out, percent"))
    seed = models.CharField(_("seed of the lot"), max_length=32)
    send_on = models.DateField(_("day"), null=True, blank=True)
    send_time = models.TimeField(_("time"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64)
    grace_minutes = models.PositiveIntegerField(_("may start late by, minutes"))
    scheduled_for = models.DateTimeField(_("due"), null=True, blank=True)
    planned_count = models.BigIntegerField(_("to be written to"), default=0, db_default=0)
    holdout_count = models.BigIntegerField(_("held out"), default=0, db_default=0)
    excluded_count = models.BigIntegerField(_("left out"), default=0, db_default=0)
    excluded_reasons = models.JSONField(_("left out by reason"), default=dict)
    fed_member_id = models.BigIntegerField(default=0, db_default=0, editable=False)
    fed_count = models.BigIntegerField(default=0, db_default=0, editable=False)
    blocked = models.CharField(
        _("why nothing moves"), max_length=12, choices=Block.choices, blank=True, db_default="", editable=False
    )
    goes_on_at = models.DateTimeField(_("goes on"), null=True, blank=True, editable=False)
    turn = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    watched_since = models.DateTimeField(null=True, blank=True, editable=False)
    watched_ended = models.BigIntegerField(default=0, db_default=0, editable=False)
    watched_failed = models.BigIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("people listed"), null=True, blank=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(
                name="campaigns_one_live_run",
                fields=["campaign"],
                condition=~Q(state__in=["done", "cancelled"]),
            ),
            models.CheckConstraint(
                name="campaigns_due_when_scheduled",
                condition=Q(state__in=["approved", "cancelled"]) | Q(scheduled_for__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="campaigns_run_due", fields=["scheduled_for"], condition=Q(state="scheduled")),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.pk}"


class Standing(models.TextChoices):
    TREAT = "treat", _("to be written to")
    HOLDOUT = "holdout", _("held out")
    EXCLUDED = "excluded", _("left out")


class Recipient(models.Model):
    """One member whom a run's criteria meant: written to, held out, or left out for a reason. Frozen once, whole.

    Nothing about the person is kept here. A variant, when there are variants, is one more column.
    """

    # Its index is the unique constraint's, which begins with the run.
    run = models.ForeignKey(
        Run, on_delete=models.PROTECT, related_name="recipients", db_index=False, verbose_name=_("run")
    )
    member = models.ForeignKey("members.Member", on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices)
    standing = models.CharField(_("standing"), max_length=8, choices=Standing.choices)
    reason = models.CharField(_("reason"), max_length=20, choices=MessageReason.choices, blank=True, db_default="")

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [
            models.UniqueConstraint(name="campaigns_recipient_once", fields=["run", "member", "channel"]),
            models.CheckConstraint(
                name="campaigns_reason_when_left_out",
                condition=Q(standing="excluded") & ~Q(reason="") | ~Q(standing="excluded") & Q(reason=""),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.run_id} {self.standing}"
