"""Templates: written in each language, looked at as a real member would get them, and sent to oneself."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.decorators import display

from campaigns.admin.template_forms import (
    PreviewForm,
    TemplateForm,
    TestMailForm,
    shown_languages,
    word_fields,
    word_fieldsets,
)
from campaigns.admin.template_words import FIELDS, SNIPPETS, language_name, reason_in_words
from campaigns.errors import MailNotRendered
from campaigns.models import Template, TemplateText
from campaigns.queries.readers import find_readers, likely_reader
from campaigns.rules.templates import fields_known
from campaigns.services.previews import preview_template, send_test_mail
from campaigns.services.starters import STARTERS, start_template
from feedback.models import Survey, SurveyState
from loyalty_site.ground import policy
from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import Language
from loyalty_site.ground.policy import Action
from members.models import Member
from programs.queries.company import default_region

TEST_FAILURES = {
    "no_server": _("No mail server is set up, so nothing can be sent. The administrator sets SMTP_URL."),
    "no_sender": _("The company has no sender address yet. Set it under Settings, Company."),
}


def _guard(request: HttpRequest, name: str) -> None:
    if not policy.may_open(principal_of(request), f"admin:campaigns_template_{name}"):
        raise PermissionDenied


@admin.register(Template)
class TemplateAdmin(PolicyModelAdmin):
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
        return HttpResponseRedirect(reverse("admin:campaigns_template_preview", args=[obj.pk]))

    @override
    def get_urls(self) -> list[URLPattern]:
        own = [
            ("start/", "start", require_POST(self.start_view)),
            ("<int:object_id>/preview/", "preview", require_GET(self.preview_view)),
            ("<int:object_id>/test/", "send_test", require_POST(self.send_test_view)),
        ]
        mine = [
            path(route, self.admin_site.admin_view(view), name=f"campaigns_template_{name}")
            for route, name, view in own
        ]
        return [*mine, *super().get_urls()]

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """A new template from a beginning; on to its form."""
        _guard(request, "start")
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
        return HttpResponseRedirect(reverse("admin:campaigns_template_change", args=[template.pk]))

    def preview_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The mail as one member gets it, on a phone and on a desk."""
        _guard(request, "preview")
        template = get_object_or_404(Template, pk=object_id)
        initial = {"address": request.user.email}  # type: ignore[union-attr]  # staff, as admin_view has seen
        return self._preview(request, template, TestMailForm(initial=initial), request.GET)

    def send_test_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Send what the preview shows to an address, and back to the preview."""
        _guard(request, "send_test")
        template = get_object_or_404(Template, pk=object_id)
        form = TestMailForm(request.POST)
        if not form.is_valid():
            return self._preview(request, template, form, request.POST)
        choice = self._choice(template, request.POST)
        if choice["member"] is not None:
            self._send(request, template, choice, form.cleaned_data["address"])
        back = reverse("admin:campaigns_template_preview", args=[template.pk])
        return HttpResponseRedirect(f"{back}?{_query(choice)}")

    def _send(self, request: HttpRequest, template: Template, choice: dict[str, Any], address: str) -> None:
        try:
            failure = send_test_mail(
                template=template, **choice, address=address, actor=principal_of(request), now=timezone.now()
            )
        except (DomainError, ValueError) as refusal:
            messages.error(request, _in_words(refusal))
            return
        if failure:
            words = TEST_FAILURES.get(failure.rpartition(" ")[2])
            answer = gettext("The test was not taken by the mail server (%(answer)s).") % {"answer": failure}
            messages.error(request, str(words) if words else answer)
        else:
            messages.success(request, gettext("The test is on its way to %(address)s.") % {"address": address})

    def _choice(self, template: Template, asked: QueryDict) -> dict[str, Any]:
        """{member, language, survey} that were asked for; odd values mean the default."""
        member_id = asked.get("member", "")
        chosen = (
            Member.objects.filter(pk=int(member_id)).first() if member_id.isascii() and member_id.isdigit() else None
        )
        language = asked.get("language", "")
        survey_id = asked.get("survey", "")
        surveys = Survey.objects.exclude(state=SurveyState.CLOSED)
        if survey_id.isascii() and survey_id.isdigit():
            survey = surveys.filter(pk=int(survey_id)).first()
        elif "survey" not in asked and any(
            "survey_url" in text.body + text.button_url for text in template.texts.all()
        ):
            survey = surveys.order_by("-state", "-pk").first()  # its words lead to one
        else:
            survey = None
        return {
            "member": chosen or likely_reader(),
            "language": language if language in Language.values else "",
            "survey": survey,
        }

    def _preview(self, request: HttpRequest, template: Template, form: TestMailForm, asked: QueryDict) -> HttpResponse:
        choice = self._choice(template, asked)
        preview, problem = None, ""
        if choice["member"] is None:
            problem = gettext("There is no member to look at it as. Enrol somebody or import your customers first.")
        else:
            try:
                preview = preview_template(template=template, **choice, now=timezone.now())
            except DomainError as refusal:
                problem = _in_words(refusal)
        search = asked.get("q", "")
        languages = preview.languages if preview else ()
        context = {
            **self.admin_site.each_context(request),
            "title": template.name,
            "opts": self.opts,
            "template": template,
            "choice": choice,
            "mail": preview.mail if preview else None,
            "preheader": preview.preheader if preview else "",
            "problem": problem,
            "search": search,
            "found": [
                {"member": one, "query": _query({**choice, "member": one})}
                for one in (find_readers(search, region=default_region()) if search.strip() else [])
            ],
            "languages": [
                {
                    "name": language_name(code),
                    "code": code,
                    "query": _query({**choice, "language": code}),
                    "is_current": preview is not None and preview.mail.language == code,
                }
                for code in languages
            ],
            "survey_form": PreviewForm(initial={"survey": choice["survey"]}),
            "form": form,
        }
        return TemplateResponse(request, "campaigns/template_preview.html", context)


def _query(choice: dict[str, Any]) -> str:
    """The choice as it stands in the preview's address."""
    query = QueryDict(mutable=True)
    query["member"] = str(choice["member"].pk) if choice["member"] else ""
    query["language"] = choice["language"]
    query["survey"] = str(choice["survey"].pk) if choice["survey"] else ""
    return query.urlencode()


def _in_words(refusal: Exception) -> str:
    """A refusal as a sentence; reasons of a single mail are codes until here."""
    if isinstance(refusal, MailNotRendered):
        return MailNotRendered(reason=reason_in_words(refusal.context["reason"])).message(gettext)
    if isinstance(refusal, DomainError):
        return refusal.message(gettext)
    return gettext("This address cannot be written to.")
