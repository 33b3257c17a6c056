"""How this company gives out cards and looks at phone numbers that change hands."""

from __future__ import annotations

from typing import override

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.rules.cards import LENGTH_MAX, RANDOM_MIN


class IdentityPolicy(models.Model):
    """One row. Without it the defaults hold."""

    card_prefix = models.CharField(
        _("card numbers begin with"),
        max_length=6,
        default="29",
        validators=[RegexValidator(r"^[0-9]+$", _("Only digits."))],
        help_text=_("By it the till tells a typing error on one of your own cards from a card it does not know."),
    )
    card_length = models.PositiveSmallIntegerField(
        _("digits of a card number"), default=16, validators=[MaxValueValidator(LENGTH_MAX)]
    )
    silent_months = models.PositiveSmallIntegerField(
        _("a phone may change hands after (months)"),
        default=12,
        validators=[MinValueValidator(1)],
        help_text=_("Operators give old numbers to new people. So long must the old owner not have been seen."),
    )

    class Meta:
        verbose_name = _("rules for cards and phones")
        verbose_name_plural = _("rules for cards and phones")
        constraints = [models.CheckConstraint(name="members_identitypolicy_one_row", condition=Q(id=1))]

    @override
    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @override
    def clean(self) -> None:
        if self.card_length is not None and self.card_length - len(self.card_prefix or "") - 1 < RANDOM_MIN:
            least = len(self.card_prefix or "") + 1 + RANDOM_MIN
            raise ValidationError(
                {"card_length": _("Take at least %(least)s digits, or numbers could be guessed.") % {"least": least}}
            )


class CardCheck(models.TextChoices):
    """How a partner's numbers prove that they were typed well."""

    NONE = "none", _("no check digit")
    LUHN = "luhn", _("Luhn (bank cards)")
    EAN = "ean", _("EAN (bar codes)")
    DAMM = "damm", _("Damm (as on your own cards)")


class CardIssuer(models.Model):
    """A partner who issues cards of its own that work here: which numbers are theirs, and how they are checked."""

    name = models.CharField(_("who issues the cards"), max_length=200, unique=True)
    prefix = models.CharField(
        _("numbers begin with"), max_length=12, validators=[RegexValidator(r"^[0-9]+$", _("Only digits."))]
    )
    length = models.PositiveSmallIntegerField(
        _("digits of a card number"), validators=[MinValueValidator(6), MaxValueValidator(LENGTH_MAX)]
    )
    check_rule = models.CharField(_("check digit"), max_length=4, choices=CardCheck.choices, default=CardCheck.NONE)

    class Meta:
        verbose_name = _("partner's cards")
        verbose_name_plural = _("partners' cards")
        constraints = [
            models.UniqueConstraint(name="members_cardissuer_range", fields=["prefix", "length"]),
            models.CheckConstraint(name="members_cardissuer_prefix", condition=Q(prefix__regex=r"^[0-9]+$")),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @override
    def clean(self) -> None:
        if not self.prefix or self.length is None:
            return
        if self.length <= len(self.prefix):
            raise ValidationError({"length": _("A number is longer than what it begins with.")})
        for other in CardIssuer.objects.filter(length=self.length).exclude(pk=self.pk):
            if other.prefix.startswith(self.prefix) or self.prefix.startswith(other.prefix):
                raise ValidationError({"prefix": _("These numbers overlap with those of %(name)s.") % {"name": other}})
        own = IdentityPolicy.objects.first() or IdentityPolicy()
        if self.length == own.card_length and (
            own.card_prefix.startswith(self.prefix) or self.prefix.startswith(own.card_prefix)
        ):
            raise ValidationError({"prefix": _("Your own card numbers begin like this.")})
