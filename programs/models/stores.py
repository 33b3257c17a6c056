"""Who sells: partners, their stores, the terminals in them and the people at the terminals."""

from __future__ import annotations

from typing import override

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Partner(models.Model):
    """A firm whose stores serve each other's receipts. Partners never see each other's."""

    name = models.CharField(_("name"), max_length=200)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    card_issuer = models.OneToOneField(
        "members.CardIssuer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("their own cards"),
        help_text=_("The numbers of the cards that this partner issues, if they work at your tills."),
    )

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")

    @override
    def __str__(self) -> str:
        return self.name


class Store(models.Model):
    """One outlet, in its own time zone: a receipt's day is the day on its wall."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="stores")
    name = models.CharField(_("name"), max_length=200)
    code = models.SlugField(_("code"), max_length=40)
    city = models.CharField(_("city"), max_length=120, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    is_open = models.BooleanField(pgettext_lazy("a store", "open"), default=True)
    staff = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="+",
        verbose_name=_("staff"),
        help_text=_("Shop managers who see this store."),
    )

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [models.UniqueConstraint(name="programs_store_code", fields=["partner", "code"])]

    @override
    def __str__(self) -> str:
        return self.name


class TerminalState(models.TextChoices):
    NEW = "new", _("waiting for its code")
    ACTIVE = "active", _("active")
    REVOKED = "revoked", _("revoked")


class SaleChannel(models.TextChoices):
    """How what a terminal sells comes in."""

    TILL = "till", _("till in the store")
    WEB = "web", _("web shop")
    PHONE = "phone", _("telephone")


class Terminal(models.Model):
    """One till. Its token is stored as a SHA-256 hash (the token itself has 256 random bits)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="terminals", verbose_name=_("store"))
    name = models.CharField(_("name"), max_length=80)
    register = models.CharField(
        _("register"), max_length=40, help_text=_("The register's number as printed on receipts.")
    )
    channel = models.CharField(
        _("sells by"),
        max_length=10,
        choices=SaleChannel.choices,
        default=SaleChannel.TILL,
        db_default=SaleChannel.TILL,
        help_text=_("Rules may ask whether something is bought in the store, in the web shop or by telephone."),
    )
    state = models.CharField(_("state"), max_length=8, choices=TerminalState.choices, default=TerminalState.NEW)
    scopes = ArrayField(
        models.CharField(max_length=10),
        verbose_name=pgettext_lazy("a right", "may"),
        help_text=_("lookup, earn, redeem, return, enrol, hints"),
    )
    token_hash = models.BinaryField(max_length=32, null=True, editable=False, unique=True)
    # A rotated token is here until it is first used; then the old one ends.
    next_token_hash = models.BinaryField(max_length=32, null=True, editable=False, unique=True)
    enrolment_hash = models.BinaryField(max_length=32, null=True, editable=False, unique=True)
    enrolment_expires_at = models.DateTimeField(_("code valid until"), null=True, blank=True, editable=False)
    version = models.CharField(_("software"), max_length=60, blank=True, editable=False)
    enrolled_at = models.DateTimeField(_("enrolled"), null=True, blank=True, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("terminal")
        verbose_name_plural = _("terminals")
        constraints = [
            models.UniqueConstraint(name="programs_terminal_register", fields=["store", "register"]),
            models.CheckConstraint(
                name="programs_terminal_active_has_token",
                condition=~Q(state="active") | Q(token_hash__isnull=False),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.store.name} / {self.name}"


class Cashier(models.Model):
    """A person at a till. Receipts name them by `number`; the PIN is stored as a password's hash is."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="cashiers", verbose_name=_("store"))
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=120)
    number = models.CharField(_("number"), max_length=40)
    is_active = models.BooleanField(_("works here"), default=True)
    pin_hash = models.CharField(max_length=128, blank=True, editable=False)
    member = models.ForeignKey(
        "members.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("their own membership"),
        help_text=_("Cashiers cannot credit or spend from their own card."),
    )

    class Meta:
        verbose_name = _("cashier")
        verbose_name_plural = _("cashiers")
        constraints = [models.UniqueConstraint(name="programs_cashier_number", fields=["store", "number"])]

    @override
    def __str__(self) -> str:
        return self.name


class CashierShift(models.Model):
    """A cashier signed in at a terminal, from their PIN to the next cashier's or to signing out."""

    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="+", verbose_name=_("terminal"))
    cashier = models.ForeignKey(Cashier, on_delete=models.PROTECT, related_name="+", verbose_name=_("cashier"))
    began_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.UniqueConstraint(name="programs_shift_open", fields=["terminal"], condition=Q(ended_at__isnull=True))
        ]
