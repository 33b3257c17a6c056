"""The link to a member's own page, for people who never got a mail: shown as a QR code, sent, or taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from loyalty_site.ground import policy
from loyalty_site.ground.admin import PolicyModelAdmin, principal_of
from loyalty_site.ground.errors import DomainError
from loyalty_site.ground.rules.qr import qr_drawing
from members.models import Channel, Member, PageLinkWay
from members.queries.preferences import page_links_of
from members.services import end_page_links, give_page_link, is_local, send_page_link
from members.services.suppressions import addresses_of

ROUTE = "admin:members_member_own_page"


class OwnPageMixin(PolicyModelAdmin):
    """Adds the page to the member's."""

    def has_own_page_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """For whom the button is there."""
        return policy.may_open(principal_of(request), ROUTE)

    @action(description=_("Own page"), permissions=["own_page"], url_path="own-page", icon="qr_code")
    def own_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which links were given; each deed is a POST, since following a link must give nothing away."""
        if not policy.may_open(principal_of(request), ROUTE):
            raise PermissionDenied
        member = self.get_object(request, object_id)
        if member is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        shown: dict[str, Any] = {}
        if request.method == "POST":
            try:
                if "show" in request.POST:
                    shown = _show(request, member)
                else:
                    return self._do(request, member)
            except DomainError as refusal:
                messages.error(request, refusal.message(gettext))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Own page"),
            "opts": self.opts,
            "member": member,
            "links": page_links_of(member.pk),
            "has_email": bool(addresses_of(member.pk, Channel.EMAIL)),
            **shown,
        }
        return TemplateResponse(request, "programs/member_own_page.html", context)

    def _do(self, request: HttpRequest, member: Member) -> HttpResponse:
        who, now = principal_of(request), timezone.now()
        if "send" in request.POST:
            send_page_link(member_id=member.pk, actor=who, now=now)
            messages.success(request, gettext("The link is on its way to the member's e-mail."))
        elif "end" in request.POST:
            ended = end_page_links(member_id=member.pk, actor=who, now=now)
            said = ngettext("%(count)s link opens nothing any more.", "%(count)s links open nothing any more.", ended)
            messages.success(request, said % {"count": ended})
        return HttpResponseRedirect(reverse(ROUTE, args=[member.pk]))


def _show(request: HttpRequest, member: Member) -> dict[str, Any]:
    """The code of a new link, to be scanned from this screen."""
    now = timezone.now()
    address = give_page_link(member_id=member.pk, way=PageLinkWay.SHOWN, actor=principal_of(request), now=now)
    size, code = qr_drawing(address)
    return {
        "address": address,
        "code": code,
        "size": size,
        "is_local": is_local(address),
    }
