"""Companies that buy, and the people by whom they do: who sees the offer, decides, pays, collects; who is won."""

from __future__ import annotations

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models.people import Member, MemberKind

_NUMBER = RegexValidator(
    r"^[0-9A-Za-z][0-9A-Za-z ./-]{3,30}$", _("Letters and digits, as on an invoice; at least four of them.")
)


class ContactRole(models.TextChoices):
    """What a person does in their company's buying. The one who sees an offer is seldom the one who decides."""

    SEES = "sees", _("sees the offer")
    INFLUENCES = "influences", _("advises")
    DECIDES = "decides", _("decides")
    PAYS = "pays", _("pays")
    COLLECTS = "collects", _("collects the goods")


class CompanyManager(models.Manager["BuyingCompany"]):
    """Members of the kind company."""

    @override
    def get_queryset(self) -> models.QuerySet[BuyingCompany]:
        return super().get_queryset().filter(kind=MemberKind.COMPANY)


class BuyingCompany(Member):
    """A member that is a company, for lists and pages of companies alone."""

    objects = CompanyManager()  # type: ignore[misc]  # of a proxy, which has rows of its own kind only

    class Meta:
        proxy = True
        verbose_name = _("buying company")
        verbose_name_plural = _("buying companies")


class CompanyDetails(models.Model):
    """What is known of a member of the kind company and of no person."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, primary_key=True, related_name="company_details")
    tax_number = models.CharField(_("tax number"), max_length=32, blank=True, validators=[_NUMBER])
    registration_number = models.CharField(_("registration number"), max_length=32, blank=True, validators=[_NUMBER])

    class Meta:
        verbose_name = _("details of a company")
        verbose_name_plural = _("details of companies")


class CompanyContact(models.Model):
    """A person in a company, from when until when. Ended, never deleted: the company's history keeps who it was."""

    company = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("company")
    )
    person = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("contact person"))
    roles = ArrayField(models.CharField(max_length=10, choices=ContactRole.choices), verbose_name=_("what they do"))
    # Won over to us: when, and who of the staff says so.
    won_at = models.DateTimeField(_("won on"), null=True, blank=True)
    won_by = models.CharField(pgettext_lazy("a contact person", "won by"), max_length=150, blank=True)
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact person")
        verbose_name_plural = _("contact persons")
        constraints = [
            models.CheckConstraint(name="members_contact_two", condition=~Q(company=F("person"))),
            models.CheckConstraint(name="members_contact_roles", condition=Q(roles__len__gt=0)),
            models.CheckConstraint(
                name="members_contact_won",
                condition=Q(won_at__isnull=True, won_by="") | (Q(won_at__isnull=False) & ~Q(won_by="")),
            ),
            models.UniqueConstraint(
                name="members_contact_live", fields=["company", "person"], condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [models.Index(name="members_contact_company", fields=["company", "since"])]

    @override
    def __str__(self) -> str:
        return str(self.person)

    @property
    def role_names(self) -> str:
        """Their roles in words, in the order in which an offer passes them."""
        return ", ".join(str(role.label) for role in ContactRole if role.value in self.roles)
