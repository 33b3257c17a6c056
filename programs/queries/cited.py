"""Which articles, categories, stores and segments the programmes' rules name: they must not go while somebody relies on
them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from programs.models import ProgramVersion, Reward, Rule

_SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class Cited:
    """`skus` of articles; `codes` of categories and stores."""

    skus: frozenset[str]
    codes: frozenset[str]


def cited_by_rules() -> Cited:
    """What drafts and published versions name."""
    parts: list[Any] = [*Rule.objects.values_list("conditions", "effect")]
    parts += Reward.objects.values_list("conditions", "effect")
    parts += ProgramVersion.objects.values_list("document", flat=True)
    found = list(_named(parts))
    return Cited(
        frozenset(text for key, text in found if key == "skus"),
        frozenset(text for key, text in found if key == "codes"),
    )


def programs_naming(segment: str) -> list[str]:
    """Names of the programmes of which a rule or a reward of the draft or of any published version asks for a segment, by
    its key. A version that is over counts too: a till that was offline may still bring its sales."""
    parts: list[tuple[str, Any]] = [*Rule.objects.values_list("program__name", "conditions")]
    parts += Reward.objects.values_list("program__name", "conditions")
    parts += ProgramVersion.objects.values_list("program__name", "document")
    return sorted({name for name, part in parts if (_SEGMENT, segment) in _named(part)})


def _named(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        for key in ("skus", "codes"):
            yield from ((key, text) for text in part.get(key) or () if isinstance(text, str))
        if part.get("type") == _SEGMENT:  # tiers have "keys" too
            yield from ((_SEGMENT, text) for text in part.get("keys") or () if isinstance(text, str))
        part = list(part.values())
    if isinstance(part, list | tuple):
        for inner in part:
            yield from _named(inner)
