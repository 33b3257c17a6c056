"""Codes in the words of the person who reads: acts, jobs, ticks, and what an act was done to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, override

from django.apps import apps
from django.conf import settings
from django.contrib.admin import AllValuesFieldListFilter
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model


def act_in_words(code: str) -> str:
    """'issue_code' -> 'made an enrolment code'."""
    return str(settings.ACT_NAMES.get(code, code))


def job_in_words(kind: str) -> str:
    """'programs.apply_import' -> 'Apply an import'."""
    return str(settings.JOB_NAMES.get(kind, kind))


def tick_in_words(name: str) -> str:
    """The name of a schedule of ours; what an operator added keeps the name it was given."""
    return str(settings.TICK_NAMES.get(name, name))


def purpose_in_words(purpose: str) -> str:
    """'marketing' -> 'offers and news'."""
    return str(settings.PURPOSE_NAMES.get(purpose, purpose))


def resource_in_words(resource: str) -> str:
    """'programs.program' -> 'programme'."""
    try:
        return str(apps.get_model(resource)._meta.verbose_name)
    except (LookupError, ValueError):
        return resource


def fields_in_words(model: type[Model], names: list[str]) -> str:
    """Names of columns as the pages call them, in one line; a field that only a form had keeps its name."""
    return ", ".join(str(_label(model, name)) for name in names)


def _label(model: type[Model], name: str) -> Any:
    try:
        return getattr(model._meta.get_field(name), "verbose_name", name)
    except FieldDoesNotExist:
        return name


class _InWords(AllValuesFieldListFilter):
    """A filter by the values there are, each called by its name."""

    words: Callable[[str], str]

    @override
    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": type(self).words(str(choice["display"]))}


class ActFilter(_InWords):
    words = staticmethod(act_in_words)


class JobFilter(_InWords):
    words = staticmethod(job_in_words)


class PurposeFilter(_InWords):
    words = staticmethod(purpose_in_words)


class ResourceFilter(_InWords):
    words = staticmethod(resource_in_words)
