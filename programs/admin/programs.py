"""Programmes: the draft's form, its tiers and rules, publishing with its consequences said, published versions."""

from __future__ import annotations

import json
from typing import Any, override
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextareaWidget

from loyalty_site.ground.admin import (
    PolicyMixin,
    PolicyModelAdmin,
    PolicyTabularInline,
    ReadOnlyModelAdmin,
    principal_of,
)
from programs.admin.poster import poster_page
from programs.admin.publish_words import in_words
from programs.errors import DraftInvalid
from programs.models import Program, ProgramState, ProgramVersion, Reward, Rule, Tier
from programs.queries.publishing import draft_difference, publishing_reach
from programs.rules.conditions import ConditionError, Not, parse_condition
from programs.rules.documents import DocumentError, parse_reward, parse_rule
from programs.rules.field_conditions import FieldSays, check_field
from programs.rules.welcome import read_welcome
from programs.services.programs import compile_draft, draft_document, field_kinds, publish_program

CONDITIONS_HELP = _(
    'All must hold. A list such as [{"type": "category", "codes": ["produce"]}]. '
    "Types: category (codes), product (skus), weekday (days, 1 is Monday), tier (keys). "
    "Of the whole receipt: amount (minimum), quantity (minimum), dates (from, to), hours (from, until), season (from, to, such as 08-31), nth_purchase (numbers, or every), first_purchase, accumulated (of: spend or visits, minimum, with_this), store (codes), "
    'coupon (series), field (field, the code of a custom field; known, one_of, at_least or at_most). With "not": true a condition holds where it otherwise would not. Empty: every line.'
)
EFFECT_HELP = _(
    'What matching lines get: {"type": "multiply", "factor": "2"} doubles their points. '
    "Points: multiply (factor), points_per_money (points, per), points (points, per: receipt or piece), exclude, "
    "points_cap (points). Money off: percent_off (percent, most), amount_off (amount, per: receipt or piece), "
    "piece_off (first, next, pieces), steps_off (by: amount or quantity, steps), cheapest_off (every, pieces, percent), "
    "fixed_price (quantity, price), buy_get (buy, get, percent, most), scale_off (of: spend or visits, steps), "
    "discount_cap (money). "
    'With "last": true later rules are not asked; of rules with the same "group" the best one counts; those with '
    '"priority": 1 come first; an "exclusive" discount counts alone; "limits" say how much a receipt can get.'
)
REWARD_HELP = _('What it takes off the bill: {"type": "percent_off", "percent": "20"}, or any other effect on money.')


class TierInline(PolicyTabularInline):
    """The ladder."""

    model = Tier
    fields = ["name", "key", "threshold", "multiplier"]


class RuleForm(forms.ModelForm):
    """Refuses what the engine would not understand, with the engine's own words."""

    class Meta:
        model = Rule
        fields = ["name", "key", "is_active", "conditions", "effect"]
        widgets = {
            "conditions": UnfoldAdminTextareaWidget(attrs={"rows": 3, "dir": "ltr"}),
            "effect": UnfoldAdminTextareaWidget(attrs={"rows": 2, "dir": "ltr"}),
        }
        help_texts = {"conditions": CONDITIONS_HELP, "effect": EFFECT_HELP}

    def clean_conditions(self) -> list[Any]:
        conditions = self.cleaned_data.get("conditions") or []
        if not isinstance(conditions, list):
            raise forms.ValidationError(gettext("Write a list: [ ... ]"))
        try:
            for condition in conditions:
                parsed = parse_condition(condition)
                inner = parsed.condition if isinstance(parsed, Not) else parsed
                if isinstance(inner, FieldSays):
                    check_field(inner, field_kinds())
        except ConditionError as error:
            raise forms.ValidationError(error.said.message(gettext)) from error
        return conditions

    def clean_effect(self) -> Any:
        effect = self.cleaned_data.get("effect")
        try:
            parse_rule(
                {"key": self.data.get(self.add_prefix("key"), ""), "name": "", "conditions": [], "effect": effect}
            )
        except DocumentError as error:
            raise forms.ValidationError(error.said.message(gettext)) from error
        return effect


class RuleInline(PolicyMixin, StackedInline):
    """Rules of the draft."""

    model = Rule
    form = RuleForm
    extra = 0
    fields = [("name", "key", "is_active"), "conditions", "effect"]


class RewardForm(forms.ModelForm):
    """The same for what a reward takes off."""

    class Meta:
        model = Reward
        fields = ["name", "key", "is_active", "cost", "effect"]
        widgets = {"effect": UnfoldAdminTextareaWidget(attrs={"rows": 2, "dir": "ltr"})}
        help_texts = {"effect": REWARD_HELP}

    def clean_effect(self) -> Any:
        effect = self.cleaned_data.get("effect")
        try:
            parse_reward({"key": self.data.get(self.add_prefix("key"), ""), "name": "", "cost": "1", "effect": effect})
        except DocumentError as error:
            raise forms.ValidationError(error.said.message(gettext)) from error
        return effect


class RewardInline(PolicyMixin, StackedInline):
    """What points buy at the counter."""

    model = Reward
    form = RewardForm
    extra = 0
    fields = [("name", "key", "is_active"), "cost", "effect"]


class PublishForm(forms.Form):
    """From when the draft counts."""

    effective_from = forms.SplitDateTimeField(label=_("Valid from"), widget=UnfoldAdminSplitDateTimeWidget)


@admin.register(Program)
class ProgramAdmin(PolicyModelAdmin):
    """The draft. Nothing changes at the tills until it is published."""

    empty_says = _("A programme says what customers earn and what points pay. Draft one, then publish it.")
    list_display = ["name", "shown_state", "currency", "newest_version"]
    search_fields = ["name", "code"]
    prepopulated_fields = {"code": ["name"]}
    inlines = [TierInline, RuleInline, RewardInline]
    actions_detail = ["try_on_past", "publish"]
    actions_list = ["join_poster"]
    # What balances are counted in: after the first publication a change would re-read every balance.
    frozen_fields = ["currency", "currency_exponent", "point_decimals"]
    fieldsets = [
        (None, {"fields": [("name", "code"), "state"]}),
        (_("Money and points"), {"fields": [("currency", "currency_exponent"), ("point_decimals", "time_zone")]}),
        (
            _("Earning"),
            {"fields": [("earn_points", "earn_per"), ("rounding", "earn_on_points"), "earn_before_discounts"]},
        ),
        (_("Discounts"), {"fields": [("discount_stacking", "discount_leftover")]}),
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
        (
            _("Returns"),
            {
                "fields": [
                    ("negative_policy", "negative_floor"),
                    ("return_days", "restore_grace_days"),
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
        """A draft may be saved unfinished; what still stands between it and publishing is said at once."""
        super().save_related(request, form, formsets, change)
        try:
            document = draft_document(form.instance)
            compile_draft(document)
            read_welcome(document)
        except (DocumentError, ConditionError) as error:
            messages.warning(
                request,
                gettext("The draft is saved. It cannot be published yet: %(problem)s.")
                % {"problem": error.said.message(gettext)},
            )

    @action(description=_("Poster for joining"), permissions=["view"], url_path="join-poster", icon="qr_code_2")
    def join_poster(self, request: HttpRequest) -> HttpResponse:
        """What people are offered, with the way in."""
        return poster_page(request)

    @action(description=_("Try it on the past"), permissions=["change"], url_path="try-on-past", icon="history")
    def try_on_past(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Where the draft is played over past receipts."""
        return HttpResponseRedirect(f"{reverse('admin:programs_replayrun_add')}?{urlencode({'program': object_id})}")

    @action(description=_("Publish…"), permissions=["act"], url_path="publish", icon="publish")
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """First the consequences, then the button."""
        program = self.get_object(request, object_id)
        if program is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        now = timezone.now()
        form = PublishForm(request.POST or None, initial={"effective_from": now})
        if request.method == "POST" and form.is_valid():
            try:
                version = publish_program(
                    program=program,
                    actor=principal_of(request),
                    # The form knows minutes; a moment that has just passed means now.
                    effective_from=max(form.cleaned_data["effective_from"], now),
                    now=now,
                )
            except DraftInvalid as refusal:
                form.add_error(None, refusal.message(gettext))
            else:
                messages.success(request, gettext("Version %(number)s is published.") % {"number": version.number})
                return HttpResponseRedirect(reverse("admin:programs_program_change", args=[program.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Publish %(name)s") % {"name": program.name},
            "opts": self.opts,
            "program": program,
            "form": form,
            "media": self.media + form.media,
            "reach": publishing_reach(program),
            "differences": in_words(draft_difference(program, draft_document(program))),
        }
        return TemplateResponse(request, "programs/publish.html", context)


@admin.register(ProgramVersion)
class ProgramVersionAdmin(ReadOnlyModelAdmin):
    """What was published. Sales cite it for ever, so nobody edits it."""

    empty_says = _("Nothing is published yet. Open a programme and press Publish.")
    list_display = ["__str__", "effective_from", "published_at", "published_by"]
    list_select_related = ["program", "published_by"]
    list_filter = ["program"]
    ordering = ["-id"]
    fields = ["program", "number", "effective_from", "published_at", "published_by", "readable_document"]
    readonly_fields = ["readable_document"]

    @display(description=_("document"))
    def readable_document(self, obj: ProgramVersion) -> SafeString:
        text = json.dumps(obj.document, indent=2, ensure_ascii=False)
        return format_html('<pre class="regulars-code" dir="ltr">{}</pre>', text)
