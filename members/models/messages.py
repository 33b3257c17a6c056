"""One row per outgoing mail or SMS to a person, whoever wants it sent, and what limits the sending."""

from __future__ import annotations

from typing import override

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models.consents import Channel, Purpose
from members.models.people import Member


class MessageState(models.TextChoices):
    """planned -> claimed -> handed -> sent; docs/algorithms/sending.md draws every way."""

    PLANNED = "planned", _("planned")
    CLAIMED = "claimed", _("being prepared")
    HANDED = "handed", _("being handed over")
    SENT = "sent", _("sent")
    RETRY = "retry", _("waiting to be tried again")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown: perhaps sent")
    SUPPRESSED = "suppressed", _("left out at the last moment")
    CANCELLED = "cancelled", _("cancelled")
    BOUNCED = "bounced", _("bounced")
    COMPLAINED = "complained", _("reported as spam")


# Waiting for us, in our hands, and over. Every state is in exactly one of the three.
WAITING_STATES = (MessageState.PLANNED, MessageState.RETRY)
IN_HAND_STATES = (MessageState.CLAIMED, MessageState.HANDED)
# What may have reached the person, and so counts against the contact budget.
REACHED_STATES = (
    MessageState.CLAIMED,
    MessageState.HANDED,
    MessageState.SENT,
    MessageState.UNKNOWN,
    MessageState.BOUNCED,
    MessageState.COMPLAINED,
)


class MessageReason(models.TextChoices):
    """Why a message was left out or failed, as a stable code and in words."""

    NONE = "", _("no reason needed")
    NO_CONSENT = "no_consent", _("no consent for this channel")
    NO_ADDRESS = "no_address", _("no address for this channel")
    NOT_MEMBER = "not_member", _("no longer a member")
    SUPPRESSED = "suppressed", _("the address must not be written to")
    OVER_BUDGET = "over_budget", _("the contact budget is used up")
    CANNOT_RENDER = "cannot_render", _("the text could not be made for this person")
    BAD_ADDRESS = "bad_address", _("the address does not exist")
    REFUSED = "refused", _("refused by the receiving mail server")
    GAVE_UP = "gave_up", _("tried several times without success")
    LOST = "lost", _("the sending process died while handing it over")
    NO_REPLY = "no_reply", _("the mail server did not confirm")
    RUN_CANCELLED = "run_cancelled", _("the mailing was cancelled")


class Message(models.Model):
    """One message to one person. Who wants it (source, source_group, source_id) is named, not joined:
    campaigns and everything else that writes to people live above this app.

    No address and no text is kept here: the address is looked up when the message is claimed, so an erased
    or corrected one is never used again.
    """

    # Its index is members_message_budget, which begins with the member.
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="messages", db_index=False, verbose_name=_("member")
    )
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    source = models.CharField(_("sent by"), max_length=20, help_text=_("such as campaign"))
    source_group = models.BigIntegerField(_("mailing"))
    source_id = models.BigIntegerField(_("recipient in the mailing"))
    state = models.CharField(_("state"), max_length=10, choices=MessageState.choices, default=MessageState.PLANNED)
    reason = models.CharField(_("reason"), max_length=20, choices=MessageReason.choices, blank=True, db_default="")
    detail = models.CharField(
        _("answer of the mail server"),
        max_length=200,
        blank=True,
        db_default="",
        help_text=_("its code, never its text"),
    )
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    claim_token = models.UUIDField(null=True, blank=True, editable=False)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    handed_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    finished_at = models.DateTimeField(_("ended"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            # The wall behind every "nobody twice": a recipient of a mailing has one message, ever.
            models.UniqueConstraint(name="members_message_once", fields=["source", "source_id"]),
        ]
        indexes = [
            models.Index(
                name="members_message_waiting",
                fields=["source", "source_group", "due_at", "id"],
                condition=Q(state__in=["planned", "retry"]),
            ),
            models.Index(
                name="members_message_in_hand", fields=["claimed_at"], condition=Q(state__in=["claimed", "handed"])
            ),
            models.Index(name="members_message_budget", fields=["member", "claimed_at"]),
            models.Index(name="members_message_group", fields=["source", "source_group", "state"]),
        ]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"


class SuppressionReason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    HARD_BOUNCE = "hard_bounce", _("the address does not exist")
    COMPLAINT = "complaint", _("reported as spam")
    ERASED = "erased", _("asked to be forgotten")
    BY_HAND = "by_hand", _("entered by the staff")


class Suppression(models.Model):
    """An address that must not be written to. Only its keyed hash is kept, so it outlives the person's erasure (R44)."""

    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices)
    address_hash = models.CharField(max_length=64, editable=False)
    reason = models.CharField(_("reason"), max_length=12, choices=SuppressionReason.choices)
    member = models.ForeignKey(
        Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("member")
    )
    since = models.DateTimeField(_("since"))
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [
            models.UniqueConstraint(
                name="members_suppression_live",
                fields=["channel", "address_hash", "reason"],
                condition=Q(lifted_at__isnull=True),
            )
        ]
        indexes = [models.Index(name="members_suppression_member", fields=["member"])]

    @override
    def __str__(self) -> str:
        return f"#{self.pk}"


class ContactBudget(models.Model):
    """How often offers and news may reach one person, and the hours in which they may not (C02)."""

    channel = models.CharField(
        _("channel"), max_length=6, choices=Channel.choices, blank=True, help_text=_("Empty: all channels together.")
    )
    messages = models.PositiveSmallIntegerField(_("at most this many messages"), default=3)
    days = models.PositiveSmallIntegerField(_("within this many days"), default=7)
    quiet_from = models.TimeField(
        _("quiet from"), null=True, blank=True, help_text=_("By the company's clock. Nothing is sent until the end.")
    )
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("contact budget")
        verbose_name_plural = _("contact budgets")
        constraints = [
            models.UniqueConstraint(
                name="members_one_budget_per_channel", fields=["channel"], condition=Q(is_active=True)
            ),
            models.CheckConstraint(name="members_budget_positive", condition=Q(messages__gte=1, days__gte=1)),
            models.CheckConstraint(
                name="members_quiet_both",
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
            ),
        ]

    @override
    def __str__(self) -> str:
        return _("%(messages)s in %(days)s days") % {"messages": self.messages, "days": self.days}
