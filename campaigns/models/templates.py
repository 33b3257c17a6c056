"""What a mailing says: one template, and its words in each language.

The marketer writes plain words with Liquid in them, never HTML; campaigns/rules/templates turns them into
mail. A campaign that is approved takes a frozen copy, so editing a template changes no mail under way.
"""

from __future__ import annotations

from typing import override

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import Language
from members.models import Purpose

BODY_MAX = 20_000


class Template(models.Model):
    """A message that campaigns can send. Its words are TemplateText rows, one a language."""

    name = models.CharField(
        _("name"), max_length=120, unique=True, help_text=_("For yourselves; members never see it.")
    )
    # Which consent a mail made from this needs. Offers and news are all there is to send so far.
    purpose = models.CharField(
        _("purpose"), max_length=12, choices=Purpose.choices, default=Purpose.MARKETING, editable=False
    )
    note = models.CharField(
        _("note"), max_length=300, blank=True, help_text=_("What it is for and when to use it, for your colleagues.")
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        constraints = [models.CheckConstraint(name="campaigns_template_has_name", condition=~Q(name=""))]

    @override
    def __str__(self) -> str:
        return self.name


class TemplateText(models.Model):
    """The words of a template in one language, as they were typed: Liquid fields, paragraphs, **bold**, "- " lists."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    subject = models.CharField(
        _("subject"),
        max_length=300,
        help_text=_("The line people see in their inbox. About 50 characters show on a phone."),
    )
    preheader = models.CharField(
        _("preview line"),
        max_length=300,
        blank=True,
        help_text=_("Shown by inboxes after the subject. Empty: the first words of the mail."),
    )
    heading = models.CharField(_("heading"), max_length=300, blank=True)
    body = models.TextField(
        _("text"),
        validators=[MaxLengthValidator(BODY_MAX)],
        help_text=_("An empty line begins a new paragraph. **Bold** and lines that begin with - work."),
    )
    button_label = models.CharField(_("words on the button"), max_length=120, blank=True)
    button_url = models.CharField(
        _("link of the button"), max_length=500, blank=True, help_text=_("Begins with https://. Empty: no button.")
    )

    class Meta:
        verbose_name = _("text of a template")
        verbose_name_plural = _("texts of a template")
        constraints = [
            models.UniqueConstraint(name="campaigns_one_text_a_language", fields=["template", "language"]),
            models.CheckConstraint(name="campaigns_text_not_empty", condition=~Q(subject="") & ~Q(body="")),
            models.CheckConstraint(
                name="campaigns_button_whole",
                condition=Q(button_label="", button_url="") | (~Q(button_label="") & ~Q(button_url="")),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.template_id} {self.language}"
