"""The poster beside the till: what joining gives, a QR code and the address of the page where people join by themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from loyalty_site.ground.languages import company_language
from loyalty_site.ground.public import language_of, public_page
from loyalty_site.ground.rules.qr import qr_drawing
from members.services import is_local, public_url
from programs.services.deals import deal_in_words, published_deal


def poster_page(request: HttpRequest) -> HttpResponse:
    """A page to print, in the company's language or the one asked for; its code opens /join/ in that language."""
    language = language_of(request, company_language())
    address = public_url("/join/")
    size, code = qr_drawing(f"{address}?lang={language}")
    with translation.override(language):
        context = {
            "deal": deal_in_words(published_deal(now=timezone.now())),
            "address": address,
            "terms": public_url("/terms/"),
            "code": code,
            "size": size,
            "is_local": is_local(address),
            "back": request.path.removesuffix("join-poster"),
        }
        return public_page(request, "programs/join/poster.html", context, language=language)
