"""Partners who issue cards of their own: which numbers are theirs."""

from __future__ import annotations

from django.db import connection, transaction

from members.models import CardIssuer

# Cards that are known already get their issuer, and those that are out of the range lose it.
_STAMP = """
    UPDATE members_identifier i SET issuer_id = r.issuer_id
    FROM (
        SELECT k.id, (SELECT c.id FROM members_cardissuer c
                      WHERE length(k.value) = c.length AND starts_with(k.value, c.prefix)) AS issuer_id
        FROM members_identifier k
        WHERE k.kind = 'card' AND (k.issuer_id = %(issuer)s OR (
            length(k.value) = %(length)s AND starts_with(k.value, %(prefix)s) AND k.value ~ '^[0-9]+$'))
    ) r
    WHERE i.id = r.id AND i.issuer_id IS DISTINCT FROM r.issuer_id
"""


@transaction.atomic
def save_issuer(issuer: CardIssuer) -> int:
    """Save a partner's range of numbers and note on every card that is known whose it is; how many changed.

    The caller has validated it (full_clean) and writes the audit row.
    """
    issuer.save()
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, {"issuer": issuer.pk, "length": issuer.length, "prefix": issuer.prefix})
        return int(cursor.rowcount)
