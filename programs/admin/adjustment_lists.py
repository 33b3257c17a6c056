"""Lists of adjustments: upload, look, ask or apply, watch, and take back. Each page makes one call."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from loyalty_site.ground.admin import ObjectPages, PolicyModelAdmin, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import JobState
from loyalty_site.ground.policy import Action, permits
from members.services import mask_name
from programs.admin.adjustment_forms import ListForm
from programs.models import Adjustment, AdjustmentBatch, BatchState
from programs.queries.adjusting import cost_of_points, list_rows, list_totals
from programs.rules.dates import last_day
from programs.services import adjusting

UNREAD_SHOWN = 200
_MOVING = {BatchState.APPLYING, BatchState.REVERSING}
PROBLEMS = {
    "no_points": _("no points behind the person"),
    "not_a_number": _("the points are no number, or could be two"),
    "too_fine": _("more decimals than this programme knows"),
    "zero": _("0 points change nothing"),
    "unknown_person": _("nobody has this phone, card, code or e-mail"),
    "several_people": _("several people could be meant"),
    "no_account": _("has no account yet, so nothing to take from"),
    "too_few": _("fewer points to spend than were to be taken"),
    "frozen": _("the account is frozen until its books add up"),
    "spent": _("spent or burnt already: nothing to take back"),
    "partly_spent": _("partly spent or burnt already"),
    "burnt": _("would have burnt meanwhile: nothing to give back"),
    "partly_burnt": _("partly burnt meanwhile"),
}


def problem_in_words(one: dict[str, Any]) -> str:
    """Why a line of the list was left out."""
    if one["why"] == "same_person":
        return gettext("the same person, or the same account, as in line %(line)s") % {"line": one["first"]}
    return str(PROBLEMS.get(one["why"], one["why"]))


@admin.register(AdjustmentBatch)
class AdjustmentBatchAdmin(ObjectPages, PolicyModelAdmin):
    """Points of many people changed together."""

    empty_says = _(
        "Give or take points of many people at once: upload a list, look at what it would do, then apply it."
    )
    list_display = ["name", "shown_state", "shown_reason", "requested_by", "requested_at", "decided_by"]
    list_filter = ["state", "reason"]
    list_select_related = ["requested_by", "decided_by"]
    search_fields = ["name"]
    ordering = ["-id"]
    page_related = ("program", "job")

    @display(description=_("reason"), ordering="reason")
    def shown_reason(self, obj: AdjustmentBatch) -> str:
        return obj.get_reason_display()

    @display(
        description=_("state"),
        ordering="state",
        label={
            BatchState.DRAFT: "",
            BatchState.WAITING: "warning",
            BatchState.APPLYING: "info",
            BatchState.DONE: "success",
            BatchState.REVERSING: "info",
            BatchState.REVERSED: "warning",
            BatchState.REFUSED: "danger",
        },
    )
    def shown_state(self, obj: AdjustmentBatch) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @override
    def get_urls(self) -> list[URLPattern]:
        own = {
            "ask": require_POST(self.ask_view),
            "approve": require_POST(self.approve_view),
            "refuse": require_POST(self.refuse_view),
            "discard": require_POST(self.discard_view),
            "pause": require_POST(self.pause_view),
            "reverse": self.reverse_view,
            "progress": self.progress_view,
        }
        return [*self.object_routes(own), *super().get_urls()]

    @override
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The list itself."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ListForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                batch = adjusting.draft_list(form.order(), actor=principal_of(request), now=timezone.now())
                return HttpResponseRedirect(self.page_url("change", batch))
            except DomainError as refusal:
                form.add_error(None, refusal.message(gettext))
        return self.row_page(
            request, "programs/adjustment/list_new", gettext("Adjust the points of many people"), form=form
        )

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Where this list stands: what it would do, what waits, how far it is, what came of it."""
        if not self.has_view_permission(request) or request.method != "GET":
            raise PermissionDenied
        batch = self.get_object(request, object_id)
        if batch is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if batch.state in _MOVING:
            return self.row_page(
                request,
                "programs/adjustment/list_working",
                batch.name,
                batch=batch,
                next_url=self.page_url("change", batch),
            )
        return self.row_page(request, "programs/adjustment/list", batch.name, **self._standing(request, batch))

    def _standing(self, request: HttpRequest, batch: AdjustmentBatch) -> dict[str, Any]:
        who, now = principal_of(request), timezone.now()
        which, after = request.GET.get("show", ""), request.GET.get("after", "")
        rows, older = list_rows(batch, which=which, after=int(after) if after.isdecimal() else 0)
        totals = list_totals(batch)
        may_see_names = permits(who, Action.VIEW, "members.member")
        return {
            "batch": batch,
            "program": batch.program,
            "totals": totals,
            "cost": cost_of_points(batch.program, totals.given, now=now),
            "rows": [self._row(row, may_see_names=may_see_names) for row in rows],
            "which": which,
            "next_after": older,
            "unread": [{**one, "words": problem_in_words(one)} for one in batch.unreadable[:UNREAD_SHOWN]],
            # They hold phones and addresses: for those who may see such, and for whoever brought them.
            "may_see_lines": permits(who, Action.VIEW, "members.identifier") or batch.requested_by_id == who.id,
            "last_day": last_day(batch.expires_at, batch.program.time_zone) if batch.expires_at else None,
            "unread_more": max(0, len(batch.unreadable) - UNREAD_SHOWN),
            "needs_second": batch.state == BatchState.DRAFT and adjusting.would_wait(batch.pk, actor=who, now=now),
            "is_mine": batch.requested_by_id == who.id,
            "may_ask": permits(who, Action.ADD, self.resource),
            "may_decide": permits(who, Action.ACT, self.resource),
        }

    def _row(self, row: Adjustment, *, may_see_names: bool) -> dict[str, Any]:
        owner = row.account.owner
        back = getattr(row, "reversed_by", None)
        problem = (back.problem if back else "") or row.problem
        return {
            "row": row,
            "url": reverse("admin:members_member_change", args=[owner.pk]) if may_see_names else "",
            "name": str(owner) if may_see_names else mask_name(owner.name),
            "back": back.points if back and back.state == "posted" else None,
            "problem": PROBLEMS.get(problem, problem),
            "lacks": row.state == "waiting" and row.points < 0 and row.account.available < -row.points,
        }

    def ask_view(self, request: HttpRequest, batch: AdjustmentBatch) -> HttpResponse:
        """Let a draft go."""
        asked = adjusting.ask_list(batch.pk, actor=principal_of(request), now=timezone.now())
        if asked.state == BatchState.WAITING:
            messages.success(request, gettext("The list waits for a second person now."))
        return HttpResponseRedirect(self.page_url("change", batch))

    def approve_view(self, request: HttpRequest, batch: AdjustmentBatch) -> HttpResponse:
        """The second person's yes."""
        adjusting.approve_list(batch.pk, actor=principal_of(request), now=timezone.now())
        return HttpResponseRedirect(self.page_url("change", batch))

    def refuse_view(self, request: HttpRequest, batch: AdjustmentBatch) -> HttpResponse:
        """The second person's no."""
        adjusting.refuse_list(batch.pk, actor=principal_of(request), now=timezone.now())
        messages.success(request, gettext("Refused: nothing has moved."))
        return HttpResponseRedirect(self.page_url("change", batch))

    def discard_view(self, request: HttpRequest, batch: AdjustmentBatch) -> HttpResponse:
        """Throw a draft away."""
        adjusting.discard_list(batch.pk, actor=principal_of(request), now=timezone.now())
        messages.success(request, gettext("%(list)s was thrown away; nothing has moved.") % {"list": batch})
        return HttpResponseRedirect(reverse("admin:programs_adjustmentbatch_changelist"))

    def pause_view(self, request: HttpRequest, batch: AdjustmentBatch) -> HttpResponse:
        """Stop after the chunk in hand, or go on."""
        adjusting.pause_list(batch.pk, actor=principal_of(request), now=timezone.now())
        return HttpResponseRedirect(self.page_url("change", batch))

    def reverse_view(self, request: HttpRequest, batch: AdjustmentBatch) -> HttpResponse:
        """What taking back means (GET), and the deed (POST)."""
        if request.method == "POST":
            adjusting.reverse_list(batch.pk, actor=principal_of(request), now=timezone.now())
            return HttpResponseRedirect(self.page_url("change", batch))
        if batch.state != BatchState.DONE:
            return HttpResponseRedirect(self.page_url("change", batch))
        totals = list_totals(batch)
        return self.row_page(
            request, "programs/adjustment/list_reverse", batch.name, batch=batch, program=batch.program, totals=totals
        )

    def progress_view(self, request: HttpRequest, batch: AdjustmentBatch) -> JsonResponse:
        """How far the worker is: {state, label, percent, done, total, is_over, is_stopped}."""
        job, is_over = batch.job, batch.state not in _MOVING
        if job is None:
            return JsonResponse({"state": "", "percent": 0, "is_over": is_over})
        total, done = job.total_count or 0, job.done_count
        return JsonResponse(
            {
                "state": job.state,
                "label": str(JobState(job.state).label),
                "percent": min(100, 100 * done // total) if total else 0,
                "done": done,
                "total": total,
                "is_over": is_over,
                "is_stopped": job.state in {JobState.PAUSED, JobState.FAILED},
            }
        )
