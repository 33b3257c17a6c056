"""The page "Export" of every list that the policy lets somebody take out: which rows, which columns, and the order.

A list without columns of its own (`export_columns`) writes those that its page shows, as plain text and numbers.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from loyalty_site.ground import policy
from loyalty_site.ground.admin.asking import principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import ExportFile, ExportFormat
from loyalty_site.ground.policy import Action, Principal
from loyalty_site.ground.rules.tables import Cell
from loyalty_site.ground.services.exports import REASON_LEAST, ExportOrder, order_export, principal_of_export

# Marks that keep a number or a name whole on a page and are nothing but noise in a file.
_DIRECTIONS = re.compile("[\u2066-\u2069\u200e\u200f]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file. `needs` is the resource that whoever asks must be allowed to see; "" for none."""

    heading: Any
    cell: Callable[[Any], Cell]
    needs: str = ""


class ExportForm(forms.Form):
    """Which kind of file, and why."""

    format = forms.ChoiceField(
        label=_("Kind of file"),
        choices=ExportFormat.choices,
        initial=ExportFormat.CSV,
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = forms.CharField(
        label=_("What is it for?"),
        help_text=_("It is kept with your name, for whoever asks later who took these data out."),
        min_length=REASON_LEAST,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
    )


class ExportMixin:
    """A list with a page "Export", for those whom the policy lets take it out (Action.EXPORT of its resource)."""

    export_columns: tuple[Column, ...] = ()
    # Of the admin that this is mixed into.
    admin_site: Any
    opts: Any
    model: type[Model]
    may: Callable[[HttpRequest, Action], bool]
    get_list_display: Callable[[HttpRequest], list[Any]]
    get_changelist_instance: Callable[[HttpRequest], Any]

    @property
    def resource(self) -> str:
        """The name under which the policy knows these rows, such as 'programs.store'."""
        return f"{self.model._meta.app_label}.{self.model._meta.model_name}"

    @property
    def is_exported(self) -> bool:
        """Whether anybody may take this list out."""
        return bool(policy.RESOURCES.get(self.resource, {}).get(Action.EXPORT))

    def export_rows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The page's rows with whatever the columns read of other tables."""
        return rows

    def get_urls(self) -> list[URLPattern]:
        """With the page, where somebody may open it."""
        others: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        if not self.is_exported:
            return others
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export_view), name=name), *others]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """With the way to the page."""
        url = ""
        if self.may(request, Action.EXPORT):
            url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")
            url = f"{url}?{request.GET.urlencode()}" if request.GET else url
        # Among twelve tabs a list is known by what is in it, not by "select one to change".
        title = capfirst(str(self.opts.verbose_name_plural))
        context = {"export_url": url, "title": title, **(extra_context or {})}
        return super().changelist_view(request, context)  # type: ignore[misc]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """How many rows of what (GET), and the order (POST)."""
        if not self.may(request, Action.EXPORT):
            raise PermissionDenied
        try:
            count = self._rows(request).count()
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))
        form = ExportForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            order = ExportOrder(
                resource=self.resource,
                query=request.GET.urlencode(),
                format=form.cleaned_data["format"],
                reason=form.cleaned_data["reason"],
                expected=count,
                created_by_id=request.user.pk or 0,
                language=translation.get_language() or "",
            )
            try:
                export = order_export(order, actor=principal_of(request), now=timezone.now())
                return HttpResponseRedirect(reverse("admin:ground_exportfile_change", args=[export.pk]))
            except DomainError as refusal:
                form.add_error(None, refusal.message(gettext))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Export: %(list)s") % {"list": self.opts.verbose_name_plural},
            "opts": self.opts,
            "form": form,
            "count": count,
            "is_filtered": bool(request.GET),
            "zone": timezone.get_current_timezone_name(),
            "columns": [column.heading for column in self.columns_for(principal_of(request))],
        }
        return TemplateResponse(request, "ground/export.html", context)

    def columns_for(self, principal: Principal) -> list[Column]:
        """Those that this person may see."""
        return [
            column
            for column in self.export_columns or self._listed(principal)
            if not column.needs or policy.permits(principal, Action.VIEW, column.needs)
        ]

    def _listed(self, principal: Principal) -> list[Column]:
        """The columns of the page itself, after the number that the rows have."""
        request = HttpRequest()
        request.principal = principal  # type: ignore[attr-defined]
        names = [name for name in self.get_list_display(request) if name not in {"pk", "id"}]
        headings = [label_for_field(name, self.model, self) for name in names]  # type: ignore[call-overload]
        cells = (Column(heading, self._cell(name)) for name, heading in zip(names, headings, strict=True))
        return [Column(_("number"), lambda row: row.pk), *cells]

    def _cell(self, name: Any) -> Callable[[Any], Cell]:
        def cell(row: Any) -> Cell:
            try:
                field, _attribute, value = lookup_field(name, row, self)  # type: ignore[arg-type]
            except ObjectDoesNotExist:
                return ""
            if field is not None and getattr(field, "flatchoices", None):
                value = dict(field.flatchoices).get(value, value)
            return plain(value)

        return cell

    def _rows(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = self.get_changelist_instance(request).queryset
        return found

    def next_rows(self, export: ExportFile, limit: int) -> list[Any]:
        """Those that come after what is written, in the order of their keys."""
        request = HttpRequest()
        request.method, request.GET = "GET", QueryDict(export.query)
        request.user, request.principal = export.created_by, principal_of_export(export)  # type: ignore[attr-defined]
        rows = self.export_rows(self._rows(request)).order_by("pk")
        return list(rows.filter(pk__gt=export.last_pk)[:limit] if export.last_pk else rows[:limit])


def plain(value: Any) -> Cell:
    """What a column of a page shows, without its markup: numbers and days as such, the words of a coloured label."""
    if isinstance(value, tuple):  # (code, words), as unfold's labels want it
        value = value[-1]
    if value is None or value == "—":
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int | float | Decimal | dt.date):
        return value
    text = html.unescape(strip_tags(value)) if isinstance(value, SafeString) else str(value)
    return " ".join(_DIRECTIONS.sub("", text).split())
