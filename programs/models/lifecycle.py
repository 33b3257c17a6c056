"""The stages of members: how they are drawn (configuration), where everybody is, and every move ever made."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any, override

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import append_only
from programs.rules.lifecycle import LifecycleRules, ModelKind, Silence, Stage, contradictions

DEFAULTS = LifecycleRules()


class StageChoice(models.TextChoices):
    """The stages by the names of the full model; the pages call them as the chosen model does."""

    POTENTIAL = Stage.POTENTIAL.value, _("potential")
    FIRST = Stage.FIRST.value, _("first purchase")
    REPEAT = Stage.REPEAT.value, _("repeat purchase")
    ATTACHED = Stage.ATTACHED.value, _("attached")
    LOYAL = Stage.LOYAL.value, _("loyal")
    COMMITTED = Stage.COMMITTED.value, _("committed")
    AT_RISK = Stage.AT_RISK.value, _("at risk")
    LOST = Stage.LOST.value, _("lost")


class ModelChoice(models.TextChoices):
    FULL = ModelKind.FULL.value, _("All stages: first, repeat, attached, loyal, committed")
    A = ModelKind.A.value, _("A: first visit, one-off purchase, repeat purchase, attached to the shop, loyal")
    B = ModelKind.B.value, _("B: potential buyer, buyer, regular, loyal, committed")
    C = ModelKind.C.value, _("C: satisfied with a purchase, loyal to the brand, partner")


class SilenceChoice(models.TextChoices):
    RHYTHM = Silence.RHYTHM.value, _("by the member's own rhythm of buying")
    DAYS = Silence.DAYS.value, _("by the same number of days for everybody")


class LifecycleModel(models.Model):
    """One row: which stages are told apart and where one ends. No row yet means the defaults of LifecycleRules.

    `computed_at` is when the stages were last computed: of all members at once, so it stands here and not on
    a million rows that would be written anew every night for it.
    """

    model = models.CharField(_("stages"), max_length=4, choices=ModelChoice.choices, default=DEFAULTS.model.value)
    repeat_purchases = models.PositiveIntegerField(
        _("repeat purchase from (purchases)"), default=DEFAULTS.repeat_purchases
    )
    attached_purchases = models.PositiveIntegerField(
        _("attached from (purchases)"), default=DEFAULTS.attached_purchases
    )
    loyal_purchases = models.PositiveIntegerField(_("loyal from (purchases)"), default=DEFAULTS.loyal_purchases)
    loyal_days = models.PositiveIntegerField(_("and first bought (days ago)"), default=DEFAULTS.loyal_days)
    committed_purchases = models.PositiveIntegerField(
        _("committed from (purchases)"), default=DEFAULTS.committed_purchases
    )
    committed_days = models.PositiveIntegerField(_("and first bought (days ago)"), default=DEFAULTS.committed_days)
    silence = models.CharField(
        _("a silence is measured"), max_length=6, choices=SilenceChoice.choices, default=DEFAULTS.silence.value
    )
    at_risk_days = models.PositiveIntegerField(_("at risk after (days of silence)"), default=DEFAULTS.at_risk_days)
    lost_days = models.PositiveIntegerField(_("lost after (days of silence)"), default=DEFAULTS.lost_days)
    at_risk_factor = models.DecimalField(
        _("at risk after (times the usual gap)"),
        max_digits=4,
        decimal_places=1,
        default=Decimal(DEFAULTS.at_risk_tenths) / 10,
    )
    lost_factor = models.DecimalField(
        _("lost after (times the usual gap)"),
        max_digits=4,
        decimal_places=1,
        default=Decimal(DEFAULTS.lost_tenths) / 10,
    )
    rhythm_purchases = models.PositiveIntegerField(
        _("a rhythm is known from (purchases)"), default=DEFAULTS.rhythm_purchases
    )
    rhythm_least_days = models.PositiveIntegerField(
        _("never at risk within (days)"),
        default=DEFAULTS.rhythm_least_days,
        help_text=_("Who buys every other day is not at risk after five."),
    )
    changed_at = models.DateTimeField(_("thresholds changed"), null=True, blank=True, editable=False)
    computed_at = models.DateTimeField(_("computed"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("lifecycle model")
        verbose_name_plural = _("lifecycle models")
        constraints = [
            models.CheckConstraint(name="programs_lifecycle_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="programs_lifecycle_order", condition=Q(lost_days__gt=models.F("at_risk_days"))
            ),
        ]

    @override
    def __str__(self) -> str:
        return str(self.get_model_display())

    @property
    def rules(self) -> LifecycleRules:
        """The thresholds as the rules take them."""
        same = {field.name for field in dataclasses.fields(LifecycleRules)} - {"at_risk_tenths", "lost_tenths"}
        values: dict[str, Any] = {name: getattr(self, name) for name in same}
        return LifecycleRules(
            **{**values, "model": ModelKind(self.model), "silence": Silence(self.silence)},
            at_risk_tenths=int(self.at_risk_factor * 10),
            lost_tenths=int(self.lost_factor * 10),
        )

    @override
    def clean(self) -> None:
        """Raises ValidationError with a sentence for every threshold that contradicts another."""
        super().clean()
        fields = [field.attname for field in self._meta.concrete_fields if not field.null]
        if any(getattr(self, name) is None for name in fields if name != "id"):
            return  # a field that says nothing has its own error already
        problems: dict[str, list[str]] = {}
        for one in contradictions(self.rules):
            name = one.field.replace("_tenths", "_factor")
            label = StageChoice(one.context["stage"]).label if "stage" in one.context else ""
            problems.setdefault(name, []).append(str(_SENTENCES[one.code]) % {**one.context, "stage": label})
        if problems:
            raise ValidationError(problems)


_SENTENCES = {
    "out_of_range": _("Write a figure from %(least)s to %(most)s."),
    "not_more": _('Must be more than %(least)s, where the stage "%(stage)s" begins, or nobody would stay in that one.'),
    "not_fewer_days": _("Must be at least %(least)s, as for the loyal: the committed are the more tested ones."),
    "lost_not_later": _("Must be more than %(least)s, when somebody is at risk: nobody is lost before that."),
    "factor_not_more": _("Must be more than %(least)s, when somebody is at risk: nobody is lost before that."),
}


class MemberStage(models.Model):
    """Where a member is now, as of LifecycleModel.computed_at; one row a member, written by one nightly statement.

    `since` None: longer than stages are kept. The scores are fifths of all buyers, None of somebody who never bought.
    """

    member = models.OneToOneField("members.Member", on_delete=models.PROTECT, primary_key=True, related_name="+")
    stage = models.CharField(_("stage"), max_length=9, choices=StageChoice.choices)
    since = models.DateField(_("since"), null=True, blank=True)
    recency = models.PositiveSmallIntegerField(_("recency"), null=True, blank=True)
    frequency = models.PositiveSmallIntegerField(_("frequency"), null=True, blank=True)
    money = models.PositiveSmallIntegerField(_("money"), null=True, blank=True)

    class Meta:
        verbose_name = _("stage of a member")
        verbose_name_plural = _("stages of members")
        indexes = [models.Index(name="programs_stage_members", fields=["stage", "member"])]

    @override
    def __str__(self) -> str:
        return str(self.get_stage_display())


class MemberStageChange(models.Model):
    """One move from a stage to another, on the day the night's work saw it. Only added, never changed.

    `is_redrawn`: the thresholds had been changed, so it says nothing about the member.
    """

    member = models.ForeignKey(
        "members.Member", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("member")
    )
    from_stage = models.CharField(_("from"), max_length=9, choices=StageChoice.choices)
    to_stage = models.CharField(_("to"), max_length=9, choices=StageChoice.choices)
    changed_on = models.DateField(_("day"))
    is_redrawn = models.BooleanField(_("because the thresholds changed"), default=False, db_default=False)

    class Meta:
        verbose_name = _("move between stages")
        verbose_name_plural = _("moves between stages")
        indexes = [
            models.Index(name="programs_move_member", fields=["member", "-id"]),
            models.Index(name="programs_move_day", fields=["changed_on", "to_stage"]),
        ]
        triggers = append_only()

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"
