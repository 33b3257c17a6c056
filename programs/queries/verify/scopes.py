"""What `--since` leaves of a table: conditions over %(since)s, a moment or NULL for everything."""

from __future__ import annotations


def lately(column: str) -> str:
    """`column` (a moment) is not before that moment."""
    return f"(%(since)s::timestamptz IS NULL OR {column} >= %(since)s)"


def moved(account: str) -> str:
    """`account` is one to which something was posted since then."""
    return f"""(%(since)s::timestamptz IS NULL OR {account} IN (
        SELECT g.account_id FROM programs_posting g JOIN programs_ledgertransaction t ON t.id = g.transaction_id
        WHERE t.posted_at >= %(since)s))"""
