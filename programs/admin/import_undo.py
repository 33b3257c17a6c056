"""The wizard's way back: what undoing an import means, the deed, and whom it had to leave as they are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from loyalty_site.ground.admin import ObjectPages, principal_of
from programs.admin.import_kinds import KINDS
from programs.admin.import_words import kept_row, name_of
from programs.models import ImportBatch, ImportState
from programs.queries.undoing import Stakes, kept_rows, stakes_of, stakes_of_totals
from programs.resources import kept_lines
from programs.services.importing import note_export, start_undo


class ImportUndoMixin(ObjectPages):
    """The pages of ImportBatchAdmin behind the last step; `_page` is the wizard's own."""

    def _page(
        self, request: HttpRequest, step: str, batch: ImportBatch | None, template: str = "", **more: Any
    ) -> TemplateResponse:
        raise NotImplementedError

    def undo_view(self, request: HttpRequest, batch: ImportBatch) -> HttpResponse:
        """What it would take back (GET), and the deed (POST)."""
        done = self.page_url("done", batch)
        if request.method == "POST":
            start_undo(batch.pk, actor=principal_of(request), now=timezone.now())
            return HttpResponseRedirect(done)
        if batch.state not in {ImportState.DONE, ImportState.UNDONE}:
            return HttpResponseRedirect(self.page_url("change", batch))
        return self._page(request, "done", batch, "undo", **_stakes(stakes_of(batch), batch))

    def after_view(self, request: HttpRequest, batch: ImportBatch) -> TemplateResponse:
        """The last step: done, being undone, or undone."""
        if batch.state == ImportState.UNDOING:
            next_url = self.page_url("done", batch)
            return self._page(request, "done", batch, "working", next_url=next_url, is_undoing=True)
        return self._page(request, "done", batch, **self._kept(request, batch))

    def _kept(self, request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
        if batch.state != ImportState.UNDONE:
            return _stakes(stakes_of_totals(batch), batch)
        after = request.GET.get("after", "")
        rows, next_after = kept_rows(batch, after=int(after) if after.isdecimal() else 0)
        return {"kept": [kept_row(row, batch) for row in rows], "next_after": next_after}

    def kept_view(self, request: HttpRequest, batch: ImportBatch) -> StreamingHttpResponse:
        """The people that undoing left as they are, with the reason, as a file."""
        note_export(batch, actor=principal_of(request), now=timezone.now(), what="kept")
        response = StreamingHttpResponse(kept_lines(batch, named=name_of), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="left-as-they-are-{batch.pk}.csv"'
        response["Cache-Control"] = "no-store"
        return response


def _stakes(stakes: Stakes, batch: ImportBatch) -> dict[str, Any]:
    """What undoing is about, and in words."""
    return {"stakes": stakes, "stakes_words": KINDS[batch.kind].counted(stakes.people)}
