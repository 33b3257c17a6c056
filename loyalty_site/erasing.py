"""The page on which a person of the staff erases a member: what it means first, then a word to type.

It stands at the root because erasing spans every app; the member page links to it.
"""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty_site.ground import policy
from loyalty_site.ground.admin import principal_of
from loyalty_site.services import ErasureReason, erase_member
from members.models import Member, MemberStatus
from programs.queries.standing import parting_of

ROUTE = "members_member_erase"


class EraseForm(forms.Form):
    """Why, and the number of the member typed again: the hand must be as sure as the head."""

    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[choice for choice in ErasureReason.choices if choice[0] != ErasureReason.BY_THEMSELVES],
        widget=UnfoldAdminSelectWidget,
    )
    typed = forms.CharField(label=_("Type the number of the member"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: object, number: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments, passed on
        self.number = number
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        """The same number, without the spaces and the # that people type along."""
        typed: str = self.cleaned_data["typed"].strip().lstrip("#").strip()
        if typed != str(self.number):
            raise forms.ValidationError(gettext("This is not the number of this member. Nothing was erased."))
        return typed


def erase_page(request: HttpRequest, object_id: int) -> HttpResponse:
    """GET says what will happen; POST with the typed number does it and leads back to what is left."""
    who = principal_of(request)
    if not policy.may_open(who, ROUTE):
        raise PermissionDenied
    member = get_object_or_404(Member, pk=object_id)
    if member.survivor_id is not None:
        return HttpResponseRedirect(reverse(ROUTE, args=[member.survivor_id]))
    page = reverse("admin:members_member_change", args=[member.pk])
    if member.status == MemberStatus.ERASED:
        messages.info(request, gettext("This person is forgotten already."))
        return HttpResponseRedirect(page)
    form = EraseForm(request.POST or None, number=member.pk)
    if request.method == "POST" and form.is_valid():
        try:
            erase_member(member.pk, reason=form.cleaned_data["reason"], actor=who, now=timezone.now())
        except OperationalError:
            messages.error(
                request, gettext("A till is selling to this person at the moment. Try again in a few seconds.")
            )
            return HttpResponseRedirect(request.path)
        messages.success(request, gettext("Forgotten. What is left is figures without a name."))
        return HttpResponseRedirect(page)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Erase a person"),
        "member": member,
        "form": form,
        "parting": parting_of(member.pk),
        "back_url": page,
    }
    return TemplateResponse(request, "loyalty_site/erase.html", context)
