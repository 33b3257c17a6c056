"""Trying a draft on the past: the start, the wait, the result. Each page makes one call."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from loyalty_site.ground.admin import ObjectPages, PolicyModelAdmin, principal_of
from loyalty_site.ground.models import ExportFormat, Job, JobState
from loyalty_site.ground.policy import Action, permits
from loyalty_site.ground.rules.money import plain_text
from loyalty_site.ground.services import pause_job, resume_job
from programs.admin.replay_page import replay_context
from programs.admin.replay_people import replay_file
from programs.errors import DraftInvalid
from programs.models import Program, ReplayRun
from programs.queries.forecasts import take_up_of
from programs.queries.past import receipts_by_half
from programs.rules.forecast.assumptions import BY_KEY, assumed
from programs.services.replays import assume, start_replay

_STOPPED = {JobState.PAUSED, JobState.FAILED}


class TryForm(forms.Form):
    """Which draft, and from when on."""

    program = forms.ModelChoiceField(
        Program.objects.order_by("-id"), label=_("Programme"), widget=UnfoldAdminSelectWidget, empty_label=None
    )
    from_on = forms.DateField(
        label=_("First day"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("Empty: from the first receipt there is."),
    )


@admin.register(ReplayRun)
class ReplayRunAdmin(ObjectPages, PolicyModelAdmin):
    """Drafts tried on the company's own receipts. Nothing changes at the tills."""

    empty_says = _(
        "See what a draft would have cost before it costs anything: open a programme and press “Try it on the past”."
    )
    list_display = ["program", "created_at", "shown_state", "receipt_count", "created_by"]
    list_filter = ["program"]
    list_select_related = ["program", "created_by"]
    ordering = ["-id"]
    page_related = ("program", "version")

    @display(description=_("state"), label={"done": "success", "moving": "info"})
    def shown_state(self, obj: ReplayRun) -> tuple[str, str]:
        return ("done", gettext("finished")) if obj.finished_at else ("moving", gettext("being played"))

    @override
    def get_urls(self) -> list[URLPattern]:
        own = {
            "progress": self.progress_view,
            "pause": require_POST(self.pause_view),
            "assume": require_POST(self.assume_view),
            "file": self.file_view,
        }
        return [*self.object_routes(own), *super().get_urls()]

    @override
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Which draft over which receipts; then it is played in the background."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = TryForm(request.POST or None, initial={"program": request.GET.get("program")})
        if request.method == "POST" and form.is_valid():
            try:
                run = start_replay(**form.cleaned_data, actor=principal_of(request), now=timezone.now())
                return HttpResponseRedirect(self.page_url("change", run))
            except DraftInvalid as refusal:
                form.add_error(None, refusal.message(gettext))
        return self.row_page(
            request,
            "programs/replay/new",
            gettext("Try a draft on the past"),
            form=form,
            media=self.media + form.media,
            receipt_count=sum(receipts_by_half()),
        )

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """How far it is, or what came of it."""
        if not self.has_view_permission(request) or request.method != "GET":
            raise PermissionDenied
        run = self.get_object(request, object_id)
        if run is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        title = gettext("%(program)s on the past") % {"program": run.program}
        may_act = permits(principal_of(request), Action.ACT, self.resource)
        if run.finished_at is None:
            is_stopped = Job.objects.filter(pk__in=run.job_ids, state__in=_STOPPED).exists()
            return self.row_page(
                request,
                "programs/replay/working",
                title,
                run=run,
                next_url=self.page_url("change", run),
                is_stopped=is_stopped,
                may_act=may_act,
            )
        return self.row_page(
            request, "programs/replay/result", title, run=run, may_act=may_act, **self._result(request, run)
        )

    def _result(self, request: HttpRequest, run: ReplayRun) -> dict[str, Any]:
        take_up = take_up_of(run.program)
        measured = {"take_up": take_up} if take_up is not None else None
        known = assumed(run.assumptions, measured, margin=run.program.margin_percent)
        return replay_context(run, principal_of(request), known)

    def progress_view(self, request: HttpRequest, run: ReplayRun) -> JsonResponse:
        """How far the workers are: {state, label, percent, done, total, per_second, seconds_left, is_over, is_stopped}."""
        jobs = list(Job.objects.filter(pk__in=run.job_ids))
        total, done = sum(job.total_count or 0 for job in jobs), sum(job.done_count for job in jobs)
        began = min((job.started_at for job in jobs if job.started_at), default=None)
        running = (timezone.now() - began).total_seconds() if began else 0
        speed = done / running if running > 0 else 0
        # The slowest says how it stands.
        states = [job.state for job in jobs]
        order = [JobState.FAILED, JobState.PAUSED, JobState.RUNNING, JobState.QUEUED, JobState.WAITING, JobState.DONE]
        state = next((one for one in order if one in states), JobState.DONE)
        is_stopped = state in _STOPPED
        return JsonResponse(
            {
                "state": state,
                "label": str(JobState(state).label),
                "percent": min(100, 100 * done // total) if total else 0,
                "done": done,
                "total": total,
                "per_second": round(speed),
                "seconds_left": round((total - done) / speed) if speed and not is_stopped else None,
                "is_over": run.finished_at is not None,
                "is_stopped": is_stopped,
            }
        )

    def pause_view(self, request: HttpRequest, run: ReplayRun) -> HttpResponse:
        """Stop after the chunks in hand, or go on."""
        stopped = Job.objects.filter(pk__in=run.job_ids, state__in=_STOPPED)
        if stopped.exists():
            for job in stopped:
                resume_job(job.pk, now=timezone.now())
        else:
            for job_id in run.job_ids:
                pause_job(job_id)
        return HttpResponseRedirect(self.page_url("change", run))

    def assume_view(self, request: HttpRequest, run: ReplayRun) -> HttpResponse:
        """Other assumptions: the result is read anew, nothing is played again."""
        values, wrong = read_assumptions(request.POST, run.assumptions)
        if wrong:
            messages.error(
                request, gettext("Not a number, or not from low to high: %(what)s") % {"what": ", ".join(wrong)}
            )
        else:
            assume(run=run, values=values, actor=principal_of(request), now=timezone.now())
            messages.success(request, gettext("The figures below rest on your assumptions now."))
        return HttpResponseRedirect(f"{self.page_url('change', run)}#assumptions")

    def file_view(self, request: HttpRequest, run: ReplayRun) -> HttpResponse:
        """The sums as CSV, or as a workbook."""
        if run.finished_at is None:
            return HttpResponseRedirect(self.page_url("change", run))
        return replay_file(run, is_workbook=request.GET.get("format") == ExportFormat.XLSX)


def read_assumptions(posted: Any, before: dict[str, Any]) -> tuple[dict[str, dict[str, str]], list[str]]:
    """What somebody entered that is not what stood there: {key: {low, likely, high, note}}, and the labels of what cannot
    be read."""
    values, wrong = dict(before), []
    for key, one in BY_KEY.items():
        if f"{key}-low" not in posted:
            continue
        note = str(posted.get(f"{key}-note", ""))[:200].strip()
        try:
            ends = [Decimal(posted.get(f"{key}-{name}", "").replace(",", ".")) for name in ("low", "likely", "high")]
        except InvalidOperation:
            ends = []
        if not ends or not all(end.is_finite() for end in ends) or not 0 <= ends[0] <= ends[1] <= ends[2] <= 10**9:
            wrong.append(one.label.message(gettext))
            continue
        shown = [posted.get(f"{key}-{name}-was", "") for name in ("low", "likely", "high")]
        if [plain_text(end) for end in ends] != shown or note != posted.get(f"{key}-note-was", ""):
            values[key] = {"low": str(ends[0]), "likely": str(ends[1]), "high": str(ends[2]), "note": note}
    return values, wrong
