"""Programmes: the draft's form, its tiers and rules, publishing with its consequences said, published versions."""

from __future__ import annotations

import json
from typing import Any, override
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from loyalty_site.ground.admin import (
    PolicyModelAdmin,
    PolicyTabularInline,
    ReadOnlyModelAdmin,
)
from programs.admin.designer import DesignerPages
from programs.admin.ladder import LADDER
from programs.admin.poster import poster_page
from programs.admin.program_pages import ProgramPages
from programs.admin.version_pages import ComparePage
from programs.models import Program, ProgramState, ProgramVersion, Tier
from programs.queries.naming import sentence, spoken
from programs.services.reviewing import review_draft


class TierInline(PolicyTabularInline):
    """The ladder."""

    model = Tier
    fields = ["name", "key", "threshold", "multiplier"]


@admin.register(Program)
class ProgramAdmin(DesignerPages, ProgramPages, PolicyModelAdmin):
    """The draft. Nothing changes at the tills until it is published."""

    empty_says = _("A programme says what customers earn and what points pay. Draft one, then publish it.")
    list_display = ["name", "shown_state", "currency", "newest_version"]
    search_fields = ["name", "code"]
    prepopulated_fields = {"code": ["name"]}
    inlines = [TierInline]
    change_form_outer_before_template = "programs/designer/summary.html"
    actions_detail = ["design", "try_on_past", "publish", "readiness", "draft_terms"]
    actions_list = ["join_poster"]
    # What balances are counted in: after the first publication a change would re-read every balance.
    frozen_fields = ["currency", "currency_exponent", "point_decimals"]
    fieldsets = [
        (None, {"fields": [("name", "code"), "state", ("goal", "key_factor")]}),
        (
            _("Money and points"),
            {"fields": [("currency", "currency_exponent"), ("point_decimals", "time_zone"), "margin_percent"]},
        ),
        (
            _("Earning"),
            {
                "fields": [
                    ("earn_points", "earn_per"),
                    ("rounding", "earn_rounds"),
                    ("earn_on_points", "earn_before_discounts"),
                ]
            },
        ),
        (
            _("Discounts"),
            {"fields": [("discount_stacking", "discount_order"), ("discount_leftover", "tax_rounding")]},
        ),
        (
            _("Paying with points"),
            {
                "fields": [
                    ("point_value", "redeem_max_percent"),
                    ("redeem_minimum", "redeem_step"),
                    ("redeem_max_points", "redeem_own_points"),
                ]
            },
        ),
        (
            _("Time"),
            {
                "fields": [
                    ("activation_days", "expiry_kind"),
                    ("expiry_months", "expiry_days", "expiry_years"),
                    ("idle_months", "warning_days"),
                ],
                "description": _(
                    "Points can be spent through the whole of their last day, by the programme's own clock. "
                    "Points that are earned already keep their day; a pause counts for all of them."
                ),
            },
        ),
        LADDER,
        (
            _("Returns"),
            {
                "fields": [
                    ("negative_policy", "negative_floor"),
                    ("return_days", "restore_grace_days"),
                    "return_gives_back",
                    "no_receipt_limit",
                ]
            },
        ),
        (
            _("New members"),
            {
                "fields": [("welcome_points", "welcome_days")],
                "description": _(
                    "Given the minute somebody joins at a till. It cannot pay a whole bill: while there is a gift, "
                    "points may pay less than 100 % of it."
                ),
            },
        ),
    ]
    readonly_fields = ["state"]

    @display(
        description=_("state"),
        label={
            ProgramState.ACTIVE: "success",
            ProgramState.DRAFT: "info",
            ProgramState.CLOSED: "danger",
        },
    )
    def shown_state(self, obj: Program) -> tuple[str, str]:
        return obj.state, obj.get_state_display()

    @display(description=_("newest version"), empty_value="—")
    def newest_version(self, obj: Program) -> int | None:
        newest = obj.versions.order_by("-number").first()  # a handful of programmes at most
        return newest.number if newest else None

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, *self.frozen_fields] if obj and obj.versions.exists() else fields

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # Django's signature
        """A draft may be saved unfinished; what still stands between it and publishing is said at once, and what may be
        meant otherwise as well."""
        super().save_related(request, form, formsets, change)
        review = review_draft(form.instance, now=timezone.now())
        for warning in review.warnings:
            messages.warning(request, sentence(warning))
        for problem in review.refusals:
            messages.warning(
                request,
                gettext("The draft is saved. It cannot be published yet: %(problem)s.") % {"problem": spoken(problem)},
            )

    @override
    def response_post_save_add(self, request: HttpRequest, obj: Program) -> HttpResponse:
        """On to the rules: the list of programmes is nobody's next step."""
        return HttpResponseRedirect(reverse("admin:programs_program_rules", args=[obj.pk]))

    @override
    def response_post_save_change(self, request: HttpRequest, obj: Program) -> HttpResponse:
        return self.response_post_save_add(request, obj)

    @action(description=_("Poster for joining"), permissions=["view"], url_path="join-poster", icon="qr_code_2")
    def join_poster(self, request: HttpRequest) -> HttpResponse:
        """What people are offered, with the way in."""
        return poster_page(request)

    @action(description=_("Try it on the past"), permissions=["change"], url_path="try-on-past", icon="history")
    def try_on_past(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Where the draft is played over past receipts."""
        return HttpResponseRedirect(f"{reverse('admin:programs_replayrun_add')}?{urlencode({'program': object_id})}")

    @override
    def get_urls(self) -> list[URLPattern]:
        return [*self.designer_urls(), *super().get_urls()]

    @action(description=_("Rules"), permissions=["view"], url_path="design", icon="rule")
    def design(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The draft's rules as sentences."""
        return HttpResponseRedirect(reverse("admin:programs_program_rules", args=[object_id]))


@admin.register(ProgramVersion)
class ProgramVersionAdmin(ComparePage, ReadOnlyModelAdmin):
    """What was published. Sales cite it for ever, so nobody edits it."""

    empty_says = _("Nothing is published yet. Open a programme and press Publish.")
    list_display = ["__str__", "effective_from", "published_at", "published_by"]
    list_select_related = ["program", "published_by"]
    list_filter = ["program"]
    ordering = ["-id"]
    fields = ["program", "number", "effective_from", "published_at", "published_by", "says", "readable_document"]
    readonly_fields = ["says", "readable_document"]
    actions_detail = ["compare"]

    @display(description=_("document"))
    def readable_document(self, obj: ProgramVersion) -> SafeString:
        text = json.dumps(obj.document, indent=2, ensure_ascii=False)
        return format_html(
            '<details><summary class="regulars-link">{}</summary><pre class="regulars-code" dir="ltr">{}</pre></details>',
            gettext("As it is stored"),
            text,
        )
