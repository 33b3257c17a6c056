"""Which language to speak to people whose own we do not know."""

from __future__ import annotations

from django.conf import settings

from loyalty_site.ground.models import Company


def company_language() -> str:
    """The company's first language, or the installation's before there is a company."""
    languages = Company.objects.values_list("languages", flat=True).first()
    return languages[0] if languages else settings.LANGUAGE_CODE
