"""Consents in a customer file: judged for the preview, recorded with their evidence, and found again by an undo."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection

from loyalty_site.ground.models import ConsentWording
from members.services import Claim, Done, Source, Step, judge_claims, record_claims
from programs.models import ImportBatch, ImportRow, RowOutcome
from programs.rules.importing.consents import spread
from programs.rules.importing.deciding import Decision
from programs.rules.importing.records import Record
from programs.rules.importing.rows import Understood
from programs.services.importing.known import Known

# How a row's list of changed fields names them.
CONSENTS = "consents"
ACTING = ("raise", "lower")
# Settled by the file alone, whoever the person is.
_SETTLED = {"no_evidence", "no_source", "no_channel", "contradicted", "repeated"}
_KEY_OF = {"email": "email", "sms": "phone", "phone": "phone"}
_KEEP = """
    UPDATE programs_importrow r SET values = r.values || g.values::jsonb
    FROM unnest(%s::bigint[], %s::text[]) AS g(id, values) WHERE r.id = g.id
"""

type Heard = dict[int, list[tuple[str, str, str, str]]]


def is_declared(batch: ImportBatch) -> bool:
    """Did somebody say where the consents of this file were collected, and by whom?"""
    return bool(batch.consent_source.get("place") and batch.consent_source.get("by"))


def judge_rows(batch: ImportBatch, understood: Sequence[tuple[Record, Understood]], known: Known) -> Heard:
    """{line: [(purpose, channel, verdict, answer)]} of the rows that say something of consents."""
    heard: Heard = {}
    claims: list[Claim] = []
    places: list[tuple[int, int]] = []
    for record, row in understood:
        if row.said is None or row.outcome:
            continue
        owner = next((known.owners[key[:2]] for key in row.keys if key[:2] in known.owners), "")
        told = spread(row.said, batch.consent_source.get("channels", ()), is_declared=is_declared(batch))
        heard[record.line] = [(purpose, channel, why, answer) for purpose, channel, answer, why in told]
        for place, (purpose, channel, answer, why) in enumerate(told):
            if not why:
                member_id = int(owner[1:]) if owner.startswith("m") else None
                on = dt.date.fromisoformat(row.said.on) if row.said.on else None
                claims.append(Claim(member_id, purpose, channel, answer, _addresses(row.keys, channel), on))
                places.append((record.line, place))
    for (line, place), verdict in zip(places, judge_claims(claims), strict=True):
        purpose, channel, _why, answer = heard[line][place]
        heard[line][place] = (purpose, channel, verdict, answer)
    return heard


def _addresses(keys: Iterable[Sequence[str]], channel: str) -> tuple[str, ...]:
    return tuple(key[1] for key in keys if key[0] == _KEY_OF.get(channel))


def with_consents(decision: Decision, heard: Sequence[tuple[str, str, str, str]]) -> Decision:
    """The decision on a row with what it does to consents; a no in an earlier row of the person outweighs a yes.

    A row of a file that was applied before raises what it did not raise then (its source is declared now), and lowers nothing: the no was heard.
    """
    if not heard or not decision.token:
        return decision
    state, told = dict(decision.state), []
    for purpose, channel, verdict, answer in heard:
        place = f"no {purpose} {channel}"
        if answer != "yes":
            state[place] = answer
        if verdict == "raise" and state.get(place):
            verdict = "contradicted"
        if verdict == "lower" and decision.is_repeat:
            verdict = "repeated"
        told.append((purpose, channel, verdict, answer))
    decision = replace(decision, state=state, consents=tuple(told))
    if decision.outcome != RowOutcome.CREATE and any(verdict in ACTING for _, _, verdict, _ in told):
        decision = replace(decision, outcome=RowOutcome.UPDATE.value, changed=(*decision.changed, CONSENTS))
    return decision


def to_keep(row: Understood, decision: Decision) -> dict[str, Any]:
    """For ImportRow.values, beside what every row has."""
    if row.said is None or not decision.consents:
        return {}
    evidence = {"on": row.said.on, "how": row.said.how, "wording": row.said.wording}
    return {CONSENTS: [list(one) for one in decision.consents], "evidence": evidence}


def book_consents(
    batch: ImportBatch, rows: Sequence[ImportRow], members: Sequence[int | None], now: dt.datetime
) -> None:
    """Record what these rows, which belong to these members by now, say of consents; each row keeps what came of it."""
    claims: list[Claim] = []
    places: list[tuple[int, int]] = []
    for number, (row, member_id) in enumerate(zip(rows, members, strict=True)):
        if member_id is None or row.outcome == RowOutcome.REJECT:
            continue
        for place, (purpose, channel, verdict, answer, *_) in enumerate(row.values.get(CONSENTS, [])):
            if verdict not in _SETTLED:
                said = row.values["evidence"]
                on = dt.date.fromisoformat(said["on"]) if said["on"] else None
                addresses = _addresses(row.values["keys"], channel)
                claims.append(
                    Claim(member_id, purpose, channel, answer, addresses, on, said["how"], said["wording"], row.line)
                )
                places.append((number, place))
    if not claims:
        return
    done = record_claims(claims, source=_source(batch), now=now)
    _keep(rows, places, done)


def _keep(rows: Sequence[ImportRow], places: Sequence[tuple[int, int]], done: Sequence[Done]) -> None:
    changed: dict[int, ImportRow] = {}
    for (number, place), one in zip(places, done, strict=True):
        row = rows[number]
        since = one.granted_since.isoformat() if one.granted_since else None
        purpose, channel, _verdict, answer = row.values[CONSENTS][place][:4]
        row.values[CONSENTS][place] = [purpose, channel, one.verdict, answer, one.consent_id, since]
        if one.verdict in ACTING and row.outcome != RowOutcome.CREATE:
            row.outcome = RowOutcome.UPDATE.value
            row.values["changed"] = list(dict.fromkeys([*row.changed, CONSENTS]))
        changed[row.pk] = row
    kept = [json.dumps({CONSENTS: row.values[CONSENTS], "changed": row.changed}) for row in changed.values()]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(changed), kept])


def _source(batch: ImportBatch) -> Source:
    declared = batch.consent_source
    wording = ConsentWording.objects.filter(pk=declared.get("wording")).first() if declared.get("wording") else None
    return Source(
        label=f"import {batch.pk}",
        words=f"{declared.get('place', '')}; {declared.get('by', '')}" if declared else "",
        wording_id=wording.pk if wording else None,
        language=wording.language if wording else "",
    )


def steps_of(member_id: int, kept: Iterable[Sequence[Sequence[Any]]]) -> list[Step]:
    """What an import did to one person's consents over all of their rows: from the state before its first act to its
    last one."""
    steps: dict[tuple[str, str], Step] = {}
    for purpose, channel, verdict, _answer, consent_id, since in (
        one for consents in kept for one in consents if len(one) > 4 and one[4]
    ):
        first = steps.get((purpose, channel))
        before = first.granted_since if first else dt.datetime.fromisoformat(since) if since else None
        steps[purpose, channel] = Step(member_id, purpose, channel, consent_id, verdict == "raise", before)
    return list(steps.values())
