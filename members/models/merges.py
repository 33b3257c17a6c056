"""Who may be one person twice, and who was made one: what was found, what a person decided, and how to undo it."""

from __future__ import annotations

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.people import Member


class PairState(models.TextChoices):
    PROPOSED = "proposed", _("to be looked at")
    APART = "apart", _("kept apart")
    MERGED = "merged", _("merged")


class DuplicatePair(models.Model):
    """Two members who may be one. `first` has the smaller number. A decision stays, whatever is found later."""

    first = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", verbose_name=_("one"))
    second = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", verbose_name=_("the other"))
    score = models.FloatField(_("evidence"), help_text=_("In bits: each one doubles the odds that this is one person."))
    reasons = ArrayField(models.CharField(max_length=20), verbose_name=_("reasons"), default=list)
    state = models.CharField(_("state"), max_length=8, choices=PairState.choices, default=PairState.PROPOSED)
    found_at = models.DateTimeField(_("found"), db_default=Now(), editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("pair of duplicates")
        verbose_name_plural = _("duplicates")
        constraints = [
            models.UniqueConstraint(name="members_pair_once", fields=["first", "second"]),
            models.CheckConstraint(name="members_pair_in_order", condition=Q(first__lt=F("second"))),
        ]
        indexes = [models.Index(name="members_pair_waiting", fields=["-score"], condition=Q(state="proposed"))]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"


class DuplicateKey(models.Model):
    """A key by which two records of one person are brought together, as a number that says nothing about them."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    key = models.BigIntegerField()

    class Meta:
        verbose_name = _("key for finding duplicates")
        verbose_name_plural = _("keys for finding duplicates")
        indexes = [models.Index(name="members_duplicatekey_key", fields=["key", "member"])]


class DuplicateScan(models.Model):
    """One look through the members: those changed since `since` (None: all) against everybody."""

    since = models.DateTimeField(_("changed since"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    cursor = models.BigIntegerField(default=0)
    looked_at = models.BigIntegerField(_("members looked at"), default=0)
    found = models.BigIntegerField(_("pairs found"), default=0)
    shares = models.JSONField(default=dict, help_text=_("How common the common names are."))

    class Meta:
        verbose_name = _("search for duplicates")
        verbose_name_plural = _("searches for duplicates")
        constraints = [
            # One at a time: a second request joins the first.
            models.UniqueConstraint(
                models.ExpressionWrapper(Q(finished_at__isnull=True), output_field=models.BooleanField()),
                name="members_one_scan",
                condition=Q(finished_at__isnull=True),
            )
        ]


class Merge(models.Model):
    """Two members made one, and what is needed to make them two again.

    `choices` says of which of the two each field was taken; `before` what `members` changed, `parts` what the higher
    apps did, both by rows and figures; `left` what an undo could not return.
    """

    survivor = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("survivor"))
    merged = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("merged into them"))
    choices = models.JSONField(_("choices"), default=dict)
    before = models.JSONField(default=dict)
    parts = models.JSONField(default=dict)
    left = models.JSONField(default=list)
    merged_at = models.DateTimeField(_("merged"))
    merged_by = models.CharField(_("by"), max_length=150)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.CharField(_("undone by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.CheckConstraint(name="members_merge_two_people", condition=~Q(survivor=F("merged"))),
            models.UniqueConstraint(name="members_merge_live", fields=["merged"], condition=Q(undone_at__isnull=True)),
        ]
        indexes = [models.Index(name="members_merge_survivor", fields=["survivor"])]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"
