"""Webhooks: where news goes, the secret that signs it (shown once), and what became of every delivery."""

from __future__ import annotations

import json
from typing import Any, override

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from loyalty_site.ground.admin import PolicyModelAdmin, ReadOnlyModelAdmin, left_to_right, principal_of
from loyalty_site.ground.errors import DomainError
from programs.models import DeliveryState, EventKind, WebhookDelivery, WebhookEndpoint
from programs.rules.addresses import check_url
from programs.services.webhooks import add_endpoint, new_secret, resend


class EndpointForm(forms.ModelForm):
    """An address, and the events it hears of."""

    url = forms.URLField(
        label=_("address"),
        max_length=500,
        assume_scheme="https",
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "placeholder": "https://"}),
        help_text=_("It must begin with https:// and be reachable from the internet."),
    )
    events = forms.MultipleChoiceField(
        label=_("events"), choices=EventKind.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = WebhookEndpoint
        fields = ["url", "events", "is_active"]

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_url(url, ports=settings.WEBHOOK_PORTS, is_plain_allowed=settings.WEBHOOK_ANYWHERE)
        except DomainError as error:
            raise ValidationError(error.message(gettext)) from error
        return url


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(PolicyModelAdmin):
    """Addresses of other systems that hear what happens here."""

    empty_says = _("A webhook tells another system what happens here. Add its address; its secret is shown once.")
    form = EndpointForm
    list_display = ["address", "heard", "is_active", "created_at"]
    list_display_links = ["address"]
    ordering = ["-id"]
    fields = ["url", "events", "is_active"]
    actions_detail = ["secret"]

    @display(description=_("address"), ordering="url")
    def address(self, obj: WebhookEndpoint) -> SafeString:
        return left_to_right(obj.url)

    @display(description=_("events"))
    def heard(self, obj: WebhookEndpoint) -> str:
        return ", ".join(str(EventKind(event).label) for event in obj.events)

    @override
    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made, secret = add_endpoint(
            url=obj.url, events=obj.events, is_active=obj.is_active, actor=principal_of(request), now=timezone.now()
        )
        obj.pk, obj.secret = made.pk, secret
        obj._state.adding = False

    @override
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The service has written it already."""

    @override
    def response_add(self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None) -> Any:
        return self._show(request, obj, obj.secret)

    @action(description=_("New secret"), permissions=["act"], url_path="secret", icon="key")
    def secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then show the new secret once."""
        endpoint = self.get_object(request, object_id)
        if endpoint is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        fresh = None
        if request.method == "POST":
            fresh = new_secret(endpoint=endpoint, actor=principal_of(request), now=timezone.now())
        return self._show(request, endpoint, fresh)

    def _show(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str | None) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Secret of the webhook"),
            "opts": self.opts,
            "endpoint": endpoint,
            "secret": secret,
        }
        answer = TemplateResponse(request, "programs/webhook_secret.html", context)
        answer["Cache-Control"] = "no-store"
        return answer


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyModelAdmin):
    """Every event on its way to every webhook."""

    empty_says = _("What is sent to webhooks appears here, with the answers of their servers.")
    list_display = ["id", "shown_event", "address", "shown_state", "attempts", "answer", "next_at", "created_at"]
    list_filter = ["state", "event", "endpoint"]
    list_select_related = ["endpoint"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["shown_event", "address", "shown_state", "attempts", "answer", "next_at", "delivered_at", "sent"]
    readonly_fields = fields
    actions_detail = ["send_again"]

    @display(description=_("event"))
    def shown_event(self, obj: WebhookDelivery) -> str:
        return str(EventKind(obj.event).label)

    @display(description=_("webhook"))
    def address(self, obj: WebhookDelivery) -> SafeString:
        return left_to_right(obj.endpoint.url)

    @display(
        description=_("state"),
        label={DeliveryState.WAITING: "info", DeliveryState.DELIVERED: "success", DeliveryState.DEAD: "danger"},
    )
    def shown_state(self, obj: WebhookDelivery) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("last answer"), empty_value="—")
    def answer(self, obj: WebhookDelivery) -> str | None:
        return obj.last_error or (str(obj.last_status) if obj.last_status else None)

    @display(description=_("what is sent"))
    def sent(self, obj: WebhookDelivery) -> SafeString:
        return format_html('<pre dir="ltr">{}</pre>', json.dumps(obj.payload, indent=2, ensure_ascii=False))

    @action(description=_("Send again"), permissions=["act"], url_path="send-again", icon="replay")
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then put it at the head of the queue."""
        delivery = self.get_object(request, object_id)
        if delivery is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            resend(delivery=delivery, actor=principal_of(request), now=timezone.now())
            messages.success(request, gettext("It is sent again within a few seconds."))
            return HttpResponseRedirect(reverse("admin:programs_webhookdelivery_change", args=[delivery.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Send again"),
            "opts": self.opts,
            "delivery": delivery,
        }
        return TemplateResponse(request, "programs/webhook_resend.html", context)
