"""What did not fit when offline receipts arrived: each in words, with the proposal to correct it."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from loyalty_site.ground.admin import ReadOnlyModelAdmin, left_to_right, principal_of
from loyalty_site.ground.errors import DomainError
from programs.models import ConflictState, OfflineConflict, Purchase
from programs.queries.conflicts import problem_sentence
from programs.services.offline import correct_conflict, dismiss_conflict
from programs.templatetags.loyalty import signed_points


class DecisionForm(forms.Form):
    """What the person found out, and the proposal that they saw."""

    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("What you found out. It stays with this conflict."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)


@admin.register(OfflineConflict)
class OfflineConflictAdmin(ReadOnlyModelAdmin):
    """Receipts sold without a connection that somebody should look at. They are booked all the same."""

    empty_says = _("Nothing to look at: whatever the tills sold without a connection fitted when it arrived.")
    store_lookup = "batch__terminal__store_id"
    list_display = ["told", "receipt", "terminal", "proposal", "shown_state", "raised_at"]
    list_display_links = ["told"]
    list_filter = ["state"]
    list_select_related = ["purchase", "batch__terminal__store", "account__program"]
    ordering = ["-id"]
    sortable_by = ()
    change_form_template = "programs/offline_conflict.html"
    actions_detail = ["decide"]

    @display(description=_("what does not fit"))
    def told(self, obj: OfflineConflict) -> str:
        return " ".join(sentences_of(obj))

    @display(description=_("receipt"), empty_value="—")
    def receipt(self, obj: OfflineConflict) -> SafeString | None:
        return left_to_right(obj.purchase) if obj.purchase else None

    @display(description=_("terminal"))
    def terminal(self, obj: OfflineConflict) -> str:
        return str(obj.batch.terminal)

    @display(description=_("proposed correction"), empty_value="—")
    def proposal(self, obj: OfflineConflict) -> SafeString | None:
        return signed_points(obj.points, obj.account.program) if obj.account and obj.points else None

    @display(
        description=_("state"),
        label={ConflictState.OPEN: "warning", ConflictState.CORRECTED: "success", ConflictState.DISMISSED: "info"},
    )
    def shown_state(self, obj: OfflineConflict) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        conflict = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if conflict is not None and self.has_view_permission(request, conflict):
            context = self._told(request, conflict)
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})
        return answer

    @override
    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """None above the page: its own form leads there, with the note and the proposal that was seen."""
        return []

    @action(description=_("Decide"), permissions=["act"], url_path="decide")
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Post the proposed correction, or leave it as it is."""
        conflict = self.get_object(request, object_id)
        if conflict is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = DecisionForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            is_correction = request.POST.get("decision") == "correct"
            self._close(request, conflict, form.cleaned_data, is_correction=is_correction)
        return HttpResponseRedirect(reverse("admin:programs_offlineconflict_change", args=[object_id]))

    def _close(
        self, request: HttpRequest, conflict: OfflineConflict, data: dict[str, Any], *, is_correction: bool
    ) -> None:
        actor, now, note = principal_of(request), timezone.now(), data["note"]
        try:
            if is_correction:
                correct_conflict(conflict=conflict, seen=data["seen"], note=note, actor=actor, now=now)
                messages.success(request, gettext("The correction is on its way through the adjustments."))
            else:
                dismiss_conflict(conflict=conflict, note=note, actor=actor, now=now)
                messages.success(request, gettext("Left as it is."))
        except DomainError as error:
            messages.error(request, error.message(gettext))

    def _told(self, request: HttpRequest, conflict: OfflineConflict) -> dict[str, Any]:
        rows = conflict.details.get("order", {}).get("receipts", [])
        receipts: QuerySet[Purchase] = Purchase.objects.select_related("store").in_bulk([row["id"] for row in rows])  # type: ignore[assignment]
        return {
            "conflict": conflict,
            "sentences": sentences_of(conflict),
            "differences": [
                {"receipt": receipts[row["id"]], "points": row["points"]} for row in rows if row["id"] in receipts
            ],
            "program": conflict.account.program if conflict.account else None,
            "proposal": _proposal(conflict),
            "decision": DecisionForm(initial={"seen": conflict.points}),
            "may_decide": conflict.state == ConflictState.OPEN and self.has_act_permission(request),
        }


def sentences_of(conflict: OfflineConflict) -> list[str]:
    """What does not fit, in the active language."""
    return [problem_sentence(code, conflict.details.get(code, {})) for code in conflict.codes]


def _proposal(conflict: OfflineConflict) -> str:
    """The proposed correction as a sentence; empty when there is nothing to correct."""
    if not conflict.points or conflict.account is None:
        return ""
    decimals = conflict.account.program.point_decimals
    count = abs(conflict.points) / 10**decimals
    shown = f"{count:.{decimals}f}"
    if conflict.points > 0:
        text = ngettext("Give %(n)s point more.", "Give %(n)s points more.", int(count))
    else:
        text = ngettext("Take %(n)s point back.", "Take %(n)s points back.", int(count))
    return text % {"n": shown}
