"""The import wizard: File, Meaning, Check, Apply, Done. Each page makes one call; the worker does the work."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from loyalty_site.ground import policy
from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.errors import DiskFull
from loyalty_site.ground.models import JobState
from loyalty_site.ground.policy import Action
from loyalty_site.ground.services import pause_job, resume_job
from loyalty_site.ground.services.jobs import DISK_FULL
from loyalty_site.ground.uploads import has_no_room
from programs.admin.import_forms import MeaningForm, UploadForm, home_country
from programs.admin.import_kinds import lacks_of, offered_to, words_of
from programs.admin.import_undo import ImportUndoMixin
from programs.admin.import_words import consents_in_words, deed_in_words, shown_row, worth_in_words
from programs.models import ImportBatch, ImportState
from programs.queries.importing import applied_before, preview_rows, reasons_of_rejection
from programs.resources import rejected_lines
from programs.services.importing import (
    UploadOrder,
    confirm_import,
    discard_import,
    file_error_in_words,
    first_rows,
    note_export,
    read_again,
    reason_in_words,
    set_meaning,
    start_check,
    upload_file,
)
from programs.services.importing.kinds import may_load

TROUBLE = _(
    "There is no room left on the server's disk. What was done is safe; free some room, and the work goes on by itself "
    "or when you press Go on."
)
STEPS = [
    ("file", _("File")),
    ("meaning", _("Meaning")),
    ("check", _("Check")),
    ("apply", _("Apply")),
    ("done", _("Done")),
]
STEP_OF_STATE = {
    ImportState.REFUSED: "file",
    ImportState.READING: "meaning",
    ImportState.UPLOADED: "meaning",
    ImportState.CHECKING: "check",
    ImportState.CHECKED: "check",
    ImportState.APPLYING: "apply",
    ImportState.DONE: "done",
    ImportState.UNDOING: "done",
    ImportState.UNDONE: "done",
}
WORKING = {ImportState.READING, ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING}
BLOCK_BYTES = 1024 * 1024


@admin.register(ImportBatch)
class ImportBatchAdmin(ImportUndoMixin, PolicyModelAdmin):
    """Files: the list of imports, and the wizard behind each."""

    add_says = _("Import a file")
    empty_says = _("Bring your customers: upload the file you have, look at what each row would do, then apply it.")
    list_display = ["file_name", "kind", "shown_state", "summary", "created_by", "created_at"]
    list_filter = ["kind", "state"]
    list_select_related = ["job", "created_by"]
    search_fields = ["file_name"]
    ordering = ["-id"]
    page_related = ("program", "job")

    @display(
        description=_("state"),
        ordering="state",
        label={
            ImportState.READING: "info",
            ImportState.UPLOADED: "",
            ImportState.CHECKING: "info",
            ImportState.CHECKED: "warning",
            ImportState.APPLYING: "info",
            ImportState.DONE: "success",
            ImportState.REFUSED: "danger",
            ImportState.UNDOING: "info",
            ImportState.UNDONE: "",
            JobState.PAUSED: "warning",
        },
    )
    def shown_state(self, obj: ImportBatch) -> tuple[str, str]:
        if obj.state in WORKING and obj.job and obj.job.state == JobState.PAUSED:
            return obj.job.state, obj.job.get_state_display()
        return obj.state, obj.get_state_display()

    @display(description=_("rows"))
    def summary(self, obj: ImportBatch) -> str:
        if not obj.totals:
            return "—"
        return gettext("%(created)s new, %(changed)s changed, %(rejected)s rejected") % {
            name: localize(figure) for name, figure in obj.totals.items() if isinstance(figure, int)
        }

    @override
    def get_urls(self) -> list[URLPattern]:
        own = {
            "meaning": self.meaning_view,
            "check": self.check_view,
            "apply": self.apply_view,
            "done": self.done_view,
            "progress": self.progress_view,
            "pause": require_POST(self.pause_view),
            "discard": require_POST(self.discard_view),
            "rejected": self.rejected_view,
            "undo": self.undo_view,
            "kept": self.kept_view,
        }
        mine = self.object_routes(own, at={"rejected": "rejected.csv", "kept": "kept.csv"})
        return [*mine, *super().get_urls()]

    @override
    def check_row(self, request: HttpRequest, row: ImportBatch, name: str) -> None:
        """Deeds need the right to what the file writes; looking does not."""
        is_deed = policy.ROUTES[f"admin:programs_importbatch_{name}"].action != Action.VIEW
        if is_deed and not may_load(principal_of(request), row.kind):
            raise PermissionDenied

    @override
    def _page(
        self, request: HttpRequest, step: str, batch: ImportBatch | None, template: str = "", **more: Any
    ) -> TemplateResponse:
        reached = STEP_OF_STATE[ImportState(batch.state)] if batch else "file"
        order = [name for name, _label in STEPS]
        locked = reached in {"apply", "done"}
        steps = [
            {
                "label": label,
                "is_now": name == step,
                "is_past": order.index(name) < order.index(reached) or (reached == "done" and name != step),
                "url": self.page_url(name, batch)
                if batch
                and name != "file"
                and order.index(name) <= order.index(reached)
                and not (locked and name == "meaning")
                else reverse("admin:programs_importbatch_add")
                if name == "file"
                else "",
            }
            for name, label in STEPS
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": batch.file_name if batch else gettext("Import"),
            "opts": self.opts,
            "batch": batch,
            "steps": steps,
            "head": first_rows(batch) if batch and batch.state != ImportState.READING else [],
            "words": words_of(batch.kind) if batch else None,
            **more,
        }
        return TemplateResponse(request, f"programs/import/{template or step}.html", context)

    @override
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Step one."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        offered = offered_to(principal_of(request))
        kind = request.GET.get("kind", "")
        if kind not in offered:
            kind = next(iter(offered))
        words = offered[kind]
        form = UploadForm(request.POST or None, request.FILES or None, initial={"region": home_country()}, words=words)
        if request.method == "POST" and form.is_valid():
            upload = form.cleaned_data["file"]
            order = UploadOrder(
                kind=kind,
                file_name=upload.name,
                blocks=upload.chunks(BLOCK_BYTES),
                default_region=form.cleaned_data.get("region", ""),
                created_by_id=request.user.pk,
                may_wait=True,
            )
            try:
                batch = upload_file(order, actor=principal_of(request), now=timezone.now())
            except DiskFull as refusal:
                form.add_error("file", refusal.message(gettext))
            else:
                return HttpResponseRedirect(self.page_url("change", batch))
        elif has_no_room(request):
            form.errors["file"] = form.error_class([DiskFull().message(gettext)])
        return self._page(
            request, "file", None, form=form, words=words, kind=kind, kinds=offered.items(), lacks=lacks_of(kind)
        )

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Where this import stands."""
        batch = self.get_object(request, object_id)
        if not self.has_view_permission(request, batch) or request.method != "GET":
            raise PermissionDenied
        if batch is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if batch.state == ImportState.READING:
            return self._page(
                request,
                "meaning",
                batch,
                "working",
                next_url=self.page_url("change", batch),
                is_checking=True,
                is_reading=True,
            )
        if batch.state == ImportState.REFUSED or not batch.reading.get("plan"):
            error = file_error_in_words(batch.file_error, batch.file_error_line)
            return self._page(request, "file", batch, "refused", error=error)
        return HttpResponseRedirect(self.page_url(STEP_OF_STATE[ImportState(batch.state)], batch))

    def meaning_view(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        """Step two."""
        if STEP_OF_STATE[ImportState(batch.state)] in {"file", "apply", "done"} or not batch.reading.get("plan"):
            return HttpResponseRedirect(self.page_url("change", batch))
        form = MeaningForm(request.POST or None, batch=batch)
        if request.method == "POST" and form.is_valid():
            if other := form.other_reading():
                read_again(batch.pk, now=timezone.now(), **other)
                return HttpResponseRedirect(self.page_url("change", batch))
            set_meaning(batch.pk, form.meaning())
            start_check(batch.pk, now=timezone.now())
            return HttpResponseRedirect(self.page_url("check", batch))
        return self._page(
            request, "meaning", batch, form=form, before=applied_before(batch), lacks=lacks_of(batch.kind)
        )

    def check_view(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        """Step three: progress while the worker checks, then what every row would do."""
        if batch.state in {ImportState.READING, ImportState.UPLOADED, ImportState.REFUSED}:
            return HttpResponseRedirect(self.page_url("change", batch))
        if batch.state == ImportState.CHECKING:
            return self._page(
                request, "check", batch, "working", next_url=self.page_url("check", batch), is_checking=True
            )
        which, after = request.GET.get("show", ""), request.GET.get("after", "")
        page = preview_rows(batch, which=which, after=int(after) if after.isdecimal() else 0)
        words = words_of(batch.kind)
        return self._page(
            request,
            "check",
            batch,
            rows=[shown_row(row, words) for row in page.rows],
            page=page,
            deed=deed_in_words(words, batch.totals["created"], batch.totals["changed"]),
            before=applied_before(batch) if batch.state == ImportState.CHECKED else None,
            worth=worth_in_words(batch),
            consents=consents_in_words(batch.totals.get("consents", {})),
            reasons=[(reason_in_words(reason), rows, reason) for reason, rows in reasons_of_rejection(batch)],
            undeclared=any(batch.totals.get("consents", {}).get(why) for why in ("no_source", "no_channel")),
        )

    def apply_view(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        """Step four: the deed (POST), and its progress."""
        if request.method == "POST":
            confirm_import(batch.pk, actor=principal_of(request), now=timezone.now())
            return HttpResponseRedirect(self.page_url("apply", batch))
        if batch.state != ImportState.APPLYING:
            return HttpResponseRedirect(self.page_url("change", batch))
        return self._page(request, "apply", batch, "working", next_url=self.page_url("done", batch), is_checking=False)

    def done_view(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        """Step five."""
        if STEP_OF_STATE[ImportState(batch.state)] != "done":
            return HttpResponseRedirect(self.page_url("change", batch))
        return self.after_view(request, batch)

    def progress_view(self, request: HttpRequest, batch: ImportBatch) -> JsonResponse:
        """How far the worker is: {state, percent, done, total, per_second, seconds_left, is_over}."""
        job = batch.job
        is_over = batch.state not in WORKING
        if job is None:
            return JsonResponse({"state": "", "percent": 0, "is_over": is_over})
        total, done = job.total_count or 0, job.done_count
        running = (timezone.now() - job.started_at).total_seconds() if job.started_at else 0
        speed = done / running if running > 0 else 0
        return JsonResponse(
            {
                "state": job.state,
                "label": str(JobState(job.state).label),
                "trouble": str(TROUBLE) if job.last_error == DISK_FULL else "",
                "percent": min(100, 100 * done // total) if total else 0,
                "done": done,
                "total": total,
                "per_second": round(speed),
                "seconds_left": round((total - done) / speed) if speed and job.state == JobState.RUNNING else None,
                "is_over": is_over,
                "is_stopped": job.state in {JobState.PAUSED, JobState.FAILED},
            }
        )

    def pause_view(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        """Stop after the chunk in hand, or go on."""
        if batch.job:
            if batch.job.state in {JobState.PAUSED, JobState.FAILED}:
                resume_job(batch.job.pk, now=timezone.now())
            else:
                pause_job(batch.job.pk)
        return HttpResponseRedirect(self.page_url("change", batch))

    def discard_view(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        """Throw away what was not applied."""
        discard_import(batch.pk)
        messages.success(request, gettext("%(file)s was thrown away; nothing of it was kept.") % {"file": batch})
        return HttpResponseRedirect(reverse("admin:programs_importbatch_changelist"))

    def rejected_view(self, request: HttpRequest, batch: ImportBatch) -> StreamingHttpResponse:
        """The rows that were not taken, with the reason, for mending in a spreadsheet and importing again."""
        note_export(batch, actor=principal_of(request), now=timezone.now())
        response = StreamingHttpResponse(
            rejected_lines(batch, in_words=reason_in_words), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="rejected-{batch.pk}.csv"'
        response["Cache-Control"] = "no-store"
        return response
