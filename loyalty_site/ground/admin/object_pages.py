"""Pages and deeds of one row beside Django's own: the policy first, then the row, and a refusal is told where one stood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext

from loyalty_site.ground import policy
from loyalty_site.ground.admin.asking import principal_of
from loyalty_site.ground.errors import DomainError

View = Callable[..., HttpResponseBase]


class ObjectPages:
    """Mixed into a page's admin class, which adds `object_routes` to its `get_urls`."""

    model: type[models.Model]
    opts: Any
    admin_site: Any
    page_related: Sequence[str] = ()  # what the pages show of the row besides itself

    def page_url(self, name: str, row: Any) -> str:
        """The address of one of this row's pages, Django's own among them."""
        return reverse(f"admin:{self._route(name)}", args=[row.pk])

    def object_routes(self, views: Mapping[str, View], *, at: Mapping[str, str] | None = None) -> list[URLPattern]:
        """For `get_urls`: {name: view(request, row)}. A page lives at its name unless `at` says where: {name: 'its.csv'}."""
        return [
            path(
                f"<int:object_id>/{(at or {}).get(name, f'{name}/')}",
                self.admin_site.admin_view(self.guarded(name, self._of_row(name, view))),
                name=self._route(name),
            )
            for name, view in views.items()
        ]

    def guarded(self, name: str, view: View) -> View:
        """The policy of this page first, whatever is asked and however."""

        def asked(request: HttpRequest, **of_the_address: Any) -> HttpResponseBase:
            if not policy.may_open(principal_of(request), f"admin:{self._route(name)}"):
                raise PermissionDenied
            return view(request, **of_the_address)

        return asked

    def check_row(self, request: HttpRequest, row: Any, name: str) -> None:
        """Where the right to a page hangs on the row as well: raises PermissionDenied."""

    def after_refusal(self, row: Any, name: str) -> HttpResponse:
        """Where one is told that it was not to be: the row's own page."""
        return HttpResponseRedirect(self.page_url("change", row))

    def row_page(self, request: HttpRequest, template: str, title: str, **more: Any) -> TemplateResponse:
        """A page under the head of these rows; `template` without its ending."""
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **more}
        return TemplateResponse(request, f"{template}.html", context)

    def _route(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def _of_row(self, name: str, view: View) -> View:
        def shown(request: HttpRequest, object_id: int) -> HttpResponseBase:
            rows = self.model._default_manager.select_related(*self.page_related)
            row = get_object_or_404(rows, pk=object_id)
            self.check_row(request, row, name)
            try:
                return view(request, row)
            except DomainError as refusal:
                messages.error(request, refusal.message(gettext))
                return self.after_refusal(row, name)

        return shown
