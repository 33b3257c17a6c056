"""Who was asked, and what they said: invitations with hashed tokens, responses, and answers that only grow.

Written by feedback.services alone.
"""

from __future__ import annotations

from typing import override

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.models.surveys import Question, Survey
from loyalty_site.ground.models import Language
from members.models import Member, Message

SCORE_MAX = 10

# Answers are facts, but a person's own words must go when the person is forgotten (R54): emptying `text` is the
# one change that the database lets through.
_ONLY_FORGETTING = """
    IF TG_OP = 'UPDATE' AND NEW.text = '' AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'regulars: % is append-only', TG_TABLE_NAME;
"""
_NO_TRUNCATE = """
    IF coalesce(current_setting('regulars.allow_truncate', true), '') = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'regulars: % is append-only', TG_TABLE_NAME;
"""


class Invitation(models.Model):
    """A personal link to a survey. The link's token has 128 random bits; only its SHA-256 hash is kept (R59)."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("survey"))
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )
    # What carried the link; none when it was handed over in another way.
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("message")
    )
    token_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    # No time stands here: an anonymous answer could be found again by it.
    is_answered = models.BooleanField(_("answered"), default=False, db_default=False)
    created_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("link works until"))

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            # One link per survey and message: a mail that is rendered again gets its link anew, not a second one.
            models.UniqueConstraint(name="feedback_invitation_once", fields=["survey", "message"]),
        ]
        indexes = [models.Index(name="feedback_invitation_period", fields=["survey", "created_at"])]


class MachineReason(models.TextChoices):
    """Why an answer is held to come from a program that opens links, not from a person."""

    NONE = "", _("no sign of a machine")
    TOO_FAST = "too_fast", _("faster after the mail than a person can read")
    EVERY_SCORE = "every_score", _("every score from 0 to 10 was sent")


class Response(models.Model):
    """One person's answers to one survey. `version` and `score` are caches of the newest answers.

    An anonymous response has no invitation, no language, and a day instead of a moment (R60).
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="responses", verbose_name=_("survey"))
    invitation = models.OneToOneField(
        Invitation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("invitation")
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, blank=True)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    is_machine = models.BooleanField(_("by a machine"), default=False)
    machine_reason = models.CharField(
        _("sign of a machine"), max_length=12, choices=MachineReason.choices, blank=True, default=""
    )
    first_answered_at = models.DateTimeField(_("answered"))

    class Meta:
        verbose_name = _("answer sheet")
        verbose_name_plural = _("answer sheets")
        constraints = [
            models.CheckConstraint(name="feedback_response_score", condition=Q(score__lte=SCORE_MAX)),
            models.CheckConstraint(
                name="feedback_response_machine",
                condition=Q(is_machine=False, machine_reason="") | (Q(is_machine=True) & ~Q(machine_reason="")),
            ),
        ]
        indexes = [
            models.Index(
                name="feedback_response_period", fields=["first_answered_at"], include=["survey", "score", "is_machine"]
            ),
            models.Index(name="feedback_response_survey", fields=["survey", "first_answered_at"]),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.survey} #{self.pk}"


class Answer(models.Model):
    """One answer to one question, in one version of the response. A changed mind is a new version."""

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="+", verbose_name=_("question"))
    version = models.PositiveSmallIntegerField(_("version"))
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    text = models.TextField(_("words"), blank=True)
    answered_at = models.DateTimeField(_("answered"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="feedback_answer_version", fields=["response", "version", "question"]),
            models.CheckConstraint(name="feedback_answer_score", condition=Q(score__lte=SCORE_MAX)),
            models.CheckConstraint(name="feedback_answer_one_kind", condition=Q(score__isnull=True) | Q(text="")),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="append_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_ONLY_FORGETTING,
            ),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func=_NO_TRUNCATE,
            ),
        ]

    @override
    def __str__(self) -> str:
        return str(self.score) if self.score is not None else self.text
