"""The people of a run, to read: every figure of a campaign leads here."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns.models import Recipient, Run, Standing
from campaigns.queries.runs import SOURCE
from loyalty_site.ground.admin import ReadOnlyModelAdmin, principal_of
from loyalty_site.ground.policy import Action, permits
from members.models import Message, MessageState
from members.services import mask_name

RUNS_OFFERED = 30


class RunFilter(SimpleListFilter):
    """One time that a campaign went out; the newest ones are offered."""

    title = _("campaign")
    parameter_name = "run"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        runs = Run.objects.filter(frozen_at__isnull=False).select_related("campaign").order_by("-id")[:RUNS_OFFERED]
        found = {str(run.pk): run.campaign.name for run in runs}
        asked = request.GET.get("run", "")
        if asked.isdecimal() and asked not in found:
            found |= {
                str(run.pk): run.campaign.name for run in Run.objects.filter(pk=int(asked)).select_related("campaign")
            }
        return list(found.items())

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(run_id=int(value)) if value and value.isdecimal() else queryset


class StandingFilter(SimpleListFilter):
    """Written to, held out or left out."""

    title = _("standing")
    parameter_name = "standing"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Standing.choices)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(standing=self.value()) if self.value() else queryset


class MessageFilter(SimpleListFilter):
    """By what became of the message."""

    title = _("message")
    parameter_name = "message"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(MessageState.choices)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        written = Message.objects.filter(source=SOURCE, state=self.value())
        run = request.GET.get("run", "")
        if run.isdecimal():
            written = written.filter(source_group=int(run))
        return queryset.filter(pk__in=written.values("source_id"))


@admin.register(Recipient)
class RecipientAdmin(ReadOnlyModelAdmin):
    """Who was meant by a run, and what became of it."""

    empty_says = _(
        "When a campaign begins, everybody whom it means is listed here: written to, held out, or left out and why."
    )
    list_display = ["campaign", "shown_standing", "reason_in_words", "message_state"]
    list_filter = [RunFilter, StandingFilter, "reason", MessageFilter]
    list_select_related = ["run__campaign", "member"]
    ordering = ["-id"]
    sortable_by = ()
    list_display_links = None
    fields = ["run", "channel", "standing", "reason"]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        message = Message.objects.filter(source=SOURCE, source_id=OuterRef("pk"))
        rows = super().get_queryset(request)
        return rows.annotate(message_state_code=Subquery(message.values("state")[:1]))

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        may_see = permits(principal_of(request), Action.VIEW, "members.member")

        @display(description=_("member"))
        def who(obj: Recipient) -> str:
            if not may_see:
                return mask_name(obj.member.name)
            url = reverse("admin:members_member_change", args=[obj.member_id])
            return format_html('<a class="regulars-link" href="{}"><bdi>{}</bdi></a>', url, obj.member)

        return [who, *self.list_display]

    @display(description=_("campaign"))
    def campaign(self, obj: Recipient) -> str:
        url = reverse("admin:campaigns_campaign_change", args=[obj.run.campaign_id])
        return format_html('<a class="regulars-link" href="{}"><bdi>{}</bdi></a>', url, obj.run.campaign)

    @display(
        description=_("standing"),
        label={Standing.TREAT: "success", Standing.HOLDOUT: "info", Standing.EXCLUDED: "warning"},
    )
    def shown_standing(self, obj: Recipient) -> tuple[str, str]:
        return obj.standing, obj.get_standing_display()

    @display(description=_("why"))
    def reason_in_words(self, obj: Recipient) -> str:
        return obj.get_reason_display() if obj.reason else "—"

    @display(description=_("message"))
    def message_state(self, obj: Any) -> str:
        return str(MessageState(obj.message_state_code).label) if obj.message_state_code else "—"
