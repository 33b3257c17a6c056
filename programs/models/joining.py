"""People who asked to join by themselves and have not yet shown that the address is theirs."""

from __future__ import annotations

from typing import override

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import Language


class JoinRequest(models.Model):
    """What somebody wrote on the page, until they press the button in the mail or a day has passed; then it is gone."""

    email = models.CharField(_("e-mail"), max_length=254)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    offers = ArrayField(models.CharField(max_length=6), default=list, verbose_name=_("offers by"))
    # The very words that stood on the page.
    processing_wording = models.ForeignKey(
        "ground.ConsentWording", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("wording")
    )
    marketing_wording = models.ForeignKey(
        "ground.ConsentWording", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("wording")
    )
    created_at = models.DateTimeField(_("asked"))
    expires_at = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"
