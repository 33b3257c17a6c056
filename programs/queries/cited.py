"""Which articles, categories and stores the programmes' rules name: they must not go while somebody relies on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from programs.models import ProgramVersion, Reward, Rule


@dataclass(frozen=True, slots=True)
class Cited:
    """`skus` of articles; `codes` of categories and stores."""

    skus: frozenset[str]
    codes: frozenset[str]


def cited_by_rules() -> Cited:
    """What drafts and published versions name."""
    parts: list[Any] = [*Rule.objects.values_list("conditions", "effect")]
    parts += Reward.objects.values_list("effect", flat=True)
    parts += ProgramVersion.objects.values_list("document", flat=True)
    found = list(_named(parts))
    return Cited(
        frozenset(text for key, text in found if key == "skus"),
        frozenset(text for key, text in found if key == "codes"),
    )


def _named(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        for key in ("skus", "codes"):
            yield from ((key, text) for text in part.get(key) or () if isinstance(text, str))
        part = list(part.values())
    if isinstance(part, list | tuple):
        for inner in part:
            yield from _named(inner)
