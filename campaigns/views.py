"""The one public page of campaigns: where the links of previews and test mails lead."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from loyalty_site.ground.public import language_of_stranger, public_page


@csrf_exempt  # it does nothing, whoever asks
@require_http_methods(["GET", "HEAD", "POST"])
def test_link(request: HttpRequest) -> HttpResponse:
    """Says that nothing happened, and what the link does in a real mail."""
    return public_page(request, "campaigns/test_link.html", {}, language=language_of_stranger(request))
