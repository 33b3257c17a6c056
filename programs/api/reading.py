"""Reading bodies: what a till sends is nearly always plain and right, and need not build a serializer to be so.

`read_body` compiles a serializer class once into small functions that accept only what the serializer itself would
accept in the same way. Whatever they are unsure of (anything wrong, unusual or unknown) goes to the serializer, so
every refusal is the framework's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.fields import empty

from loyalty_site.ground.errors import DomainError
from programs.api.fields import PLAIN, AmountField, PaymentsField, PlainField, StrictSerializer

type Reader = Callable[[Any], Any]

# PLAIN, without the surrogates that no database can store.
_PLAIN = re.compile("[^\x00-\x1f\x7f\ud800-\udfff]+")
# Read by their own run_validation, which needs neither a parent nor the request.
_BY_THEMSELVES = frozenset(
    {
        serializers.DateField,
        serializers.DateTimeField,
        serializers.IntegerField,
        serializers.UUIDField,
    }
)


class _UnsureError(Exception):
    """Let the serializer decide."""


def read_body(serializer_class: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """The validated data of a body, as `serializer_class` would give it. Raises its ValidationError."""
    reader = _compiled(serializer_class)
    if reader is not None:
        try:
            found: dict[str, Any] = reader(data)
        except _UnsureError:
            pass
        else:
            return found
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    validated: dict[str, Any] = serializer.validated_data
    return validated


@cache
def _compiled(serializer_class: type[serializers.Serializer]) -> Reader | None:
    """None for a class that does something of its own while it reads."""
    if not _is_plain(serializer_class):
        return None
    instance = serializer_class()
    fields = []
    for name, field in instance.fields.items():
        reader = _field_reader(field)
        if reader is None or field.read_only or field.source != name:
            return None
        fields.append((name, reader, field.required, field.default))
    validate = None if serializer_class.validate is serializers.Serializer.validate else instance.validate
    return _body_reader(fields, validate)


def _body_reader(fields: list[tuple[str, Reader, bool, Any]], validate: Reader | None) -> Reader:
    def read(data: Any) -> dict[str, Any]:
        if type(data) is not dict:
            raise _UnsureError
        found = {}
        known = 0
        for name, reader, required, default in fields:
            if name in data:
                found[name] = reader(data[name])
                known += 1
            elif required:
                raise _UnsureError
            elif default is not empty:
                found[name] = default
        if known != len(data):
            raise _UnsureError
        return found if validate is None else _or_unsure(validate, found)

    return read


def _is_plain(serializer_class: type[serializers.Serializer]) -> bool:
    return (
        issubclass(serializer_class, StrictSerializer)
        and serializer_class.to_internal_value is StrictSerializer.to_internal_value
        and serializer_class.run_validation is serializers.Serializer.run_validation
        and not hasattr(serializer_class, "Meta")
        and not any(name.startswith("validate_") and name != "validate_empty_values" for name in dir(serializer_class))
    )


def _field_reader(field: Any) -> Reader | None:
    kind: Any = type(field)
    if field.default is not empty and callable(field.default):
        return None
    if kind is PlainField:
        return _plain_reader(field.pattern, field.max_length)
    if kind is AmountField:
        return _amount_reader(field)
    if kind is serializers.BooleanField:
        return _truth
    if kind in _BY_THEMSELVES:
        return lambda data: _or_unsure(field.run_validation, data)
    if kind in {serializers.ListSerializer, serializers.ListField, PaymentsField}:
        return _list_reader(field)
    if isinstance(field, serializers.Serializer) and not field.validators:
        return _compiled(kind)
    return None


def _truth(data: Any) -> bool:
    if data is True or data is False:
        return data
    raise _UnsureError


def _or_unsure(function: Reader, data: Any) -> Any:
    try:
        return function(data)
    except (APIException, DomainError, TypeError, ValueError) as error:
        raise _UnsureError from error


def _plain_reader(pattern: str, max_length: int | None) -> Reader:
    fits = _PLAIN.fullmatch if pattern == PLAIN else re.compile(pattern).fullmatch

    def read(data: Any) -> str:
        if type(data) is not str:
            raise _UnsureError
        text = data.strip()
        if not fits(text) or (max_length is not None and len(text) > max_length):
            raise _UnsureError
        return text

    return read


def _amount_reader(field: Any) -> Reader | None:
    if field.max_value is not None or field.min_value != 0 or field.rounding is not None or field.localize:
        return None
    if field.max_digits is None or field.decimal_places is None:
        return None
    fits = re.compile(rf"[0-9]{{1,{field.max_digits - field.decimal_places}}}(?:\.[0-9]{{1,{field.decimal_places}}})?")
    step = Decimal(1).scaleb(-field.decimal_places)

    def read(data: Any) -> Decimal:
        if type(data) is not str or not fits.fullmatch(data):
            raise _UnsureError
        return Decimal(data).quantize(step)

    return read


def _list_reader(field: Any) -> Reader | None:
    child = _field_reader(field.child)
    if child is None or field.min_length is not None:
        return None
    least, most = 0 if field.allow_empty else 1, field.max_length

    def read(data: Any) -> list[Any]:
        if type(data) is not list or len(data) < least or (most is not None and len(data) > most):
            raise _UnsureError
        return [child(item) for item in data]

    return read
