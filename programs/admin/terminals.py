"""Terminals: what each may do, its enrolment code (shown once), and its end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.rules.qr import qr_drawing
from members.services import is_local, public_url
from programs.admin.filters import StoreFilter
from programs.models import Terminal, TerminalState
from programs.services.tills import issue_enrolment_code, revoke_terminal

SCOPES = [
    ("lookup", _("find members")),
    ("earn", _("sell and give points")),
    ("redeem", _("take points as payment")),
    ("return", _("take goods back")),
    ("enrol", _("enrol new members")),
    ("own_page", _("give members the link to their own page")),
    ("hints", _("see hints about members, such as a birthday this week")),
]


class TerminalForm(forms.ModelForm):
    """What a terminal may do, as boxes to tick."""

    scopes = forms.MultipleChoiceField(
        label=pgettext_lazy("a right", "May"),
        choices=SCOPES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=[code for code, _text in SCOPES if code not in {"hints", "own_page"}],
    )

    class Meta:
        model = Terminal
        fields = ["store", "name", "register", "channel", "scopes"]


@admin.register(Terminal)
class TerminalAdmin(PolicyModelAdmin):
    """Tills. A terminal is let in by a code that is shown once, and shut out by revoking it."""

    empty_says = _("A terminal is one till. Add one, then give its code to the person who sets the till up.")
    form = TerminalForm
    store_lookup = "store_id"
    list_display = ["name", "store", "register", "shown_state", "version", "enrolled_at", "last_seen_at"]
    list_select_related = ["store"]
    list_filter = ["state", StoreFilter]
    ordering = ["store__name", "register"]
    search_fields = ["name", "register"]
    autocomplete_fields = ["store"]
    fieldsets = [
        (None, {"fields": ["store", "name", "register", "channel", "scopes"]}),
        (_("State"), {"fields": ["state", "enrolment_expires_at", "version", "enrolled_at", "last_seen_at"]}),
    ]
    add_fieldsets = [(None, {"fields": ["store", "name", "register", "channel", "scopes"]})]
    readonly_fields = ["state", "enrolment_expires_at", "version", "enrolled_at", "last_seen_at"]
    actions_detail = ["new_code", "revoke"]

    @display(
        description=_("state"),
        ordering="state",
        label={
            TerminalState.ACTIVE: "success",
            TerminalState.NEW: "warning",
            TerminalState.REVOKED: "danger",
        },
    )
    def shown_state(self, obj: Terminal) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @action(description=_("New enrolment code"), permissions=["act"], url_path="new-code", icon="key")
    def new_code(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then show the code once. The page says what happens to a terminal that is already in."""
        terminal = self.get_object(request, object_id)
        if terminal is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        shown: dict[str, Any] = {}
        if request.method == "POST":
            code = issue_enrolment_code(terminal=terminal, actor=principal_of(request), now=timezone.now())
            # Behind the #, which no browser sends to a server: the code lands in no log.
            address = public_url(f"/till/#code={code}")
            size, drawing = qr_drawing(address)
            shown = {"code": code, "address": address, "size": size, "drawing": drawing, "is_local": is_local(address)}
        return self._page(request, "programs/terminal_code.html", terminal, gettext("New enrolment code"), **shown)

    @action(description=_("Revoke"), permissions=["act"], url_path="revoke", icon="block")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then shut the terminal out at once."""
        terminal = self.get_object(request, object_id)
        if terminal is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            revoke_terminal(terminal=terminal, actor=principal_of(request), now=timezone.now())
            messages.success(request, gettext("%(terminal)s is shut out.") % {"terminal": terminal})
            return HttpResponseRedirect(reverse("admin:programs_terminal_change", args=[terminal.pk]))
        return self._page(request, "programs/terminal_revoke.html", terminal, gettext("Revoke"))

    def _page(
        self, request: HttpRequest, template: str, terminal: Terminal, title: str, **more: Any
    ) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "terminal": terminal}
        return TemplateResponse(request, template, {**context, **more})
