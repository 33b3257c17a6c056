"""What a company cares to know of its people besides name and keys: which of our fields it keeps, and fields of its own."""

from __future__ import annotations

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from members.rules import custom


class SocialStatus(models.TextChoices):
    UNKNOWN = "", _("not known")
    STUDENT = "student", _("studies")
    EMPLOYED = "employed", _("employed")
    SELF_EMPLOYED = "self", _("works for themselves")
    AT_HOME = "home", _("at home with the family")
    RETIRED = "retired", _("retired")
    UNEMPLOYED = "unemployed", _("without work")
    OTHER = "other", pgettext_lazy("a social status", "other")


class PersonValue(models.TextChoices):
    """What decides for them when they buy."""

    ECO = "eco", _("ecological")
    LOW_PRICE = "low_price", _("low price")
    TIME_SAVED = "time_saved", _("time saved")
    DOMESTIC = "domestic", _("made in our country")
    FASHION = "fashion", _("fashion")
    RELIABILITY = "reliability", _("reliability")
    PRESTIGE = "prestige", _("prestige")
    COMFORT = "comfort", _("comfort")


class CameBy(models.TextChoices):
    """What brought them the first time."""

    UNKNOWN = "", _("not known")
    ADVERTISEMENT = "advert", _("an advertisement")
    RECOMMENDATION = "friends", _("a recommendation")
    CURIOSITY = "curiosity", _("curiosity")
    PASSING_BY = "passing", _("passing by")
    OTHER = "other", pgettext_lazy("what brought somebody", "something else")


class WalletShare(models.TextChoices):
    """How much of what they need of our kind they buy from us, as they say themselves."""

    UNKNOWN = "", _("not known")
    ONLY = "only", _("buys only from us")
    MOSTLY = "mostly", _("mostly from us")
    SOMETIMES = "sometimes", _("sometimes from us")


class ProfileField(models.TextChoices):
    """Columns of Member that a company keeps only if it says so."""

    SOCIAL_STATUS = "social_status", _("social status")
    INTERESTS = "interests", _("interests")
    CARES_ABOUT = "cares_about", _("what they value")
    PREFERRED_CHANNEL = "preferred_channel", _("preferred way to keep in touch")
    CAME_BY = "came_by", _("what brought them")
    WALLET_SHARE = "wallet_share", _("share of their purchases")


class ProfilePolicy(models.Model):
    """One row. Without it nothing of the list is asked for or kept."""

    asked = ArrayField(
        models.CharField(max_length=20, choices=ProfileField.choices),
        default=list,
        blank=True,
        verbose_name=_("we keep"),
        help_text=_("Only what you will use. What is not ticked is not asked, not imported and not exported."),
    )

    class Meta:
        verbose_name = _("what we keep of members")
        verbose_name_plural = _("what we keep of members")
        constraints = [models.CheckConstraint(name="members_profilepolicy_one_row", condition=Q(id=1))]

    @override
    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class FieldKind(models.TextChoices):
    TEXT = custom.TEXT, _("text")
    NUMBER = custom.NUMBER, _("number")
    DATE = custom.DATE, _("day")
    YES_NO = custom.YES_NO, _("yes or no")
    CHOICE = custom.CHOICE, _("one of a list")
    CHOICES = custom.CHOICES, _("several of a list")


class TillAccess(models.TextChoices):
    """What tills may do with a field."""

    NONE = "", _("not at the till")
    SEE = "see", _("the till shows it")
    SET = "set", _("the till shows it and may fill it in when it enrols somebody")


class CustomField(models.Model):
    """A field of the company's own; its values are in Member.custom under `code`. Archived, never deleted."""

    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(rf"^{custom.CODE}$", _("Small Latin letters, digits and _, a letter first."))],
        help_text=_("For tills, rules and files. It stays when the name changes."),
    )
    name = models.CharField(pgettext_lazy("of a field", "name"), max_length=80)
    name_ru = models.CharField(_("name in Russian"), max_length=80, blank=True)
    name_he = models.CharField(_("name in Hebrew"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=FieldKind.choices, default=FieldKind.TEXT)
    options = models.JSONField(_("list"), default=list, blank=True)
    till = models.CharField(_("tills"), max_length=3, choices=TillAccess.choices, blank=True)
    position = models.PositiveSmallIntegerField(_("place"), default=0, help_text=_("Small numbers come first."))
    is_archived = models.BooleanField(
        _("archived"), default=False, help_text=_("Not asked any more; what is known stays.")
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["position", "id"]

    @override
    def __str__(self) -> str:
        return self.definition.label(get_language() or "")

    @property
    def definition(self) -> custom.Field:
        """As the rules know it."""
        options = tuple(custom.Option(one["code"], one["labels"], one["is_archived"]) for one in self.options)
        labels = {"": self.name, "ru": self.name_ru, "he": self.name_he}
        return custom.Field(self.code, self.kind, labels, options, self.till, self.is_archived)

    @override
    def clean(self) -> None:
        """Only lists have options; values keep the meaning they were stored with."""
        before = CustomField.objects.filter(pk=self.pk).first() if self.pk else None
        if before and (before.kind, before.code) != (self.kind, self.code):
            raise ValidationError(
                _("Kind and code stay as they are: people have values already. Archive it and add another.")
            )
        has_list = self.kind in (FieldKind.CHOICE, FieldKind.CHOICES)
        if has_list and not any(not one.get("is_archived") for one in self.options):
            raise ValidationError(_("Write at least one entry of the list."))
        if not has_list:
            self.options = []
