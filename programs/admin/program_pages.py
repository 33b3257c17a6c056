"""Pages around a draft: what to start from, the questions before the start, its terms as members would read them, and
publishing with the consequences said."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, override

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from loyalty_site.ground.admin import PlainDecimalField, PolicyModelAdmin, principal_of
from loyalty_site.ground.models import Company
from programs.admin.publish_words import in_words
from programs.admin.terms import draft_terms_page
from programs.errors import DraftInvalid
from programs.models import Goal, KeyFactor, Program
from programs.queries.naming import sentence
from programs.queries.publishing import draft_difference, publishing_reach
from programs.rules.readiness import QUESTIONS
from programs.rules.starters import EMPTY, STARTERS, TRADES, awaits, unit_for
from programs.services.programs import draft_document, draft_mark, publish_program, running_beside, undeclared
from programs.services.reviewing import Review, answer_questions, review_draft
from programs.services.starting import start_program

_BY_KEY = {starter.key: starter for starter in (*STARTERS, EMPTY)}
# What a coffee costs, so that a card is one click; elsewhere whoever begins says it.
_COFFEE = {"USD": 3, "EUR": 3, "GBP": 3, "CHF": 5, "ILS": 12, "PLN": 12, "TRY": 100, "UAH": 80, "RUB": 250, "KZT": 1200}
_YES_NO = [("yes", _("yes")), ("no", _("no"))]


class PublishForm(forms.Form):
    """From when the draft counts, what the goods leave, and, where the draft does not say them, its goal and key factor."""

    effective_from = forms.SplitDateTimeField(label=_("Valid from"), widget=UnfoldAdminSplitDateTimeWidget)
    margin_percent = PlainDecimalField(
        label=_("Left of the price after the goods are paid (%)"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=100,
        max_digits=5,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_(
            "Your margin, as an average. With it we warn of a programme that may give away more of a sale than is left. "
            "Only the staff sees it."
        ),
    )

    def __init__(self, program: Program, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.draft = draft_mark(draft_document(program))  # before anything that was sent is put into it
        self.asks = [name for name in ("goal", "key_factor") if not getattr(program, name)]
        for name in self.asks:
            column: Any = Program._meta.get_field(name)
            self.fields[name] = forms.ChoiceField(
                label=capfirst(column.verbose_name),
                help_text=column.help_text,
                choices=column.choices,
                widget=UnfoldAdminRadioSelectWidget,
            )
        self.order_fields([*self.asks, "effective_from", "margin_percent"])

    def declared(self) -> dict[str, str]:
        """{column: value} of what was asked for; of a form that is valid."""
        return {name: self.cleaned_data[name] for name in self.asks}


class StartForm(forms.Form):
    """What makes a ready programme one's own: its name, and sums that fit the country."""

    name = forms.CharField(
        label=_("What is it to be called?"),
        max_length=120,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Members read it. Empty: as it is called below."),
    )

    coffee = forms.DecimalField(
        label=_("What does a cup of coffee cost where you are, about?"),
        min_value=Decimal("0.01"),
        max_value=1_000_000,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("The sums of the programme are made to fit; all of them can be changed afterwards."),
    )


class ProgramPages(PolicyModelAdmin):
    """Mixed into the page of programmes."""

    @override
    def get_urls(self) -> list[URLPattern]:
        start = self.admin_site.admin_view(self.start_view)
        return [path("start/", start, name="programs_program_start"), *super().get_urls()]

    @override
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """First what to start from; with ?empty the plain form."""
        if request.method == "GET" and "empty" not in request.GET and self.has_add_permission(request):
            currency = Company.objects.values_list("currency", flat=True).first() or ""
            return self._starters(request, StartForm(initial={"coffee": _COFFEE.get(currency)}))
        return super().add_view(request, form_url, extra_context)

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """A draft from one of the ready programmes, or from nothing; on to its rules and the basket to try them on."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        starter, form = _BY_KEY.get(request.POST.get("starter", "")), StartForm(request.POST)
        if starter is None:
            raise Http404
        if not form.is_valid():
            return self._starters(request, form)
        program = start_program(
            starter,
            actor=principal_of(request),
            now=timezone.now(),
            unit=unit_for(form.cleaned_data["coffee"]),
            translate=gettext,
            name=form.cleaned_data["name"],
        )
        messages.success(
            request,
            gettext("“%(name)s” is a draft now. Read and change its rules, try a basket beside them, then publish it.")
            % {"name": program.name},
        )
        for warning in review_draft(program, now=timezone.now()).warnings:
            messages.warning(request, sentence(warning))
        return HttpResponseRedirect(reverse("admin:programs_program_rules", args=[program.pk]))

    def _starters(self, request: HttpRequest, form: StartForm) -> HttpResponse:
        cards = [
            {
                "key": starter.key,
                "name": gettext(starter.name.sentence),
                "suits": sentence(starter.suits),
                "goal": starter.goal and Goal(starter.goal).label,
                "factor": starter.factor and KeyFactor(starter.factor).label,
                "awaits": [sentence(said) for said in awaits(starter)],
            }
            for starter in _BY_KEY.values()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What to start from"),
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
            "starters": cards,
            "trades": [
                {
                    "bought": gettext(trade.bought.sentence),
                    "keeps": gettext(trade.keeps.sentence),
                    "starters": [gettext(one.name.sentence) for one in trade.starters],
                }
                for trade in TRADES
            ],
            "running": running_beside(),
        }
        return TemplateResponse(request, "programs/starters.html", context)

    @action(description=_("Is it the right thing?"), permissions=["change"], url_path="readiness", icon="fact_check")
    def readiness(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The questions before the start, and what their answers say."""
        program = self.get_object(request, object_id)
        if program is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        now = timezone.now()
        if request.method == "POST":
            answers = {
                question.key: request.POST[question.key] == "yes"
                for question in QUESTIONS
                if request.POST.get(question.key) in {"yes", "no"}
            }
            answer_questions(program, answers, actor=principal_of(request), now=now)
            messages.success(request, gettext("The answers are kept with the draft."))
            return HttpResponseRedirect(request.path)
        form = _questions_form(program)
        review = review_draft(program, now=now)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Is %(name)s the right thing?") % {"name": program.name},
            "opts": self.opts,
            "program": program,
            "object": program,
            "form": form,
            "media": self.media + form.media,
            "doubts": [sentence(said) for said in review.doubts],
            "is_answered": review.open_questions < len(QUESTIONS),
            "open_questions": review.open_questions,
        }
        return TemplateResponse(request, "programs/readiness.html", context)

    @action(description=_("Terms for members"), permissions=["view"], url_path="terms", icon="article")
    def draft_terms(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What members would read if the draft were published now."""
        program = self.get_object(request, object_id)
        if program is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return draft_terms_page(request, program)

    @action(description=_("Publish…"), permissions=["act"], url_path="publish", icon="publish")
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """First the consequences, then the button."""
        program = self.get_object(request, object_id)
        if program is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        now = timezone.now()
        form = PublishForm(
            program, request.POST or None, initial={"effective_from": now, "margin_percent": program.margin_percent}
        )
        asked = {str(said) for said in undeclared(program)}  # by the form itself
        is_sent = request.method == "POST" and form.is_valid()
        declared = form.declared() if is_sent else {}
        for column, said in declared.items():
            setattr(program, column, said)
        if is_sent and form.cleaned_data["margin_percent"] is not None:
            program.margin_percent = form.cleaned_data["margin_percent"]
        found = review_draft(program, now=now)
        review = replace(found, refusals=tuple(said for said in found.refusals if str(said) not in asked))
        if is_sent and _is_clear(form, review, request.POST.get("seen", "")):
            try:
                version = publish_program(
                    program=program,
                    actor=principal_of(request),
                    # The form knows minutes; a moment that has just passed means now.
                    effective_from=max(form.cleaned_data["effective_from"], now),
                    now=now,
                    margin_percent=program.margin_percent,
                    read=request.POST.get("draft", ""),
                    declared=declared,
                )
            except DraftInvalid as refusal:
                form.add_error(None, refusal.message(gettext))
            else:
                messages.success(request, gettext("Version %(number)s is published.") % {"number": version.number})
                return HttpResponseRedirect(reverse("admin:programs_program_rules", args=[program.pk]))
        return TemplateResponse(request, "programs/publish.html", self._publishing(request, program, form, review))

    def _publishing(self, request: HttpRequest, program: Program, form: PublishForm, review: Review) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": gettext("Publish %(name)s") % {"name": program.name},
            "opts": self.opts,
            "program": program,
            "object": program,
            "form": form,
            "media": self.media + form.media,
            "reach": publishing_reach(program),
            "goal": program.get_goal_display(),
            "key_factor": program.get_key_factor_display(),
            "refusals": [sentence(said) for said in review.refusals],
            "warnings": [sentence(said) for said in review.warnings],
            "doubts": [sentence(said) for said in review.doubts],
            "open_questions": review.open_questions,
            "mark": review.mark,
            "has_seen": review.mark == request.POST.get("seen"),
            "draft": form.draft,
            "differences": in_words(draft_difference(program, draft_document(program))),
        }


def _is_clear(form: PublishForm, review: Review, seen: str) -> bool:
    """Whether nothing stands in the way; else the form says what does."""
    for refusal in review.refusals:
        form.add_error(None, DraftInvalid(problem=refusal).message(gettext))
    if not review.refusals and review.mark != seen:
        form.add_error(None, gettext("Read what to look at first, and tick that you have."))
    return form.is_valid()


def _questions_form(program: Program) -> forms.Form:
    """One field for each question, as it was answered."""
    form = forms.Form()
    for question in QUESTIONS:
        answer = program.readiness.get(question.key)
        form.fields[question.key] = forms.ChoiceField(
            label=capfirst(gettext(question.asked.sentence)),
            help_text=gettext(question.why.sentence),
            choices=_YES_NO,
            required=False,
            initial=None if answer is None else "yes" if answer else "no",
            widget=UnfoldAdminRadioSelectWidget,
        )
    return form
