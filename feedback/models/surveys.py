"""What is asked: a survey, its questions and their words in each language.

An NPS survey has two questions, a score and its reason; other kinds of survey will have others, which is why
questions are rows. Words that nobody wrote are the standard ones (feedback.queries.words).
"""

from __future__ import annotations

from typing import override

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import Language

DAYS_MAX = 3650


class SurveyKind(models.TextChoices):
    NPS = "nps", _("readiness to recommend (NPS)")


class SurveyState(models.TextChoices):
    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class QuestionKind(models.TextChoices):
    SCORE = "score", _("a score from 0 to 10")
    TEXT = "text", _("words")


class Survey(models.Model):
    """One survey. What would make answers incomparable is fixed once it opens."""

    name = models.CharField(_("name"), max_length=120, help_text=_("For you; the people you ask do not see it."))
    kind = models.CharField(_("kind"), max_length=8, choices=SurveyKind.choices, default=SurveyKind.NPS)
    state = models.CharField(
        _("state"), max_length=6, choices=SurveyState.choices, default=SurveyState.DRAFT, editable=False
    )
    is_anonymous = models.BooleanField(
        _("anonymous"),
        default=False,
        help_text=_(
            "Answers are kept without the link to the person who gave them. Nobody can undo that, "
            "so such an answer cannot be changed or followed up."
        ),
    )
    expires_days = models.PositiveSmallIntegerField(
        _("links work for (days)"), default=30, validators=[MinValueValidator(1), MaxValueValidator(DAYS_MAX)]
    )
    edit_days = models.PositiveSmallIntegerField(
        _("an answer can be changed for (days)"),
        default=14,
        validators=[MaxValueValidator(DAYS_MAX)],
        help_text=_("Counted from the first answer. 0: not at all."),
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.CheckConstraint(
                name="feedback_survey_days",
                condition=Q(expires_days__gte=1, expires_days__lte=DAYS_MAX, edit_days__lte=DAYS_MAX),
            ),
            models.CheckConstraint(
                name="feedback_survey_opened", condition=Q(state="draft") | Q(opened_at__isnull=False)
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class SurveyText(models.Model):
    """What a survey says around its questions, in one language. Empty: the standard words."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    thanks = models.TextField(_("thanks"), max_length=1000, blank=True)
    # D08: people want to be heard, so those who answer are told what answers have changed.
    changes = models.TextField(_("what we changed"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("survey text")
        verbose_name_plural = _("survey texts")
        constraints = [models.UniqueConstraint(name="feedback_one_survey_text", fields=["survey", "language"])]


class Question(models.Model):
    """One question of a survey, by its place. `key` names it for reports, such as score and reason."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="questions")
    key = models.SlugField(_("key"), max_length=40)
    kind = models.CharField(_("kind"), max_length=8, choices=QuestionKind.choices)
    position = models.PositiveSmallIntegerField(_("place"))
    is_required = models.BooleanField(_("must be answered"), default=False)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="feedback_question_key", fields=["survey", "key"]),
            models.UniqueConstraint(name="feedback_question_place", fields=["survey", "position"]),
        ]

    @override
    def __str__(self) -> str:
        return self.key


class QuestionText(models.Model):
    """A question in one language; `low` and `high` name the ends of a scale. Empty: the standard words."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    text = models.CharField(_("question"), max_length=300, blank=True)
    low = models.CharField(_("name of 0"), max_length=60, blank=True)
    high = models.CharField(_("name of 10"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("question text")
        verbose_name_plural = _("question texts")
        constraints = [models.UniqueConstraint(name="feedback_one_question_text", fields=["question", "language"])]
