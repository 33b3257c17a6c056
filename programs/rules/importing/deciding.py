"""Who a row is, and what it would do: new, changed, nothing new, or a contradiction.

People are tokens: "m12" is member 12 of the database, "l5" the new person of line 5 of this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from programs.rules.importing.rows import Understood

_KEYS = ("phone", "email", "card", "code")
_NOT_STORED = {"first_name", "middle_name", "last_name"}

type State = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Decision:
    """`state` is what is stored after the row; `changed` the fields it changes; `opening` points as (mode, value);
    `consents` what becomes of consents as (purpose, channel, verdict, answer)."""

    outcome: str
    reason: str = ""
    token: str = ""
    state: State = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    opening: tuple[str, str] | None = None
    consents: tuple[tuple[str, str, str, str], ...] = ()
    is_repeat: bool = False
    tier: str = ""

    def to_json(self, given: dict[str, str]) -> dict[str, Any]:
        """For ImportRow.values."""
        return {
            "given": given,
            "state": self.state,
            "changed": list(self.changed),
            "opening": list(self.opening) if self.opening else None,
        }

    def to_short_json(self, given: dict[str, str]) -> dict[str, Any]:
        """The same of one of very many: somebody new has what their row gives, and all of that is new; neither is
        written again (ImportRow.state, ImportRow.changed)."""
        kept = self.to_json(given)
        if self.outcome == "create" and self.state == given:
            del kept["state"]
        if self.outcome == "create" and self.changed == tuple(given):
            del kept["changed"]
        return kept


def decide(
    row: Understood,
    *,
    line: int,
    owners: Mapping[tuple[str, str], str],
    states: Mapping[str, State],
    points_mode: str,
    in_file: bool,
    repeat_of: str = "",
) -> Decision:
    """What an understood row does. `owners` maps keys to people, `states` people to what is stored of them now.

    `in_file`: an earlier row of this file named the same person. `repeat_of`: this very row of this very file
    was applied before to that person, so it does nothing, whatever happened to them and their keys since.
    """
    if row.outcome:
        return Decision(row.outcome, row.reason)
    if repeat_of:
        return Decision("unchanged", token=repeat_of, state=dict(states.get(repeat_of, {})), is_repeat=True)
    owned: dict[str, str] = {}
    for kind, value, _ in row.keys:
        if (kind, value) in owners:
            owned.setdefault(owners[kind, value], kind)
    if len(owned) > 1:
        first, second = list(owned.values())[:2]
        return Decision("reject", f"{first}_and_{second}_belong_to_different_members")
    if not owned:
        state, opening = start_of(row.given, points_mode)
        return Decision("create", token=f"l{line}", state=state, changed=tuple(row.given), opening=opening)
    token = next(iter(owned))
    return _update(row, token, states[token], owners, points_mode, in_file=in_file)


def start_of(given: Mapping[str, str], points_mode: str) -> tuple[State, tuple[str, str] | None]:
    """(what is stored of somebody new after their row, their opening balance as (mode, value) or None)."""
    state: State = {**given}
    if "points" not in given:
        return state, None
    if points_mode == "ignore":
        del state["points"]
        return state, None
    return state, ("add", given["points"])


def _update(
    row: Understood,
    token: str,
    stored: State,
    owners: Mapping[tuple[str, str], str],
    points_mode: str,
    *,
    in_file: bool,
) -> Decision:
    state: State = {**stored, **{part: row.given[part] for part in _NOT_STORED & set(row.given)}}
    changed: list[str] = []
    row.given |= _with_known_year(row.given, stored)
    for name, value in row.given.items():
        if name in _KEYS:
            if owners.get((name, value)) != token:
                changed.append(name)
            state[name] = value
        elif name not in _NOT_STORED | {"points"} and stored.get(name) != value:
            changed.append(name)
            state[name] = value
    opening = _opening(row.given.get("points"), stored.get("points"), points_mode)
    if opening:
        changed.append("points")
        before = Decimal(stored.get("points") or 0)
        state["points"] = str(Decimal(opening[1]) + (before if opening[0] == "add" else 0))
    if changed:
        return Decision("update", token=token, state=state, changed=tuple(changed), opening=opening)
    # A row that agrees with all that is stored says nothing new; one that only points at a known person,
    # or names a balance that is left alone, is still an update that took nothing.
    says = {name: value for name, value in row.given.items() if name not in _KEYS}
    if points_mode == "ignore":
        says.pop("points", None)
    agrees = bool(says) and all(_same(name, value, state.get(name)) for name, value in says.items())
    return Decision("unchanged" if agrees and not in_file else "update", token=token, state=state)


def _with_known_year(given: dict[str, str], stored: State) -> dict[str, str]:
    """A birthday without a year does not erase the year that is stored."""
    birthday, before = given.get("birth_date", ""), stored.get("birth_date") or ""
    if birthday.startswith("--") and before[5:] == birthday[2:] and not before.startswith("--"):
        return {"birth_date": before}
    return {}


def _opening(points: str | None, stored: str | None, mode: str) -> tuple[str, str] | None:
    if points is None or mode not in {"add", "set"}:
        return None
    value, before = Decimal(points), Decimal(stored or 0)
    if (mode == "add" and not value) or (mode == "set" and value == before):
        return None
    return mode, points


def _same(name: str, value: str, stored: str | None) -> bool:
    if name == "points":
        return Decimal(value) == Decimal(stored or 0)
    return value == stored
