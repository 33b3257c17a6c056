"""Answers, to read: who said what, when, and how the mind changed."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from feedback.admin.filters import BAND_WORDS, BandFilter, DayFilter, ReachedFilter
from feedback.models import Answer, Invitation, Response
from feedback.queries.nps import shielded_surveys
from feedback.queries.words import REASON
from feedback.rules.nps import Band, band_of
from loyalty_site.ground.admin import ReadOnlyModelAdmin
from members.models import Member

WORDS_SHOWN = 90


@admin.register(Response)
class ResponseAdmin(ReadOnlyModelAdmin):
    """One row per person and survey, with the newest score and words; its page shows every version. Answers to an
    anonymous survey are listed from the fifth on."""

    empty_says = _("Answers appear here as people give them. Open a survey, then send its link with a campaign.")
    list_display = ["shown_score", "shown_band", "words", "who", "survey", "answered", "sign"]
    list_display_links = ["shown_score", "words"]
    list_filter = [BandFilter, "survey", ("first_answered_at", DayFilter), "is_machine", "language"]
    list_select_related = ["survey", "invitation__member"]
    ordering = ["-first_answered_at", "-id"]
    sortable_by = ()
    fields = ["survey", "shown_score", "who", "answered", "language", "sign", "versions"]
    readonly_fields = ["shown_score", "who", "answered", "sign", "versions"]

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        said = Answer.objects.filter(response=OuterRef("pk"), version=OuterRef("version"), question__key=REASON)
        found: QuerySet[Any] = super().get_queryset(request)
        return found.exclude(survey__in=shielded_surveys().values("pk")).annotate(
            said=Subquery(said.values("text")[:1])
        )

    @display(description=_("score"), empty_value="—")
    def shown_score(self, obj: Response) -> int | None:
        return obj.score

    @display(
        description=_("band"),
        empty_value="—",
        label={Band.PROMOTER.value: "info", Band.PASSIVE.value: "", Band.DETRACTOR.value: "warning"},
    )
    def shown_band(self, obj: Response) -> tuple[str, Any] | None:
        if obj.score is None or obj.is_machine:
            return None
        band = band_of(obj.score)
        return band.value, BAND_WORDS[band]

    @display(description=_("words"), empty_value="—")
    def words(self, obj: Any) -> SafeString | None:
        return (
            format_html('<bdi class="regulars-words">{}</bdi>', Truncator(obj.said).chars(WORDS_SHOWN))
            if obj.said
            else None
        )

    @display(description=_("member"))
    def who(self, obj: Response) -> SafeString | str:
        return named(obj)

    @display(description=_("answered"))
    def answered(self, obj: Response) -> str:
        """An anonymous answer has a day and no hour."""
        moment = timezone.localtime(obj.first_answered_at)
        return date_format(moment, "SHORT_DATE_FORMAT" if obj.survey.is_anonymous else "SHORT_DATETIME_FORMAT")

    @display(description=_("sign of a machine"), empty_value="—", label="warning")
    def sign(self, obj: Response) -> str | None:
        return obj.get_machine_reason_display() if obj.is_machine else None

    @display(description=_("all versions"))
    def versions(self, obj: Response) -> SafeString:
        """Oldest first: the score, and the words in full."""
        rows: dict[int, dict[str, Any]] = {}
        for answer in Answer.objects.filter(response=obj).order_by("id"):
            row = rows.setdefault(answer.version, {"at": answer.answered_at, "score": "—", "text": ""})
            if answer.score is not None:
                row["score"] = answer.score
            row["text"] = answer.text or row["text"]
        form = "SHORT_DATE_FORMAT" if obj.survey.is_anonymous else "SHORT_DATETIME_FORMAT"
        body = format_html_join(
            "",
            '<tr><td>{}</td><td class="is-number">{}</td><td class="regulars-said"><bdi>{}</bdi></td></tr>',
            (
                (date_format(timezone.localtime(row["at"]), form), row["score"], row["text"] or "—")
                for row in rows.values()
            ),
        )
        head = format_html(
            '<tr><th scope="col">{}</th><th scope="col" class="is-number">{}</th><th scope="col">{}</th></tr>',
            _("answered"),
            _("score"),
            _("words"),
        )
        return format_html(
            '<div class="regulars-scroll"><table class="regulars-table"><thead>{}</thead><tbody>{}</tbody></table></div>',
            head,
            body,
        )


def named(response: Response) -> SafeString | str:
    """Whose answer it is, as a link to the member; an anonymous one says so."""
    member = response.invitation.member if response.invitation else None
    if member is None:
        return str(_("anonymous") if response.survey.is_anonymous else "—")
    return linked(member)


def linked(member: Member) -> SafeString:
    """A member by name, leading to their page."""
    return format_html(
        '<a class="regulars-link" href="{}"><bdi>{}</bdi></a>',
        reverse("admin:members_member_change", args=[member.pk]),
        member,
    )


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyModelAdmin):
    """Who was asked. The links themselves are not known here: only their hashes are kept."""

    empty_says = _("People are invited by a campaign whose letter has the link of a survey.")
    list_display = ["who", "survey", "language", "created_at", "expires_at", "has_answered"]
    list_display_links = None
    list_filter = ["survey", ("created_at", DayFilter), ReachedFilter, "language"]
    list_select_related = ["survey", "member", "message"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["who", "survey", "language", "created_at", "expires_at", "has_answered"]
    readonly_fields = ["who", "has_answered"]

    @display(description=_("member"), empty_value="—")
    def who(self, obj: Invitation) -> SafeString | None:
        return linked(obj.member) if obj.member else None

    @display(description=_("answered"), empty_value="—")
    def has_answered(self, obj: Invitation) -> str | None:
        """Not told of an anonymous survey: with the days of its answers it could be put together."""
        if obj.survey.is_anonymous:
            return None
        return str(_("yes") if obj.is_answered else _("no"))
