"""Two published versions side by side: what the later one changed, in sentences."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from loyalty_site.ground.admin import PolicyModelAdmin
from programs.admin.publish_words import in_words
from programs.models import ProgramVersion
from programs.queries.publishing import documents_difference


class ComparePage(PolicyModelAdmin):
    """Mixed into the page of published versions."""

    @action(description=_("Compare with another…"), permissions=["view"], url_path="compare", icon="difference")
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """?with=: the number of the other version, else the one before."""
        version = self.get_object(request, object_id)
        if version is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        others = list(ProgramVersion.objects.filter(program=version.program).exclude(pk=version.pk).order_by("-number"))
        asked = request.GET.get("with", "")
        other = next((one for one in others if str(one.number) == asked), None) or next(
            (one for one in others if one.number < version.number), others[0] if others else None
        )
        earlier = min(other, version, key=lambda one: one.number) if other else None
        later = max(other, version, key=lambda one: one.number) if other else version
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Compare versions of %(name)s") % {"name": version.program.name},
            "opts": self.opts,
            "version": version,
            "object": version,
            "others": others,
            "other": other,
            "earlier": earlier,
            "later": later,
            "differences": in_words(documents_difference(earlier.document, later.document)) if earlier else [],
        }
        return TemplateResponse(request, "programs/compare.html", context)
