"""The preview of a template: the mail as one member would get it, and the test that is sent to oneself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.admin.template_forms import PreviewForm, TestMailForm
from campaigns.admin.template_words import language_name, reason_in_words
from campaigns.errors import MailNotRendered
from campaigns.models import Template
from campaigns.queries.readers import find_readers, likely_reader
from campaigns.services.previews import preview_template, send_test_mail
from feedback.models import Survey, SurveyState
from loyalty_site.ground import policy
from loyalty_site.ground.admin import ObjectPages, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.models import Company, Language
from members.models import Member, MemberStatus
from programs.queries.company import default_region

TEST_FAILURES = {
    "no_server": _("No mail server is set up, so nothing can be sent. The administrator sets SMTP_URL."),
    "no_sender": _("The company has no sender address yet. Set it under Settings, Company."),
}


class PreviewPages(ObjectPages):
    """The two pages, mixed into the template's admin class."""

    def preview_view(self, request: HttpRequest, template: Template) -> HttpResponse:
        """The mail as one member gets it, on a phone and on a desk."""
        initial = {"address": request.user.email}  # type: ignore[union-attr]  # staff, as admin_view has seen
        return self._preview(request, template, TestMailForm(initial=initial), request.GET)

    def send_test_view(self, request: HttpRequest, template: Template) -> HttpResponse:
        """Send what the preview shows to an address, and back to the preview."""
        form = TestMailForm(request.POST)
        if not form.is_valid():
            return self._preview(request, template, form, request.POST)
        choice = self._choice(request.POST)
        if choice["member"] is not None:
            self._send(request, template, choice, form.cleaned_data["address"])
        return HttpResponseRedirect(f"{self.page_url('preview', template)}?{_query(choice)}")

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

    @staticmethod
    def _choice(asked: QueryDict) -> dict[str, Any]:
        """{member, language, survey} that were asked for; odd values mean the default."""
        language = asked.get("language", "")
        surveys = Survey.objects.exclude(state=SurveyState.CLOSED)
        return {
            "member": _row(Member.objects.exclude(status=MemberStatus.ERASED), asked.get("member", ""))
            or likely_reader(),
            "language": language if language in Language.values else "",
            "survey": _row(surveys, asked.get("survey", "")),
        }

    def _preview(self, request: HttpRequest, template: Template, form: TestMailForm, asked: QueryDict) -> HttpResponse:
        choice = self._choice(asked)
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
            "company": Company.objects.first(),
            "may_open_company": policy.may_open(principal_of(request), "admin:ground_company_changelist"),
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


def _row(rows: QuerySet[Any], number: str) -> Any:
    """The row of that number; None for anything else."""
    return rows.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 19 else None


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
