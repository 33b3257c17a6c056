"""The company whose installation this is, its staff, and the words people agree to."""

from __future__ import annotations

from typing import override

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models.append_only import append_only


class Role(models.TextChoices):
    """What a person of the staff does. The policy says what each may."""

    ADMINISTRATOR = "administrator", _("Administrator")
    MARKETING = "marketing", _("Marketing")
    SUPPORT = "support", _("Support")
    ACCOUNTANT = "accountant", _("Accountant")
    SHOP_MANAGER = "shop_manager", _("Shop manager")


class Language(models.TextChoices):
    EN = "en", _("English")
    RU = "ru", _("Russian")
    HE = "he", _("Hebrew")


class User(AbstractUser):
    """One person of the staff. Their stores hang on programs.Store.staff (the ground knows no store)."""

    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.SUPPORT)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.EN)

    class Meta(AbstractUser.Meta):
        verbose_name = _("person of the staff")  # type: ignore[assignment]  # the stubs say str
        verbose_name_plural = _("staff")  # type: ignore[assignment]


class Company(models.Model):
    """One row: this installation's company."""

    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(
        _("country"),
        max_length=2,
        default="US",
        help_text=_("Two letters, such as US, RU or IL. Phones without a country code are read as this country's."),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    currency = models.CharField(
        _("currency"), max_length=3, default="USD", help_text=_("Three letters, such as USD, RUB or ILS.")
    )
    currency_exponent = models.SmallIntegerField(_("decimals of the currency"), default=2)
    languages = ArrayField(
        models.CharField(max_length=2, choices=Language.choices), default=list, blank=True, verbose_name=_("languages")
    )
    sender_email = models.EmailField(
        _("sender's e-mail"),
        blank=True,
        help_text=_("What your mails come from. Its domain must allow your mail server (SPF, DKIM)."),
    )
    reply_to = models.EmailField(_("answers go to"), blank=True, help_text=_("Empty: to the sender's e-mail."))
    postal_address = models.CharField(
        _("postal address"),
        max_length=300,
        blank=True,
        help_text=_("Shown at the foot of every mail; the law asks for it."),
    )
    note = models.CharField(
        _("note"),
        max_length=300,
        blank=True,
        help_text=_("Shown on the Today page, for example that the data is a demonstration."),
    )

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("company")
        constraints = [
            models.CheckConstraint(name="ground_company_is_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="ground_company_exponent", condition=Q(currency_exponent__gte=0, currency_exponent__lte=4)
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name


class ConsentWording(models.Model):
    """The words a person agreed to. A new version is a new row; what somebody agreed to never changes."""

    purpose = models.CharField(_("purpose"), max_length=20)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    version = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("text"))
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("consent wording")
        verbose_name_plural = _("consent wordings")
        constraints = [
            models.UniqueConstraint(name="ground_one_wording_per_version", fields=["purpose", "language", "version"])
        ]
        triggers = append_only()

    @override
    def __str__(self) -> str:
        return (
            f"{settings.PURPOSE_NAMES.get(self.purpose, self.purpose)}, {self.get_language_display()}, {self.version}"
        )
