"""Any list as a file: the rows that its page shows to this person with these filters, as CSV or a workbook.

`ExportMixin` (export_pages) gives a list its page "Export"; `write_chunk` is what the worker runs. It builds the page's own queryset
again for whoever asked, so a file never holds more than the list did.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, override
from zoneinfo import ZoneInfo

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty_site.ground import policy
from loyalty_site.ground.admin.asking import principal_of
from loyalty_site.ground.admin.base import ReadOnlyModelAdmin
from loyalty_site.ground.admin.export_pages import ExportMixin
from loyalty_site.ground.admin.words import resource_in_words
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import Company, ExportFile, ExportState, JobState
from loyalty_site.ground.policy import Action
from loyalty_site.ground.rules.tables import Cell
from loyalty_site.ground.services import JobProgress
from loyalty_site.ground.services.exports import (
    append_rows,
    finish_export,
    principal_of_export,
    refuse_export,
    take_export,
)

CHUNK_ROWS = 5000


@transaction.atomic
def write_chunk(*, export_id: int, now: dt.datetime) -> JobProgress:
    """The handler of export jobs: the next rows, or at the end the finished file. Progress is counted in rows."""
    export = ExportFile.objects.select_for_update(of=("self",)).select_related("created_by", "job").get(pk=export_id)
    total = (export.job.total_count if export.job else None) or 0
    if export.state != ExportState.WRITING:
        return JobProgress(export.row_count, total, is_finished=True)
    page = admin.site._registry[apps.get_model(export.resource)]
    who = principal_of_export(export)
    person = export.created_by
    has_right = policy.permits(who, Action.EXPORT, export.resource) and person.is_active and person.role == who.role
    if not isinstance(page, ExportMixin) or not has_right:
        refuse_export(export)
        return JobProgress(0, total, is_finished=True)
    with translation.override(export.language or None):
        columns = page.columns_for(who)
        rows = page.next_rows(export, CHUNK_ROWS)
        zone = _company_zone()
        cells = [(row.pk, [_on_the_wall(column.cell(row), zone) for column in columns]) for row in rows]
        append_rows(export, [str(column.heading) for column in columns], cells)
    is_finished = len(rows) < CHUNK_ROWS
    if is_finished:
        finish_export(export, now=now)
    return JobProgress(export.row_count, max(total, export.row_count), is_finished=is_finished)


def _company_zone() -> ZoneInfo:
    return ZoneInfo(Company.objects.values_list("time_zone", flat=True).first() or "UTC")


def _on_the_wall(cell: Cell, zone: ZoneInfo) -> Cell:
    """A moment as the company's clock shows it: what the list's own page says, and what a spreadsheet takes for a time."""
    return cell.astimezone(zone).replace(tzinfo=None) if isinstance(cell, dt.datetime) and cell.tzinfo else cell


@admin.register(ExportFile)
class ExportFileAdmin(ReadOnlyModelAdmin):
    """Files asked for: everybody sees the own ones, an administrator all of them."""

    empty_says = _("Files of lists appear here. Open a list, filter it, and choose “Export” above it.")
    list_display = [
        "shown_list",
        "format",
        "shown_state",
        "row_count",
        "reason",
        "created_by",
        "created_at",
        "expires_at",
    ]
    list_display_links = ["shown_list"]
    list_filter = ["state", "format"]
    list_select_related = ["created_by"]
    ordering = ["-id"]
    sortable_by = ()

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        who = principal_of(request)
        return rows if who.role == policy.ADMINISTRATOR else rows.filter(created_by=who.id)

    @display(description=_("list"))
    def shown_list(self, obj: ExportFile) -> str:
        return str(resource_in_words(obj.resource))

    @display(
        description=_("state"),
        label={
            ExportState.WRITING: "info",
            ExportState.READY: "success",
            ExportState.EXPIRED: "",
            ExportState.REFUSED: "danger",
        },
    )
    def shown_state(self, obj: ExportFile) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @override
    def get_urls(self) -> list[URLPattern]:
        own: list[tuple[str, Callable[..., HttpResponseBase]]] = [
            ("download", self.download_view),
            ("progress", self.progress_view),
        ]
        mine = [
            path(
                f"<int:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"ground_exportfile_{name}",
            )
            for name, view in own
        ]
        return [*mine, *super().get_urls()]

    def _own(self, request: HttpRequest, object_id: int) -> ExportFile:
        if not self.has_view_permission(request):
            raise PermissionDenied
        export: ExportFile = get_object_or_404(self.get_queryset(request).select_related("job"), pk=object_id)
        return export

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """How far it is, the file, or that it is gone."""
        if request.method != "GET":
            raise PermissionDenied
        export = self._own(request, int(object_id) if object_id.isdecimal() else 0)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Export: %(list)s") % {"list": resource_in_words(export.resource)},
            "opts": self.opts,
            "export": export,
            "job": export.job,
        }
        return TemplateResponse(request, "ground/export_file.html", context)

    def download_view(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        """The file itself; each time is noted."""
        export = self._own(request, object_id)
        if not policy.permits(principal_of(request), Action.EXPORT, export.resource):
            raise PermissionDenied
        try:
            file = take_export(export, actor=principal_of(request), now=timezone.now())
            source = file.open("rb")
        except (DomainError, FileNotFoundError) as refusal:
            text = refusal.message(gettext) if isinstance(refusal, DomainError) else gettext("The file is gone.")
            messages.error(request, text)
            return HttpResponseRedirect(reverse("admin:ground_exportfile_change", args=[export.pk]))
        name = f"{export.resource.rpartition('.')[2]}-{export.pk}.{export.format}"
        response = FileResponse(source, as_attachment=True, filename=name)
        response["Cache-Control"] = "no-store"
        return response

    def progress_view(self, request: HttpRequest, object_id: int) -> JsonResponse:
        """How far the worker is, for the page's script."""
        export = self._own(request, object_id)
        job = export.job
        total, done = (job.total_count or 0, export.row_count) if job else (0, 0)
        return JsonResponse(
            {
                "state": job.state if job else "",
                "label": str(JobState(job.state).label) if job else "",
                "percent": min(100, 100 * done // total) if total else 0,
                "done": done,
                "total": total,
                "is_over": export.state != ExportState.WRITING,
                "is_stopped": bool(job and job.state in {JobState.PAUSED, JobState.FAILED}),
            }
        )
