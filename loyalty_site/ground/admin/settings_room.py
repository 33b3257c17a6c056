"""The Settings room: the company, its staff, what people agree to, and the machine's own work."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import PeriodicTaskAdmin as LibraryTaskAdmin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from loyalty_site.ground.admin.base import PolicyModelAdmin, ReadOnlyModelAdmin, left_to_right
from loyalty_site.ground.admin.words import (
    ActFilter,
    JobFilter,
    PurposeFilter,
    ResourceFilter,
    act_in_words,
    job_in_words,
    purpose_in_words,
    resource_in_words,
    tick_in_words,
)
from loyalty_site.ground.models import Audit, Company, ConsentWording, Job, JobState, Language, User

# Importing their admins first makes sure that there is something to take away, whatever the order of the apps.
_REPLACED = (GroupAdmin, LibraryTaskAdmin)
# Roles take the place of groups; nothing here runs by the sun or once at a given second.
admin.site.unregister([Group, ClockedSchedule, SolarSchedule, PeriodicTask, IntervalSchedule, CrontabSchedule])


@admin.register(User)
class StaffAdmin(PolicyModelAdmin, UserAdmin):  # type: ignore[misc]  # unfold has no types, Django's stubs are strict
    """People who work here. The role decides everything; Django's groups and permissions are not used."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "shown_role", "language", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email", "language"]}),
        (_("Access"), {"fields": ["role", "is_active", "is_staff"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": [
                    "username", "first_name", "last_name", "email", "role", "language", "is_staff",
                    "usable_password", "password1", "password2",
                ],
            },
        )
    ]  # fmt: skip

    @display(description=_("role"), ordering="role")
    def shown_role(self, obj: User) -> str:
        return obj.get_role_display()

    @override
    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"is_staff": True, **super().get_changeform_initial_data(request)}

    @override
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():  # the new password and its audit row, or neither
            answer: HttpResponse = super().user_change_password(request, id, form_url)
        return answer


class CompanyForm(forms.ModelForm):
    """The languages as boxes to tick."""

    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=Language.choices, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = Company
        fields = [
            "name",
            "note",
            "country",
            "time_zone",
            "currency",
            "currency_exponent",
            "languages",
            "sender_email",
            "reply_to",
            "postal_address",
        ]


@admin.register(Company)
class CompanyAdmin(PolicyModelAdmin):
    """One row, so its list leads straight to it."""

    form = CompanyForm
    fieldsets = [
        (None, {"fields": ["name", "note"]}),
        (_("Where it is"), {"fields": ["country", "time_zone", "currency", "currency_exponent"]}),
        (_("Languages"), {"fields": ["languages"]}),
        (_("Mail"), {"fields": ["sender_email", "reply_to", "postal_address"]}),
    ]

    show_add_link = False

    @override
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(self._only_page())

    @override
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.has_add_permission(request) and Company.objects.exists():
            return HttpResponseRedirect(self._only_page())
        answer: HttpResponse = super().add_view(request, form_url, extra_context)
        return answer

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # Django's signature
        obj.pk = 1
        super().save_model(request, obj, form, change)

    def _only_page(self) -> str:
        company = Company.objects.first()
        if company is None:
            return reverse("admin:ground_company_add")
        return reverse("admin:ground_company_change", args=[company.pk])


@admin.register(ConsentWording)
class ConsentWordingAdmin(PolicyModelAdmin):
    """What people agreed to. A changed text is a new version."""

    empty_says = _("The words that people agree to. Write the first wording before you ask anybody.")
    list_display = ["shown_purpose", "language", "version", "created_at"]
    list_filter = [("purpose", PurposeFilter), "language"]
    ordering = ["purpose", "language", "-version"]

    @display(description=_("purpose"), ordering="purpose")
    def shown_purpose(self, obj: ConsentWording) -> str:
        return purpose_in_words(obj.purpose)

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A purpose is chosen: nothing would ever ask for a misspelt one."""
        if db_field.name == "purpose":
            return forms.ChoiceField(
                label=capfirst(db_field.verbose_name),
                choices=list(settings.PURPOSE_NAMES.items()),
                widget=UnfoldAdminSelectWidget,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Job)
class JobAdmin(ReadOnlyModelAdmin):
    """Background work: how far it has got, and what went wrong."""

    empty_says = _("Work in the background appears here while it waits, runs and when it has failed.")
    list_display = ["shown_kind", "shown_state", "progress", "run_at", "attempts", "last_error"]
    list_filter = ["state", ("kind", JobFilter)]
    ordering = ["-id"]

    @display(description=_("kind"), ordering="kind")
    def shown_kind(self, obj: Job) -> str:
        return job_in_words(obj.kind)

    @display(
        description=_("state"),
        label={
            JobState.WAITING: "",
            JobState.QUEUED: "",
            JobState.DONE: "success",
            JobState.FAILED: "danger",
            JobState.RUNNING: "info",
            JobState.PAUSED: "warning",
        },
    )
    def shown_state(self, obj: Job) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("progress"))
    def progress(self, obj: Job) -> str:
        if obj.total_count:
            return _("%(done)s of %(total)s") % {"done": f"{obj.done_count:,}", "total": f"{obj.total_count:,}"}
        return f"{obj.done_count:,}"


@admin.register(Audit)
class AuditAdmin(ReadOnlyModelAdmin):
    """Who did what, when and why."""

    empty_says = _("Who did what, when and why. Nothing has been done yet.")
    list_display = ["at", "actor_label", "act", "target", "object_id", "reason"]
    list_filter = [("action", ActFilter), ("object_type", ResourceFilter)]
    search_fields = ["actor_label", "object_id"]
    ordering = ["-id"]
    fields = ["at", "actor_label", "act", "target", "object_id", "reason", "details"]
    readonly_fields = fields

    @display(description=_("act"), ordering="action")
    def act(self, obj: Audit) -> str:
        return act_in_words(obj.action)

    @display(description=_("kind of object"), ordering="object_type")
    def target(self, obj: Audit) -> str:
        return resource_in_words(obj.object_type)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(PolicyModelAdmin):
    """The ticks. An operator may move the nightly ones or switch one off; what they run is the program's affair."""

    list_display = ["tick", "enabled", "interval", "crontab", "last_run_at", "total_run_count"]
    fields = ["tick", "runs", "enabled", "interval", "crontab", "last_run_at", "total_run_count", "description"]
    readonly_fields = ["tick", "runs", "last_run_at", "total_run_count", "description"]

    @display(description=_("schedule"), ordering="name")
    def tick(self, obj: PeriodicTask) -> str:
        return tick_in_words(obj.name)

    @display(description=_("runs the program"))
    def runs(self, obj: PeriodicTask) -> SafeString:
        return left_to_right(obj.task)


@admin.register(IntervalSchedule)
class IntervalAdmin(PolicyModelAdmin):
    """Every so often."""

    list_display = ["__str__", "every", "period"]


@admin.register(CrontabSchedule)
class CrontabAdmin(PolicyModelAdmin):
    """At a time of day."""

    list_display = ["__str__", "timezone"]
    fields = ["minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone"]
