"""Templates: written in each language, looked at as a real member would get them, and sent to oneself."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.decorators import display

from campaigns.admin.template_forms import (
    TemplateForm,
    shown_languages,
    word_fields,
    word_fieldsets,
)
from campaigns.admin.template_preview import PreviewPages
from campaigns.admin.template_words import FIELDS, SNIPPETS, language_name
from campaigns.models import Template, TemplateText
from campaigns.rules.templates import fields_known
from campaigns.services.starters import STARTERS, start_template
from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.policy import Action


@admin.register(Template)
class TemplateAdmin(PreviewPages, PolicyModelAdmin):
    """The list with its beginnings, the form with a tab a language, the preview with its test."""

    empty_says = _(
        "A template is what a campaign says, in each language your members speak. "
        "Begin with one of the three above and change its words, or with an empty one."
    )
    form = TemplateForm
    list_display = ["name", "written_in", "note", "updated_at", "preview_link"]
    search_fields = ["name", "note"]
    ordering = ["name"]
    list_before_template = "campaigns/template_starters.html"
    change_form_before_template = "campaigns/template_fields.html"
    change_form_outer_before_template = "campaigns/template_head.html"

    class Media:
        css = {"all": ["campaigns/templates.css"]}
        js = ["campaigns/templates.js"]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        texts = TemplateText.objects.only("template_id", "language")
        return super().get_queryset(request).prefetch_related(Prefetch("texts", texts, to_attr="languages"))

    @display(description=_("languages"))
    def written_in(self, obj: Any) -> str:
        written = {text.language for text in obj.languages}
        return ", ".join(language_name(language) for language in shown_languages() if language in written) or "—"

    @display(description=_("preview"))
    def preview_link(self, obj: Template) -> SafeString:
        url = reverse("admin:campaigns_template_preview", args=[obj.pk])
        return format_html('<a class="regulars-link" href="{}">{}</a>', url, gettext("Look at it"))

    @override
    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [name for name in self.list_display if name != "preview_link" or self.may(request, Action.ACT)]

    @override
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        beginnings = [
            {"key": one.key, "name": gettext(one.name), "note": gettext(one.note)} for one in STARTERS.values()
        ]
        mine = {"starters": beginnings if self.has_add_permission(request) else []}
        return super().changelist_view(request, {**mine, **(extra_context or {})})

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With a field for each word of each language."""
        kwargs["form"] = type("TemplateWordsForm", (TemplateForm,), word_fields(shown_languages()))
        kwargs["fields"] = TemplateForm.Meta.fields
        return super().get_form(request, obj, change, **kwargs)

    @override
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        named = (None, {"fields": ["name", "note"]})
        if obj and not self.has_change_permission(request, obj):
            return [named]  # who may not write sees the words in the template below
        return [named, *word_fieldsets(shown_languages())]

    @override
    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        template = context.get("original")
        may_write = self.has_change_permission(request, template) if template else True
        known = fields_known()
        context |= {
            "field_help": [
                {
                    "insert": f"{{{{ {name} }}}}",
                    "label": label,
                    "says": says,
                    "name": name,
                    "kind": known[name].kind.value,
                }
                for name, (label, says) in FIELDS.items()
            ]
            if may_write
            else [],
            "snippets": [{"insert": insert, "says": says} for insert, says in SNIPPETS],
            "may_preview": bool(template) and self.may(request, Action.ACT),
            "words": [] if may_write or template is None else list(TemplateText.objects.filter(template=template)),
        }
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.save_texts(form.instance)

    @override
    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return self._to_preview(request, obj) or super().response_add(request, obj, post_url_continue)

    @override
    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._to_preview(request, obj) or super().response_change(request, obj)

    def _to_preview(self, request: HttpRequest, obj: Template) -> HttpResponse | None:
        if "_preview" not in request.POST or not self.may(request, Action.ACT):
            return None
        return HttpResponseRedirect(self.page_url("preview", obj))

    @override
    def get_urls(self) -> list[URLPattern]:
        start = self.admin_site.admin_view(self.guarded("start", require_POST(self.start_view)))
        own = {"preview": require_GET(self.preview_view), "send_test": require_POST(self.send_test_view)}
        return [
            path("start/", start, name="campaigns_template_start"),
            *self.object_routes(own, at={"send_test": "test/"}),
            *super().get_urls(),
        ]

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """A new template from a beginning; on to its form."""
        starter = STARTERS.get(request.POST.get("starter", ""))
        if starter is None:
            raise Http404
        template = start_template(
            starter=starter,
            name=gettext(starter.name),
            note=gettext(starter.note),
            languages=shown_languages(),
            actor=principal_of(request),
            now=timezone.now(),
        )
        return HttpResponseRedirect(self.page_url("change", template))
