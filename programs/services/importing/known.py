"""Who the keys of a chunk belong to, and what is stored of those people: a few set-based statements per chunk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from loyalty_site.ground.rules.money import from_minor
from members.services.fields import stored_texts
from programs.models import ImportBatch
from programs.rules.importing.deciding import State

# Whole lists at once, in the order of their index: a join would go down the index once more for every key. Inside a
# SELECT of its own nobody estimates a list of thousands value by value.
_LIST = "ANY((SELECT string_to_array(%s, chr(31)))::text[])"
_CARRIED = f"""
    SELECT kind, value, 'm' || member_id FROM members_identifier WHERE ended_at IS NULL AND value = {_LIST}
"""
_NAMED = f"""
    SELECT kind, value, coalesce('m' || member_id, 'l' || line) FROM programs_importkey
    WHERE batch_id = %s AND kind = %s AND value = {_LIST}
"""
_MEMBERS = """
    SELECT m.id, m.name, m.birth_year, m.birth_month, m.birth_day, m.joined_on, m.note, m.sex, m.language, m.source,
           m.social_status, m.preferred_channel, m.came_by, m.wallet_share, m.interests, m.cares_about, m.custom,
           a.city, a.street, a.postcode,
           (SELECT jsonb_object_agg(i.kind, i.value ORDER BY i.id) FROM members_identifier i
            WHERE i.member_id = m.id AND i.ended_at IS NULL),
           (SELECT c.available - c.debt FROM programs_accountaccess s JOIN programs_account c ON c.id = s.account_id
            WHERE s.member_id = m.id AND s.program_id = %(program)s AND s.ended_at IS NULL)
    FROM members_member m LEFT JOIN members_address a ON a.member_id = m.id
    WHERE m.id = ANY(%(ids)s)
"""
# The state after the newest row of each person in this file, and the person's first row.
_TOUCHED = """
    SELECT DISTINCT ON (r.member_id) 'm' || r.member_id, coalesce(r.values->'state', r.values->'given'), coalesce(r.same_as, r.line)
    FROM programs_importrow r WHERE r.batch_id = %(batch)s AND r.member_id = ANY(%(ids)s) AND r.member_id IS NOT NULL
    ORDER BY r.member_id, r.line DESC
"""
_NEW_IN_FILE = """
    SELECT DISTINCT ON (root) 'l' || root, state, root FROM (
        SELECT line AS root, line, coalesce(values->'state', values->'given') AS state FROM programs_importrow
        WHERE batch_id = %(batch)s AND line = ANY(%(lines)s)
        UNION ALL
        SELECT same_as, line, coalesce(values->'state', values->'given') FROM programs_importrow
        WHERE batch_id = %(batch)s AND same_as = ANY(%(lines)s)
    ) AS rows ORDER BY root, line DESC
"""
# Rows of this very file that were applied before under the same terms: doing them again does nothing, whatever became
# of their person and of the keys since. One that did nothing because an earlier one had done it stands with that one:
# once the work is undone, the file may do it again.
_REPEATS = """
    SELECT r.line, coalesce(m.survivor_id, m.id), m.status = 'erased', r.values->'given' FROM programs_importrow r
    JOIN programs_importbatch b ON b.id = r.batch_id
    JOIN members_member m ON m.id = r.member_id
    WHERE b.file_hash = %(hash)s AND b.id <> %(batch)s AND b.points_mode = %(mode)s
      AND b.program_id IS NOT DISTINCT FROM %(program)s AND r.applied_at IS NOT NULL AND r.undo <> 'undone'
      AND r.line = ANY(%(lines)s)
      AND NOT (r.outcome = 'unchanged' AND EXISTS (
          SELECT 1 FROM programs_importbatch f JOIN programs_importrow e ON e.batch_id = f.id AND e.line = r.line
          WHERE f.file_hash = b.file_hash AND f.points_mode = b.points_mode
            AND f.program_id IS NOT DISTINCT FROM b.program_id
            AND e.undo = 'undone' AND e.applied_at <= r.applied_at AND f.undone_at >= r.applied_at AND e.id < r.id
      ))
    ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """A row of this very file as it was applied before: whose it was, and what it said (None once that is no longer
    kept)."""

    member_id: int
    is_erased: bool
    given: dict[str, str] | None

    def says(self, given: Mapping[str, str]) -> bool:
        """The same? Without its values the line decides: rather not than twice. A birthday's year may have come from
        what was stored."""
        if self.given is None:
            return True
        loose = {"birth_date"} if given.get("birth_date", "").startswith("--") else set()
        return all(self.given.get(name) == given.get(name) for name in {*self.given, *given} - loose)


@dataclass(slots=True)
class Known:
    """`owners` {(kind, value): token}, `states` {token: what is stored now}, `first_lines` {token: its first row in
    this file}, `repeats` {line: the times it was applied before}."""

    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    first_lines: dict[str, int] = field(default_factory=dict)
    repeats: dict[int, list[Applied]] = field(default_factory=dict)

    def repeat_of(self, line: int, given: Mapping[str, str]) -> Applied | None:
        """Was this row of this very file applied before? Its newest time."""
        return next((one for one in reversed(self.repeats.get(line, [])) if one.says(given)), None)


def load_known(batch: ImportBatch, keys: Iterable[tuple[str, str]], lines: list[int], *, point_decimals: int) -> Known:
    """Everything that deciding the rows of a chunk needs to know."""
    known = Known(_owners(batch, keys))
    values: dict[str, Any] = {"batch": batch.pk, "program": batch.program_id}
    with connection.cursor() as cursor:
        cursor.execute(_REPEATS, {**values, "hash": batch.file_hash, "mode": batch.points_mode, "lines": lines})
        for line, member_id, is_erased, given in cursor.fetchall():
            known.repeats.setdefault(line, []).append(Applied(member_id, is_erased, _json(given)))
        ids = sorted(
            {int(token[1:]) for token in known.owners.values() if token[0] == "m"}
            | {one.member_id for times in known.repeats.values() for one in times}
        )
        roots = sorted({int(token[1:]) for token in known.owners.values() if token[0] == "l"})
        if ids:
            cursor.execute(_MEMBERS, {**values, "ids": ids})
            known.states = {f"m{row[0]}": _state(row, point_decimals) for row in cursor.fetchall()}
        for statement, parameters in ((_TOUCHED, {"ids": ids}), (_NEW_IN_FILE, {"lines": roots})):
            if ids or roots:
                cursor.execute(statement, {"batch": batch.pk, **parameters})
                for token, state, first_line in cursor.fetchall():
                    known.states[token] = _json(state)
                    known.first_lines[token] = first_line
    return known


def _owners(batch: ImportBatch, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """{(kind, value): token} of those keys that anybody has: a key that a member carries is that member's, whatever
    rows of this file say."""
    by_kind: dict[str, dict[str, None]] = {}
    for kind, value in keys:
        by_kind.setdefault(kind, {})[value] = None
    owners: dict[tuple[str, str], str] = {}
    with connection.cursor() as cursor:
        # No key has a control character in it, and one text costs a tenth of what the driver takes for a list.
        for kind, values in by_kind.items():
            cursor.execute(_NAMED, [batch.pk, kind, "\x1f".join(values)])
            owners |= {(kind, value): token for kind, value, token in cursor.fetchall()}
        cursor.execute(_CARRIED, ["\x1f".join([value for values in by_kind.values() for value in values])])
        # Another kind of key may read alike.
        owners |= {(kind, value): token for kind, value, token in cursor.fetchall() if value in by_kind.get(kind, ())}
    return owners


def _json(value: Any) -> Any:
    """Django hands jsonb of a raw cursor over as text."""
    return json.loads(value) if isinstance(value, str) else value


def _state(row: tuple[Any, ...], point_decimals: int) -> State:
    _, name, year, month, day, joined_on, note, sex, language, source, *more = row
    status, channel, came_by, wallet, interests, values, custom, city, street, postcode, keys, points = more
    plain = {
        "name": name,
        "birth_date": (f"{year:04}" if year else "-") + f"-{month:02}-{day:02}" if month and day else None,
        "joined_on": joined_on.isoformat() if joined_on else None,
        "note": note,
        "sex": sex,
        "language": language,
        "source": source,
        "social_status": status,
        "preferred_channel": channel,
        "came_by": came_by,
        "wallet_share": wallet,
        "interests": ", ".join(_json(interests)),
        "cares_about": ", ".join(_json(values)),
        **stored_texts(_json(custom)),
        "city": city,
        "street": street,
        "postcode": postcode,
        "points": None if points is None else points_text(points, point_decimals),
        **(_json(keys) or {}),
    }
    return {field_name: value or None for field_name, value in plain.items()}


def points_text(minor: int, decimals: int) -> str:
    """Stored points as people write them: 148, 37759.54, 12.50."""
    value = from_minor(minor, decimals)
    return str(int(value)) if value == value.to_integral_value() else format(Decimal(value), "f")
