"""What every admin page shares: the policy decides, a shop manager sees the own stores, every act is audited.

Django's own permissions are not asked, so `is_superuser` opens nothing that the role does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, override
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminSelectWidget

from loyalty_site.ground import policy
from loyalty_site.ground.admin.asking import principal_of
from loyalty_site.ground.admin.export_pages import ExportMixin
from loyalty_site.ground.admin.paging import BigChangeList, EstimatingPaginator
from loyalty_site.ground.admin.words import act_in_words, fields_in_words
from loyalty_site.ground.models import Audit
from loyalty_site.ground.policy import Action
from loyalty_site.ground.rules.money import plain_text
from loyalty_site.ground.services import record_audit

HISTORY_SHOWN = 200


def left_to_right(value: Any) -> SafeString:
    """A code, number or address kept whole in a page that runs from the right."""
    return format_html('<bdi dir="ltr">{}</bdi>', value)


class PlainDecimalField(forms.DecimalField):
    """A number shown without noughts that say nothing: a column's 1.0000 is 1."""

    @override
    def prepare_value(self, value: Any) -> Any:
        return plain_text(value) if isinstance(value, Decimal) else value


class PolicyMixin:
    """Answers Django's permission questions from the policy, for pages and for inlines alike."""

    model: type[models.Model]

    @property
    def resource(self) -> str:
        """The name under which the policy knows these rows, such as 'programs.store'."""
        return f"{self.model._meta.app_label}.{self.model._meta.model_name}"

    def may(self, request: HttpRequest, action: Action) -> bool:
        """May the person who asks do this to rows of this resource?"""
        return policy.permits(principal_of(request), action, self.resource)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Action.VIEW)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Action.ADD)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Action.CHANGE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, Action.DELETE)

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For unfold's actions: `@action(permissions=["act"])`."""
        return self.may(request, Action.ACT)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, Action.VIEW)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Figures are plain."""
        if isinstance(db_field, models.DecimalField):
            kwargs.setdefault("form_class", PlainDecimalField)
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]  # of the page it is mixed into


class PolicyModelAdmin(PolicyMixin, ExportMixin, ModelAdmin):
    """The base of every page of the back office.

    `store_lookup` names the path to a store's id ('store_id'); with it a shop manager sees the rows of the
    own stores only, in lists, forms, choices and autocompletion. Saving and deleting write an Audit row in
    the transaction of the act, with names of fields and never their values.
    """

    store_lookup: str | None = None
    empty_value_display = "—"
    add_says: Any = ""  # what the button above the list does, when "Add ..." does not say it
    empty_next: Any = (
        None  # (what the button in an empty list says, the route it opens), where nothing is added by hand
    )
    empty_says: Any = ""  # what the list is for and what to do next, shown while it is empty
    list_filter_submit = True
    list_sections = ()  # unfold's templates ask for it in every row, and a name that is missing is dear to look for
    show_full_result_count = False
    warn_unsaved_form = True
    compressed_fields = True

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        stores = principal_of(request).store_ids
        if self.store_lookup and stores is not None:
            rows = rows.filter(**{f"{self.store_lookup}__in": stores})
        return rows

    @override
    def get_ordering(self, request: HttpRequest) -> Sequence[Any]:
        """The newest first where a page says nothing else: pages of an unordered list overlap."""
        order: Sequence[Any] = super().get_ordering(request) or self.opts.ordering
        return order or ["-pk"]

    @override
    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        """A choice offers what its own page would list: a shop manager cannot pick, or read, a foreign store."""
        page = self.admin_site._registry.get(db_field.remote_field.model)
        if isinstance(page, PolicyModelAdmin) and page.store_lookup and principal_of(request).store_ids is not None:
            return page.get_queryset(request)
        found: QuerySet[Any] | None = super().get_field_queryset(db, db_field, request)
        return found

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A time zone is chosen, not typed: a misspelt one would break every date that hangs on it."""
        if db_field.name == "time_zone":
            zones = [(zone, zone) for zone in sorted(available_timezones())]
            return forms.ChoiceField(
                label=capfirst(db_field.verbose_name),
                choices=zones,
                widget=UnfoldAdminSelectWidget,
                initial=db_field.default,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @override
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the bulk deletion: it has no page on which to say its consequences."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def audit(self, request: HttpRequest, action: str, obj: Any, details: dict[str, Any] | None = None) -> None:
        """Note an act on `obj`; call it in the transaction of the act."""
        record_audit(
            actor=principal_of(request),
            action=action,
            target=self.resource,
            target_id=obj.pk,
            now=timezone.now(),
            details=details,
        )

    @override
    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Iterable[Any] | None, add: bool = False
    ) -> dict[str, Any]:
        """Which fields changed, by name: {"fields": [...], "rows": {"tier": {"added": 1, "changed": 2, "deleted": 0}}}."""
        rows: dict[str, Any] = {}
        for formset in formsets or ():
            counts = {
                "added": len(formset.new_objects),
                "changed": len(formset.changed_objects),
                "deleted": len(formset.deleted_objects),
            }
            if any(counts.values()):
                rows[formset.model._meta.model_name] = counts
        return {"fields": [] if add else list(form.changed_data), **({"rows": rows} if rows else {})}

    @override
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self.audit(request, "add", obj, message if isinstance(message, dict) else None)

    @override
    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self.audit(request, "change", obj, message if isinstance(message, dict) else None)

    @override
    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> None:
        for obj in queryset:
            self.audit(request, "delete", obj)

    @override
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The audited acts on one row; Django's own log is not kept beside them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, object_id)
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        acts = Audit.objects.filter(object_type=self.resource, object_id=str(obj.pk)).order_by("-id")[:HISTORY_SHOWN]
        context = {
            **self.admin_site.each_context(request),
            "title": _("What was done to %(what)s") % {"what": obj},
            "opts": self.opts,
            "object": obj,
            "acts": [
                {
                    "at": act.at,
                    "who": act.actor_label,
                    "what": act_in_words(act.action),
                    "why": act.reason,
                    "fields": fields_in_words(self.model, act.details.get("fields", [])),
                }
                for act in acts
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "ground/history.html", context)


class BigTableMixin:
    """For tables that grow for ever: no full count, no wide pages, no far ones."""

    paginator = EstimatingPaginator
    list_per_page = 50

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BigChangeList


class ReadOnlyMixin(PolicyMixin):
    """Operational rows: looked at, never edited by hand. Only services write them."""

    @override
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyModelAdmin(ReadOnlyMixin, BigTableMixin, PolicyModelAdmin):
    """A page of operational rows."""


class PolicyTabularInline(PolicyMixin, TabularInline):
    """Rows inside another row's form; the policy is asked about the rows' own resource."""

    extra = 0


class ReadOnlyTabularInline(ReadOnlyMixin, TabularInline):
    """Operational rows inside another row's page."""

    extra = 0
    show_change_link = False


def fields_of(model: type[models.Model], *, without: Sequence[str] = ()) -> list[str]:
    """Names of a model's own columns, for read-only pages that show all of them."""
    return [field.name for field in model._meta.fields if field.name not in without]
