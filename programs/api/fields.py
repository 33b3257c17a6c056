"""Fields of the API's requests, and the serializer that refuses what it does not know."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, override

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

# What no receipt prints: control characters would break logs, labels and PostgreSQL's text (NUL).
PLAIN = r"^[^\x00-\x1f\x7f]+$"
# A QR code holds a link as often as a bare number, and links are long.
SCANNED_MAX = 1000
PAYMENT = r"^[a-z0-9][a-z0-9_-]{0,19}$"


class StrictSerializer(serializers.Serializer):
    """Refuses fields it does not know: a misspelt field must not be ignored in silence."""

    @override
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = set(data) - set(self.fields)
            if unknown:
                raise serializers.ValidationError(
                    {key: [gettext("This field is not known.")] for key in sorted(unknown)}
                )
        return super().to_internal_value(data)


class PlainField(serializers.RegexField):
    """A short text without control characters. Numbers and booleans are refused, not turned into text."""

    def __init__(self, pattern: str = PLAIN, **kwargs: Any) -> None:
        super().__init__(pattern, **kwargs)
        self.pattern = pattern

    @override
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class AmountField(serializers.DecimalField):
    """A decimal as a string, such as "12.50"; JSON numbers are refused because they lose cents."""

    default_error_messages = {"invalid": _('Write a decimal as a string, such as "12.50".')}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("min_value", Decimal(0))
        super().__init__(**kwargs)

    @override
    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class PaymentsField(serializers.ListField):
    """Codes of the means of payment, all of them known, in the shop's own words: rules name them by the same code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=PlainField(PAYMENT),
            required=False,
            default=[],  # nobody changes it: what was read is copied
            max_length=10,
            help_text="By what it is paid, such as card or cash. Rules that ask by what it is paid hold for none of it "
            "while nothing is said here.",
            **kwargs,
        )
