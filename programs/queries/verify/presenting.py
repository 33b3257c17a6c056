"""Who stood at the till against who may: lent cards, people who buy for companies, cards of partners (I15, I5)."""

from __future__ import annotations

from loyalty_site.ground.queries.verify import Check

CHECKS = [
    Check(
        "I15",
        "whoever buys for a company is its contact person, and uses its own account",
        """
        SELECT x.id, x.member_id, x.buyer_id FROM programs_accountaccess x
        JOIN programs_account a ON a.id = x.account_id JOIN members_member c ON c.id = x.buyer_id
        WHERE x.ended_at IS NULL AND (a.owner_id <> x.buyer_id OR c.kind <> 'company' OR NOT EXISTS (
            SELECT FROM members_companycontact k
            WHERE k.company_id = x.buyer_id AND k.person_id = x.member_id AND k.ended_at IS NULL))
        """,
        "SELECT count(*) FROM programs_accountaccess WHERE buyer_id IS NOT NULL AND ended_at IS NULL",
    ),
    Check(
        "I15",
        "a contact person of today is a living person, at a company",
        """
        SELECT k.id, k.company_id, k.person_id FROM members_companycontact k
        JOIN members_member c ON c.id = k.company_id JOIN members_member p ON p.id = k.person_id
        WHERE k.ended_at IS NULL AND (c.kind <> 'company' OR p.kind <> 'person'
            OR c.status IN ('erased', 'merged') OR p.status IN ('erased', 'merged'))
        """,
        "SELECT count(*) FROM members_companycontact WHERE ended_at IS NULL",
    ),
    Check(
        "I15",
        "no sale came by a lent card after it was taken back",
        # A till's clock may be ten minutes ahead; what a hold had promised and what was sold offline are kept.
        """
        SELECT p.id, p.presented_id FROM members_identifier k
        JOIN programs_purchase p ON p.presented_id = k.id
        WHERE k.lent_at IS NOT NULL AND k.ended_at IS NOT NULL AND p.kind = 'sale' AND NOT p.is_offline
          AND p.occurred_at > k.ended_at + interval '11 minutes'
          AND NOT EXISTS (SELECT FROM programs_hold h WHERE h.purchase_id = p.id)
        """,
        "SELECT count(*) FROM members_identifier WHERE lent_at IS NOT NULL",
    ),
    Check(
        "I15",
        "a card of a partner's numbers says whose it is",
        """
        SELECT k.id, k.issuer_id, c.id FROM members_identifier k
        LEFT JOIN members_cardissuer c ON length(k.value) = c.length AND starts_with(k.value, c.prefix)
            AND k.value ~ '^[0-9]+$'
        WHERE k.kind = 'card' AND k.issuer_id IS DISTINCT FROM c.id AND k.value NOT LIKE 'erased %%'
          AND EXISTS (SELECT FROM members_cardissuer)
        """,
        "SELECT count(*) FROM members_cardissuer",
    ),
]
