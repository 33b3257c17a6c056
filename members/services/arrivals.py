"""New people from a file, set-based: the rows of a temporary table become members, addresses and identifiers.

Nothing of them passes through Python: what a thousand people cost here is what their rows and indexes cost.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection

_PEOPLE = """
    INSERT INTO members_member (id, kind, status, name, search_name, language, sex, birth_year, birth_month, birth_day,
                                joined_on, source, note, custom, created_at, updated_at)
    SELECT member_id, 'person', 'enrolled', coalesce(name, ''), search_name, coalesce(language, ''), coalesce(sex, ''),
           nullif(left(birth_date, -6), '-')::smallint, left(right(birth_date, 5), 2)::smallint,
           right(birth_date, 2)::smallint, joined_on, left(coalesce(source, %(source)s), 40), coalesce(note, ''), '{}',
           %(now)s, %(now)s
    FROM arrivals
"""
_ADDRESSES = """
    INSERT INTO members_address (member_id, city, street, postcode)
    SELECT member_id, coalesce(city, ''), coalesce(street, ''), coalesce(postcode, '') FROM arrivals
    WHERE coalesce(city, street, postcode) IS NOT NULL
"""
# In the order of the index that finds them: neighbours are written together.
_KEYS = """
    INSERT INTO members_identifier (member_id, kind, value, shown, is_blocked, created_at)
    SELECT member_id, key->>0, key->>1, key->>2, false, %(now)s FROM arrivals, jsonb_array_elements(keys) AS key
    ORDER BY 2, 3
"""


def load_arrivals(*, source: str, now: dt.datetime) -> None:
    """Enrol everybody in the temporary table `arrivals`, within the caller's transaction.

    Its columns: member_id (from the sequence of the members), name, search_name (search_form of it), language, sex,
    birth_date (ISO, or --MM-DD), joined_on, source, note, city, street, postcode, and keys: [[kind, value, as written],
    ...]. NULL is "not given". Raises IntegrityError when somebody has one of the keys already.
    """
    with connection.cursor() as cursor:
        for statement in (_PEOPLE, _ADDRESSES, _KEYS):
            cursor.execute(statement, {"source": source, "now": now})
