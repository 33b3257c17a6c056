"""A kind of condition or effect as the designer offers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from programs.admin.designer.settings import Setting


@dataclass(frozen=True)
class Kind:
    """`type` is that of the document, `group` where it is offered, `says` the choice itself."""

    type: str
    group: Any
    says: Any
    settings: Sequence[Setting] = ()
    help: Any = ""


# Groups of conditions and effects, in the order in which they are offered.
WHEN, WHAT, WHERE, WHO, BEFORE = (
    _("The time"),
    _("What is bought"),
    _("Where and how"),
    _("Who buys"),
    _("What they bought before"),
)
GIVES_POINTS, TAKES_OFF, FREE, MORE, AT_MOST = (
    _("Points"),
    _("Money off"),
    _("Free and cheaper pieces"),
    _("Something else"),
    _("At most"),
)
