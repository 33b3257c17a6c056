"""Thousands of people who may be written to, in a second."""

from __future__ import annotations

from django.db import connection, transaction

from members.services import PersonLoad, load_people
from tests.factories.configuration import CompanyFactory
from tests.members.mailing import NOW


def make_crowd(people: int) -> list[int]:
    """Members p0@example.com and on, with a consent each; their ids. A company with a sender's address too.

    Consents set-based: ten thousand single acts would take longer than everything that is tested with them.
    """
    CompanyFactory(sender_email="news@corner.example")
    with transaction.atomic(), connection.cursor() as cursor:
        ids = load_people(
            people=[
                PersonLoad(values={"name": f"Person {n}"}, keys=[("email", f"p{n}@example.com", f"p{n}@example.com")])
                for n in range(people)
            ],
            source="tests",
            now=NOW,
        )
        cursor.execute(
            "INSERT INTO members_consent (member_id, purpose, channel, action, language, method, proof, actor_label, given_at)"
            " SELECT id, 'marketing', 'email', 'granted', '', 'tests', '', '', %s FROM members_member",
            [NOW],
        )
        cursor.execute(
            "INSERT INTO members_currentconsent (member_id, purpose, channel, is_granted, since, consent_id)"
            " SELECT member_id, purpose, channel, true, given_at, id FROM members_consent"
        )
    return ids
