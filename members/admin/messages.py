"""Who must not be written to, how often the others may be, and what became of every message."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty_site.ground.admin import PolicyModelAdmin, ReadOnlyModelAdmin
from members.models import ContactBudget, Member, Message, MessageState, Suppression

# Every state stands here: unfold shows the bare code of one that does not.
STATE_COLOURS = {
    MessageState.PLANNED: "",
    MessageState.SUPPRESSED: "",
    MessageState.CANCELLED: "",
    MessageState.SENT: "success",
    MessageState.FAILED: "danger",
    MessageState.BOUNCED: "danger",
    MessageState.COMPLAINED: "danger",
    MessageState.UNKNOWN: "warning",
    MessageState.RETRY: "warning",
    MessageState.HANDED: "info",
    MessageState.CLAIMED: "info",
}


def member_link(member: Member) -> SafeString:
    """The person's name, leading to their page."""
    return format_html(
        '<a href="{}"><bdi>{}</bdi></a>', reverse("admin:members_member_change", args=[member.pk]), member
    )


@admin.register(Message)
class MessageAdmin(ReadOnlyModelAdmin):
    """Each row is one message to one person. Neither the text nor the address is kept."""

    empty_says = _(
        "Every mail to a person shows here with what became of it. Start a campaign to write the first ones."
    )
    list_display = ["who", "channel", "shown_state", "reason", "detail", "attempts", "due_at", "finished_at"]
    list_select_related = ["member"]
    list_filter = ["state", "reason", "channel"]
    ordering = ["-id"]
    sortable_by = ()

    @display(description=_("member"))
    def who(self, obj: Message) -> SafeString:
        return member_link(obj.member)

    @display(description=_("state"), label=STATE_COLOURS)
    def shown_state(self, obj: Message) -> tuple[str, str]:
        return obj.state, obj.get_state_display()


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyModelAdmin):
    """Addresses that must not be written to, known by a fingerprint only."""

    empty_says = _(
        "Addresses that must not be written to: unsubscribed, not existing, or reported as spam. They come here by "
        "themselves, and stay when a person is forgotten."
    )
    list_display = ["since", "channel", "reason", "who", "lifted_at"]
    list_select_related = ["member"]
    list_filter = ["reason", "channel"]
    ordering = ["-id"]
    sortable_by = ()

    @display(description=_("member"), empty_value="–")
    def who(self, obj: Suppression) -> SafeString | None:
        return member_link(obj.member) if obj.member else None


@admin.register(ContactBudget)
class ContactBudgetAdmin(PolicyModelAdmin):
    """How often, and in which hours not. Read anew by every claim, so a change has effect at once."""

    empty_says = _(
        "Without a budget, people may get every campaign they are chosen for. Add one: three a week is a good start."
    )
    list_display = ["channel_or_all", "messages", "days", "quiet_from", "quiet_until", "is_active"]
    fieldsets = [
        (None, {"fields": ["channel", "messages", "days", "is_active"]}),
        (_("Quiet hours"), {"fields": ["quiet_from", "quiet_until"]}),
    ]

    @display(description=_("channel"))
    def channel_or_all(self, obj: ContactBudget) -> str:
        return str(obj.get_channel_display()) if obj.channel else str(_("all channels together"))
