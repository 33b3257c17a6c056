"""A member's PIN for spending, set or removed by support while the member is on the phone or at the counter."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminPasswordWidget

from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from programs.errors import PinTooSimple
from programs.models import SpendingPin
from programs.rules.guarding import is_pin
from programs.services.pins import remove_pin, set_pin


class PinForm(forms.Form):
    """The PIN that the member has chosen."""

    pin = forms.CharField(
        label=_("PIN"), max_length=8, widget=UnfoldAdminPasswordWidget(attrs={"inputmode": "numeric"})
    )

    def clean_pin(self) -> str:
        pin: str = self.cleaned_data["pin"]
        if not is_pin(pin):
            raise forms.ValidationError(PinTooSimple().message(gettext))
        return pin


class SpendingPinMixin(PolicyModelAdmin):
    """Adds the page to the member's."""

    actions_detail = ["spending_pin"]

    @action(description=_("PIN for spending"), permissions=["change"], url_path="spending-pin", icon="pin")
    def spending_pin(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Says whether there is a PIN, sets another one, or removes it. The PIN itself is shown to nobody."""
        member = self.get_object(request, object_id)
        if member is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = PinForm(request.POST if "pin" in request.POST else None)
        back = HttpResponseRedirect(reverse("admin:members_member_change", args=[member.pk]))
        if request.method == "POST" and "remove" in request.POST:
            if remove_pin(member_id=member.pk, actor=principal_of(request), now=timezone.now()):
                messages.success(request, gettext("The PIN is removed."))
            return back
        if request.method == "POST" and form.is_valid():
            set_pin(member_id=member.pk, pin=form.cleaned_data["pin"], actor=principal_of(request), now=timezone.now())
            messages.success(request, gettext("The PIN is set."))
            return back
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("PIN for spending"),
            "opts": self.opts,
            "member": member,
            "form": form,
            "stored": SpendingPin.objects.filter(member=member.pk).first(),
        }
        return TemplateResponse(request, "programs/member_pin.html", context)
