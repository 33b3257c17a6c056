"""What they earn: stores and terminals, rules, accounts, purchases, the ledger, and the customer import.

It reads members; it never calls feedback or campaigns, which stand above it.
"""
