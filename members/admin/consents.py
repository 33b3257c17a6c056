"""What people allowed and when they took it back: a log to read."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty_site.ground.admin import Column, ReadOnlyModelAdmin
from members.models import Consent, ConsentAction
from members.queries.consent_words import way_in_words


@admin.register(Consent)
class ConsentAdmin(ReadOnlyModelAdmin):
    """Each row is one act with its proof. A changed mind is a new row."""

    empty_says = _(
        "What people allowed, and when they took it back. An import brings one only with evidence and a named source."
    )
    list_display = ["given_at", "who", "purpose", "channel", "act", "way", "proof"]
    list_select_related = ["member"]
    list_filter = ["action", "purpose", "channel"]
    ordering = ["-id"]
    sortable_by = ()
    export_columns = (
        Column(_("given"), lambda row: row.given_at),
        Column(_("number of the member"), lambda row: row.member_id),
        Column(_("member"), lambda row: row.member.name, "members.member"),
        Column(_("purpose"), lambda row: row.get_purpose_display()),
        Column(_("channel"), lambda row: row.get_channel_display()),
        Column(_("act"), lambda row: row.get_action_display()),
        Column(_("how"), lambda row: way_in_words(row.method)),
        Column(_("proof"), lambda row: row.proof),
        Column(_("by"), lambda row: row.actor_label),
    )

    @display(description=_("member"))
    def who(self, obj: Consent) -> SafeString:
        return format_html(
            '<a href="{}"><bdi>{}</bdi></a>', reverse("admin:members_member_change", args=[obj.member_id]), obj.member
        )

    @display(description=_("act"), label={ConsentAction.GRANTED: "success", ConsentAction.WITHDRAWN: "danger"})
    def act(self, obj: Consent) -> tuple[str, str]:
        return obj.action, obj.get_action_display()

    @display(description=_("how"))
    def way(self, obj: Consent) -> str:
        return way_in_words(obj.method)
