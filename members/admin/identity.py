"""The company's rules for cards and phone numbers: one row, so its list leads straight to it."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from loyalty_site.ground.admin import PolicyModelAdmin
from members.models import IdentityPolicy


@admin.register(IdentityPolicy)
class IdentityPolicyAdmin(PolicyModelAdmin):
    """What new cards look like, and when a phone number may change hands."""

    add_says = _("Set other rules")
    empty_says = _("The usual rules hold: cards of 16 digits that begin with 29, phones after 12 silent months.")
    list_display = ["__str__", "card_prefix", "card_length", "silent_months"]
    sortable_by = ()
    fieldsets = [(None, {"fields": ["card_prefix", "card_length", "silent_months"]})]

    @override
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one row: a second is a change of the first."""
        if self.has_add_permission(request) and IdentityPolicy.objects.exists():
            return HttpResponseRedirect(reverse("admin:members_identitypolicy_change", args=[1]))
        answer: HttpResponse = super().add_view(request, form_url, extra_context)
        return answer

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # Django's signature
        obj.pk = 1
        super().save_model(request, obj, form, change)
