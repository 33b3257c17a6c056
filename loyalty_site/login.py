"""The log-in form, which does not let passwords be tried without end."""

from __future__ import annotations

from typing import Any, override

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import ngettext
from unfold.forms import AuthenticationForm

from loyalty_site.ground.public import address_of
from loyalty_site.ground.services.login import forget_login_tries, note_login_try


class GuardedLoginForm(AuthenticationForm):
    """unfold's form; a try beyond the limit is not looked at, however right it is."""

    @override
    def clean(self) -> dict[str, Any]:
        username, address = self.cleaned_data.get("username") or "", address_of(self.request)
        wait = note_login_try(username=username, address=address, now=timezone.now())
        if wait:
            raise ValidationError(too_many_tries(wait), code="too_many_tries")
        data: dict[str, Any] = super().clean()
        forget_login_tries(username=username, address=address)
        return data


def too_many_tries(wait: int) -> str:
    """For how long, in words; `wait` in seconds."""
    minutes = -(-wait // 60)
    text = ngettext(
        "Too many tries from here. Wait %(minutes)s minute, then try again.",
        "Too many tries from here. Wait %(minutes)s minutes, then try again.",
        minutes,
    )
    return text % {"minutes": minutes}
