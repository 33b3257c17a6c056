"""Two published versions side by side: what the later one changed, in sentences."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from loyalty_site.ground.admin import PolicyModelAdmin
from programs.admin.publish_words import in_words
from programs.models import ProgramVersion
from programs.queries.publishing import documents_difference


class ComparePage(PolicyModelAdmin):
    """Mixed into the page of published versions."""

    @display(description=_("what it says"))
    def says(self, obj: ProgramVersion) -> SafeString:
        """Every setting by its name, every rule, tier and reward as a sentence."""
        rows = format_html_join(
            "",
            '<tr><th scope="row">{}</th><td>{}</td></tr>',
            ((one.path, one.after or "—") for one in in_words(documents_difference(None, obj.document))),
        )
        return format_html('<div class="regulars-scroll"><table class="regulars-table">{}</table></div>', rows)

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
