"""What people allowed and when they took it back: a log that only grows, and its current state beside it."""

from __future__ import annotations

from typing import override

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.models import append_only
from members.models.people import Member


class Purpose(models.TextChoices):
    PROCESSING = "processing", _("keeping my data for the programme")
    MARKETING = "marketing", _("offers and news")


class Channel(models.TextChoices):
    NONE = "", _("no channel")
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    PHONE = "phone", _("phone call")


class ConsentAction(models.TextChoices):
    GRANTED = "granted", _("granted")
    WITHDRAWN = "withdrawn", _("withdrawn")
    # The act was an import's and the import was undone: as before it, nobody ever asked.
    REVERSED = "reversed", _("taken back with its import")


class Consent(models.Model):
    """One act of granting or withdrawing. Never edited; the newest row per purpose and channel counts."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices, blank=True)
    action = models.CharField(_("act"), max_length=10, choices=ConsentAction.choices)
    wording = models.ForeignKey(
        "ground.ConsentWording", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    language = models.CharField(_("language"), max_length=2, blank=True)
    method = models.CharField(_("how"), max_length=20, help_text=_("import, terminal, admin, page"))
    proof = models.CharField(
        _("proof"), max_length=200, blank=True, help_text=_("such as the file and line, or the receipt")
    )
    actor_label = models.CharField(_("by"), max_length=150, blank=True)
    given_at = models.DateTimeField(_("given"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(name="members_consent_member", fields=["member", "purpose", "channel", "-id"])]
        triggers = append_only()

    @override
    def __str__(self) -> str:
        return ": ".join([self.get_purpose_display(), self.get_channel_display(), self.get_action_display()])


class ConsentEvidence(models.Model):
    """What a file said of a consent that it brought: when, where and by what words. Beside the log and not in it,
    because these words are a stranger's: they go when the person is forgotten, and the act with its file and line stays.
    """

    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="evidence")
    given_on = models.DateField(_("given on"))
    how = models.CharField(_("how it was given"), max_length=200, blank=True)
    wording = models.CharField(_("words, by the file"), max_length=200, blank=True)
    source = models.CharField(_("where collected, and by whom"), max_length=300)

    class Meta:
        verbose_name = _("evidence of a consent")
        verbose_name_plural = _("evidence of consents")

    @override
    def __str__(self) -> str:
        return f"#{self.consent_id}"


class CurrentConsent(models.Model):
    """Cache of the newest Consent per member, purpose and channel; written with it, never by itself."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="current_consents")
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices, blank=True)
    is_granted = models.BooleanField(_("granted"))
    since = models.DateTimeField(_("since"))
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("current consent")
        verbose_name_plural = _("current consents")
        constraints = [
            models.UniqueConstraint(name="members_one_current_consent", fields=["member", "purpose", "channel"])
        ]
